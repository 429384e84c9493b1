//! Thirty ways to change a request that Twilio signed, or to make one up: all refused, and nothing is kept of them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    missing_docs,
    reason = "test code: a panic is the failed test"
)]

mod stage;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use secrecy::SecretString;
use stage::{ACCOUNT, BASE, Stage};
use tower::ServiceExt as _;
use twilio::signature::{self, body_hash};
use twilio_callbacks::{INBOUND_PATH, STATUS_PATH};

const FORM: &str = "application/x-www-form-urlencoded; charset=UTF-8";
const SID: &str = "SM00000000000000000000000000000001";

/// A request as it is sent: each tampering changes one thing.
#[derive(Clone)]
struct Sent {
    method: &'static str,
    path: String,
    content_type: Option<&'static str>,
    signatures: Vec<String>,
    body: Vec<u8>,
}

impl Sent {
    fn form(stage: &Stage, path: &str, fields: &[(&str, &str)]) -> Self {
        Self {
            method: "POST",
            path: path.to_owned(),
            content_type: Some(FORM),
            signatures: vec![sign(&stage.token, path, fields)],
            body: encode(fields),
        }
    }

    fn json(stage: &Stage, body: &str) -> Self {
        let path = format!("{STATUS_PATH}?bodySHA256={}", body_hash(body.as_bytes()));
        Self {
            method: "POST",
            signatures: vec![sign(&stage.token, &path, &[])],
            path,
            content_type: Some("application/json"),
            body: body.into(),
        }
    }

    fn but(&self, change: impl FnOnce(&mut Self)) -> Self {
        let mut changed = self.clone();
        change(&mut changed);
        changed
    }

    async fn answer(&self, stage: &Stage) -> StatusCode {
        let mut request = Request::builder().method(self.method).uri(&self.path);
        if let Some(kind) = self.content_type {
            request = request.header("content-type", kind);
        }
        for signature in &self.signatures {
            request = request.header("x-twilio-signature", signature);
        }
        let request = request.body(Body::from(self.body.clone())).unwrap();
        stage
            .router
            .clone()
            .oneshot(request)
            .await
            .unwrap()
            .status()
    }
}

fn sign(token: &SecretString, path: &str, fields: &[(&str, &str)]) -> String {
    signature::sign(token, &format!("{BASE}{path}"), fields.iter().copied())
}

fn encode(fields: &[(&str, &str)]) -> Vec<u8> {
    url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish()
        .into_bytes()
}

fn replaced(body: &[u8], from: &str, to: &str) -> Vec<u8> {
    let text = String::from_utf8(body.to_vec()).unwrap();
    assert!(text.contains(from), "{from} is not in {text}");
    text.replace(from, to).into_bytes()
}

