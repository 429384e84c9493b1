//! A PostgreSQL server as a child process, with its own data folder.

use std::{
    io,
    net::TcpListener,
    os::unix::fs::{PermissionsExt, chown},
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};

use nix::unistd::User;
use sqlx::{Connection, PgConnection};
use tokio::process::{Child, Command};

use super::{PostgresError, binaries::server_binaries};

/// Includes recovery after a crash.
const START: Duration = Duration::from_secs(90);
const STOP: Duration = Duration::from_secs(30);
const STEP: Duration = Duration::from_millis(50);
/// Another server is still shutting down in the folder.
const LEAVE: Duration = Duration::from_secs(10);

/// Starts the server and stops it (fast) when our end of the pipe closes, which the kernel does
/// even if we are killed: nothing outlives us, without `unsafe` code.
const SUPERVISOR: &str = r#"exec 3<&0 </dev/null
"$@" 3<&- & server=$!
(read -r _ <&3; kill -INT "$server") 2>/dev/null & watcher=$!
exec 3<&-
wait "$server"; status=$?
kill "$watcher" 2>/dev/null
exit "$status""#;

/// The options of a cluster.
#[derive(Debug, Clone)]
pub struct ClusterOptions {
    /// Its folder; created if it does not exist.
    pub folder: PathBuf,
    /// Its port on 127.0.0.1; 0 for any free one.
    pub port: u16,
    /// Turns fsync off: faster, but not safe after a power failure; for tests.
    pub fast: bool,
}

/// A running server. Connections need no password: it listens on
/// 127.0.0.1 only and holds no sensitive data.
#[derive(Debug)]
pub struct Cluster {
    port: u16,
    child: Child,
}

impl Cluster {
    /// Starts a server on the folder, created with `initdb -U supabase_admin` if it is new.
    /// Leftovers of a crash are removed. As root, the server runs as an unprivileged user.
    ///
    /// # Errors
    /// [`PostgresError`] when there is no server, the folder is in use, or it does not start.
    pub async fn start(options: &ClusterOptions) -> Result<Self, PostgresError> {
        let binaries = server_binaries().await?;
        let owner = unprivileged();
        let data = options.folder.join("postgres");
        let log = options.folder.join("postgres.log");
        prepare_folder(&options.folder, &data, owner.as_ref())?;
        if data.join("PG_VERSION").exists() {
            clear_leftovers(&data).await?;
        } else {
            initialise(&binaries, &data, owner.as_ref()).await?;
        }
        // Another process may take the free port before the server uses it.
        let mut attempts = if options.port == 0 { 3 } else { 1 };
        loop {
            attempts -= 1;
            let port = match options.port {
                0 => free_port().map_err(|source| PostgresError::Run {
                    program: "postgres",
                    source,
                })?,
                port => port,
            };
            let child = spawn(&binaries, &data, &log, port, options.fast, owner.as_ref())?;
            let mut cluster = Self { port, child };
            match cluster.until_ready(&log).await {
                Ok(()) => return Ok(cluster),
                Err(_) if attempts > 0 => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// The port on 127.0.0.1.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The address of a database, as a role.
    #[must_use]
    pub fn url(&self, role: &str, database: &str) -> String {
        format!(
            "postgres://{role}:postgres@127.0.0.1:{}/{database}?sslmode=disable",
            self.port
        )
    }

    /// Stops the server: open transactions are rolled back, connections closed.
    ///
    /// # Errors
    /// When it does not end in time; it is then killed.
    pub async fn stop(mut self) -> Result<(), PostgresError> {
        drop(self.child.stdin.take());
        let waited = tokio::time::timeout(STOP, self.child.wait()).await;
        match waited {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(source)) => Err(PostgresError::Run {
                program: "postgres",
                source,
            }),
            Err(_) => Err(PostgresError::Failed {
                program: "postgres",
                message: format!("it did not stop within {} s", STOP.as_secs()),
            }),
        }
    }

    async fn until_ready(&mut self, log: &Path) -> Result<(), PostgresError> {
        let url = self.url("supabase_admin", "postgres");
        let started = Instant::now();
        let not_started = |why: String| PostgresError::NotStarted {
            why,
            log: end_of(log),
        };
        loop {
            if let Ok(Some(status)) = self.child.try_wait() {
                return Err(not_started(format!("it ended with {status}")));
            }
            match PgConnection::connect(&url).await {
                Ok(connection) => {
                    drop(connection);
                    return Ok(());
                }
                Err(error) if started.elapsed() > START => {
                    return Err(not_started(error.to_string()));
                }
                Err(_) => tokio::time::sleep(STEP).await,
            }
        }
    }
}

/// The user that the server runs as if we are root, which it refuses.
fn unprivileged() -> Option<User> {
    if !nix::unistd::geteuid().is_root() {
        return None;
    }
    ["postgres", "nobody"]
        .into_iter()
        .find_map(|name| User::from_name(name).ok().flatten())
}

fn prepare_folder(folder: &Path, data: &Path, owner: Option<&User>) -> Result<(), PostgresError> {
    let prepare = || -> io::Result<()> {
        std::fs::create_dir_all(data)?;
        std::fs::set_permissions(data, std::fs::Permissions::from_mode(0o700))?;
        if let Some(owner) = owner {
            // The server has to reach its folder inside ours.
            std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o711))?;
            chown(data, Some(owner.uid.as_raw()), Some(owner.gid.as_raw()))?;
        }
        Ok(())
    };
    prepare().map_err(|source| PostgresError::Folder {
        folder: folder.to_owned(),
        source,
    })
}

