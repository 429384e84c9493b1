//! Twilio: the account, its sender, where texts to it go, and lookups.

use std::time::Duration;

use clap::{ArgMatches, Args as _, Command, FromArgMatches};
use twilio::{Client, Lookups, RequestError, Sender};
use url::Url;

use super::{
    finding::Finding,
    setup::{Setup, reason},
};

const CREDENTIALS: &str = "twilio.credentials";
const ACCOUNT: &str = "twilio.account";
const SENDER: &str = "twilio.sender";
const INBOUND: &str = "twilio.inbound";
const LOOKUP: &str = "twilio.lookup";
const CONSOLE: &str = "Copy both from the account's page in Twilio's console.";

pub async fn check(setup: &Setup, patience: Duration) -> Vec<Finding> {
    let (mut found, lookup) = tokio::join!(account(setup, patience), lookup(setup));
    found.extend(lookup);
    found
}

async fn account(setup: &Setup, patience: Duration) -> Vec<Finding> {
    let (Some(sid), Some(token)) = (
        setup.get("TWILIO_ACCOUNT_SID"),
        setup.get("TWILIO_AUTH_TOKEN"),
    ) else {
        return Vec::new();
    };
    let api = setup.url("TWILIO_API_URL");
    let seconds = patience.as_secs();
    let client = Client::new(&twilio::Settings {
        account_sid: sid.to_owned(),
        auth_token: token.into(),
        sender: Sender::default(),
        api_url: match api.or_else(|| Url::parse("https://api.twilio.com").ok()) {
            Some(url) => url,
            None => return Vec::new(),
        },
        connect_timeout_seconds: seconds,
        timeout_seconds: seconds,
    });
    let client = match client {
        Ok(client) => client,
        Err(error) => return vec![Finding::problem(CREDENTIALS, format!("{error}."), CONSOLE)],
    };
    let state = match client.account().await {
        Ok(state) => state,
        Err(error) => {
            return vec![refused(
                CREDENTIALS,
                "TWILIO_ACCOUNT_SID with TWILIO_AUTH_TOKEN",
                error,
                CONSOLE,
            )];
        }
    };
    let mut found = vec![
        Finding::ok(
            CREDENTIALS,
            "Twilio takes TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN.",
        ),
        match (state.status.as_str(), state.kind.as_str()) {
            ("active", "Trial") => Finding::warning(
                ACCOUNT,
                "This is a trial account: it texts only numbers that its owner has confirmed.",
                "Upgrade it in Twilio's console before the first campaign.",
            ),
            ("active", _) => Finding::ok(ACCOUNT, "The account is active."),
            (status, _) => Finding::problem(
                ACCOUNT,
                format!("The account is {status}: Twilio sends nothing."),
                "Settle what is open in Twilio's console, or ask Twilio's support.",
            ),
        },
    ];
    found.extend(senders(setup, &client).await);
    found
}

async fn senders(setup: &Setup, client: &Client) -> Vec<Finding> {
    let wanted = setup.url("PUBLIC_BASE_URL").map(|base| {
        let base = base.as_str().trim_end_matches('/').to_owned();
        base + twilio_callbacks::INBOUND_PATH
    });
    let mut found = Vec::new();
    if let Some(sid) = setup.get("TWILIO_MESSAGING_SERVICE_SID") {
        match client.own_messaging_service(sid).await {
            Ok(Some((_, 0))) => found.push(Finding::problem(
                SENDER,
                "The messaging service TWILIO_MESSAGING_SERVICE_SID has no number to send from.",
                "Add a number to it in Twilio's console under Messaging > Services.",
            )),
            Ok(Some((service, numbers))) => {
                found.push(Finding::ok(
                    SENDER,
                    format!("The messaging service has {numbers} numbers."),
                ));
                if !service.use_inbound_webhook_on_number {
                    let url = service.inbound_request_url.as_deref();
                    found.extend(
                        wanted
                            .as_deref()
                            .map(|wanted| inbound(url, wanted, "messaging service")),
                    );
                }
            }
            Ok(None) => found.push(not_ours(
                "TWILIO_MESSAGING_SERVICE_SID",
                sid,
                "Messaging > Services",
            )),
            Err(error) => found.push(refused(SENDER, "messaging services", error, "Try again.")),
        }
    }
    if let Some(number) = setup.get("TWILIO_PHONE_NUMBER") {
        match client.own_number(number).await {
            Ok(Some(own)) if !own.can_text() => found.push(Finding::problem(
                SENDER,
                "TWILIO_PHONE_NUMBER can't text, only call.",
                "Choose a number with SMS under Phone Numbers in Twilio's console.",
            )),
            Ok(Some(own)) => {
                found.push(Finding::ok(
                    SENDER,
                    "TWILIO_PHONE_NUMBER is the account's, and can text.",
                ));
                // A number of a messaging service goes where the service says.
                if setup.get("TWILIO_MESSAGING_SERVICE_SID").is_none() {
                    let url = own.sms_url.as_deref();
                    found.extend(
                        wanted
                            .as_deref()
                            .map(|wanted| inbound(url, wanted, "number")),
                    );
                }
            }
            Ok(None) => found.push(not_ours("TWILIO_PHONE_NUMBER", number, "Phone Numbers")),
            Err(error) => found.push(refused(SENDER, "phone numbers", error, "Try again.")),
        }
    }
    found
}

