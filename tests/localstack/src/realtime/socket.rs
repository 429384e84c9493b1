//! One client: its frames, and the channels that it has joined.

use std::{collections::HashMap, sync::Arc, time::Duration};

use axum::extract::ws::{Message, WebSocket};
use futures::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::{sync::mpsc, time::Instant};
use tokio_util::sync::CancellationToken;

use super::{
    frame::{Frame, Version},
    hub::{self, Key, Member, Outbox},
    join::Join,
    shared::Shared,
    token::{Refusal, Subscriber},
};

/// A client says something, if only a heartbeat.
const LONGEST_SILENCE: Duration = Duration::from_mins(1);
/// Frames that wait for a slow client before it is cut off: more than a transaction makes.
const MOST_FRAMES: usize = 20_000;
/// A channel whose token is good for longer is looked at again.
const LONG: i64 = 3600;

/// A joined topic.
struct Channel {
    key: Key,
    join_ref: Option<String>,
    token: String,
    ends_at: Instant,
    is_acknowledged: bool,
}

struct Client {
    shared: Shared,
    /// What stands for a person's token until there is one.
    role_token: Arc<str>,
    outbox: Outbox,
    channels: HashMap<String, Channel>,
}

/// Speaks with a client until one of both ends it.
pub(super) async fn serve(
    socket: WebSocket,
    version: Version,
    role_token: Arc<str>,
    shared: Shared,
) {
    let (mut writer, mut reader) = socket.split();
    let (sender, mut frames) = mpsc::channel(MOST_FRAMES);
    let stop = shared.stop.clone();
    let overflown = CancellationToken::new();
    let mut client = Client {
        shared,
        role_token,
        outbox: Outbox {
            frames: sender,
            overflown: overflown.clone(),
        },
        channels: HashMap::new(),
    };
    let mut silent_until = Instant::now() + LONGEST_SILENCE;
    loop {
        let next_end = client
            .channels
            .values()
            .map(|channel| channel.ends_at)
            .min();
        let next_end = next_end.unwrap_or(silent_until).min(silent_until);
        tokio::select! {
            received = reader.next() => {
                let Some(Ok(message)) = received else { break };
                silent_until = Instant::now() + LONGEST_SILENCE;
                match message {
                    Message::Text(_) | Message::Binary(_) => {
                        // Phoenix closes the connection of who writes something else.
                        let Some(frame) = Frame::read(&message, version) else { break };
                        client.hear(&frame);
                    }
                    Message::Ping(_) | Message::Pong(_) => {}
                    Message::Close(_) => break,
                }
            }
            Some(frame) = frames.recv() => {
                let Some(message) = Frame::write(frame, version) else { continue };
                let writing = tokio::time::timeout(LONGEST_SILENCE, writer.send(message));
                let written = tokio::select! {
                    written = writing => written,
                    () = overflown.cancelled() => break,
                };
                if !matches!(written, Ok(Ok(()))) {
                    break;
                }
            }
            () = tokio::time::sleep_until(next_end) => {
                if Instant::now() >= silent_until {
                    break;
                }
                client.close_ended();
            }
            () = overflown.cancelled() => break,
            () = stop.cancelled() => break,
        }
    }
    for channel in client.channels.into_values() {
        client.shared.hub.leave(channel.key);
    }
    // Who is gone needs no goodbye.
    let _ = tokio::time::timeout(Duration::from_secs(1), writer.close()).await;
}

impl Client {
    fn hear(&mut self, frame: &Frame) {
        let push = |frame| self.outbox.push(frame);
        match (frame.topic.as_str(), frame.event.as_str()) {
            ("phoenix", "heartbeat") => push(frame.reply("ok", &json!({}))),
            (topic, "phx_join") if topic.starts_with("realtime:") => self.join(frame),
            (topic, event) => match (self.channels.get(topic), event) {
                (None, _) => push(frame.reply("error", &json!({ "reason": "unmatched topic" }))),
                (Some(_), "phx_leave") => {
                    push(frame.reply("ok", &json!({})));
                    self.close(topic);
                }
                (Some(channel), "broadcast") => {
                    self.shared
                        .hub
                        .broadcast(channel.key, topic, &frame.payload);
                    if channel.is_acknowledged {
                        push(frame.reply("ok", &json!({})));
                    }
                }
                (Some(_), "presence") => push(frame.reply("ok", &json!({}))),
                (Some(_), "access_token") => self.renew(topic, frame.payload.json()),
                // Realtime writes a log line.
                (Some(_), _) => {}
            },
        }
    }

