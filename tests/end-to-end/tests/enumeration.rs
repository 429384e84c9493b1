//! Neither a response nor its timing reveals whether an account exists. Runs alone in its
//! program and on its own stack, whose limits allow this many requests.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use serde_json::{Value, json};
use stack::{Stack, StackOptions};
use testkit::{http_client, people::Person};

/// Samples of each kind.
const SAMPLES: usize = 200;

/// Posts `body` and answers status and text without the request's id, and how long it took.
async fn post(
    http: &reqwest::Client,
    url: &str,
    body: &Value,
) -> Result<((u16, String), Duration)> {
    let request = http.post(url).json(body);
    let began = Instant::now();
    let answer = request.send().await?;
    let status = answer.status().as_u16();
    let text = answer.text().await?;
    let took = began.elapsed();
    let mut shown: Value = serde_json::from_str(&text)?;
    let id = shown
        .as_object_mut()
        .and_then(|body| body.remove("request_id"));
    let text = id
        .and_then(|id| id.as_str().map(|id| text.replace(id, "")))
        .unwrap_or(text);
    Ok(((status, text), took))
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

/// The same request for known and unknown addresses in turn; answers equal, medians alike.
async fn alike(stack: &Stack, path: &str, status: u16, body: impl Fn(&str) -> Value) -> Result<()> {
    let url = format!("{}{path}", stack.get("DNWERKS_API_URL")?);
    let known = Person::approved(&stack.environment, "known").await?.email;
    let unknown = format!("other-{:08x}@people.test", rand::random::<u32>());
    ensure!(
        known.len() == unknown.len(),
        "the addresses differ in nothing but their names"
    );
    let http = http_client()?;
    let (mut of_known, mut of_unknown) = (Vec::new(), Vec::new());
    for round in 0..SAMPLES {
        // The order alternates, so that after-effects hit both alike.
        for turn in 0..2 {
            let is_known = (round + turn) % 2 == 0;
            let (answer, took) =
                post(&http, &url, &body(if is_known { &known } else { &unknown })).await?;
            ensure!(answer.0 == status, "{answer:?}");
            if is_known {
                &mut of_known
            } else {
                &mut of_unknown
            }
            .push((answer, took));
        }
    }
    let first = &of_known[0].0;
    ensure!(
        of_known
            .iter()
            .chain(&of_unknown)
            .all(|(answer, _)| answer == first),
        "the answers differ"
    );
    let times = |samples: &[((u16, String), Duration)]| {
        samples.iter().map(|(_, took)| *took).collect::<Vec<_>>()
    };
    let (mut known, mut unknown) = (times(&of_known), times(&of_unknown));
    let (known, unknown) = (median(&mut known), median(&mut unknown));
    // A difference below the spread of identical requests can't be noticed.
    let noise = times(&of_known)
        .iter()
        .map(|took| took.abs_diff(known))
        .max()
        .unwrap_or_default();
    let difference = known.abs_diff(unknown);
    ensure!(
        difference
            < noise
                .min(Duration::from_millis(5))
                .max(Duration::from_millis(1)),
        "known {known:?}, unknown {unknown:?}, noise {noise:?}"
    );
    Ok(())
}

/// Ten failed sign-ins at once: Auth works on them one after the other, so what it does not do shows.
async fn ten_at_once(stack: &Stack, email: &str) -> Result<Duration> {
    let url = format!("{}/api/auth/login", stack.get("DNWERKS_API_URL")?);
    let http = http_client()?;
    let body = json!({ "email": email, "password": "never-the-right-one" });
    let began = Instant::now();
    let answers = futures::future::try_join_all((0..10).map(|_| post(&http, &url, &body))).await?;
    ensure!(
        answers.iter().all(|(answer, _)| answer.0 == 401),
        "{answers:?}"
    );
    Ok(began.elapsed())
}

#[tokio::test]
async fn ten_at_once_take_as_long_for_an_unknown_address() -> Result<()> {
    let settings = [
        ("LOGIN_LIMIT_PER_ADDRESS", "10000/60"),
        ("LOGIN_LIMIT_PER_ACCOUNT", "10000/60"),
        ("SIGN_IN_ANSWER_MS", "10"),
    ];
    let stack = Stack::start(&StackOptions {
        localstack: vec!["--fast".to_owned(), "--bcrypt-cost=11".to_owned()],
        settings: settings
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into(),
        ..StackOptions::default()
    })
    .await?;
    let known = Person::approved(&stack.environment, "known").await?.email;
    let mut times = (Vec::new(), Vec::new());
    for round in 0..5 {
        times.0.push(ten_at_once(&stack, &known).await?);
        times
            .1
            .push(ten_at_once(&stack, &format!("other{round}@people.test")).await?);
    }
    let (known, unknown) = (median(&mut times.0), median(&mut times.1));
    ensure!(
        unknown > known / 2 && known > unknown / 2,
        "known {known:?}, unknown {unknown:?}"
    );
    stack.stop().await
}

#[tokio::test]
async fn asking_for_a_reset_and_failing_to_log_in_tell_nothing() -> Result<()> {
    let wide = [
        "LOGIN_LIMIT_PER_ADDRESS",
        "LOGIN_LIMIT_PER_ACCOUNT",
        "RESET_LIMIT_PER_ADDRESS",
        "RESET_LIMIT_PER_ACCOUNT",
    ];
    let mut settings: Vec<_> = wide
        .map(|name| (name.to_owned(), "10000/60".to_owned()))
        .into();
    settings.push(("SIGN_IN_ANSWER_MS".to_owned(), "150".to_owned()));
    let localstack = vec!["--fast".to_owned()];
    let stack = Stack::start(&StackOptions {
        localstack,
        settings,
        ..StackOptions::default()
    })
    .await?;
    alike(
        &stack,
        "/api/password-reset/request",
        202,
        |email| json!({ "email": email }),
    )
    .await?;
    alike(
        &stack,
        "/api/auth/login",
        401,
        |email| json!({ "email": email, "password": "never-the-right-one" }),
    )
    .await?;
    stack.stop().await
}
