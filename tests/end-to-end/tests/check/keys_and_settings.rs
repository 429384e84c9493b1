//! Settings that are wrong by themselves, and keys that are another's.

use anyhow::Result;
use localstack::keys::{Keys, SigningAlgorithm};
use testkit::access_token_with;
use uuid::Uuid;

use crate::stage::{Case, Stage};

pub fn cases(stage: &Stage) -> Result<Vec<Case>> {
    let mut cases = of_keys(stage)?;
    cases.extend(of_addresses(stage)?);
    cases.extend(of_settings(stage)?);
    Ok(cases)
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "the table's changes may also unset"
)]
fn value(value: &str) -> Option<String> {
    Some(value.to_owned())
}

fn of_keys(stage: &Stage) -> Result<Vec<Case>> {
    let other = Keys::generate(SigningAlgorithm::Es256)?;
    let own = |name: &str| stage.get(name).map(|value| Some(value.to_owned()));
    let expired = serde_json::Map::from_iter([
        ("role".to_owned(), "anon".into()),
        ("exp".to_owned(), 1_700_000_000.into()),
    ]);
    let expired = access_token_with(
        stage.get("SUPABASE_URL")?,
        stage.get("SUPABASE_JWT_SECRET")?,
        Uuid::nil(),
        expired,
    )?;
    Ok(vec![
        Case {
            what: "anon and service key swapped",
            changes: vec![
                ("SUPABASE_ANON_KEY", own("SUPABASE_SERVICE_ROLE_KEY")?),
                ("SUPABASE_SERVICE_ROLE_KEY", own("SUPABASE_ANON_KEY")?),
            ],
            finding: "supabase.anon_key",
            says: "are swapped",
            remedy: "Swap them",
            ..Case::default()
        },
        Case {
            what: "a secret key for everybody",
            changes: vec![("SUPABASE_ANON_KEY", own("SUPABASE_SECRET_KEY")?)],
            finding: "supabase.anon_key",
            says: "it is the secret key",
            remedy: "Copy the anon or publishable key",
            ..Case::default()
        },
        Case {
            what: "a publishable key for the service",
            changes: vec![(
                "SUPABASE_SERVICE_ROLE_KEY",
                own("SUPABASE_PUBLISHABLE_KEY")?,
            )],
            finding: "supabase.service_role_key",
            says: "it is the publishable key",
            remedy: "Copy the service_role or secret key",
            ..Case::default()
        },
        Case {
            what: "another project's anon key",
            changes: vec![
                ("SUPABASE_ANON_KEY", value(other.anon())),
                ("SUPABASE_JWT_SECRET", None),
            ],
            finding: "supabase.anon_key",
            says: "refuses SUPABASE_ANON_KEY: Invalid API key",
            remedy: "Copy the anon or publishable key again",
            ..Case::default()
        },
        Case {
            what: "another project's service key",
            changes: vec![("SUPABASE_SERVICE_ROLE_KEY", value(other.service_role()))],
            finding: "supabase.service_role_key",
            says: "refuses SUPABASE_SERVICE_ROLE_KEY with 401",
            remedy: "Copy the service_role or secret key again",
            ..Case::default()
        },
        Case {
            what: "a revoked secret key",
            changes: vec![("SUPABASE_SERVICE_ROLE_KEY", value("sb_secret_of_last_year"))],
            finding: "supabase.service_role_key",
            says: "refuses SUPABASE_SERVICE_ROLE_KEY with 401",
            remedy: "Copy the service_role or secret key again",
            ..Case::default()
        },
        Case {
            what: "an expired anon key",
            changes: vec![("SUPABASE_ANON_KEY", Some(expired))],
            finding: "supabase.anon_key",
            says: "has expired on 2023-11-14",
            remedy: "Copy the anon or publishable key",
            ..Case::default()
        },
        Case {
            what: "another project's JWT secret",
            changes: vec![("SUPABASE_JWT_SECRET", value(other.jwt_secret()))],
            finding: "supabase.jwt_secret",
            says: "not what the project's keys were signed with",
            remedy: "Copy the legacy JWT secret",
            ..Case::default()
        },
    ])
}

fn of_addresses(stage: &Stage) -> Result<Vec<Case>> {
    Ok(vec![
        Case {
            what: "a path behind the project's address",
            changes: vec![(
                "SUPABASE_URL",
                value(&format!("{}/rest/v1", stage.get("SUPABASE_URL")?)),
            )],
            finding: "supabase.url",
            says: "has a path",
            remedy: "https://YOUR-PROJECT.supabase.co",
            ..Case::default()
        },
        Case {
            what: "nobody at the project's address",
            changes: vec![(
                "SUPABASE_URL",
                value(&format!("http://127.0.0.1:{}", testkit::free_port()?)),
            )],
            finding: "supabase.url",
            says: "can't be reached",
            remedy: "Compare SUPABASE_URL",
            ..Case::default()
        },
    ])
}

fn of_settings(stage: &Stage) -> Result<Vec<Case>> {
    let own = |name: &str| stage.get(name).map(|value| Some(value.to_owned()));
    Ok(vec![
        Case {
            what: "a setting that is missing",
            changes: vec![("RESEND_API_KEY", value(""))],
            finding: "settings.RESEND_API_KEY",
            says: "mail-worker can't start without it",
            remedy: "Set RESEND_API_KEY",
            ..Case::default()
        },
        Case {
            what: "no sender",
            changes: vec![("TWILIO_PHONE_NUMBER", None)],
            finding: "settings.TWILIO_PHONE_NUMBER",
            says: "TWILIO_MESSAGING_SERVICE_SID",
            remedy: "one of the others",
            ..Case::default()
        },
        Case {
            what: "half of an API key",
            changes: vec![(
                "TWILIO_API_KEY",
                value("SK00000000000000000000000000000001"),
            )],
            finding: "settings.TWILIO_API_SECRET",
            says: "its other half is",
            remedy: "Set TWILIO_API_SECRET too",
            ..Case::default()
        },
        Case {
            what: "a value that can't be read",
            changes: vec![("LISTEN", value("eighty"))],
            finding: "settings.LISTEN",
            says: "\"eighty\" that can't be read",
            remedy: "Correct LISTEN",
            ..Case::default()
        },
        Case {
            what: "a misspelt name",
            changes: vec![
                ("TWILLIO_AUTH_TOKEN", own("TWILIO_AUTH_TOKEN")?),
                ("TWILIO_AUTH_TOKEN", None),
            ],
            finding: "settings.TWILLIO_AUTH_TOKEN",
            says: "nothing reads it",
            remedy: "Did you mean TWILIO_AUTH_TOKEN?",
            ..Case::default()
        },
        Case {
            what: "a setting with a default under a misspelt name",
            changes: vec![("SEND_CONCURENCY", value("10"))],
            finding: "settings.SEND_CONCURENCY",
            says: "nothing reads it",
            remedy: "Did you mean SEND_CONCURRENCY?",
            ..Case::default()
        },
    ])
}
