//! The e-mail outbox: templates, Resend, webhooks.
//!
//! A mail is queued in the transaction that causes it (`private.queue_mail`). The worker
//! leases queued mails, renders and sends each under its id as the idempotency key, and erases
//! the contents when it has arrived; a bounce that passes makes another row of it. A mail whose outcome is unknown is retried with the same key
//! and the same text for as long as Resend keeps keys, then given up, so no mail is sent twice.

mod settings;
mod template;
mod webhook;
mod worker;

pub use crate::{
    settings::Settings,
    template::{Rendered, Templates, UnknownMail},
    webhook::{WebhookState, description, router},
    worker::{Error, MailWorker},
};
