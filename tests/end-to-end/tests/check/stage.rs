//! A set-up that works, and what `dnwerks check` says of it with some settings changed.

use std::{collections::BTreeMap, process::Output};

use anyhow::{Context as _, Result, ensure};
use axum::Router;
use localstack::{resend, twilio};
use serde_json::{Value, json};
use stack::process::binary;
use testkit::shared_environment;
use tokio::{net::TcpListener, process::Command};

/// The variables of the shared stack that belong to a set-up.
const OURS: [&str; 5] = ["SUPABASE_", "TWILIO_", "RESEND_", "ADMIN_", "NEXTAUTH_"];
/// What no report may show.
const SECRETS: [&str; 6] = [
    "SUPABASE_SERVICE_ROLE_KEY",
    "SUPABASE_SECRET_KEY",
    "SUPABASE_JWT_SECRET",
    "TWILIO_AUTH_TOKEN",
    "RESEND_API_KEY",
    "ADMIN_PASSWORD",
];

/// A broken set-up: what is changed in one that works, and what has to be said of it.
#[derive(Clone, Default)]
pub struct Case {
    pub what: &'static str,
    pub changes: Vec<(&'static str, Option<String>)>,
    pub arguments: Vec<&'static str>,
    /// The name of the check.
    pub finding: &'static str,
    /// `problem` if empty.
    pub state: &'static str,
    /// A part of what is said.
    pub says: &'static str,
    /// A part of the remedy.
    pub remedy: &'static str,
}

/// The shared stack with stand-ins of its own for Twilio and Resend, which nobody else changes.
pub struct Stage {
    environment: BTreeMap<String, String>,
}

impl Stage {
    pub async fn new() -> Result<Self> {
        let shared = shared_environment()?;
        let mut environment: BTreeMap<_, _> = shared
            .iter()
            .filter(|(name, _)| {
                OURS.iter().any(|start| name.starts_with(start))
                    || matches!(
                        name.as_str(),
                        "PUBLIC_BASE_URL" | "DNWERKS_TEST_DATABASE_URL"
                    )
            })
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        let twilio = serve(twilio::StandIn::new(twilio::Options::default())?.router()).await?;
        let resend = serve(resend::router(resend::Options::default())?).await?;
        for (name, value) in [
            ("TWILIO_API_URL", &twilio),
            ("TWILIO_LOOKUP_URL", &twilio),
            ("RESEND_API_URL", &resend),
        ] {
            environment.insert(name.to_owned(), value.clone());
        }
        let stage = Self { environment };
        let inbound = format!(
            "{}/api/webhooks/twilio/inbound#rc=5",
            stage.get("PUBLIC_BASE_URL")?
        );
        let number = stage.get("TWILIO_PHONE_NUMBER")?;
        control(
            &twilio,
            "account",
            &json!({ "numbers": { number: { "sms_url": inbound } } }),
        )
        .await?;
        Ok(stage)
    }

    pub fn get(&self, name: &str) -> Result<&str> {
        let value = self.environment.get(name);
        value
            .map(String::as_str)
            .with_context(|| format!("the stack has no {name}"))
    }

    /// Runs `dnwerks` with exactly this environment, but for `changes`.
    pub async fn run(
        &self,
        changes: &[(&str, Option<&str>)],
        arguments: &[&str],
    ) -> Result<Output> {
        let mut environment = self.environment.clone();
        for (name, value) in changes {
            match value {
                Some(value) => environment.insert((*name).to_owned(), (*value).to_owned()),
                None => environment.remove(*name),
            };
        }
        let output = Command::new(binary("dnwerks")?)
            .args(arguments)
            .env_clear()
            .envs(&environment)
            .kill_on_drop(true)
            .output()
            .await?;
        for name in SECRETS {
            let Some(secret) = environment.get(name).filter(|value| !value.is_empty()) else {
                continue;
            };
            for text in [&output.stdout, &output.stderr] {
                ensure!(
                    !String::from_utf8_lossy(text).contains(secret.as_str()),
                    "the report shows {name}"
                );
            }
        }
        Ok(output)
    }

    /// The report and the exit code.
    pub async fn check(
        &self,
        changes: &[(&str, Option<&str>)],
        arguments: &[&str],
    ) -> Result<(Value, Option<i32>)> {
        let mut all = vec!["check", "--json"];
        all.extend(arguments);
        if !arguments.contains(&"--timeout") {
            all.extend(["--timeout", "20"]);
        }
        let output = self.run(changes, &all).await?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        ensure!(said.is_empty(), "{said}");
        let report = serde_json::from_slice(&output.stdout).context("no JSON")?;
        Ok((report, output.status.code()))
    }

    /// Whether the report names the fault of `case` with its remedy.
    pub async fn expect(&self, case: Case) -> Result<()> {
        let changes: Vec<_> = case
            .changes
            .iter()
            .map(|(name, value)| (*name, value.as_deref()))
            .collect();
        let (report, code) = self.check(&changes, &case.arguments).await?;
        let found = finding(&report, case.finding)
            .with_context(|| format!("{} is not in {report:#}", case.finding))?;
        let state = if case.state.is_empty() {
            "problem"
        } else {
            case.state
        };
        let has = |field: &str, part: &str| {
            found[field]
                .as_str()
                .is_some_and(|text| text.contains(part))
        };
        ensure!(
            found["state"] == state && has("detail", case.says) && has("remedy", case.remedy),
            "{found:#}"
        );
        let wanted = i32::from(report["ok"] == false);
        ensure!(
            code == Some(wanted) && (state != "problem" || wanted == 1),
            "ends with {code:?}"
        );
        Ok(())
    }
}

/// What a report says under a name.
pub fn finding<'a>(report: &'a Value, name: &str) -> Option<&'a Value> {
    report["checks"]
        .as_array()?
        .iter()
        .find(|finding| finding["name"] == name)
}

/// Serves `router` until the test ends, and returns its address.
pub async fn serve(router: Router) -> Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = format!("http://{}", listener.local_addr()?);
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(address)
}

/// Sets what a stand-in answers.
pub async fn control(origin: &str, what: &str, value: &Value) -> Result<()> {
    let request = testkit::http_client()?.put(format!("{origin}/_control/{what}"));
    request.json(value).send().await?.error_for_status()?;
    Ok(())
}
