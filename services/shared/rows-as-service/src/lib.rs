//! The service-role connection to Postgres, the queues, and all SQL that Rust runs.
