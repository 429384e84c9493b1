//! Supabase Auth: sign-in and the admin calls; the only crate that uses `supabase-auth`.
//!
//! `supabase-auth` reads the project's settings. It can't name the caller for whom it asks, fails on
//! metadata of an unexpected shape, puts the scope of a logout where Auth ignores it, and has no admin
//! calls: those requests are written here.

mod admin;
mod client;
mod error;
mod session;

pub use crate::{
    client::AuthAdmin,
    error::Error,
    session::{LogoutScope, Session},
};