    fn join(&mut self, frame: &Frame) {
        let refuse = |reason: &str| frame.reply("error", &json!({ "reason": reason }));
        let (topic, payload) = (frame.topic.as_str(), frame.payload.json());
        let name = topic.strip_prefix("realtime:").unwrap_or_default();
        if name.is_empty() {
            let reason = "TopicNameRequired: You must provide a topic name";
            return self.outbox.push(refuse(reason));
        }
        let join = Join::read(payload, &self.shared.hub);
        let token = match &join.token {
            Some(token) if !token.starts_with("sb_") => token.clone(),
            _ => self.role_token.to_string(),
        };
        let subscriber = match Subscriber::of_token(&token, &self.shared.keys) {
            Ok(subscriber) => Arc::new(subscriber),
            Err(refusal) => return self.outbox.push(refuse(&refusal.reason())),
        };
        if join.is_private {
            let reason = format!(
                "Unauthorized: You do not have permissions to read from this Channel topic: {name}"
            );
            return self.outbox.push(refuse(&reason));
        }
        // Who joins a topic again leaves it first.
        self.close(topic);
        self.outbox.push(join.accept(frame));
        if join.wants_presence {
            self.outbox
                .push(Frame::push(topic, "presence_state", json!({})));
        }
        let channel = Channel {
            join_ref: frame.join_ref.clone().or_else(|| frame.reference.clone()),
            token,
            ends_at: end_of(&subscriber),
            is_acknowledged: join.is_acknowledged,
            key: self.shared.hub.join(Member {
                topic: topic.to_owned(),
                outbox: self.outbox.clone(),
                hears_itself: join.hears_itself,
                bindings: join.bindings,
                subscriber,
            }),
        };
        self.channels.insert(topic.to_owned(), channel);
    }

    /// Takes a new token.
    fn renew(&mut self, topic: &str, payload: &Value) {
        let Some(token) = payload["access_token"].as_str() else {
            return;
        };
        let Some(channel) = self.channels.get_mut(topic) else {
            return;
        };
        if token.starts_with("sb_") || token == channel.token {
            return;
        }
        match Subscriber::of_token(token, &self.shared.keys) {
            Ok(subscriber) => {
                token.clone_into(&mut channel.token);
                channel.ends_at = end_of(&subscriber);
                self.shared.hub.renew(channel.key, Arc::new(subscriber));
            }
            // This is how Realtime writes it.
            Err(Refusal::Signature) => self.end(topic, ":signature_error"),
            Err(refusal) => self.end(topic, &refusal.words()),
        }
    }

    /// Closes the channels whose token has ended.
    fn close_ended(&mut self) {
        let now = Instant::now();
        let mut ended = Vec::new();
        for (topic, channel) in &mut self.channels {
            if channel.ends_at > now {
                continue;
            }
            match Subscriber::of_token(&channel.token, &self.shared.keys) {
                Ok(subscriber) => channel.ends_at = end_of(&subscriber),
                Err(refusal) => ended.push((topic.clone(), refusal.words())),
            }
        }
        for (topic, words) in ended {
            self.end(&topic, &words);
        }
    }

    /// Closes a channel and says why.
    fn end(&mut self, topic: &str, words: &str) {
        self.outbox
            .push(hub::system(topic, "system", "error", words));
        self.close(topic);
    }

    fn close(&mut self, topic: &str) {
        let Some(channel) = self.channels.remove(topic) else {
            return;
        };
        self.shared.hub.leave(channel.key);
        self.outbox.push(Frame {
            join_ref: channel.join_ref.clone(),
            reference: channel.join_ref,
            ..Frame::push(topic, "phx_close", json!({}))
        });
    }
}

/// When the token has ended.
fn end_of(subscriber: &Subscriber) -> Instant {
    let seconds = subscriber.seconds_left().clamp(1, LONG);
    Instant::now() + Duration::from_secs(seconds.unsigned_abs())
}
