//! `dnwerks completions SHELL` and `dnwerks man DIR`: what the command line says of itself, for shells and `man`.
#![allow(clippy::print_stdout, reason = "this subcommand talks to a person")]

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::{Args, Command};
use clap_complete::Shell;

/// What `dnwerks completions --help` teaches.
pub const AFTER_COMPLETIONS: &str = "\
Examples:
  dnwerks completions bash > /etc/bash_completion.d/dnwerks
  dnwerks completions zsh > \"${fpath[1]}/_dnwerks\"
  dnwerks completions fish > ~/.config/fish/completions/dnwerks.fish";

/// What `dnwerks man --help` teaches.
pub const AFTER_MAN: &str = "\
Examples:
  dnwerks man /usr/local/share/man/man1 && man dnwerks-check
  dnwerks man target/man";

/// For which shell.
#[derive(Debug, Args)]
#[group(skip)]
pub struct Completions {
    /// The shell
    shell: Shell,
}

/// Where to.
#[derive(Debug, Args)]
#[group(skip)]
pub struct Man {
    /// The folder; made if it is not there
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

/// Prints a script for the shell.
pub fn complete(completions: &Completions, mut command: Command) {
    let name = command.get_name().to_owned();
    clap_complete::generate(
        completions.shell,
        &mut command,
        name,
        &mut std::io::stdout(),
    );
}

/// Writes a page for each subcommand.
pub fn write_pages(man: &Man, command: Command) -> Result<()> {
    let folder = &man.folder;
    std::fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
    clap_mangen::generate_to(command, folder)
        .with_context(|| format!("writing to {}", folder.display()))?;
    println!("The pages are in {}.", folder.display());
    Ok(())
}
