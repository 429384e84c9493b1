//! People say STOP while four workers send at a Twilio that takes five seconds to answer.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use anyhow::{Context as _, Result, ensure};
use chrono::{DateTime, Utc};
use futures::future::try_join_all;
use rand::seq::IteratorRandom as _;
use reqwest::Method;
use serde_json::{Value, json};
use stack::{Services, Stack, StackOptions, TwilioStandIn, crashes::customers_csv};
use testkit::{
    eventually,
    people::{Person, count, read, text},
};

const WORKERS: usize = 4;
/// Under way at once: 4 times 50, for five seconds each.
const CUSTOMERS: u32 = 700;
const LATENCY_MS: u32 = 5_000;
/// So many people say STOP at once, each time so many more requests have come in.
const AT_ONCE: usize = 8;
const REQUESTS_BETWEEN: u64 = 100;
const WAVES: u64 = 6;
const PATIENCE: Duration = Duration::from_mins(2);
/// Twilio does not know these, and so would take what we send afterwards.
const WORDS: [&str; 3] = ["Stop please", "ＳＴＯＰ！", "\u{a0}Stóp."];

struct Sending {
    twilio: TwilioStandIn,
    owner: Person,
    campaign: String,
}

impl Sending {
    /// Somebody texts; when our answer was there.
    async fn say_stop(&self, phone: &str, words: &str) -> Result<DateTime<Utc>> {
        let answer = self.twilio.text_us(phone, words).await?;
        let answered_at = DateTime::<Utc>::from(std::time::SystemTime::now());
        ensure!(answer.contains("<Message>"), "{words}: {answer}");
        Ok(answered_at)
    }

    /// Waves of STOPs all through the campaign, from people who have their text, whose text is under way, and whose turn
    /// has not come; when each was answered.
    async fn people_stop(&self) -> Result<BTreeMap<String, DateTime<Utc>>> {
        let mut silent: BTreeSet<String> = numbers().collect();
        let mut stopped = BTreeMap::new();
        for wave in 0..WAVES {
            eventually("more requests", PATIENCE, async || {
                let requests = count(&self.twilio.ledger().await?, "requests");
                Ok((requests > wave * REQUESTS_BETWEEN).then_some(()))
            })
            .await?;
            let people = silent.iter().cloned().sample(&mut rand::rng(), AT_ONCE);
            let answers = people.iter().zip(WORDS.iter().cycle());
            let answers = answers.map(|(phone, words)| self.say_stop(phone, words));
            let answers = try_join_all(answers).await?;
            for (phone, answered_at) in people.into_iter().zip(answers) {
                silent.remove(&phone);
                stopped.insert(phone, answered_at);
            }
        }
        Ok(stopped)
    }

    async fn end(&self) -> Result<Value> {
        eventually("the campaign's end", PATIENCE, async || {
            let campaign = self.owner.campaign(&self.campaign).await?;
            let settled = count(&campaign, "delivered_count") + count(&campaign, "failed_count");
            let ended = campaign["status"] != "sending" && settled == u64::from(CUSTOMERS);
            Ok(ended.then_some(campaign))
        })
        .await
    }

    /// When the requests for each number began, whether or not Twilio took them.
    async fn begun(&self) -> Result<BTreeMap<String, Vec<DateTime<Utc>>>> {
        let summary = self.twilio.ledger().await?;
        // What is refused would not be in the list.
        ensure!(summary["requests"] == summary["accepted"], "{summary}");
        let list = self.twilio.messages(0, 100_000).await?;
        let mut begun: BTreeMap<String, Vec<_>> = BTreeMap::new();
        for message in list["messages"].as_array().context("no messages")? {
            let at = text(message, "requested_at")?.parse()?;
            begun.entry(text(message, "to")?).or_default().push(at);
        }
        Ok(begun)
    }

    /// How many messages have this status.
    async fn rows(&self, status: &str) -> Result<u64> {
        let path = format!(
            "campaign_messages?campaign_id=eq.{}&status=eq.{status}&select=id",
            self.campaign
        );
        let rows = read(self.owner.rest(Method::GET, &path)).await?.success()?;
        Ok(rows.as_array().context("no rows")?.len() as u64)
    }
}

fn numbers() -> impl Iterator<Item = String> {
    // As customers_csv has them.
    (0..CUSTOMERS).map(|customer| format!("+1212{:07}", 2_000_000 + customer))
}

#[tokio::test]
async fn four_workers_begin_nothing_to_a_number_after_the_answer_to_its_stop() -> Result<()> {
    let stack = Stack::start(&StackOptions {
        services: Services::WithoutSendWorker,
        ..StackOptions::default()
    })
    .await?;
    let owner = Person::approved(&stack.environment, "owner").await?;
    owner.import(customers_csv(CUSTOMERS)).await?;
    let campaign = owner
        .write_campaign("Slowly", "Hello {{ first_name }}")
        .await?;
    let sending = Sending {
        twilio: stack.twilio()?,
        owner,
        campaign,
    };
    let slow = json!({"latency_ms": LATENCY_MS});
    sending.twilio.set_faults(&slow).await?;
    let listen = ["send-worker", "--listen", "127.0.0.1:0"].map(str::to_owned);
    let workers: Vec<_> = (0..WORKERS)
        .map(|_| stack.start_service(&listen))
        .collect::<Result<_>>()?;

    sending.owner.send_campaign(&sending.campaign).await?;
    let stopped = sending.people_stop().await?;
    let ended = sending.end().await?;

    let begun = sending.begun().await?;
    let mut texted_before = 0;
    for phone in numbers() {
        let begun = begun.get(&phone).map_or(&[][..], Vec::as_slice);
        let Some(answered_at) = stopped.get(&phone) else {
            assert_eq!(begun.len(), 1, "{phone} said nothing");
            continue;
        };
        assert!(begun.len() <= 1, "{phone} was texted twice");
        for begun in begun {
            assert!(
                begun <= answered_at,
                "{phone}: {begun} is after {answered_at}"
            );
            texted_before += 1;
        }
    }
    let never = stopped.len() as u64 - texted_before;
    assert!(
        texted_before > 0 && never > 0,
        "{texted_before} before and {never} never is no test"
    );
    assert_eq!(ended["status"], "sent", "{ended}");
    let customers = u64::from(CUSTOMERS);
    for (counter, wanted) in [
        ("total_recipients", customers),
        ("sent_count", customers - never),
        ("delivered_count", customers - never),
        ("failed_count", never),
        ("skipped_count", never),
        ("pending_count", 0),
    ] {
        assert_eq!(count(&ended, counter), wanted, "{counter}: {ended}");
    }
    assert_eq!(sending.rows("delivered").await?, customers - never);
    assert_eq!(sending.rows("failed").await?, never);
    for worker in workers {
        worker.stop().await?;
    }
    stack.stop().await
}
