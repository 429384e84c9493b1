//! The files.

use std::{borrow::Cow, path::Path};

use crate::Error;

/// Every file of the folder when this was built: its name and its text, in order.
const COMPILED: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/files.rs"));

/// One migration.
#[derive(Debug, Clone)]
pub struct Migration {
    /// Fourteen digits, by which they are ordered.
    pub version: Cow<'static, str>,
    /// The rest of the file's name.
    pub name: Cow<'static, str>,
    /// The file, for messages.
    pub file: String,
    /// Its text.
    pub sql: Cow<'static, str>,
}

/// The migrations that this program was built with, in order.
#[must_use]
pub fn compiled() -> Vec<Migration> {
    let migrations = COMPILED.iter().filter_map(|(file, sql)| {
        let (version, name) = parts(file)?;
        Some(Migration {
            version: version.into(),
            name: name.into(),
            file: format!("supabase/migrations/{file}"),
            sql: (*sql).into(),
        })
    });
    migrations.collect()
}

/// The version of the newest migration that this program was built with.
#[must_use]
pub fn newest() -> &'static str {
    COMPILED
        .last()
        .and_then(|(file, _)| parts(file))
        .map_or("", |(version, _)| version)
}

/// The migrations in a folder, in order.
///
/// # Errors
/// [`Error::Read`].
pub fn in_folder(folder: &Path) -> Result<Vec<Migration>, Error> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| Error::Read { path, source }
    };
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed(folder))? {
        let path = entry.map_err(failed(folder))?.path();
        let Some((version, name)) = path
            .file_name()
            .and_then(|name| name.to_str())
            .and_then(parts)
        else {
            continue;
        };
        let sql = std::fs::read_to_string(&path).map_err(failed(&path))?;
        found.push(Migration {
            version: version.to_owned().into(),
            name: name.to_owned().into(),
            file: path.display().to_string(),
            sql: sql.into(),
        });
    }
    found.sort_by(|a, b| a.file.cmp(&b.file));
    Ok(found)
}

/// Version and name, by the CLI's rule: `<version>_<name>.sql`. Other files are none.
fn parts(file: &str) -> Option<(&str, &str)> {
    let (version, name) = file.strip_suffix(".sql")?.split_once('_')?;
    let is_version = version.len() == 14 && version.bytes().all(|byte| byte.is_ascii_digit());
    is_version.then_some((version, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_compiled_in_is_what_stands_in_the_folder() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../supabase/migrations");
        let there = in_folder(folder.as_ref()).unwrap();
        let compiled = compiled();
        assert_eq!(there.len(), compiled.len());
        for (there, compiled) in there.iter().zip(&compiled) {
            assert_eq!(there.version, compiled.version);
            assert_eq!(there.sql, compiled.sql, "{}", there.file);
        }
        assert_eq!(newest(), compiled.last().unwrap().version);
    }
}
