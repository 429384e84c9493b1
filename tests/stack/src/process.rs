//! Child processes that never outlive their parent.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::{ExitCode, Stdio},
    time::Duration,
};

use anyhow::{Context, Result};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use tokio::{
    process::{Child, Command},
    signal::unix,
};

/// How long a process may take to stop after SIGTERM.
const PATIENCE: Duration = Duration::from_secs(40);

/// A running program of this workspace.
#[derive(Debug)]
pub struct Process {
    name: String,
    child: Child,
}

impl Process {
    /// Starts `program` (a binary of this workspace) with exactly the environment given, besides
    /// `PATH` and `HOME`, its output appended to `log`.
    ///
    /// # Errors
    /// If the binary was not built, or can't be started.
    pub fn start(
        program: &str,
        arguments: &[String],
        environment: &[(String, String)],
        log: &Path,
    ) -> Result<Self> {
        let path = binary(program)?;
        let output = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(log)
            .with_context(|| format!("opening {}", log.display()))?;
        let child = Command::new(&path)
            .args(arguments)
            .env_clear()
            .envs(std::env::vars().filter(|(name, _)| {
                matches!(
                    name.as_str(),
                    "PATH" | "HOME" | "RUST_LOG" | "RUST_BACKTRACE" | "TMPDIR"
                )
            }))
            .envs(environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output)
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("starting {}", path.display()))?;
        Ok(Self {
            name: program.to_owned(),
            child,
        })
    }

    /// The process id, while it runs.
    #[must_use]
    pub fn id(&self) -> Option<u32> {
        self.child.id()
    }

    /// Its exit status, if it has ended.
    ///
    /// # Errors
    /// When the system can't tell.
    pub fn ended(&mut self) -> Result<Option<std::process::ExitStatus>> {
        Ok(self.child.try_wait()?)
    }

    /// Asks it to stop and waits for it.
    ///
    /// # Errors
    /// If it does not stop in time (it is then killed).
    pub async fn stop(mut self) -> Result<()> {
        self.signal(Signal::SIGTERM)?;
        let Ok(status) = tokio::time::timeout(PATIENCE, self.child.wait()).await else {
            self.child.kill().await?;
            anyhow::bail!("{} did not stop within {PATIENCE:?} of SIGTERM", self.name);
        };
        status?;
        Ok(())
    }

    /// Kills it at once, as a crash would.
    ///
    /// # Errors
    /// When the system refuses.
    pub async fn kill(mut self) -> Result<()> {
        self.child.kill().await?;
        Ok(())
    }

    pub(crate) fn signal(&self, signal: Signal) -> Result<()> {
        if let Some(id) = self.child.id() {
            kill(Pid::from_raw(i32::try_from(id)?), signal)?;
        }
        Ok(())
    }
}

/// Where cargo built `program`: beside the running binary, or one folder above it for a test.
///
/// # Errors
/// When it was not built.
pub fn binary(program: &str) -> Result<PathBuf> {
    let own = std::env::current_exe()?;
    own.ancestors()
        .skip(1)
        .take(2)
        .map(|folder| folder.join(program))
        .find(|path| path.is_file())
        .with_context(|| {
            format!(
                "{program} is not built: cargo build -p dnwerks -p localstack, or run scripts/test"
            )
        })
}

/// Runs `program` with `environment` added to the present one until it ends, or until Ctrl-C or
/// SIGTERM, and returns its exit code.
///
/// # Errors
/// When it can't be started.
pub async fn run(
    program: &str,
    arguments: &[String],
    environment: &BTreeMap<String, String>,
) -> Result<ExitCode> {
    let mut child = Command::new(program)
        .args(arguments)
        .envs(environment)
        .kill_on_drop(true)
        .spawn()
        .with_context(|| format!("starting {program}"))?;
    tokio::select! {
        status = child.wait() => {
            // None: a signal ended it.
            let code = status?.code().and_then(|code| u8::try_from(code).ok());
            Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
        }
        interrupted = interrupted() => interrupted.map(|()| ExitCode::FAILURE),
    }
}

/// Waits for Ctrl-C or SIGTERM.
///
/// # Errors
/// When the signals can't be listened to.
pub async fn interrupted() -> Result<()> {
    let mut interrupt = unix::signal(unix::SignalKind::interrupt())?;
    let mut terminate = unix::signal(unix::SignalKind::terminate())?;
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    Ok(())
}
