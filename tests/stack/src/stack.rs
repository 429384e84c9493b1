//! Localstack and dnwerks, started as processes.

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

use anyhow::{Context, Result};
use tempfile::TempDir;

use crate::{
    eventually,
    process::{Process, free_port},
};

/// How long a part of the stack has to answer.
const READY: Duration = Duration::from_secs(90);

/// How a stack is started.
#[derive(Debug, Clone, Default)]
pub struct StackOptions {
    /// Further arguments for localstack.
    pub localstack: Vec<String>,
    /// Further settings for dnwerks.
    pub settings: Vec<(String, String)>,
    /// The port of the API; any free one otherwise.
    pub port: Option<u16>,
    /// Starts no send worker beside the API, for a test that starts its own.
    pub without_send_worker: bool,
}

/// Everything running: what is outside us by localstack, what is ours by `dnwerks all`.
#[derive(Debug)]
pub struct Stack {
    /// Addresses, keys and secrets by their environment names.
    pub environment: BTreeMap<String, String>,
    folder: TempDir,
    localstack: Process,
    services: Vec<Process>,
}

impl Stack {
    /// Starts localstack, then dnwerks, and waits until both are ready.
    ///
    /// # Errors
    /// When a part ends or does not answer in time; the error carries the end of its log.
    pub async fn start(options: &StackOptions) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("dnwerks-").tempdir()?;
        let file = folder.path().join("environment");
        let mut arguments = vec![
            "start".to_owned(),
            "--env-file".to_owned(),
            file.display().to_string(),
        ];
        arguments.extend(options.localstack.iter().cloned());
        let mut localstack = Process::start(
            "localstack",
            &arguments,
            &[],
            &folder.path().join("localstack.log"),
        )?;
        let environment = eventually("localstack's start", READY, async || {
            if let Some(status) = localstack.ended()? {
                anyhow::bail!(
                    "localstack ended with {status}:\n{}",
                    end_of(&folder.path().join("localstack.log"))
                );
            }
            Ok(std::fs::read_to_string(&file)
                .ok()
                .filter(|text| !text.is_empty()))
        })
        .await?;
        let mut environment = read_environment(&environment);
        let port = options.port.map_or_else(free_port, Ok)?;
        let address = format!("http://127.0.0.1:{port}");
        environment.insert("PUBLIC_BASE_URL".to_owned(), address.clone());
        environment.insert("DNWERKS_API_URL".to_owned(), address);
        environment
            .entry("NEXTAUTH_URL".to_owned())
            .or_insert_with(|| "http://localhost:3000".to_owned());
        environment.extend(options.settings.iter().cloned());

        let mut stack = Self {
            environment,
            folder,
            localstack,
            services: Vec::new(),
        };
        let mut all = vec![
            "all".to_owned(),
            "--listen".to_owned(),
            format!("127.0.0.1:{port}"),
        ];
        if options.without_send_worker {
            all.extend(["--without".to_owned(), "send-worker".to_owned()]);
        }
        let process = stack.start_service(&all)?;
        stack.services.push(process);
        stack.until_ready().await?;
        Ok(stack)
    }

    /// Starts one more process of dnwerks with this stack's settings; its owner stops it.
    ///
    /// # Errors
    /// When it can't be started.
    pub fn start_service(&self, arguments: &[String]) -> Result<Process> {
        let environment: Vec<_> = self
            .environment
            .iter()
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        Process::start("dnwerks", arguments, &environment, &self.log())
    }

    /// The setting or address `name`.
    ///
    /// # Errors
    /// When the stack has none of that name.
    pub fn get(&self, name: &str) -> Result<&str> {
        self.environment
            .get(name)
            .map(String::as_str)
            .with_context(|| format!("the stack has no {name}"))
    }

    /// Where dnwerks writes its log.
    #[must_use]
    pub fn log(&self) -> PathBuf {
        self.folder.path().join("dnwerks.log")
    }

    /// The first process of dnwerks, the one that answers HTTP.
    #[must_use]
    pub fn service_id(&self) -> Option<u32> {
        self.services.first().and_then(Process::id)
    }

    /// Stops everything, ours first.
    ///
    /// # Errors
    /// When a process does not stop in time.
    pub async fn stop(self) -> Result<()> {
        for process in self.services {
            process.stop().await?;
        }
        self.localstack.stop().await
    }

    async fn until_ready(&mut self) -> Result<()> {
        let ready = format!("{}/readyz", self.get("DNWERKS_API_URL")?);
        let client = http_client()?;
        let log = self.log();
        let first = &mut self.services[0];
        eventually("dnwerks' start", READY, async || {
            if let Some(status) = first.ended()? {
                anyhow::bail!("dnwerks ended with {status}:\n{}", end_of(&log));
            }
            let answer = client.get(&ready).send().await;
            Ok(answer
                .is_ok_and(|answer| answer.status().is_success())
                .then_some(()))
        })
        .await
    }
}

/// The addresses and keys of the stack that `scripts/test` started for every test to share.
///
/// # Errors
/// When there is none.
pub fn shared_environment() -> Result<BTreeMap<String, String>> {
    let environment: BTreeMap<_, _> = std::env::vars().collect();
    anyhow::ensure!(
        environment.contains_key("DNWERKS_API_URL"),
        "no stack is running: scripts/test starts one, or `scripts/dev --env-file FILE` does and FILE is sourced"
    );
    Ok(environment)
}

/// A client that gives up after half a minute.
///
/// # Errors
/// When TLS can't be set up.
pub fn http_client() -> Result<reqwest::Client> {
    Ok(reqwest::Client::builder()
        .timeout(Duration::from_secs(30))
        .build()?)
}

/// Reads `NAME=value` lines, with or without quotes, as localstack writes them.
#[must_use]
pub fn read_environment(text: &str) -> BTreeMap<String, String> {
    text.lines()
        .filter_map(|line| line.trim().trim_start_matches("export ").split_once('='))
        .map(|(name, value)| {
            let value = value.trim().trim_matches(['\'', '"']);
            (name.trim().to_owned(), value.to_owned())
        })
        .collect()
}

/// The last lines of a log, for an error message.
fn end_of(log: &std::path::Path) -> String {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<_> = text.lines().collect();
    lines[lines.len().saturating_sub(15)..].join("\n")
}
