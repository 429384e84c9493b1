//! Callbacks as Twilio sends them, signed beforehand and written straight to sockets: so the generator takes as
//! little of the machine as it can.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use futures::future::try_join_all;
use sqlx::types::Uuid;
use stack::SignedForm;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use tokio_util::sync::CancellationToken;

use crate::figures::milliseconds;

pub const PATH: &str = "/api/webhooks/twilio/status";

/// Where callbacks go.
#[derive(Debug, Clone)]
pub struct Target {
    /// Host and port.
    pub address: String,
    /// The origin that signatures cover.
    pub origin: String,
}

impl Target {
    /// Of a service's origin.
    pub fn of(origin: &str) -> Result<Self> {
        Ok(Self {
            address: origin
                .strip_prefix("http://")
                .context("an http:// address")?
                .to_owned(),
            origin: origin.to_owned(),
        })
    }
}

/// Requests, each to be sent once.
pub struct SignedLoad {
    target: Target,
    token: String,
    account: String,
    requests: Vec<Vec<u8>>,
}

/// How it went.
pub struct Answered {
    /// Answers per second.
    pub rate: f64,
    /// From the first byte written to the answer, of each.
    pub milliseconds: Vec<f64>,
}

impl SignedLoad {
    pub fn new(target: Target, token: &str, account: &str) -> Self {
        Self {
            target,
            token: token.to_owned(),
            account: account.to_owned(),
            requests: Vec::new(),
        }
    }

    /// A message's last callback: delivered, or failed with this code.
    pub fn add(&mut self, message: Uuid, sid: &str, error_code: Option<u32>) {
        let query = format!("{PATH}?message={message}");
        let status = if error_code.is_some() {
            "undelivered"
        } else {
            "delivered"
        };
        let code = error_code.map(|code| code.to_string());
        let mut fields = vec![
            ("AccountSid", self.account.as_str()),
            ("ApiVersion", "2010-04-01"),
            ("From", "+12025550100"),
            ("MessageSid", sid),
            ("MessageStatus", status),
            ("RawDlrDoneDate", "2611281926"),
            ("SmsSid", sid),
            ("SmsStatus", status),
            ("To", "+12125550123"),
        ];
        fields.extend(code.as_deref().map(|code| ("ErrorCode", code)));
        let form = SignedForm::new(&self.token, &self.target.origin, &query, &fields);
        self.requests.push(
            format!(
                "POST {query} HTTP/1.1\r\nhost: {}\r\nuser-agent: TwilioProxy/1.1\r\naccept: */*\r\n\
                 content-type: application/x-www-form-urlencoded; charset=UTF-8\r\n\
                 x-twilio-signature: {}\r\ncontent-length: {}\r\n\r\n{}",
                self.target.address,
                form.signature,
                form.body.len(),
                form.body
            )
            .into_bytes(),
        );
    }

    /// Sends everything over so many connections, each as fast as it is answered; each answer must be 204.
    pub async fn run(self, connections: u32) -> Result<Answered> {
        self.send(connections, None, &CancellationToken::new())
            .await
    }

    /// Sends so many a second until everything is sent, or `stop`. The time of each counts from when it was due.
    pub async fn run_paced(
        self,
        connections: u32,
        pace: u32,
        stop: CancellationToken,
    ) -> Result<Answered> {
        self.send(connections, Some(Duration::from_secs(1) / pace), &stop)
            .await
    }

    async fn send(
        &self,
        connections: u32,
        interval: Option<Duration>,
        stop: &CancellationToken,
    ) -> Result<Answered> {
        let next = AtomicUsize::new(0);
        let began = Instant::now();
        let times = try_join_all((0..connections).map(async |_| {
            let mut stream = TcpStream::connect(&self.target.address).await?;
            stream.set_nodelay(true)?;
            let mut times = Vec::new();
            let mut answer = [0; 4096];
            loop {
                let place = next.fetch_add(1, Ordering::Relaxed);
                let Some(request) = self.requests.get(place) else {
                    break;
                };
                let mut asked = Instant::now();
                if let (Some(interval), Ok(place)) = (interval, u32::try_from(place)) {
                    asked = began + interval * place;
                    if stop
                        .run_until_cancelled(tokio::time::sleep_until(asked.into()))
                        .await
                        .is_none()
                    {
                        break;
                    }
                }
                stream.write_all(request).await?;
                let mut read = 0;
                while !answer[..read].ends_with(b"\r\n\r\n") {
                    let more = stream.read(&mut answer[read..]).await?;
                    ensure!(more > 0, "the connection was closed");
                    read += more;
                }
                ensure!(
                    answer.starts_with(b"HTTP/1.1 204"),
                    "refused: {}",
                    String::from_utf8_lossy(&answer[..read])
                );
                times.push(milliseconds(asked.elapsed()));
            }
            anyhow::Ok(times)
        }))
        .await?;
        let milliseconds: Vec<f64> = times.into_iter().flatten().collect();
        #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
        let rate = milliseconds.len() as f64 / began.elapsed().as_secs_f64();
        Ok(Answered { rate, milliseconds })
    }
}
