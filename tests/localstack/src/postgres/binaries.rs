//! Finds this machine's PostgreSQL server programs.

use std::path::{Path, PathBuf};

use tokio::process::Command;

use super::PostgresError;

const DEBIAN: &str = "/usr/lib/postgresql";

/// The folder with `initdb` and `postgres`: on the `PATH`, where `pg_config` says, or the newest of
/// Debian's. If there is none and we are root on Debian, the package is installed.
pub(super) async fn server_binaries() -> Result<PathBuf, PostgresError> {
    if let Some(folder) = find().await {
        return Ok(folder);
    }
    if !nix::unistd::geteuid().is_root() || !Path::new("/usr/bin/apt-get").exists() {
        return Err(PostgresError::NoServer);
    }
    tracing::info!("no PostgreSQL server here: installing Debian's package postgresql");
    for arguments in [
        &["update", "-qq"][..],
        &["install", "-y", "-qq", "postgresql"],
    ] {
        let output = Command::new("apt-get")
            .args(arguments)
            .env("DEBIAN_FRONTEND", "noninteractive")
            .output()
            .await
            .map_err(|source| PostgresError::Run {
                program: "apt-get",
                source,
            })?;
        if !output.status.success() {
            return Err(PostgresError::failed("apt-get", &output));
        }
    }
    find().await.ok_or(PostgresError::NoServer)
}

async fn find() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    if let Some(folder) = std::env::split_paths(&path).find(|folder| has_server(folder)) {
        return Some(folder);
    }
    if let Ok(output) = Command::new("pg_config").arg("--bindir").output().await {
        let folder = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
        if has_server(&folder) {
            return Some(folder);
        }
    }
    newest_in(Path::new(DEBIAN))
}

/// Debian keeps one folder for each major version.
fn newest_in(folder: &Path) -> Option<PathBuf> {
    std::fs::read_dir(folder)
        .ok()?
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let version: u32 = entry.file_name().to_str()?.parse().ok()?;
            let binaries = entry.path().join("bin");
            has_server(&binaries).then_some((version, binaries))
        })
        .max()
        .map(|(_, binaries)| binaries)
}

fn has_server(folder: &Path) -> bool {
    folder.join("initdb").is_file() && folder.join("postgres").is_file()
}

#[cfg(test)]
mod tests {
    use super::newest_in;

    #[test]
    fn the_newest_version_wins_by_number() {
        let folder = tempfile::tempdir().unwrap();
        for version in ["9", "15", "17"] {
            let binaries = folder.path().join(version).join("bin");
            std::fs::create_dir_all(&binaries).unwrap();
            if version != "17" {
                std::fs::write(binaries.join("initdb"), "").unwrap();
                std::fs::write(binaries.join("postgres"), "").unwrap();
            }
        }
        assert_eq!(
            newest_in(folder.path()).unwrap(),
            folder.path().join("15/bin")
        );
    }
}