async fn events(stage: &Stage) -> i64 {
    sqlx::query_scalar("select count(*) from private.twilio_events")
        .fetch_one(stage.database.pool())
        .await
        .unwrap()
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "a table")]
async fn thirty_tamperings_are_refused_and_leave_nothing() {
    let stage = Stage::with_messages(2).await;
    let path = format!("{STATUS_PATH}?message={}", stage.message(1).await);
    let other_path = format!("{STATUS_PATH}?message={}", stage.message(2).await);
    let fields = [
        ("AccountSid", ACCOUNT),
        ("From", "+15005550006"),
        ("MessageSid", SID),
        ("MessageStatus", "delivered"),
        ("SmsStatus", "delivered"),
        ("To", "+14155550001"),
    ];
    let form = Sent::form(&stage, &path, &fields);
    let json_body =
        format!(r#"{{"AccountSid":"{ACCOUNT}","MessageSid":"{SID}","MessageStatus":"delivered"}}"#);
    let json = Sent::json(&stage, &json_body);
    let other_account = [
        ("AccountSid", "AC99999999999999999999999999999999"),
        ("MessageSid", SID),
        ("MessageStatus", "sent"),
    ];
    let stop = [
        ("AccountSid", ACCOUNT),
        ("MessageSid", SID),
        ("From", "+14155550001"),
        ("To", "+15005550006"),
        ("Body", "STOP"),
    ];
    let inbound = Sent::form(&stage, INBOUND_PATH, &stop);
    let signature = form.signatures[0].clone();

    let tamperings: Vec<(&str, Sent)> = vec![
        ("no signature", form.but(|r| r.signatures.clear())),
        (
            "an empty signature",
            form.but(|r| r.signatures = vec![String::new()]),
        ),
        (
            "a signature that is too short",
            form.but(|r| {
                r.signatures[0].pop();
            }),
        ),
        (
            "a signature with more behind it",
            form.but(|r| r.signatures[0].push('=')),
        ),
        (
            "a signature in lower case",
            form.but(|r| r.signatures[0] = signature.to_lowercase()),
        ),
        (
            "a signature of the right form",
            form.but(|r| r.signatures[0] = "AAAAAAAAAAAAAAAAAAAAAAAAAAA=".into()),
        ),
        (
            "the right signature beside a wrong one",
            form.but(|r| {
                r.signatures
                    .insert(0, "AAAAAAAAAAAAAAAAAAAAAAAAAAA=".into());
            }),
        ),
        (
            "the right signature twice",
            form.but(|r| r.signatures.push(signature.clone())),
        ),
        (
            "signed with another token",
            form.but(|r| r.signatures[0] = sign(&"54321".into(), &path, &fields)),
        ),
        (
            "signed with an empty token",
            form.but(|r| r.signatures[0] = sign(&"".into(), &path, &fields)),
        ),
        (
            "signed with the account's sid",
            form.but(|r| r.signatures[0] = sign(&ACCOUNT.into(), &path, &fields)),
        ),
        (
            "signed without the fields",
            form.but(|r| r.signatures[0] = sign(&stage.token, &path, &[])),
        ),
        (
            "signed for another host",
            form.but(|r| {
                r.signatures[0] =
                    signature::sign(&stage.token, &format!("https://evil.example{path}"), fields);
            }),
        ),
        (
            "signed for http",
            form.but(|r| {
                r.signatures[0] = signature::sign(
                    &stage.token,
                    &format!("http://hooks.example/sms{path}"),
                    fields,
                );
            }),
        ),
        (
            "another message in the URL",
            form.but(|r| r.path.clone_from(&other_path)),
        ),
        (
            "the query taken away",
            form.but(|r| r.path = STATUS_PATH.into()),
        ),
        (
            "a parameter added to the query",
            form.but(|r| r.path.push_str("&x=1")),
        ),
        (
            "the query encoded differently",
            form.but(|r| r.path = r.path.replace("message=", "mess%61ge=")),
        ),
        (
            "a status changed",
            form.but(|r| r.body = replaced(&r.body, "delivered", "failed")),
        ),
        (
            "a sid changed",
            form.but(|r| r.body = replaced(&r.body, SID, "SM00000000000000000000000000000002")),
        ),
        (
            "a field renamed",
            form.but(|r| r.body = replaced(&r.body, "SmsStatus", "SmsState")),
        ),
        (
            "a field added",
            form.but(|r| r.body.extend_from_slice(b"&ErrorCode=21610")),
        ),
        (
            "a field with no value added",
            form.but(|r| r.body.extend_from_slice(b"&X")),
        ),
        (
            "a field taken away",
            form.but(|r| r.body = replaced(&r.body, "&To=%2B14155550001", "")),
        ),
        (
            "a second value for a field",
            form.but(|r| r.body.extend_from_slice(b"&MessageStatus=failed")),
        ),
        ("the body cut off", form.but(|r| r.body.truncate(20))),
        ("no body", form.but(|r| r.body.clear())),
        (
            "the form called JSON",
            form.but(|r| r.content_type = Some("application/json")),
        ),
        (
            "the form called text",
            form.but(|r| r.content_type = Some("text/plain")),
        ),
        (
            "the hash of the form added to the URL",
            form.but(|r| {
                let hash = body_hash(&r.body);
                r.path = format!("{}&bodySHA256={hash}", r.path);
            }),
        ),
        (
            "JSON changed",
            json.but(|r| r.body = replaced(&r.body, "delivered", "undelivered")),
        ),
        ("JSON with a blank more", json.but(|r| r.body.push(b' '))),
        (
            "JSON without its hash",
            json.but(|r| r.path = STATUS_PATH.into()),
        ),
        (
            "JSON with another hash",
            json.but(|r| r.path = format!("{STATUS_PATH}?bodySHA256={}", body_hash(b"{}"))),
        ),
        (
            "the hash of a changed body, unsigned",
            json.but(|r| {
                r.body = b"{}".to_vec();
                r.path = format!("{STATUS_PATH}?bodySHA256={}", body_hash(b"{}"));
            }),
        ),
        (
            "another account's callback",
            Sent::form(&stage, &path, &other_account),
        ),
        (
            "a callback replayed as a text to us",
            form.but(|r| r.path = INBOUND_PATH.into()),
        ),
        (
            "a text to us replayed as a callback",
            inbound.but(|r| r.path = STATUS_PATH.into()),
        ),
        (
            "STOP from another number",
            inbound.but(|r| r.body = replaced(&r.body, "14155550001", "14155550002")),
        ),
        (
            "another word instead of STOP",
            inbound.but(|r| r.body = replaced(&r.body, "STOP", "START")),
        ),
    ];
    assert!(tamperings.len() >= 30);
    for (what, sent) in &tamperings {
        assert_eq!(sent.answer(&stage).await, StatusCode::FORBIDDEN, "{what}");
    }
    let too_large = form.but(|r| r.body = vec![b'x'; 33 * 1024]);
    assert_eq!(
        too_large.answer(&stage).await,
        StatusCode::PAYLOAD_TOO_LARGE
    );
    let get = form.but(|r| r.method = "GET");
    assert_eq!(get.answer(&stage).await, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(stage.state(1).await.0, "pending");
    assert_eq!(events(&stage).await, 0);

    // What was tampered with is good as it was, whichever of the two tokens signed it.
    for good in [
        &form,
        &json,
        &form.but(|r| r.signatures[0] = sign(&"67890".into(), &path, &fields)),
        &form.but(|r| {
            r.body = encode(&[
                fields[5], fields[0], fields[4], fields[1], fields[3], fields[2], fields[3],
            ]);
        }),
        &form.but(|r| r.content_type = None),
    ] {
        assert_eq!(good.answer(&stage).await, StatusCode::NO_CONTENT);
    }
    assert_eq!(stage.state(1).await.0, "delivered");
    assert_eq!(events(&stage).await, 5);
}
