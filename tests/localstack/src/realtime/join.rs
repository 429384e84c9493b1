//! What a client asks for when it joins a topic.

use serde_json::{Value, json};

use super::{
    frame::Frame,
    hub::{Binding, Hub},
};

/// The payload of `phx_join`. What can't be read is as if it weren't there, as with Realtime.
#[derive(Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a setting of the client's"
)]
pub(super) struct Join {
    pub(super) is_private: bool,
    pub(super) hears_itself: bool,
    /// Broadcasts are answered.
    pub(super) is_acknowledged: bool,
    pub(super) wants_presence: bool,
    pub(super) token: Option<String>,
    pub(super) bindings: Vec<Binding>,
}

impl Join {
    pub(super) fn read(payload: &Value, hub: &Hub) -> Self {
        let config = &payload["config"];
        let token = payload["user_token"]
            .as_str()
            .or_else(|| payload["access_token"].as_str());
        let entries = config["postgres_changes"].as_array().into_iter().flatten();
        Self {
            is_private: is_true(&config["private"]),
            hears_itself: is_true(&config["broadcast"]["self"]),
            is_acknowledged: is_true(&config["broadcast"]["ack"]),
            wants_presence: is_true(&config["presence"]["enabled"]),
            token: token.map(ToOwned::to_owned),
            bindings: entries
                .filter(|entry| entry.is_object())
                .map(|entry| Binding {
                    id: hub.number(),
                    parameters: entry.clone(),
                })
                .collect(),
        }
    }

    /// The answer: each entry with its id, which changes will name.
    pub(super) fn accept(&self, asked: &Frame) -> Frame {
        let with_id = |binding: &Binding| {
            let mut entry = binding.parameters.clone();
            entry["id"] = json!(binding.id);
            entry
        };
        let entries: Vec<_> = self.bindings.iter().map(with_id).collect();
        asked.reply("ok", &json!({ "postgres_changes": entries }))
    }
}

fn is_true(value: &Value) -> bool {
    value.as_bool().unwrap_or(false) || value == "true"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_entry_gets_an_id_of_its_own_and_comes_back_as_it_was() {
        let entry = json!({ "event": "*", "schema": "public", "table": "t", "filter": "a=eq.1" });
        let payload = json!({
            "config": { "postgres_changes": [entry, entry], "private": "true", "broadcast": { "self": true } },
            "access_token": "t",
        });
        let join = Join::read(&payload, &Hub::default());
        assert!(join.is_private && join.hears_itself && !join.wants_presence);
        assert_eq!(join.token.as_deref(), Some("t"));
        let reply = join.accept(&Frame::push("realtime:a", "phx_join", payload));
        let entries = &reply.payload.json()["response"]["postgres_changes"];
        assert_eq!(entries[1]["filter"], "a=eq.1");
        assert_ne!(entries[0]["id"], entries[1]["id"]);
        let empty = Join::read(&json!("x"), &Hub::default());
        assert!(empty.bindings.is_empty() && empty.token.is_none() && !empty.is_private);
    }
}
