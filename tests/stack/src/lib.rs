//! Starts the whole stack: the library behind `scripts/dev`, `scripts/demo`,
//! `scripts/exactly-once` and the end-to-end tests that need their own stack.

pub mod crashes;
pub mod customers;
mod front;
pub mod process;
mod signed_form;
mod stack;
pub mod torture;
mod twilio_stand_in;

pub use signed_form::SignedForm;
pub use stack::{Services, Stack, StackOptions};
pub use twilio_stand_in::TwilioStandIn;
