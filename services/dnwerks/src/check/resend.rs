//! Resend: the key, the sender's domain, and its webhooks.

use std::time::Duration;

use domain::EmailAddress;
use resend::{Client, Domain, SendError};
use url::Url;

use super::{
    finding::Finding,
    setup::{Setup, reason},
};

const KEY: &str = "resend.key";
const FROM: &str = "resend.from";
const DOMAIN: &str = "resend.domain";
const WEBHOOKS: &str = "resend.webhook_secret";
/// From Resend's own domain mails go to nobody but the account's owner.
const TEST_DOMAIN: &str = "resend.dev";

pub async fn check(setup: &Setup, patience: Duration) -> Vec<Finding> {
    let mut found = Vec::new();
    found.extend(webhook_secret(setup));
    let from = setup.get("RESEND_FROM_EMAIL").map(domain_of);
    if from == Some(None) {
        found.push(Finding::problem(
            FROM,
            "RESEND_FROM_EMAIL is no e-mail address.",
            "Write it as name@example.com or Name <name@example.com>.",
        ));
    }
    let (Some(key), Some(api_url)) = (setup.get("RESEND_API_KEY"), setup.url("RESEND_API_URL"))
    else {
        return found;
    };
    found.extend(domains(key, api_url, from.flatten().as_deref(), patience).await);
    found
}

/// The domain of an address, with or without a name before it.
fn domain_of(from: &str) -> Option<String> {
    let address = match from.rsplit_once('<') {
        Some((_, rest)) => rest.strip_suffix('>')?,
        None => from,
    };
    let address = EmailAddress::parse(address).ok()?;
    let (_, domain) = address.as_str().rsplit_once('@')?;
    Some(domain.to_owned())
}

async fn domains(key: &str, api_url: Url, from: Option<&str>, patience: Duration) -> Vec<Finding> {
    let new_key = "Make a new key in Resend's dashboard under API Keys.";
    let client = Client::new(&resend::Settings {
        api_key: key.into(),
        from_email: String::new(),
        api_url,
        timeout_seconds: patience.as_secs(),
    });
    let client = match client {
        Ok(client) => client,
        Err(error) => return vec![Finding::problem(KEY, format!("{error}."), new_key)],
    };
    let taken = || Finding::ok(KEY, "Resend takes RESEND_API_KEY.");
    match client.domains().await {
        Ok(domains) => {
            let mut found = vec![taken()];
            found.extend(from.map(|from| domain(&domains, from)));
            found
        }
        Err(error) if error.is_send_only_key() => vec![
            taken(),
            Finding::skipped(
                DOMAIN,
                "The key may only send, so that the state of the sender's domain can't be seen.",
                "Look in Resend's dashboard under Domains: that of RESEND_FROM_EMAIL must be verified.",
            ),
        ],
        Err(SendError::Unreachable(error) | SendError::NoAnswer(error)) => vec![Finding::problem(
            KEY,
            format!("Resend can't be reached: {}.", reason(error)),
            "Let this machine reach api.resend.com by HTTPS, and leave RESEND_API_URL out.",
        )],
        Err(SendError::Unclear(status)) => vec![Finding::problem(
            KEY,
            format!("Resend does not answer as it should: {status}."),
            "Try again later: https://resend-status.com. RESEND_API_URL must be Resend's.",
        )],
        Err(SendError::RateLimited { .. }) => vec![Finding::skipped(
            KEY,
            "Resend is asked too often at the moment.",
            "Run this again in a minute.",
        )],
        Err(_) => vec![Finding::problem(
            KEY,
            "Resend refuses RESEND_API_KEY.",
            new_key,
        )],
    }
}

fn domain(domains: &[Domain], from: &str) -> Finding {
    if from == TEST_DOMAIN {
        return Finding::warning(
            DOMAIN,
            "From resend.dev mails go only to the owner of the account at Resend.",
            "Add a domain of your own under Domains in Resend's dashboard, and send from it.",
        );
    }
    let known = domains
        .iter()
        .find(|domain| domain.name.eq_ignore_ascii_case(from));
    match known {
        Some(domain) if domain.status == "verified" => {
            Finding::ok(DOMAIN, format!("The domain {from} is verified."))
        }
        Some(domain) => Finding::problem(
            DOMAIN,
            format!(
                "The domain {from} is not verified at Resend ({}): no mail goes out.",
                domain.status
            ),
            "Set its DNS records as Resend's dashboard shows them under Domains, and let it verify them.",
        ),
        None => Finding::problem(
            DOMAIN,
            format!("The account at Resend has no domain {from}: no mail goes out."),
            "Add it under Domains in Resend's dashboard, or send from one that is there.",
        ),
    }
}

fn webhook_secret(setup: &Setup) -> Option<Finding> {
    // Whether any chosen process reads it: it has no default.
    setup.get("RESEND_API_KEY")?;
    let Some(secrets) = setup.get("RESEND_WEBHOOK_SECRET") else {
        return Some(Finding::warning(
            WEBHOOKS,
            "RESEND_WEBHOOK_SECRET is not set: bounces and complaints are not heard of.",
            "Add the webhook $PUBLIC_BASE_URL/api/webhooks/resend in Resend's dashboard, and set RESEND_WEBHOOK_SECRET to its secret.",
        ));
    };
    let is_right = secrets
        .split(',')
        .all(|secret| secret.trim().starts_with("whsec_"));
    (!is_right).then(|| {
        Finding::problem(
            WEBHOOKS,
            "RESEND_WEBHOOK_SECRET is no secret of a webhook: those begin with whsec_.",
            "Copy it from the webhook's page in Resend's dashboard.",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::domain_of;

    #[test]
    fn the_senders_domain_is_found_with_and_without_a_name() {
        for from in ["hello@Example.com", "DNwerks <hello@example.com>"] {
            assert_eq!(domain_of(from).as_deref(), Some("example.com"));
        }
        for wrong in ["hello", "DNwerks <hello@example.com", "DNwerks"] {
            assert_eq!(domain_of(wrong), None, "{wrong}");
        }
    }
}
