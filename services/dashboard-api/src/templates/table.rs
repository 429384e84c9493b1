//! Where templates stand.

pub(super) const TABLE: &str = "campaign_templates";
