//! Launch, pace, claim, send, record, reconcile.
