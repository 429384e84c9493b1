//! The outbox of e-mails: templates, Resend, webhooks.
//!
//! Whatever causes a mail queues it in its own transaction (`private.queue_mail`). The worker
//! leases queued mails, renders and sends each under its id as the idempotency key, and erases
//! the contents when it is done. A mail whose outcome is unknown is repeated with the same key
//! and the same text for as long as Resend keeps keys, and given up afterwards: never twice.

mod settings;
mod template;
mod webhook;
mod worker;

pub use crate::{
    settings::Settings,
    template::{Rendered, Templates, UnknownMail},
    webhook::{WebhookState, router},
    worker::{Error, MailWorker},
};
