//! Supabase Auth: sign-in and the admin calls; the only room that names `supabase-auth`.
//!
//! The crate covers sign-in and sign-up. Logging out (it puts the scope where Auth does not
//! look) and the admin calls (it has none) are written here, on the same HTTP stack.

mod admin;
mod client;
mod error;
mod session;

pub use crate::{
    client::AuthAdmin,
    error::Error,
    session::{LogoutScope, Session},
};
