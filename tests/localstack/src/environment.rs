//! Addresses, keys and secrets under dnwerks's environment variable names.

use std::{fmt, io, io::Write, path::Path};

/// The environment for using a running localstack, in display order.
#[derive(Clone, Default)]
pub struct Environment(Vec<(&'static str, String)>);

impl fmt::Debug for Environment {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_list()
            .entries(self.0.iter().map(|(name, _)| name))
            .finish()
    }
}

impl Environment {
    pub(crate) fn set(&mut self, name: &'static str, value: impl Into<String>) {
        self.0.push((name, value.into()));
    }

    /// The value of one name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter()
            .find(|(known, _)| *known == name)
            .map(|(_, value)| value)
    }

    /// Every name and value.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (*name, value.as_str()))
    }

    /// The lines of an environment file. No value contains a quote.
    #[must_use]
    pub fn to_lines(&self) -> String {
        self.iter().fold(String::new(), |lines, (name, value)| {
            lines + name + "='" + value + "'\n"
        })
    }

    /// Writes them to a file atomically, so that nobody reads half of it. Only
    /// its owner may read it.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn write(&self, file: &Path) -> io::Result<()> {
        let folder = file
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        let mut whole = tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))?;
        whole.write_all(self.to_lines().as_bytes())?;
        whole.persist(file)?;
        Ok(())
    }
}

impl fmt::Display for Environment {
    /// A table for display.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self
            .0
            .iter()
            .map(|(name, _)| name.len())
            .max()
            .unwrap_or_default();
        self.iter()
            .try_for_each(|(name, value)| writeln!(formatter, "{name:width$}  {value}"))
    }
}

#[cfg(test)]
mod tests {
    use super::Environment;

    #[test]
    fn a_file_is_replaced_whole() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("env");
        std::fs::write(&file, "OLD=1").unwrap();
        let mut environment = Environment::default();
        environment.set("SUPABASE_URL", "http://127.0.0.1:1");
        environment.write(&file).unwrap();
        assert_eq!(
            std::fs::read_to_string(&file).unwrap(),
            "SUPABASE_URL='http://127.0.0.1:1'\n"
        );
    }
}
