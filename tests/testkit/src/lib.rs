//! Test helpers: a database per test, users, phone numbers, waiting.

mod access_token;
mod database;
pub mod people;
mod phones;
mod process_role;
mod shared_stack;
mod waiting;

pub use access_token::{access_token, access_token_with};
pub use database::{Tenant, TestDatabase};
pub use phones::{new_phone, new_phones};
pub use process_role::{ROLE_PASSWORD, address_of, role_of};
pub use shared_stack::{http_client, shared_environment};
pub use waiting::{eventually, free_port};
