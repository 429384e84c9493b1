//! Everything outside us, for development and tests: Postgres, the PostgREST dialect, Auth, gateway, Twilio, Resend.

pub mod auth;
pub mod keys;
pub mod resend;
pub mod twilio;
