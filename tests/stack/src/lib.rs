//! Everything as a person would start it: what is behind `scripts/dev`, `scripts/demo`,
//! `scripts/exactly-once` and the end-to-end tests that need a stack of their own.

pub mod crashes;
pub mod customers;
pub mod process;
mod stack;

pub use stack::{Services, Stack, StackOptions};
