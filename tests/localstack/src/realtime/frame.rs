//! Phoenix's frames in the two versions that supabase-js speaks: objects, and arrays with binary broadcasts.

use axum::{
    body::Bytes,
    extract::ws::{Message, Utf8Bytes},
};
use serde::Deserialize;
use serde_json::{Value, json};

/// A broadcast from a client, in version 2.
const PUSHED_BROADCAST: u8 = 3;
/// A broadcast to a client, in version 2.
const BROADCAST: u8 = 4;

/// How a client writes its frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
pub(super) enum Version {
    /// Objects.
    #[default]
    #[serde(rename = "1.0.0")]
    Objects,
    /// Arrays, and binary broadcasts.
    #[serde(rename = "2.0.0")]
    Arrays,
}

/// One message, in either direction.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Frame {
    pub(super) join_ref: Option<String>,
    pub(super) reference: Option<String>,
    pub(super) topic: String,
    pub(super) event: String,
    pub(super) payload: Payload,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Payload {
    Json(Value),
    /// A broadcast whose content the server does not read.
    Broadcast {
        event: String,
        encoding: u8,
        content: Bytes,
    },
}

impl Frame {
    /// What the server says of its own accord.
    pub(super) fn push(topic: &str, event: &str, payload: Value) -> Self {
        Self {
            join_ref: None,
            reference: None,
            topic: topic.to_owned(),
            event: event.to_owned(),
            payload: Payload::Json(payload),
        }
    }

    /// The answer to this frame.
    pub(super) fn reply(&self, status: &str, response: &Value) -> Self {
        Self {
            join_ref: self.join_ref.clone(),
            reference: self.reference.clone(),
            payload: Payload::Json(json!({ "status": status, "response": response })),
            ..Self::push(&self.topic, "phx_reply", Value::Null)
        }
    }

    /// As a client wrote it; `None` if it is none.
    pub(super) fn read(message: &Message, version: Version) -> Option<Self> {
        match (message, version) {
            (Message::Text(text), Version::Objects) => {
                let frame: Object = serde_json::from_str(text).ok()?;
                Some(Self {
                    join_ref: frame.join_ref,
                    reference: frame.reference,
                    topic: frame.topic,
                    event: frame.event,
                    payload: Payload::Json(frame.payload),
                })
            }
            (Message::Text(text), Version::Arrays) => {
                let (join_ref, reference, topic, event, payload) =
                    serde_json::from_str(text).ok()?;
                Some(Self {
                    join_ref,
                    reference,
                    topic,
                    event,
                    payload: Payload::Json(payload),
                })
            }
            (Message::Binary(bytes), Version::Arrays) => read_broadcast(bytes),
            _ => None,
        }
    }

    /// As the client reads it; `None` for what its version can't say.
    pub(super) fn write(self, version: Version) -> Option<Message> {
        let Self {
            join_ref,
            reference,
            topic,
            event,
            payload,
        } = self;
        let payload = match (payload, version) {
            (Payload::Json(payload), _) => payload,
            (
                Payload::Broadcast {
                    event,
                    encoding,
                    content,
                },
                Version::Arrays,
            ) => return write_broadcast(&topic, &event, encoding, &content),
            (Payload::Broadcast { event, content, .. }, Version::Objects) => {
                let content: Value = serde_json::from_slice(&content).ok()?;
                json!({ "type": "broadcast", "event": event, "payload": content })
            }
        };
        let text = match version {
            Version::Objects => {
                json!({ "topic": topic, "event": event, "payload": payload, "ref": reference })
            }
            Version::Arrays => json!([join_ref, reference, topic, event, payload]),
        };
        Some(Message::Text(Utf8Bytes::from(text.to_string())))
    }
}

#[derive(Deserialize)]
struct Object {
    topic: String,
    event: String,
    #[serde(default)]
    payload: Value,
    #[serde(rename = "ref")]
    reference: Option<String>,
    join_ref: Option<String>,
}

