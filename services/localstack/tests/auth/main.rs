//! Auth as clients meet it: GoTrue's routes over a real Postgres.

mod accounts;
mod administration;
mod hooks;
mod project;
mod recovery;
mod server;
mod sessions;
