//! Twilio's callbacks: signature, message status, grouped writes.
