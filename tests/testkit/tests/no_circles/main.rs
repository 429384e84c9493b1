//! No two files of a crate import each other, neither directly nor through others.
//!
//! An import is every `use` and every path that starts with `crate::`, `super::`, `self::` or a
//! module that the file declares. It counts for the file that it names: the last module on the
//! path that has a file. An import of something that a parent re-exports is an import of the
//! parent. What doesn't count: a parent's `mod x;`, a parent's `pub use x::…` of its own children,
//! and everything under `#[cfg(test)]`.

mod source;
mod tree;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::{Path, PathBuf};

use anyhow::Result;

/// Each file with the files that it imports.
type Imports = BTreeMap<PathBuf, BTreeSet<PathBuf>>;

/// The shortest way from `file` back to itself.
fn circle(imports: &Imports, file: &Path) -> Option<Vec<PathBuf>> {
    let mut ways = VecDeque::from([vec![file.to_path_buf()]]);
    let mut seen = BTreeSet::new();
    while let Some(way) = ways.pop_front() {
        for next in way
            .last()
            .and_then(|last| imports.get(last))
            .into_iter()
            .flatten()
        {
            let mut longer = way.clone();
            longer.push(next.clone());
            if next == file {
                return Some(longer);
            }
            if seen.insert(next.clone()) {
                ways.push_back(longer);
            }
        }
    }
    None
}

/// One circle for each file that is in any, without repeating a circle that starts elsewhere.
fn circles(imports: &Imports) -> Vec<Vec<PathBuf>> {
    let mut told = BTreeSet::new();
    let mut found = Vec::new();
    for file in imports.keys() {
        if let Some(circle) = circle(imports, file)
            && told.insert(circle.iter().cloned().collect::<BTreeSet<_>>())
        {
            found.push(circle);
        }
    }
    found
}

/// Every directory below `folder` that holds a crate.
fn crates(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    if folder.join("Cargo.toml").is_file() {
        found.push(folder.to_path_buf());
    }
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let skipped = ["target", "node_modules", "src"]
            .iter()
            .any(|name| entry.file_name() == *name);
        if entry.file_type()?.is_dir() && !skipped {
            found.extend(crates(&entry.path())?);
        }
    }
    Ok(found)
}

#[test]
fn no_two_files_of_a_crate_import_each_other() -> Result<()> {
    let house = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()?;
    let mut report = String::new();
    let mut files = 0;
    for folder in [house.join("services"), house.join("tests")] {
        for a_crate in crates(&folder)? {
            for root in tree::roots(&a_crate)? {
                let imports = tree::imports(&root)?;
                files += imports.len();
                for circle in circles(&imports) {
                    let names = circle.iter().map(|file| match file.strip_prefix(&house) {
                        Ok(inside) => inside.display().to_string(),
                        Err(_) => file.display().to_string(),
                    });
                    report.push_str(&names.collect::<Vec<_>>().join("\n    imports "));
                    report.push('\n');
                }
            }
        }
    }
    assert!(
        files > 200,
        "only {files} files were read: the scan misses most of the house"
    );
    assert!(report.is_empty(), "files that import each other:\n{report}");
    Ok(())
}

/// Writes `files` as a crate of its own and gives the circles in it, by file names.
fn circles_in(files: &[(&str, &str)]) -> Result<Vec<Vec<String>>> {
    let folder = tempfile::tempdir()?;
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap_or(folder.path()))?;
        std::fs::write(path, text)?;
    }
    let imports = tree::imports(&folder.path().join("lib.rs"))?;
    let named = |file: &PathBuf| {
        file.strip_prefix(folder.path())
            .map(|inside| inside.display().to_string())
    };
    circles(&imports)
        .iter()
        .map(|circle| Ok(circle.iter().map(named).collect::<Result<Vec<_>, _>>()?))
        .collect()
}

#[test]
fn a_use_between_siblings_and_a_path_back_make_a_circle() -> Result<()> {
    let found = circles_in(&[
        ("lib.rs", "mod a;\nmod b;\n"),
        ("a.rs", "use crate::{b::{B, C}, std};\n"),
        ("b.rs", "fn f() -> super::a::A { 'x'; super::a::new() }\n"),
    ])?;
    assert_eq!(found, [["a.rs", "b.rs", "a.rs"]]);
    Ok(())
}

#[test]
fn a_child_that_takes_from_a_parent_that_calls_it_makes_a_circle() -> Result<()> {
    let found = circles_in(&[
        ("lib.rs", "pub mod a;"),
        (
            "a.rs",
            "mod b;\npub struct State;\nfn routes() { b::route(); }",
        ),
        ("a/b.rs", "use super::State;\npub fn route() {}"),
    ])?;
    assert_eq!(found, [["a/b.rs", "a.rs", "a/b.rs"]]);
    Ok(())
}

#[test]
fn a_circle_through_a_third_file_is_found() -> Result<()> {
    let found = circles_in(&[
        ("lib.rs", "mod a; mod b; mod c;"),
        ("a.rs", "use crate::b;"),
        ("b.rs", "pub(crate) use crate::c::*;"),
        ("c.rs", "use crate::a::A as Other;"),
    ])?;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0], ["a.rs", "b.rs", "c.rs", "a.rs"]);
    Ok(())
}

#[test]
fn re_exports_tests_comments_and_texts_make_none() -> Result<()> {
    let found = circles_in(&[
        (
            "lib.rs",
            "mod a;\npub use a::A;\npub(crate) use self::a::B;\npub use crate::{a::C};\n",
        ),
        (
            "a.rs",
            "// use crate::A;\n/* use crate::A; /* nested */ */\nconst X: &str = r#\"crate::A \"\"#;\n\
             const Y: &str = \"\\\"crate::A\";\nconst Z: char = '\"';\nfn f<'a>() {}\n\
             use crate::Unchanged;\n#[cfg(test)]\n#[allow(unused)]\nmod tests { use crate::a; }\n",
        ),
    ])?;
    assert!(found.is_empty(), "{found:?}");
    Ok(())
}
