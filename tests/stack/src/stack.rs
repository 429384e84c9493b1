//! Localstack and dnwerks, started as processes.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, Result};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use sqlx::{Connection as _, PgConnection};
use tempfile::TempDir;
use testkit::{ROLE_PASSWORD, address_of, eventually, free_port, http_client, role_of};
use tokio::task::JoinHandle;
use url::Url;

use crate::{front, process::Process, twilio_stand_in::TwilioStandIn};

/// Timeout for a part of the stack to answer.
const READY: Duration = Duration::from_secs(90);
/// Our processes, and whether they have a role of their own.
const PROCESSES: [(&str, bool); 6] = [
    ("dashboard-api", false),
    ("accounts", true),
    ("customer-import", true),
    ("send-worker", true),
    ("twilio-callbacks", true),
    ("mail-worker", true),
];

/// The options of a stack.
#[derive(Debug, Clone, Default)]
pub struct StackOptions {
    /// Additional arguments for localstack.
    pub localstack: Vec<String>,
    /// Additional settings for dnwerks.
    pub settings: Vec<(String, String)>,
    /// The port of the API; a free one if absent.
    pub port: Option<u16>,
    /// Which of our processes are started.
    pub services: Services,
    /// Runs Auth in its own localstack, which signs with a secret as older projects do.
    pub outside_auth: bool,
}

/// Which of our processes a stack starts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Services {
    /// `dnwerks all`.
    #[default]
    All,
    /// The same without the send worker, for a test that starts its own.
    WithoutSendWorker,
    /// Each by itself, with the role that is its own, behind one address.
    Each,
    /// Nothing.
    None,
}

/// The running stack: external services from localstack, ours from `dnwerks all`.
#[derive(Debug)]
pub struct Stack {
    /// Addresses, keys and secrets by environment variable.
    pub environment: BTreeMap<String, String>,
    folder: TempDir,
    /// In the order of their start.
    processes: Vec<Process>,
    /// In front of processes that run each by itself.
    front: Option<JoinHandle<std::io::Result<()>>>,
}

impl Stack {
    /// Starts localstack, then dnwerks, and waits until both are ready.
    ///
    /// # Errors
    /// If a part ends or does not answer in time; the error contains the end of its log.
    pub async fn start(options: &StackOptions) -> Result<Self> {
        let mut stack = Self {
            environment: BTreeMap::new(),
            folder: tempfile::Builder::new().prefix("dnwerks-").tempdir()?,
            processes: Vec::new(),
            front: None,
        };
        let mut arguments = options.localstack.clone();
        if options.outside_auth {
            arguments.extend(stack.start_auth().await?);
        }
        stack.start_localstack("localstack", &arguments).await?;

        let port = options.port.map_or_else(free_port, Ok)?;
        let address = format!("http://127.0.0.1:{port}");
        for name in ["PUBLIC_BASE_URL", "DNWERKS_API_URL"] {
            stack.environment.insert(name.to_owned(), address.clone());
        }
        stack
            .environment
            .entry("NEXTAUTH_URL".to_owned())
            .or_insert_with(|| "http://localhost:3000".to_owned());
        stack.environment.extend(options.settings.iter().cloned());
        stack.start_services(options.services, port).await?;
        Ok(stack)
    }

    /// Starts a localstack and reads the addresses that it writes when it is ready.
    async fn start_localstack(&mut self, name: &str, arguments: &[String]) -> Result<()> {
        let file = self.folder.path().join(format!("{name}.environment"));
        let log = self.folder.path().join(format!("{name}.log"));
        let mut all = vec!["start".to_owned(), "--env-file".to_owned()];
        all.push(file.display().to_string());
        all.extend_from_slice(arguments);
        let mut localstack = Process::start("localstack", &all, &[], &log)?;
        let environment = eventually("localstack's start", READY, async || {
            if let Some(status) = localstack.ended()? {
                anyhow::bail!("{name} ended with {status}:\n{}", end_of(&log));
            }
            Ok(std::fs::read_to_string(&file)
                .ok()
                .filter(|text| !text.is_empty()))
        })
        .await?;
        self.environment.extend(read_environment(&environment));
        self.processes.push(localstack);
        Ok(())
    }

    /// Starts a localstack for Postgres and Auth, and returns the arguments for another one to use
    /// both.
    async fn start_auth(&mut self) -> Result<Vec<String>> {
        let secret = "the-secret-that-both-of-them-have-0123456789";
        let (gateway, auth) = (free_port()?.to_string(), free_port()?.to_string());
        let own = format!(
            "--fast --no-twilio --jwt-algorithm hs256 --jwt-secret {secret} \
             --gateway-port {auth} --external-url http://127.0.0.1:{gateway}"
        );
        self.start_localstack("auth", &words(&own)).await?;
        let database = self.get("DNWERKS_TEST_DATABASE_URL")?;
        // One outbox for Auth's own mails and for ours.
        let resend = self.get("RESEND_API_URL")?;
        Ok(words(&format!(
            "--gateway-port {gateway} --jwt-secret {secret} --database-url {database} \
             --auth-url http://127.0.0.1:{auth}/auth/v1 --resend-url {resend}"
        )))
    }

