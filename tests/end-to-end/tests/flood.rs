//! Everybody may post at the port for Twilio's callbacks. Neither does that fill memory, nor does it keep Twilio out.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use futures::{
    StreamExt as _,
    future::{try_join, try_join_all},
    stream,
};
use sqlx::{Connection as _, PgConnection};
use stack::{Services, SignedForm, Stack, StackOptions, process::Process};
use testkit::{eventually, free_port, http_client};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use uuid::Uuid;

const SIGNED: usize = 500;
const SIGNED_AT_ONCE: usize = 16;
const UNSIGNED: usize = 1_500;
/// Connections of each kind that end at once, and those that send half a body and wait.
const QUICK: usize = 3;
const SLOW: usize = 300;
/// A body that is read before its signature is looked at; larger ones are refused at once.
const READ: usize = 30_000;
/// If they were kept, a few thousand requests would take gigabytes.
const MOST_MEMORY_KB: u64 = 40 * 1024;
/// Only to tell that somebody was answered at all, on any machine.
const LONGEST: Duration = Duration::from_secs(10);
const PATIENCE: Duration = Duration::from_mins(3);
/// The form of a signature, and nobody's.
const WRONG: &str = "x-twilio-signature: 0/KCTR6DLpKmkAf8muzZqo1nDgQ=\r\n";

/// What somebody sends who is not Twilio: the head, and the body after it.
struct Unsigned {
    head: String,
    body: Vec<u8>,
}

impl Unsigned {
    fn new(path: &str, headers: &str, announced: usize, body: Vec<u8>) -> Self {
        let head = format!(
            "POST /api/webhooks/twilio/{path} HTTP/1.1\r\nhost: flood.test\r\n\
             content-type: application/x-www-form-urlencoded\r\ncontent-length: {announced}\r\n{headers}\r\n"
        );
        Self { head, body }
    }

    fn whole(path: &str, headers: &str, body: &[u8]) -> Self {
        Self::new(path, headers, body.len(), body.to_vec())
    }

    fn chunked(path: &str, body: &[u8]) -> Self {
        let head = format!(
            "POST /api/webhooks/twilio/{path} HTTP/1.1\r\nhost: flood.test\r\n{WRONG}transfer-encoding: chunked\r\n\r\n"
        );
        let mut chunks = format!("{:x}\r\n", body.len()).into_bytes();
        chunks.extend_from_slice(body);
        chunks.extend_from_slice(b"\r\n0\r\n\r\n");
        Self { head, body: chunks }
    }

    /// Sends it and waits until the server closes; the status, if there was an answer.
    async fn send(&self, address: &str) -> Result<Option<String>> {
        let mut stream = TcpStream::connect(address).await?;
        // The server may close before it has read all of it.
        let _ = stream.write_all(self.head.as_bytes()).await;
        let _ = stream.write_all(&self.body).await;
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        let answer = String::from_utf8_lossy(&answer);
        Ok(answer.get(9..12).map(str::to_owned))
    }
}

/// All kinds; those that end at once, then half a body.
fn kinds() -> (Vec<Unsigned>, Unsigned) {
    let form: &[u8] = b"AccountSid=AC0&MessageSid=SM0&MessageStatus=delivered";
    let large = vec![b'a'; 1024 * 1024];
    let quick = vec![
        Unsigned::whole("status", "", form),
        Unsigned::whole("inbound", "", form),
        Unsigned::whole("status", "x-twilio-signature: \u{fc}=\r\n", form),
        Unsigned::whole("status", &format!("{WRONG}{WRONG}"), form),
        Unsigned::whole("status", WRONG, form),
        Unsigned::whole("inbound", WRONG, form),
        Unsigned::whole("status", "", &large),
        Unsigned::whole("status", WRONG, &large),
        Unsigned::whole("status", WRONG, &large[..READ]),
        Unsigned::chunked("inbound", &large),
    ];
    let slow = Unsigned::new("status", WRONG, READ, large[..READ - 1].to_vec());
    (quick, slow)
}

