//! Every route of every service, read from the sources of the routers: what is added there is attacked here.

use std::{fs, path::Path};

use anyhow::{Context as _, Result, ensure};

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// A method and a path with its placeholders, such as `/api/customers/{id}`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Route {
    pub method: String,
    pub path: String,
}

/// All routes of our services, sorted.
pub fn all() -> Result<Vec<Route>> {
    let services = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../services");
    let mut sources = Vec::new();
    read_sources(&services, &mut sources)?;
    let everything = sources.join("\n");
    let mut routes = Vec::new();
    for source in &sources {
        for (at, _) in source.match_indices(".route(") {
            routes.extend(routes_of(&source[at + ".route(".len()..], &everything)?);
        }
    }
    // On an address of its own, where nobody is asked who they are.
    routes.retain(|route| route.path != "/metrics");
    routes.sort();
    routes.dedup();
    ensure!(routes.len() > 60, "only {} routes were found", routes.len());
    Ok(routes)
}

/// Reads `"/path", get(…).post(…))…`; the path may be a constant.
fn routes_of(call: &str, everything: &str) -> Result<Vec<Route>> {
    let (path, handlers) = call.trim_start().split_once(',').context("a path")?;
    let path = match path.strip_prefix('"') {
        Some(literal) => literal.trim_end_matches('"').to_owned(),
        None => constant(path.trim(), everything)?,
    };
    let end = closing(handlers).context("the end of a route")?;
    let handlers = &handlers[..end];
    let methods: Vec<_> = METHODS
        .iter()
        .filter(|method| {
            handlers
                .match_indices(&format!("{method}("))
                .any(|(at, _)| {
                    let before = handlers[..at].chars().next_back();
                    before.is_none_or(|c| c == '.' || c.is_whitespace())
                })
        })
        .collect();
    ensure!(!methods.is_empty(), "no method of {path} in {handlers}");
    Ok(methods
        .into_iter()
        .map(|method| Route {
            method: method.to_uppercase(),
            path: path.clone(),
        })
        .collect())
}

/// Where the parenthesis closes that was open at the beginning.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 1_u32;
    text.char_indices().find_map(|(at, c)| {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        (depth == 0).then_some(at)
    })
}

fn constant(name: &str, everything: &str) -> Result<String> {
    let declaration = format!("const {name}: &str = \"");
    let (_, value) = everything
        .split_once(&declaration)
        .with_context(|| format!("the constant {name}"))?;
    let (value, _) = value.split_once('"').context("a literal")?;
    Ok(value.to_owned())
}

fn read_sources(folder: &Path, sources: &mut Vec<String>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            // Tests have routers of their own.
            if path.file_name().is_none_or(|name| name != "tests") {
                read_sources(&path, sources)?;
            }
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            sources.push(fs::read_to_string(&path)?);
        }
    }
    Ok(())
}