fn not_ours(variable: &str, value: &str, place: &str) -> Finding {
    Finding::problem(
        SENDER,
        format!(
            "{variable} is {value}, which the account does not have: Twilio would refuse every message."
        ),
        format!(
            "Set {variable} to one that stands under {place} in Twilio's console, written as there."
        ),
    )
}

/// Whether what people text to us comes to us. What is behind `#` tells Twilio how often to come again.
fn inbound(url: Option<&str>, wanted: &str, of: &str) -> Finding {
    let url = url.unwrap_or_default();
    let place = url.split('#').next().unwrap_or_default();
    let remedy = format!(
        "Set \"A message comes in\" of the {of} to {wanted}#rc=5&rp=5xx,ct,rt (POST) in Twilio's console."
    );
    if place == wanted {
        return Finding::ok(INBOUND, "What people text to us comes to us.");
    }
    let detail = if place.is_empty() {
        format!(
            "What people text to the {of} goes nowhere: no answer is seen, and no STOP in other words."
        )
    } else {
        format!("What people text to the {of} goes to {place}, not to us.")
    };
    Finding::warning(INBOUND, detail, remedy)
}

async fn lookup(setup: &Setup) -> Option<Finding> {
    // As the processes read them: an API key, or else the account's token.
    let arguments = [
        ("TWILIO_ACCOUNT_SID", "--twilio-account-sid"),
        ("TWILIO_AUTH_TOKEN", "--twilio-auth-token"),
        ("TWILIO_API_KEY", "--twilio-api-key"),
        ("TWILIO_API_SECRET", "--twilio-api-secret"),
        ("TWILIO_LOOKUP_URL", "--twilio-lookup-url"),
        ("PHONE_LOOKUP_DAILY_LIMIT", "--phone-lookup-daily-limit"),
    ];
    setup.get("TWILIO_LOOKUP_URL")?;
    let given = arguments
        .iter()
        .filter_map(|(variable, flag)| Some(format!("{flag}={}", setup.get(variable)?)));
    let matches = lookup_settings(std::iter::once("lookup".to_owned()).chain(given).collect())?;
    let settings = twilio::LookupSettings::from_arg_matches(&matches).ok()?;
    let with_key = settings.api_key.is_some();
    let lookups = match Lookups::new(&settings) {
        Ok(lookups) => lookups?,
        Err(error) => return Some(Finding::problem(LOOKUP, format!("{error}."), CONSOLE)),
    };
    Some(match lookups.check().await {
        Ok(()) => Finding::ok(LOOKUP, "Twilio's Lookup answers."),
        Err(error) if with_key => refused(
            LOOKUP,
            "TWILIO_API_KEY with TWILIO_API_SECRET",
            error,
            "Make a new key under API keys in Twilio's console; a restricted one needs Lookup.",
        ),
        Err(error) => refused(
            LOOKUP,
            "TWILIO_ACCOUNT_SID with TWILIO_AUTH_TOKEN",
            error,
            CONSOLE,
        ),
    })
}

fn lookup_settings(arguments: Vec<String>) -> Option<ArgMatches> {
    let command = twilio::LookupSettings::augment_args(Command::new("lookup"));
    // What the environment holds is among the arguments already, if it is to count.
    let command = command.mut_args(|argument| argument.env(None::<&str>));
    command.try_get_matches_from(arguments).ok()
}

fn refused(name: &str, what: &str, error: RequestError, remedy: &str) -> Finding {
    match error {
        RequestError::Refused { http_status, code } => {
            let code = code.map_or_else(String::new, |code| format!(" (error {code})"));
            Finding::problem(
                name,
                format!("Twilio refuses {what} with {http_status}{code}."),
                remedy,
            )
        }
        RequestError::Transport(error) => Finding::problem(
            name,
            format!("Twilio can't be reached: {}.", reason(error)),
            "Let this machine reach Twilio by HTTPS, and leave TWILIO_API_URL and TWILIO_LOOKUP_URL out.",
        ),
        other => Finding::problem(
            name,
            format!("Twilio does not answer as it should: {other}."),
            "Try again later: https://status.twilio.com.",
        ),
    }
}
