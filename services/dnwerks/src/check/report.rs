//! The report: problems first, each with its remedy, then what is well.

use anstream::println;
use anstyle::{AnsiColor, Style};
use serde::Serialize;

use super::{
    finding::{Finding, State},
    settings::Settings,
};

const BOLD: Style = Style::new().bold();

/// All of it for a program. The fields are stable.
#[derive(Serialize)]
struct Report<'a> {
    /// Whether there is no problem.
    ok: bool,
    checks: &'a [Finding],
    settings: &'a Settings,
}

impl Serialize for Settings {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.all().serialize(serializer)
    }
}

/// Whether there is no problem.
pub fn is_well(findings: &[Finding]) -> bool {
    findings
        .iter()
        .all(|finding| finding.state != State::Problem)
}

/// One JSON object.
pub fn print_json(findings: &[Finding], settings: &Settings) -> serde_json::Result<()> {
    let report = Report {
        ok: is_well(findings),
        checks: findings,
        settings,
    };
    println!("{}", serde_json::to_string_pretty(&report)?);
    Ok(())
}

/// For people.
pub fn print_text(findings: &[Finding], settings: &Settings) {
    for finding in findings {
        let Finding { name, detail, .. } = finding;
        let (word, style) = word(finding.state);
        if finding.state == State::Ok {
            println!("{style}{word:<8}{style:#} {name:<30} {detail}");
        } else {
            println!("{style}{word:<8}{style:#} {BOLD}{name}{BOLD:#}");
            println!("         {detail}");
            if let Some(remedy) = &finding.remedy {
                println!("         → {remedy}");
            }
        }
    }
    println!("\n{BOLD}Settings{BOLD:#}");
    for (name, setting) in settings.iter() {
        let processes = setting.processes.join(", ");
        println!("{:<8} {name:<34} {processes}", setting.source.word());
    }
    let count = |state| {
        findings
            .iter()
            .filter(|finding| finding.state == state)
            .count()
    };
    let numbers = [
        (count(State::Problem), "problem"),
        (count(State::Warning), "warning"),
    ];
    let said: Vec<String> = numbers
        .into_iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, word)| format!("{number} {word}{}", if number == 1 { "" } else { "s" }))
        .collect();
    if said.is_empty() {
        println!("\nAll is well.");
    } else {
        println!("\n{}.", said.join(", "));
    }
}

fn word(state: State) -> (&'static str, Style) {
    let colour = |colour: AnsiColor| Style::new().fg_color(Some(colour.into()));
    match state {
        State::Problem => ("problem", colour(AnsiColor::Red).bold()),
        State::Warning => ("warning", colour(AnsiColor::Yellow).bold()),
        State::Skipped => ("skipped", colour(AnsiColor::Cyan)),
        State::Ok => ("ok", colour(AnsiColor::Green)),
    }
}
