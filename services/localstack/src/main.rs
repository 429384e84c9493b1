//! Everything outside us, for development and tests: Postgres, the PostgREST dialect, Auth, gateway, Twilio, Resend.

fn main() {}