/// Posts a callback that Twilio signed, which must be answered in time.
async fn signed(stack: &Stack, http: &reqwest::Client, address: &str) -> Result<()> {
    let sid = format!("SM{}", Uuid::new_v4().simple());
    let form = SignedForm::new(
        stack.get("TWILIO_AUTH_TOKEN")?,
        stack.get("PUBLIC_BASE_URL")?,
        &format!("/api/webhooks/twilio/status?message={}", Uuid::new_v4()),
        &[
            ("AccountSid", stack.get("TWILIO_ACCOUNT_SID")?),
            ("MessageSid", &sid),
            ("MessageStatus", "delivered"),
        ],
    );
    let began = Instant::now();
    let answer = http
        .post(format!("http://{address}{}", form.path))
        .header("x-twilio-signature", form.signature)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form.body)
        .send()
        .await?;
    ensure!(answer.status() == 204, "{}", answer.status());
    ensure!(began.elapsed() < LONGEST, "after {:?}", began.elapsed());
    Ok(())
}

/// `VmRSS` for what a process has now, `VmHWM` for the most it ever had; kB.
fn memory(process: &Process, kind: &str) -> Result<u64> {
    let id = process.id().context("it has ended")?;
    let status = std::fs::read_to_string(format!("/proc/{id}/status"))?;
    let line = status.lines().find(|line| line.starts_with(kind));
    let words = line.and_then(|line| line.split_whitespace().nth(1));
    Ok(words.context("no such line")?.parse()?)
}

#[tokio::test]
async fn an_unsigned_flood_fills_no_memory_and_signed_callbacks_are_answered() -> Result<()> {
    let stack = Stack::start(&StackOptions {
        services: Services::None,
        ..StackOptions::default()
    })
    .await?;
    let address = format!("127.0.0.1:{}", free_port()?);
    let arguments = ["twilio-callbacks", "--listen", &address].map(str::to_owned);
    let process = stack.start_service(&arguments)?;
    let http = http_client()?;
    eventually("the start", PATIENCE, async || {
        let ready = http.get(format!("http://{address}/readyz")).send().await;
        Ok(ready
            .is_ok_and(|answer| answer.status().is_success())
            .then_some(()))
    })
    .await?;
    let answered = AtomicUsize::new(0);
    let callbacks = async |count| {
        let all = stream::iter(0..count).map(|_| signed(&stack, &http, &address));
        let mut all = all.buffer_unordered(SIGNED_AT_ONCE);
        while let Some(one) = all.next().await {
            one?;
            answered.fetch_add(1, Ordering::Relaxed);
        }
        anyhow::Ok(())
    };
    callbacks(SIGNED_AT_ONCE * 4).await?;
    let before = memory(&process, "VmRSS")?;

    let refused = AtomicUsize::new(0);
    let (quick, slow) = kinds();
    let flood = try_join_all(quick.iter().cycle().take(quick.len() * QUICK).map(
        async |unsigned| -> Result<()> {
            loop {
                let status = unsigned.send(&address).await?;
                let is_refused = matches!(status.as_deref(), None | Some("400" | "403" | "413"));
                ensure!(is_refused, "{status:?} for {}", unsigned.head);
                refused.fetch_add(1, Ordering::Relaxed);
            }
        },
    ));
    let stalling = try_join_all((0..SLOW).map(async |_| -> Result<()> {
        loop {
            let status = slow.send(&address).await?;
            let is_refused = matches!(status.as_deref(), None | Some("403" | "408" | "413"));
            ensure!(is_refused, "{status:?} for half a body");
        }
    }));
    let enough = eventually("the flood", PATIENCE, async || {
        Ok((refused.load(Ordering::Relaxed) >= UNSIGNED).then_some(()))
    });
    // What ends the flood is that both are done; what fails in it ends everything.
    tokio::select! {
        failure = flood => anyhow::bail!("the flood: {failure:?}"),
        failure = stalling => anyhow::bail!("the slow ones: {failure:?}"),
        done = try_join(callbacks(SIGNED), enough) => done.map(drop)?,
    }
    let most = memory(&process, "VmHWM")?;
    callbacks(SIGNED_AT_ONCE * 4).await?;
    assert!(
        most < before + MOST_MEMORY_KB,
        "{before} kB before the flood, and {most} kB during it"
    );
    let mut database = PgConnection::connect(stack.get("DNWERKS_TEST_DATABASE_URL")?).await?;
    let kept: i64 = sqlx::query_scalar("select count(*) from private.twilio_events")
        .fetch_one(&mut database)
        .await?;
    assert_eq!(
        kept,
        i64::try_from(answered.load(Ordering::Relaxed))?,
        "what was signed, and nothing else"
    );
    process.stop().await?;
    stack.stop().await
}
