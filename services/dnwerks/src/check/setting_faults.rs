//! What is wrong with settings by themselves: missing, unreadable, half of a pair, or under a misspelt name.

use std::{collections::BTreeMap, error::Error as _};

use clap::{
    Arg, Command,
    error::{ContextKind, ContextValue, ErrorKind},
};

use super::{
    finding::Finding,
    settings::{Settings, Source},
};
use crate::environment;

/// More faults of one process are not looked for.
const MOST: usize = 50;
/// Letters that may be wrong, missing or swapped in a misspelt name.
const TYPOS: usize = 2;
/// From this likeness on (Jaro-Winkler) a name is taken for a variant of one that is missing.
const ALIKE: f64 = 0.88;
/// The frontend's own, which look like ours.
const FRONTENDS: [&str; 1] = ["NEXTAUTH_SECRET"];

/// All faults. `command` declares all settings, `reading` reads them as the processes do; `names` is every name in
/// the environment.
pub fn find(
    command: &Command,
    reading: &Command,
    processes: &[String],
    settings: &Settings,
    names: &[String],
) -> Vec<Finding> {
    let mut found = BTreeMap::new();
    for (name, setting) in settings.iter() {
        if setting.source == Source::Missing {
            let processes = setting.processes.join(", ");
            let finding = Finding::problem(
                format!("settings.{name}"),
                format!("{name} is not set, and {processes} can't start without it."),
                format!("Set {name}: {}.", lower_first(setting.help())),
            );
            found.insert(name.to_owned(), finding);
        }
    }
    for process in processes {
        for (name, finding) in misfits(reading, process) {
            found.entry(name).or_insert(finding);
        }
    }
    for (name, finding) in misspelt(command, settings, names) {
        found.entry(name).or_insert(finding);
    }
    if found.is_empty() {
        let set = settings.iter().filter(|(_, one)| one.source == Source::Set);
        return vec![Finding::ok(
            "settings",
            format!("{} are set, and none is missing.", set.count()),
        )];
    }
    found.into_values().collect()
}

/// What clap refuses, one after the other, as if each had been put right.
fn misfits(command: &Command, process: &str) -> Vec<(String, Finding)> {
    let Some(declared) = command.find_subcommand(process) else {
        return Vec::new();
    };
    // What is missing is told already.
    let mut declared = declared
        .clone()
        .mut_args(|argument| argument.required(false));
    let mut found = Vec::new();
    while found.len() < MOST {
        // Reading completes it: only then arguments can be shown as the error shows them.
        let mut read = declared.clone();
        let Err(error) = read.try_get_matches_from_mut([process]) else {
            break;
        };
        let about = texts(&error, ContextKind::InvalidArg);
        let arguments: Vec<&Arg> = read
            .get_arguments()
            .filter(|argument| {
                about
                    .iter()
                    .any(|text| text.contains(&argument.to_string()))
            })
            .collect();
        let named: Vec<String> = arguments.iter().filter_map(|one| name_of(one)).collect();
        let Some(name) = named.first().cloned() else {
            break;
        };
        if error.kind() == ErrorKind::MissingRequiredArgument {
            found.push((name, incomplete(&named, process)));
            break;
        }
        found.push((name.clone(), unreadable(&name, arguments[0], &error)));
        let id = arguments[0].get_id().clone();
        declared = declared.mut_arg(id, |argument| argument.env(None::<&str>));
    }
    found
}

fn incomplete(named: &[String], process: &str) -> Finding {
    let name = &named[0];
    if named.len() > 1 {
        return Finding::problem(
            format!("settings.{name}"),
            format!(
                "None of {} is set, and {process} needs one.",
                named.join(", ")
            ),
            format!("Set {name}, or one of the others."),
        );
    }
    Finding::problem(
        format!("settings.{name}"),
        format!("{name} is not set, while its other half is."),
        format!("Set {name} too, or neither of them."),
    )
}

fn unreadable(name: &str, argument: &Arg, error: &clap::Error) -> Finding {
    let reason = error.source().map(ToString::to_string);
    let reason = reason.unwrap_or_else(|| {
        let allowed = texts(error, ContextKind::ValidValue);
        format!("one of {}", allowed.join(", "))
    });
    let value = texts(error, ContextKind::InvalidValue).join(" ");
    let shown = if argument.is_hide_env_values_set() || value.is_empty() {
        String::new()
    } else {
        format!(" {value:?}")
    };
    Finding::problem(
        format!("settings.{name}"),
        format!("{name} has a value{shown} that can't be read: {reason}."),
        format!("Correct {name}: `dnwerks --help` of its process says what it takes."),
    )
}