    async fn start_services(&mut self, services: Services, port: u16) -> Result<()> {
        let all = format!("all --listen 127.0.0.1:{port}");
        let mut process = match services {
            Services::None => return Ok(()),
            Services::Each => return self.start_each(port).await,
            Services::All => self.start_service(&words(&all))?,
            Services::WithoutSendWorker => {
                self.start_service(&words(&format!("{all} --without send-worker")))?
            }
        };
        let ready = format!("{}/readyz", self.get("DNWERKS_API_URL")?);
        let client = http_client()?;
        let log = self.log();
        eventually("dnwerks' start", READY, async || {
            if let Some(status) = process.ended()? {
                anyhow::bail!("dnwerks ended with {status}:\n{}", end_of(&log));
            }
            let answer = client.get(&ready).send().await;
            Ok(answer
                .is_ok_and(|answer| answer.status().is_success())
                .then_some(()))
        })
        .await?;
        self.processes.push(process);
        Ok(())
    }

    async fn start_each(&mut self, port: u16) -> Result<()> {
        let mut addresses = BTreeMap::new();
        for (process, _) in PROCESSES {
            let address = format!("127.0.0.1:{}", free_port()?);
            self.processes
                .push(self.start_process(process, &address).await?);
            addresses.insert(process, address);
        }
        self.front = Some(front::serve(port, &addresses).await?);
        Ok(())
    }

    /// Starts one process of dnwerks at `address`, with the role that is its own, and waits until it is ready; its
    /// owner stops it.
    ///
    /// # Errors
    /// When it can't be started, or does not get ready in time.
    pub async fn start_process(&self, process: &str, address: &str) -> Result<Process> {
        let mut environment = self.environment.clone();
        environment.remove("SUPABASE_DB_URL");
        if PROCESSES.contains(&(process, true)) {
            let url = self.database_url_of(process).await?;
            environment.insert("SUPABASE_DB_URL".to_owned(), url.into());
        }
        let environment: Vec<_> = environment.into_iter().collect();
        let arguments = [process, "--listen", address].map(str::to_owned);
        let mut started = Process::start("dnwerks", &arguments, &environment, &self.log())?;
        let (client, log) = (http_client()?, self.log());
        eventually(process, READY, async || {
            if let Some(status) = started.ended()? {
                anyhow::bail!("{process} ended with {status}:\n{}", end_of(&log));
            }
            let answer = client.get(format!("http://{address}/readyz")).send().await;
            Ok(answer
                .is_ok_and(|answer| answer.status().is_success())
                .then_some(()))
        })
        .await?;
        Ok(started)
    }

    /// The database's address for `process`, such as `send-worker`, whose role gets a password.
    ///
    /// # Errors
    /// When there is no such role.
    pub async fn database_url_of(&self, process: &str) -> Result<Url> {
        let role = role_of(process);
        let mut admin = PgConnection::connect(self.get("DNWERKS_TEST_DATABASE_URL")?).await?;
        sqlx::raw_sql(sqlx::AssertSqlSafe(format!(
            "alter role {role} with login password '{ROLE_PASSWORD}'"
        )))
        .execute(&mut admin)
        .await?;
        address_of(process, &Url::parse(self.get("SUPABASE_DB_URL")?)?)
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
    /// If the stack has none of that name.
    pub fn get(&self, name: &str) -> Result<&str> {
        self.environment
            .get(name)
            .map(String::as_str)
            .with_context(|| format!("the stack has no {name}"))
    }

    /// The stand-in for Twilio.
    ///
    /// # Errors
    /// When there is none.
    pub fn twilio(&self) -> Result<TwilioStandIn> {
        TwilioStandIn::of(&self.environment)
    }

    /// Kills one of Postgres's processes, after which it ends all others and recovers: a crash.
    ///
    /// # Errors
    /// When Postgres can't be reached, or is not on this machine.
    pub async fn crash_postgres(&self) -> Result<()> {
        let mut connection = PgConnection::connect(self.get("DNWERKS_TEST_DATABASE_URL")?).await?;
        let process: i32 = sqlx::query_scalar("select pg_backend_pid()")
            .fetch_one(&mut connection)
            .await?;
        Ok(kill(Pid::from_raw(process), Signal::SIGKILL)?)
    }

    /// A folder for the stack's users, removed with it.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The log of dnwerks.
    #[must_use]
    pub fn log(&self) -> PathBuf {
        self.folder.path().join("dnwerks.log")
    }

    /// Stops everything, our processes first.
    ///
    /// # Errors
    /// When a process does not stop in time.
    pub async fn stop(mut self) -> Result<()> {
        while let Some(process) = self.processes.pop() {
            process.stop().await?;
        }
        if let Some(front) = self.front {
            front.abort();
        }
        Ok(())
    }
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
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
fn end_of(log: &Path) -> String {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<_> = text.lines().collect();
    lines[lines.len().saturating_sub(15)..].join("\n")
}
