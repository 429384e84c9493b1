//! Names that live as long as the process: routes, and codes that the database gives.

use std::{
    collections::HashSet,
    sync::{LazyLock, PoisonError, RwLock},
};

static NAMES: LazyLock<RwLock<HashSet<&'static str>>> = LazyLock::new(RwLock::default);

/// The same name for good. Only for names of ours: each new one stays in memory, and becomes a series of its own.
pub(crate) fn interned(name: &str) -> &'static str {
    let known = NAMES
        .read()
        .unwrap_or_else(PoisonError::into_inner)
        .get(name)
        .copied();
    known.unwrap_or_else(|| {
        let mut names = NAMES.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = names.get(name) {
            return known;
        }
        let name: &'static str = Box::leak(name.into());
        names.insert(name);
        name
    })
}
