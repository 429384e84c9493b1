//! A terminal, as a person has one.

use std::{
    fs::File,
    io::{Read as _, Write as _},
    process::{Child, Command, Stdio},
};

use anyhow::{Result, ensure};
use nix::{
    pty::{Winsize, openpty},
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use stack::process::binary;

/// `dnwerks` in a terminal of its own, and what it has shown so far.
pub struct Terminal {
    screen: File,
    child: Child,
    shown: Vec<u8>,
    ended: bool,
}

impl Terminal {
    /// Starts it with these variables only.
    pub fn run(arguments: &[&str], variables: &[(&str, &str)], width: u16) -> Result<Self> {
        let size = Winsize {
            ws_row: 24,
            ws_col: width,
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        let pty = openpty(Some(&size), None)?;
        let child = Command::new(binary("dnwerks")?)
            .args(arguments)
            .env_clear()
            .env("TERM", "xterm-256color")
            .envs(variables.iter().copied())
            .stdin(Stdio::from(pty.slave.try_clone()?))
            .stdout(Stdio::from(pty.slave.try_clone()?))
            .stderr(Stdio::from(pty.slave))
            .spawn()?;
        Ok(Self {
            screen: File::from(pty.master),
            child,
            shown: Vec::new(),
            ended: false,
        })
    }

    /// Reads until it has shown `text`.
    pub fn until(&mut self, text: &str) -> Result<()> {
        self.until_times(text, 1)
    }

    /// Reads until it has shown `text` so often.
    pub fn until_times(&mut self, text: &str, times: usize) -> Result<()> {
        while plain(&self.shown).matches(text).count() < times {
            ensure!(
                self.read(),
                "it ended without {text:?}: {}",
                plain(&self.shown)
            );
        }
        Ok(())
    }

    /// Reads all that it shows, with colours and movements.
    pub fn until_the_end(&mut self) -> Result<String> {
        while self.read() {}
        self.child.wait()?;
        Ok(String::from_utf8_lossy(&self.shown).into_owned())
    }

    /// Types a line.
    pub fn answer(&mut self, line: &str) -> Result<()> {
        Ok(writeln!(self.screen, "{line}")?)
    }

    /// Ctrl-C.
    pub fn interrupt(&self) -> Result<()> {
        Ok(kill(
            Pid::from_raw(self.child.id().try_into()?),
            Signal::SIGINT,
        )?)
    }

    /// Its exit code, after its end.
    pub fn code(&mut self) -> Result<Option<i32>> {
        Ok(self.child.wait()?.code())
    }

    /// A terminal whose last program has ended fails to be read.
    fn read(&mut self) -> bool {
        let mut piece = [0; 4096];
        match self.screen.read(&mut piece) {
            Ok(length) if length > 0 => self.shown.extend_from_slice(&piece[..length]),
            _ => self.ended = true,
        }
        !self.ended
    }
}

/// Without colours and movements.
pub fn plain(shown: &[u8]) -> String {
    let text = String::from_utf8_lossy(shown);
    let mut plain = String::new();
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        if letter == '\u{1b}' {
            // ESC [ … a letter.
            letters.next();
            for part in letters.by_ref() {
                if part.is_ascii_alphabetic() {
                    break;
                }
            }
        } else {
            plain.push(letter);
        }
    }
    plain
}
