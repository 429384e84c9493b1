//! What this program says to a person: plain lines, in colour only on a terminal, and progress of any width.

use anstream::eprintln;
use anstyle::{AnsiColor, Style};
use indicatif::{ProgressBar, ProgressStyle};

const RED: Style = Style::new()
    .bold()
    .fg_color(Some(anstyle::Color::Ansi(AnsiColor::Red)));
/// Narrower terminals show no bar, only its percentage and words.
const WIDE_ENOUGH: u16 = 70;

/// What ended a command before its time: its exit code is 130, as if the signal had.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Interrupted(pub String);

/// One line on stderr.
pub fn complain(error: &anyhow::Error) {
    eprintln!("{RED}error:{RED:#} {error:#}");
}

/// One line on stderr, for what is no error.
pub fn note(text: &str) {
    eprintln!("{text}");
}

/// A progress bar on stderr; nothing where that is no terminal.
pub struct Bar(ProgressBar);

impl Bar {
    /// An empty one.
    pub fn new(length: u64) -> Self {
        let bar = Self(ProgressBar::new(length));
        bar.fit();
        bar
    }

    /// Shows how far it is, and a few words, cut off where the line ends.
    pub fn show(&self, position: u64, message: String) {
        self.fit();
        self.0.set_position(position);
        self.0.set_message(message);
    }

    /// The bar itself.
    pub const fn inner(&self) -> &ProgressBar {
        &self.0
    }

    /// Says something that stays, above the bar if there is one.
    pub fn say(&self, text: &str) {
        if self.0.is_hidden() {
            note(text);
        } else {
            self.0.println(text);
        }
    }

    /// Terminals change their width while an import runs.
    fn fit(&self) {
        let width = console::Term::stderr()
            .size_checked()
            .map(|(_, width)| width);
        let template = if width.is_none_or(|width| width >= WIDE_ENOUGH) {
            "{bar:24} {percent:>3} %  {wide_msg}"
        } else {
            "{percent:>3} %  {wide_msg}"
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            self.0.set_style(style);
        }
    }
}
