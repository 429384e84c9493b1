//! End-to-end tests, through real processes and real Postgres.