/// Kind, five lengths, the encoding, then the five texts and the content.
fn read_broadcast(bytes: &Bytes) -> Option<Frame> {
    let ([PUSHED_BROADCAST, lengths @ .., encoding], mut rest) = bytes.split_first_chunk::<7>()?
    else {
        return None;
    };
    let mut texts = [const { String::new() }; 5];
    for (text, length) in texts.iter_mut().zip(lengths) {
        let (bytes, after) = rest.split_at_checked((*length).into())?;
        *text = String::from_utf8(bytes.to_vec()).ok()?;
        rest = after;
    }
    let [join_ref, reference, topic, event, _metadata] = texts;
    let named = |text: String| Some(text).filter(|text| !text.is_empty());
    Some(Frame {
        join_ref: named(join_ref),
        reference: named(reference),
        topic,
        event: "broadcast".to_owned(),
        payload: Payload::Broadcast {
            event,
            encoding: *encoding,
            content: bytes.slice_ref(rest),
        },
    })
}

fn write_broadcast(topic: &str, event: &str, encoding: u8, content: &[u8]) -> Option<Message> {
    let lengths = [topic, event].map(|text| u8::try_from(text.len()).ok());
    let [Some(topic_length), Some(event_length)] = lengths else {
        return None;
    };
    let header = [BROADCAST, topic_length, event_length, 0, encoding];
    let bytes = [&header[..], topic.as_bytes(), event.as_bytes(), content].concat();
    Some(Message::Binary(bytes.into()))
}

impl Payload {
    /// The JSON of it, or nothing.
    pub(super) fn json(&self) -> &Value {
        match self {
            Self::Json(value) => value,
            Self::Broadcast { .. } => &Value::Null,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const JSON: u8 = 1;

    #[test]
    fn both_versions_say_the_same() {
        let object = r#"{"topic":"realtime:a","event":"phx_join","payload":{"x":1},"ref":"2","join_ref":"1"}"#;
        let array = r#"["1","2","realtime:a","phx_join",{"x":1}]"#;
        let of = |text: &str, version| Frame::read(&Message::text(text), version).unwrap();
        let frame = of(object, Version::Objects);
        assert_eq!(frame, of(array, Version::Arrays));
        let reply = frame.reply("ok", &json!({})).write(Version::Arrays);
        let Some(Message::Text(reply)) = reply else {
            panic!("{reply:?}")
        };
        assert_eq!(
            serde_json::from_str::<Value>(&reply).unwrap(),
            json!(["1", "2", "realtime:a", "phx_reply", {"status": "ok", "response": {}}])
        );
        assert!(Frame::read(&Message::text("[1]"), Version::Arrays).is_none());
        assert!(Frame::read(&Message::text("{}"), Version::Objects).is_none());
    }

    #[test]
    fn a_binary_broadcast_reaches_clients_of_both_versions() {
        let content = r#"{"a":"ü"}"#;
        let mut bytes = vec![PUSHED_BROADCAST, 1, 1, 10, 5, 0, JSON];
        bytes.extend_from_slice(b"12realtime:amoved");
        bytes.extend_from_slice(content.as_bytes());
        let frame = Frame::read(&Message::Binary(bytes.into()), Version::Arrays).unwrap();
        assert_eq!(frame.topic, "realtime:a");
        assert_eq!(frame.reference.as_deref(), Some("2"));
        let binary = frame.clone().write(Version::Arrays).unwrap().into_data();
        assert_eq!(
            &binary[..],
            [
                &[BROADCAST, 10, 5, 0, JSON][..],
                b"realtime:amoved",
                content.as_bytes()
            ]
            .concat()
        );
        let text = frame.write(Version::Objects).unwrap().into_data();
        let object: Value = serde_json::from_slice(&text).unwrap();
        assert_eq!(
            object["payload"],
            json!({ "type": "broadcast", "event": "moved", "payload": { "a": "ü" } })
        );
        for cut in [
            &[PUSHED_BROADCAST, 9, 9, 9, 9, 9, JSON][..],
            &[PUSHED_BROADCAST],
        ] {
            let message = Message::Binary(cut.to_vec().into());
            assert!(Frame::read(&message, Version::Arrays).is_none());
        }
    }
}
