//! Half a request at the running stack's port, as somebody on the internet sends it.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use testkit::people::Person;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

/// The promise of the README, and a second for a busy machine.
const LONGEST: Duration = Duration::from_secs(16);

/// Sends `half` of a request; what comes back until the server closes, which must be in time.
async fn closed(origin: &str, half: String) -> Result<String> {
    let mut stream = TcpStream::connect(origin).await?;
    stream.write_all(half.as_bytes()).await?;
    let began = Instant::now();
    let mut answer = Vec::new();
    // A reset is a close, too: the server did not read all that was sent.
    let _ = tokio::time::timeout(LONGEST, stream.read_to_end(&mut answer))
        .await
        .with_context(|| format!("still open after {:?}: {half}", began.elapsed()))?;
    Ok(String::from_utf8(answer)?)
}

#[tokio::test]
async fn half_a_request_is_closed_in_time_whatever_half_it_is() -> Result<()> {
    let environment = std::env::vars().collect();
    let user = Person::approved(&environment, "half").await?;
    let origin = std::env::var("DNWERKS_API_URL").context("run scripts/test")?;
    let origin = origin.trim_start_matches("http://");
    let post = |path: &str, headers: &str| {
        format!("POST {path} HTTP/1.1\r\nhost: {origin}\r\ncontent-length: 1000\r\n{headers}\r\n")
    };
    let signed_in = format!("authorization: Bearer {}\r\n", user.access_token);
    let json = "content-type: application/json\r\n";
    let form = "content-type: application/x-www-form-urlencoded\r\nx-twilio-signature: 0/KCTR6DLpKmkAf8muzZqo1nDgQ=\r\n";
    let csv = format!("{signed_in}content-type: text/csv\r\n");
    let halves = [
        String::new(),
        "GET /heal".to_owned(),
        "GET /healthz HTTP/1.1\r\nhost: ".to_owned(),
        post("/healthz", ""),
        post("/api/auth/login", json) + "{\"email\": ",
        post("/api/customers", &format!("{signed_in}{json}")) + "{",
        post("/api/webhooks/twilio/status", form) + "MessageSid=SM",
        post("/api/webhooks/resend", "") + "{",
        post("/api/customers/import", &csv) + "phone\n+1415",
    ];
    let answers = halves.map(|half| closed(origin, half));
    let answers = futures::future::try_join_all(answers).await?;
    ensure!(answers[8].contains("upload_stalled"), "{}", answers[8]);
    Ok(())
}