fn texts(error: &clap::Error, kind: ContextKind) -> Vec<String> {
    match error.get(kind) {
        Some(ContextValue::String(text)) => vec![text.clone()],
        Some(ContextValue::Strings(texts)) => texts.clone(),
        _ => Vec::new(),
    }
}

fn name_of(argument: &Arg) -> Option<String> {
    let name = argument.get_env()?.to_str()?;
    Some(environment::own_name(name).to_owned())
}

/// Names in the environment that nobody reads, and that look like one that somebody would.
fn misspelt(command: &Command, settings: &Settings, names: &[String]) -> Vec<(String, Finding)> {
    let known = known_names(command);
    let unset = |name: &str| {
        settings
            .iter()
            .any(|(known, setting)| known == name && setting.source != Source::Set)
    };
    let mut found = Vec::new();
    for name in names {
        let is_known = known.contains(name) || FRONTENDS.contains(&name.as_str());
        let Some((meant, is_typo)) = (!is_known).then(|| nearest(name, &known)).flatten() else {
            continue;
        };
        // Where the right name is set as well, the other one is of no importance.
        if !unset(&meant) {
            continue;
        }
        let of = format!("settings.{name}");
        let detail = format!("{name} is set, but nothing reads it.");
        let remedy = format!("Did you mean {meant}? Then rename it.");
        let finding = if is_typo {
            Finding::problem(of, detail, remedy)
        } else {
            Finding::warning(of, detail, remedy)
        };
        found.push((name.clone(), finding));
    }
    found
}

/// Every variable that any subcommand reads, by each of its names.
fn known_names(command: &Command) -> Vec<String> {
    let own = command.get_arguments().filter_map(name_of);
    let mut known: Vec<String> = own.collect();
    for name in known.clone() {
        known.extend(environment::alias(&name).map(str::to_owned));
    }
    known.extend(command.get_subcommands().flat_map(known_names));
    known
}

/// The known name that is meant, and whether it is that one but for a slip of the finger.
fn nearest(name: &str, known: &[String]) -> Option<(String, bool)> {
    let upper = name.to_ascii_uppercase();
    // Short names are near to too much.
    let long = known.iter().filter(|known| known.len() > 7);
    let slip = long.clone().find(|known| {
        strsim::damerau_levenshtein(known, &upper) <= TYPOS && first_word(known) != "RUST"
    });
    if let Some(meant) = slip {
        return Some((meant.clone(), true));
    }
    let alike = long
        .filter(|known| first_word(known) == first_word(&upper))
        .map(|known| (strsim::jaro_winkler(known, &upper), known))
        .filter(|(likeness, _)| *likeness >= ALIKE);
    let (_, meant) = alike.max_by(|(a, _), (b, _)| a.total_cmp(b))?;
    Some((meant.clone(), false))
}

fn first_word(name: &str) -> &str {
    name.split('_').next().unwrap_or_default()
}

fn lower_first(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_lowercase().chain(letters).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_told_from_a_variant_and_both_from_something_else() {
        let known = [
            "TWILIO_AUTH_TOKEN",
            "SUPABASE_SERVICE_ROLE_KEY",
            "SEND_CONCURRENCY",
        ]
        .map(str::to_owned);
        let near = |name: &str| nearest(name, &known);
        let typo = |name: &str| Some((name.to_owned(), true));
        assert_eq!(near("TWILLIO_AUTH_TOKEN"), typo("TWILIO_AUTH_TOKEN"));
        assert_eq!(near("twilio_auth_token"), typo("TWILIO_AUTH_TOKEN"));
        assert_eq!(near("SEND_CONCURENCY"), typo("SEND_CONCURRENCY"));
        assert_eq!(
            near("SUPABASE_SERVICE_KEY"),
            Some(("SUPABASE_SERVICE_ROLE_KEY".to_owned(), false))
        );
        for other in ["PATH", "DATABASE_URL", "TWILIO_EDGE", "SENDGRID_API_KEY"] {
            assert_eq!(near(other), None, "{other}");
        }
    }
}
