//! The one binary: a subcommand per process, `all` runs them together.

fn main() {}
