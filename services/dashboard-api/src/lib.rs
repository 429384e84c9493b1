//! Customers, campaigns, templates and admin lists: every route acts as the caller.
