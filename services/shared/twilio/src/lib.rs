//! Twilio's Messages resource: requests, answers, error classes, signatures.
