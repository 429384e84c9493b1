//! Where campaigns stand.

pub(super) const TABLE: &str = "campaigns";
