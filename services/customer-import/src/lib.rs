//! CSV in, rows out: reading, mapping, checking, copying, the report of rejects.
