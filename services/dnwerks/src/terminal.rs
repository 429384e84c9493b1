//! What this program says to a person: plain lines, in colour only on a terminal, and progress of any width.

use std::io::{self, Write as _};

use anstream::{AutoStream, ColorChoice, eprintln};
use anstyle::{AnsiColor, Style};
use console::Term;
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
        let width = Term::stderr().size_checked().map(|(_, width)| width);
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

/// Lines on stdout that are written over themselves.
pub struct Screen {
    term: Term,
    width: u16,
    shown: usize,
}

impl Screen {
    /// Nothing is shown yet.
    pub fn new() -> Self {
        Self {
            term: Term::buffered_stdout(),
            width: 0,
            shown: 0,
        }
    }

    /// Shows these lines in place of those before: each cut off at the terminal's edge, and no more than it has rows.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn show(&mut self, lines: &[String]) -> io::Result<()> {
        let (height, width) = self.term.size();
        if width == self.width {
            self.term.clear_last_lines(self.shown)?;
        } else if self.shown > 0 {
            // The lines before have been wrapped, nobody knows how.
            self.term.clear_screen()?;
        }
        let is_plain = AutoStream::choice(&io::stdout()) == ColorChoice::Never;
        let most = usize::from(height).saturating_sub(1).max(1);
        for line in lines.iter().take(most) {
            let line = console::truncate_str(line, usize::from(width), "…");
            if is_plain {
                writeln!(self.term, "{}", console::strip_ansi_codes(&line))?;
            } else {
                writeln!(self.term, "{line}")?;
            }
        }
        self.width = width;
        self.shown = lines.len().min(most);
        self.term.flush()
    }
}
