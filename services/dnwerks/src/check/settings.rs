//! The settings of the chosen processes, as the environment gives them.

use std::collections::BTreeMap;

use clap::{Arg, Command};
use serde::Serialize;

use crate::environment;

/// Where a setting's value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The environment.
    Set,
    /// Its default.
    Default,
    /// It has none, and needs none.
    NotSet,
    /// It has none, and a process needs one.
    Missing,
}

impl Source {
    /// As a report says it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Set => "set",
            Self::Default => "default",
            Self::NotSet => "not set",
            Self::Missing => "MISSING",
        }
    }
}

/// A setting that some process declares.
#[derive(Debug, Serialize)]
pub struct Setting {
    /// Where its value comes from.
    pub source: Source,
    /// The processes that read it.
    pub processes: Vec<String>,
    #[serde(skip)]
    value: Option<String>,
    #[serde(skip)]
    help: String,
}

impl Setting {
    /// What it is, in a sentence.
    pub fn help(&self) -> &str {
        &self.help
    }
}

/// All settings of some processes, by name.
#[derive(Debug)]
pub struct Settings(BTreeMap<String, Setting>);

impl Settings {
    /// The settings that `processes`, subcommands of `command`, declare, with the values of the environment.
    pub fn read(
        command: &Command,
        processes: &[String],
        variable: impl Fn(&str) -> Option<String>,
    ) -> Self {
        let mut settings = BTreeMap::new();
        for process in processes {
            let declared = command.find_subcommand(process).into_iter();
            for argument in declared.flat_map(Command::get_arguments) {
                let Some(name) = argument.get_env().and_then(|name| name.to_str()) else {
                    continue;
                };
                let (source, value) = value_of(argument, name, &variable);
                let setting = settings.entry(name.to_owned()).or_insert_with(|| Setting {
                    source,
                    processes: Vec::new(),
                    value,
                    help: first_sentence(argument),
                });
                // A setting that is optional for one process may be required by another.
                if source == Source::Missing {
                    setting.source = source;
                }
                setting.processes.push(process.clone());
            }
        }
        Self(settings)
    }

    /// The value of a setting, or its default; nothing if no chosen process reads it.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.value.as_deref()
    }

    /// Name and setting, in alphabetical order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Setting)> {
        self.0
            .iter()
            .map(|(name, setting)| (name.as_str(), setting))
    }

    /// All of them, for a report.
    pub const fn all(&self) -> &BTreeMap<String, Setting> {
        &self.0
    }
}

fn value_of(
    argument: &Arg,
    name: &str,
    variable: impl Fn(&str) -> Option<String>,
) -> (Source, Option<String>) {
    let filled = |name: &str| variable(name).filter(|value| !value.is_empty());
    let given = filled(name).or_else(|| filled(environment::alias(name)?));
    if given.is_some() {
        return (Source::Set, given);
    }
    let default = argument.get_default_values().first();
    if let Some(default) = default {
        return (
            Source::Default,
            Some(default.to_string_lossy().into_owned()),
        );
    }
    if argument.is_required_set() {
        (Source::Missing, None)
    } else {
        (Source::NotSet, None)
    }
}

fn first_sentence(argument: &Arg) -> String {
    let help = argument.get_help().map(ToString::to_string);
    let help = help.unwrap_or_default();
    help.split_once(". ")
        .map_or(help.as_str(), |(first, _)| first)
        .trim_end_matches('.')
        .to_owned()
}
