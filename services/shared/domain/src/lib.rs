//! What the product talks about: phone numbers, segments, statuses, ids, the caller and the clock. No I/O.
