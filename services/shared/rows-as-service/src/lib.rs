//! The service-role connection to Postgres, the queues, and all SQL that Rust runs.
//!
//! [`Database`] is only the pool: it runs none of the product's statements. Each part of it
//! has its own handle, built with `new(database)`, and a service gets only the handles that it
//! needs: the mail worker can't claim messages. Signatures show which handles a service has.
#![expect(
    clippy::missing_errors_doc,
    reason = "every call fails with a DatabaseError; `# Errors` stands where there is more to say"
)]

/// Declares a handle: statements are added to it with `impl` in the same module.
macro_rules! handle {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone)]
        pub struct $name(crate::Database);

        impl $name {
            /// The handle on `database`. Cheap: handles share the pool.
            #[must_use]
            pub const fn new(database: crate::Database) -> Self {
                Self(database)
            }

            pub(crate) const fn pool(&self) -> &sqlx::PgPool {
                self.0.pool()
            }
        }
    };
}

pub mod accounts;
mod acting;
pub mod audit;
mod callback_rows;
pub mod callbacks;
mod connect_options;
pub mod consent;
pub mod customer_search;
mod database_error;
mod dedicated_connection;
pub mod imports;
pub mod inbound;
pub mod inspection;
pub mod mail;
mod migrations;
mod page;
pub mod people;
pub mod phone_lookups;
mod pool;
mod profiles;
pub mod queues;
pub mod sending;
pub mod status;
mod within;

pub use database_error::DatabaseError;
pub use migrations::Migrations;
pub use page::Page;
pub use pool::{Connections, Database, Settings};
pub use profiles::Profiles;
pub use within::{LONGEST_TURN, SOON, within};