/// A killed server leaves its pid file; the number may belong to another process now.
async fn clear_leftovers(data: &Path) -> Result<(), PostgresError> {
    let file = data.join("postmaster.pid");
    let started = Instant::now();
    while let Ok(text) = std::fs::read_to_string(&file) {
        let process = text
            .lines()
            .next()
            .and_then(|line| line.trim().parse::<i32>().ok());
        match process.filter(|process| serves(*process, data)) {
            Some(process) if started.elapsed() > LEAVE => {
                return Err(PostgresError::InUse {
                    process,
                    folder: data.to_owned(),
                });
            }
            Some(_) => tokio::time::sleep(STEP).await,
            None => {
                let removed = std::fs::remove_file(&file);
                return removed.map_err(|source| PostgresError::Folder {
                    folder: data.to_owned(),
                    source,
                });
            }
        }
    }
    Ok(())
}

/// Whether a living process is a server on this folder, by its command line.
fn serves(process: i32, data: &Path) -> bool {
    std::fs::read(format!("/proc/{process}/cmdline")).is_ok_and(|line| {
        let folder = data.as_os_str().as_encoded_bytes();
        line.split(|byte| *byte == 0)
            .any(|argument| argument == folder)
    })
}

async fn initialise(
    binaries: &Path,
    data: &Path,
    owner: Option<&User>,
) -> Result<(), PostgresError> {
    let mut command = Command::new(binaries.join("initdb"));
    command
        .args([
            "-U",
            "supabase_admin",
            "--auth=trust",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
            "-D",
        ])
        .arg(data)
        .current_dir("/")
        .stdin(Stdio::null());
    run_as(&mut command, owner);
    let output = command
        .output()
        .await
        .map_err(|source| PostgresError::Run {
            program: "initdb",
            source,
        })?;
    if output.status.success() {
        Ok(())
    } else {
        Err(PostgresError::failed("initdb", &output))
    }
}

fn spawn(
    binaries: &Path,
    data: &Path,
    log: &Path,
    port: u16,
    fast: bool,
    owner: Option<&User>,
) -> Result<Child, PostgresError> {
    let run = |source| PostgresError::Run {
        program: "postgres",
        source,
    };
    let output = std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(log)
        .map_err(run)?;
    let mut settings = vec![
        "listen_addresses=127.0.0.1".to_owned(),
        format!("port={port}"),
        // A socket's path is limited to 107 bytes, which a data folder may exceed.
        "unix_socket_directories=".to_owned(),
        "max_connections=200".to_owned(),
        "shared_buffers=256MB".to_owned(),
        "wal_level=logical".to_owned(),
        // All of max_wal_size: used WAL files are kept to be used again. Whose commit begins a new one instead writes 16 MB
        // of zeros first, for some 60 ms, and everybody's commits wait for that.
        "min_wal_size=1GB".to_owned(),
        "timezone=UTC".to_owned(),
    ];
    if fast {
        settings.extend(
            ["fsync", "synchronous_commit", "full_page_writes"].map(|name| format!("{name}=off")),
        );
    }
    let mut command = Command::new("/bin/sh");
    command
        .args(["-c", SUPERVISOR, "postgres"])
        .arg(binaries.join("postgres"))
        .arg("-D")
        .arg(data);
    for setting in settings {
        command.arg("-c").arg(setting);
    }
    command
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(output.try_clone().map_err(run)?)
        .stderr(output)
        // Ctrl-C in a terminal reaches every process of the group; the server must end last.
        .process_group(0);
    run_as(&mut command, owner);
    command.spawn().map_err(run)
}

fn run_as(command: &mut Command, owner: Option<&User>) {
    if let Some(owner) = owner {
        command
            .uid(owner.uid.as_raw())
            .gid(owner.gid.as_raw())
            .env("HOME", "/");
    }
}

fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

fn end_of(log: &Path) -> String {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<_> = text.lines().collect();
    lines[lines.len().saturating_sub(10)..].join("\n")
}
