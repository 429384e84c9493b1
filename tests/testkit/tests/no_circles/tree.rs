//! The modules of a crate and the files that they stand in.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::source::{Declared, Source, Written};

/// A module by the names that lead to it from the root, with its file and what that file says.
type Modules = BTreeMap<Vec<String>, (PathBuf, Source)>;

/// The files that a crate's modules hang from: its library, its programs and its tests.
pub fn roots(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut roots = vec![folder.join("src/lib.rs"), folder.join("src/main.rs")];
    for place in ["src/bin", "tests", "fuzz_targets"] {
        let Ok(entries) = std::fs::read_dir(folder.join(place)) else {
            continue;
        };
        for entry in entries {
            let path = entry?.path();
            let is_rust = path.extension() == Some(OsStr::new("rs"));
            roots.push(if is_rust { path } else { path.join("main.rs") });
        }
    }
    roots.retain(|root| root.is_file());
    Ok(roots)
}

/// Each file below `root` with the files that it imports.
pub fn imports(root: &Path) -> Result<BTreeMap<PathBuf, BTreeSet<PathBuf>>> {
    let mut modules = Modules::new();
    read(root, Vec::new(), &mut modules)?;
    let mut imports = BTreeMap::new();
    for (module, (file, source)) in &modules {
        let mut named = BTreeSet::new();
        for Written { path, is_re_export } in source.paths() {
            let target = module_of(&modules, module, &path);
            let is_own = target.len() > module.len() && target.starts_with(module);
            if target != *module && !(is_re_export && is_own) {
                named.insert(modules[&target].0.clone());
            }
        }
        imports.insert(file.clone(), named);
    }
    Ok(imports)
}

/// Reads `file` as `module`, and every module that it declares.
fn read(file: &Path, module: Vec<String>, modules: &mut Modules) -> Result<()> {
    let text = std::fs::read_to_string(file).with_context(|| format!("{}", file.display()))?;
    let source = Source::new(&text);
    for declared in source.declared() {
        let child = file_of_child(file, module.is_empty(), &declared).with_context(|| {
            format!(
                "{} declares {declared:?}, which has no file",
                file.display()
            )
        })?;
        let name = [module.clone(), vec![declared.name]].concat();
        read(&child, name, modules)?;
    }
    modules.insert(module, (file.to_path_buf(), source));
    Ok(())
}

/// Where `declared` in `file` stands: beside a crate's root or a `mod.rs`, else below the file's
/// own name.
fn file_of_child(file: &Path, is_root: bool, declared: &Declared) -> Option<PathBuf> {
    let folder = file.parent()?;
    if let Some(path) = &declared.path {
        return folder.join(path).canonicalize().ok();
    }
    let folder = if is_root || file.ends_with("mod.rs") {
        folder.to_path_buf()
    } else {
        file.with_extension("")
    };
    let name = &declared.name;
    [format!("{name}.rs"), format!("{name}/mod.rs")]
        .map(|path| folder.join(path))
        .into_iter()
        .find(|path| path.is_file())
}

/// The last module on `path` that has a file, as `module` writes it.
fn module_of(modules: &Modules, module: &[String], path: &[String]) -> Vec<String> {
    let mut at = module.to_vec();
    for part in path {
        match part.as_str() {
            "crate" => at.clear(),
            "self" => {}
            "super" => {
                at.pop();
            }
            name => {
                at.push(name.to_owned());
                if !modules.contains_key(&at) {
                    at.pop();
                    break;
                }
            }
        }
    }
    at
}
