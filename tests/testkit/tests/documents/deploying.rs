//! `scripts/deploy` against the program: settings, metrics, alarms and their pages.

use std::collections::BTreeSet;

use regex::Regex;

use super::{files, root};

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap()
}

fn captured(pattern: &str, text: &str) -> BTreeSet<String> {
    Regex::new(pattern)
        .unwrap()
        .captures_iter(text)
        .map(|found| found[1].to_owned())
        .collect()
}

/// What the program reads from the environment.
fn settings() -> BTreeSet<String> {
    let sources: String = files(&root().join("services"), ".rs")
        .into_iter()
        .map(|file| std::fs::read_to_string(file).unwrap())
        .collect();
    captured(r#"\benv = "([A-Z0-9_]+)""#, &sources)
        .into_iter()
        .chain(captured(r#"\.env\("([A-Z0-9_]+)"\)"#, &sources))
        .collect()
}

#[test]
fn every_setting_of_the_files_for_shipping_exists() {
    let settings = settings();
    assert!(settings.len() > 40, "{settings:?}");
    for file in files(&root().join("scripts/deploy/env"), ".env") {
        let text = std::fs::read_to_string(&file).unwrap();
        let named = captured(r"(?m)^#?([A-Z][A-Z0-9_]+)=", &text);
        let unknown: Vec<_> = named.difference(&settings).collect();
        assert!(unknown.is_empty(), "{}: {unknown:?}", file.display());
    }
    for file in ["Containerfile", "compose.yaml", "nginx.conf", "README.md"] {
        let text = read(&format!("scripts/deploy/{file}"));
        let named = captured(r"\b((?:[A-Z0-9]+_)+[A-Z0-9]+)\b", &text);
        // Those of a library that reads them itself.
        let ours = named.iter().filter(|name| !name.starts_with("OTEL_"));
        let ours = ours.filter(|name| {
            let first = name.split('_').next().unwrap_or_default();
            settings
                .iter()
                .any(|setting| setting.split('_').next() == Some(first))
        });
        for name in ours {
            assert!(settings.contains(name), "{file}: {name} is no setting");
        }
    }
}

#[test]
fn every_setting_stands_in_the_readme() {
    let table = read("README.md");
    let missing: Vec<_> = settings()
        .into_iter()
        .filter(|name| !table.contains(&format!("`{name}`")))
        // Of one command, in its help.
        .filter(|name| name != "ADMIN_PASSWORD")
        .collect();
    assert!(missing.is_empty(), "README.md lacks {missing:?}");
}

fn metrics() -> BTreeSet<String> {
    let known = captured(r"(?m)^\| `(dnwerks_\w+)` \|", &read("services/metrics.md"));
    assert!(known.len() > 30, "{known:?}");
    known
}

#[test]
fn every_metric_is_shown_to_move_by_what_it_counts() {
    let tests: String = files(&root().join("tests/end-to-end/tests/metrics"), ".rs")
        .into_iter()
        .map(|file| std::fs::read_to_string(file).unwrap())
        .collect();
    let unseen: Vec<_> = metrics()
        .into_iter()
        .filter(|name| !tests.contains(name))
        .collect();
    assert!(unseen.is_empty(), "{unseen:?}");
}

#[test]
fn alarms_and_dashboard_use_metrics_that_exist_and_every_alarm_has_its_page() {
    let known = metrics();
    for file in ["alarms.yml", "dashboard.json", "README.md"] {
        let text = read(&format!("scripts/deploy/{file}"));
        for name in captured(r"\b(dnwerks_[a-z_]+)\b", &text) {
            let metric = ["_bucket", "_count", "_sum"]
                .iter()
                .find_map(|end| name.strip_suffix(end))
                .unwrap_or(&name);
            let is_role =
                read("supabase/migrations/20261123001800_process_roles.sql").contains(&name);
            assert!(known.contains(metric) || is_role, "{file}: {name}");
        }
    }
    let alarms = read("scripts/deploy/alarms.yml");
    let names = captured(r"alert: (\w+)", &alarms);
    let pages = captured(r"runbook_url: scripts/deploy/README\.md#(\w+)", &alarms);
    let headings = captured(r"(?m)^### (Dnwerks\w+)$", &read("scripts/deploy/README.md"));
    let lower = |names: &BTreeSet<String>| -> BTreeSet<String> {
        names.iter().map(|name| name.to_lowercase()).collect()
    };
    assert_eq!(lower(&names), pages);
    assert_eq!(names, headings);
}

/// Where nginx sends a path: to what it names exactly, else by the first pattern, else by the longest prefix.
fn upstream(path: &str, locations: &[(String, String, String)]) -> Option<String> {
    let of_kind = |kind: &'static str| locations.iter().filter(move |one| one.0 == kind);
    let exact = of_kind("=").find(|one| one.1 == path);
    let pattern = of_kind("~").find(|one| Regex::new(&one.1).unwrap().is_match(path));
    let prefix = of_kind("")
        .filter(|one| path.starts_with(&one.1))
        .max_by_key(|one| one.1.len());
    Some(exact.or(pattern).or(prefix)?.2.clone())
}

#[test]
fn nginx_sends_every_route_to_its_process() {
    let location =
        Regex::new(r"location (=|~)?\s*(\S+)\s*\{[^}]*?proxy_pass http://(\w+);").unwrap();
    let locations: Vec<_> = location
        .captures_iter(&read("scripts/deploy/nginx.conf"))
        .map(|found| {
            let kind = found.get(1).map_or("", |kind| kind.as_str());
            (kind.to_owned(), found[2].to_owned(), found[3].to_owned())
        })
        .collect();
    let mut routes = 0;
    let placeholder = Regex::new(r"\{\w+\}").unwrap();
    for process in [
        "accounts",
        "customer-import",
        "dashboard-api",
        "mail-worker",
        "twilio-callbacks",
    ] {
        for file in files(&root().join("services").join(process).join("src"), ".rs") {
            let source = std::fs::read_to_string(&file).unwrap();
            let source = source.split("#[cfg(test)]").next().unwrap_or_default();
            let named = captured(r#"path = "(/api/[^"]*)""#, source);
            for route in named {
                let path = placeholder.replace_all(&route, "x1");
                let there = upstream(&path, &locations);
                let wanted = process.replace('-', "_");
                assert_eq!(there.as_deref(), Some(&*wanted), "{route}");
                routes += 1;
            }
        }
    }
    assert!(routes > 50, "only {routes} routes were found");
}
