//! What the documents of the tree say, compared with the tree.
#![expect(clippy::unwrap_used, reason = "what panics here is the failed test")]

mod deploying;
mod described;
mod error_codes;

use std::path::{Path, PathBuf};

use regex::Regex;

/// The root of the repository.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .nth(2)
        .unwrap()
        .to_owned()
}

/// Every file below `folder` whose name ends with `ending`.
fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("target") && !path.ends_with("node_modules") {
            found.extend(files(&path, ending));
        } else if path.to_string_lossy().ends_with(ending) {
            found.push(path);
        }
    }
    found.sort();
    found
}

#[test]
fn every_file_that_the_walks_name_is_there() {
    let services = root().join("services");
    let walks = std::fs::read_to_string(services.join("README.md")).unwrap();
    let all = files(&services, "");
    let migrations = files(&root().join("supabase/migrations"), ".sql");
    let file_name = Regex::new(r"`(…?[\w./-]+\.(?:rs|sql|txt))`").unwrap();
    let mut found = 0;
    for name in file_name
        .captures_iter(&walks)
        .map(|name| name[1].to_owned())
    {
        let there = match name.strip_prefix('…') {
            Some(end) => migrations
                .iter()
                .any(|file| file.to_string_lossy().ends_with(end)),
            None => all.iter().any(|file| file.ends_with(&name)),
        };
        assert!(there, "services/README.md names {name}, which is not there");
        found += 1;
    }
    assert!(found > 30, "the walks name {found} files");
}
