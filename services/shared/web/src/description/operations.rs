//! The operations of a description.

use serde_json::Value;

const METHODS: [&str; 5] = ["get", "put", "post", "patch", "delete"];

/// Changes every operation of every path.
pub(super) fn each_operation(api: &mut Value, mut change: impl FnMut(&mut Value)) {
    let Some(paths) = api["paths"].as_object_mut() else {
        return;
    };
    for item in paths.values_mut() {
        for method in METHODS {
            if let Some(operation) = item.get_mut(method) {
                change(operation);
            }
        }
    }
}
