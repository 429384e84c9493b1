//! The frontend's environment variable names; an empty setting counts as not set.

use clap::{Arg, Command};

/// Settings that have another name in the frontend, or follow from one of its.
const ALIASES: [(&str, &str); 3] = [
    ("SUPABASE_URL", "NEXT_PUBLIC_SUPABASE_URL"),
    ("SUPABASE_ANON_KEY", "NEXT_PUBLIC_SUPABASE_ANON_KEY"),
    // Of the address that mails link to, whose pages call us.
    ("CORS_ALLOWED_ORIGINS", "NEXTAUTH_URL"),
];

/// The frontend's name for a setting of ours, if it has one.
pub fn alias(name: &str) -> Option<&'static str> {
    let (_, alias) = ALIASES.iter().find(|(own, _)| *own == name)?;
    Some(alias)
}

/// Our name for a setting, by whichever it was read.
pub fn own_name(name: &str) -> &str {
    ALIASES
        .iter()
        .find(|(_, alias)| *alias == name)
        .map_or(name, |(own, _)| own)
}

/// Makes every argument of `command` that reads an environment variable fall back to the frontend's
/// name for it, and ignore empty values, such as those in a copied `.env.example`.
pub fn read_by_any_name(command: Command) -> Command {
    let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let command = command.mut_args(|argument| with_name(argument, is_set));
    command.mut_subcommands(read_by_any_name)
}

fn with_name(argument: Arg, is_set: impl Fn(&str) -> bool) -> Arg {
    let Some(name) = argument
        .get_env()
        .and_then(|name| name.to_str())
        .map(str::to_owned)
    else {
        return argument;
    };
    if is_set(&name) {
        return argument;
    }
    match alias(&name) {
        Some(alias) if is_set(alias) => argument.env(alias),
        _ if std::env::var_os(&name).is_some() => argument.env(None::<&str>),
        _ => argument,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command() -> Command {
        Command::new("test").subcommand(
            Command::new("sub").arg(
                Arg::new("url")
                    .long("url")
                    .env("SUPABASE_URL")
                    .required(true),
            ),
        )
    }

    fn env_of(argument: &Arg) -> Option<String> {
        argument
            .get_env()
            .map(|name| name.to_string_lossy().into_owned())
    }

    #[test]
    fn the_frontends_name_is_read_when_ours_is_not_set() {
        let argument = Arg::new("url").env("SUPABASE_URL");
        let argument = with_name(argument, |name| name == "NEXT_PUBLIC_SUPABASE_URL");
        assert_eq!(
            env_of(&argument).as_deref(),
            Some("NEXT_PUBLIC_SUPABASE_URL")
        );
    }

    #[test]
    fn pages_of_the_frontend_may_call_unless_others_are_named() {
        let cors = || Arg::new("cors").env("CORS_ALLOWED_ORIGINS");
        let frontend = |name: &str| name == "NEXTAUTH_URL";
        let argument = with_name(cors(), frontend);
        assert_eq!(env_of(&argument).as_deref(), Some("NEXTAUTH_URL"));
        let argument = with_name(cors(), |_| true);
        assert_eq!(env_of(&argument).as_deref(), Some("CORS_ALLOWED_ORIGINS"));
    }

    #[test]
    fn our_own_name_wins_over_the_frontends() {
        let argument = with_name(Arg::new("url").env("SUPABASE_URL"), |_| true);
        assert_eq!(env_of(&argument).as_deref(), Some("SUPABASE_URL"));
    }

    #[test]
    fn arguments_of_subcommands_are_reached() {
        let command = read_by_any_name(command());
        assert!(command.find_subcommand("sub").is_some());
    }
}
