//! Every route of every service, read from the API's description, which is made from the routers: what is added there is
//! attacked here.

use std::{fs, path::Path};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];
/// What is routed without being described: pages that anybody reads, and metrics, on an address of their own.
const NOT_DESCRIBED: [&str; 3] = ["/metrics", "/api/errors", "/api/errors/{code}"];

/// A method and a path with its placeholders, such as `/api/customers/{id}`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Route {
    pub method: String,
    pub path: String,
}

/// All routes of our services, sorted.
pub fn all() -> Result<Vec<Route>> {
    let services = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../services");
    refuse_undescribed(&services)?;
    // `scripts/prepare-types --check` sees to it that the copy is no other than what the routers say.
    let description = fs::read(services.join("typescript/openapi.json"))?;
    let description: Value = serde_json::from_slice(&description)?;
    let paths = description["paths"].as_object().context("paths")?;
    let mut routes = Vec::new();
    for (path, operations) in paths {
        for method in METHODS {
            if operations.get(method).is_some() {
                routes.push(Route {
                    method: method.to_uppercase(),
                    path: path.clone(),
                });
            }
        }
    }
    routes.sort();
    ensure!(routes.len() > 80, "only {} routes were found", routes.len());
    Ok(routes)
}

/// A route that a source adds to a router by hand has no description.
fn refuse_undescribed(folder: &Path) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            // Tests have routers of their own.
            if path.file_name().is_none_or(|name| name != "tests") {
                refuse_undescribed(&path)?;
            }
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            let source = fs::read_to_string(&path)?;
            for (at, call) in source.match_indices(".route(") {
                let route = source[at + call.len()..].trim_start();
                let is_known = NOT_DESCRIBED
                    .iter()
                    .any(|known| route.starts_with(&format!("\"{known}\"")));
                ensure!(
                    is_known,
                    "{}: {:.60} is not described",
                    path.display(),
                    route
                );
            }
        }
    }
    Ok(())
}
