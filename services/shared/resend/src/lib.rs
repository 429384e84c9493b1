//! Resend's e-mail API: requests, answers, error classes, webhook signatures.
