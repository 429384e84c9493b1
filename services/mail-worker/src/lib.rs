//! The outbox of e-mails: templates, Resend, webhooks.
