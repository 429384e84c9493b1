//! Supabase Auth: sign-in and the admin calls; the only crate that uses `supabase-auth`.
//!
//! `supabase-auth` covers sign-in and sign-up. Logout (it puts the scope where Auth ignores
//! it) and the admin calls (it has none) are implemented here, on the same HTTP stack.

mod admin;
mod client;
mod error;
mod session;

pub use crate::{
    client::AuthAdmin,
    error::Error,
    session::{LogoutScope, Session},
};
