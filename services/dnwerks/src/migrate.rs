//! `dnwerks migrate`: applies the migrations that the database lacks, or says which.
#![allow(clippy::print_stdout, reason = "this subcommand talks to a person")]

use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::Args;
use migrations::Comparison;
use rows_as_service::Migrations;

use crate::{check::some, operator};

/// What `dnwerks migrate --help` teaches.
pub const AFTER_HELP: &str = "\
Examples:
  dnwerks migrate --check                 what is pending, and what was changed; ends with 1 if anything is
  dnwerks migrate                         applies what is pending, each file in a transaction of its own
  dnwerks migrate --folder supabase/migrations

What is applied is recorded as the Supabase CLI does: `supabase db push` and this may take turns. Connect as the
role postgres. A file that fails leaves nothing behind, and those before it stay applied.";

/// What to apply, and where.
#[derive(Debug, Args)]
#[group(skip)]
pub struct Migrate {
    /// Only say what is pending, and what was changed since it was applied
    #[arg(long)]
    check: bool,

    /// The folder of the migrations; those that this program was built with if absent
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,

    /// Apply what is pending although the database has another text of what was applied
    #[arg(long)]
    despite_changes: bool,

    #[command(flatten)]
    database: rows_as_service::Settings,
}

/// Applies, or checks; false if `--check` found something.
pub async fn run(migrate: Migrate) -> Result<bool> {
    let ours = match &migrate.folder {
        Some(folder) => migrations::in_folder(folder)?,
        None => migrations::compiled(),
    };
    if ours.is_empty() {
        bail!("there is no migration: their files are named <14 digits>_<name>.sql");
    }
    let database = operator::connect(&migrate.database, "dnwerks migrate").await?;
    let database = Migrations::new(database);
    let found = database.compare(&ours).await?;
    if migrate.check {
        show(&found);
        return Ok(found.is_up_to_date());
    }
    if !found.newer.is_empty() {
        bail!(
            "the database was made by a newer version: it has {}. Upgrade this program first",
            some(&found.newer)
        );
    }
    if !found.changed.is_empty() && !migrate.despite_changes {
        bail!(
            "the database has another text of {}: restore these files, or say --despite-changes if the difference is known",
            some(&found.changed)
        );
    }
    let applied = database
        .apply(&ours, &mut |migration| {
            println!("applied  {}_{}", migration.version, migration.name);
        })
        .await?;
    match applied {
        0 => println!(
            "Nothing to do: all {} migrations are applied.",
            found.applied
        ),
        1 => println!("1 migration applied."),
        count => println!("{count} migrations applied."),
    }
    Ok(true)
}

fn show(found: &Comparison) {
    for (word, names) in [
        ("pending", &found.pending),
        ("changed", &found.changed),
        ("newer", &found.newer),
        ("foreign", &found.foreign),
    ] {
        for name in names {
            println!("{word:<8} {name}");
        }
    }
    println!(
        "{} applied, {} pending, {} changed since, {} newer than this program, {} of somebody else.",
        found.applied,
        found.pending.len(),
        found.changed.len(),
        found.newer.len(),
        found.foreign.len()
    );
}
