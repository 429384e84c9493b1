//! Twilio's own vectors, and what its SDKs do.

use super::{Body, body_hash, sign, validate};
use secrecy::SecretString;

const CALL: &str = "https://mycompany.com/myapp.php?foo=1&bar=2";
const CALL_FORM: &[u8] = b"CallSid=CA1234567890ABCDE&Caller=%2B14158675309&Digits=1234&From=%2B14158675309&To=%2B18005551212";
const CALL_SIGNATURE: &str = "RSOYDt4T1cUTdK1PDd93/VVr8B8=";
const HOOK: &str = "https://hooks.example.org/twilio/status";

fn token() -> SecretString {
    "12345".into()
}

fn form(signature: &str, url: &str, raw: &[u8]) -> bool {
    validate(&token(), signature, url, Body::Form(raw))
}

#[test]
fn published_vectors_are_valid() {
    assert!(form(CALL_SIGNATURE, CALL, CALL_FORM));
    assert!(form(
        "L/OH5YylLD5NRKLltdqwSvS0BnU=",
        "https://example.com/myapp.php?foo=1&bar=2",
        b"To=%2B18005551212&From=%2B14158675310&Digits=1234&Caller=%2B14158675310&CallSid=CA1234567890ABCDE",
    ));
}

#[test]
fn repeated_parameters_count_once_and_in_order() {
    assert!(form(
        "LRikD+9heubQmsYRncjGIIAi/f4=",
        HOOK,
        b"To=x&MediaUrl=b&MediaUrl=a&MediaUrl=a"
    ));
    assert!(form("ztiEczEnxESBUstUNkqZjAUb5u4=", HOOK, b""));
}

#[test]
fn empty_values_count() {
    let signature = sign(&token(), HOOK, [("A", ""), ("B", "1")]);
    assert!(form(&signature, HOOK, b"A=&B=1"));
    assert!(!form(&signature, HOOK, b"B=1"));
}

#[test]
fn a_json_body_is_covered_by_its_hash_in_the_url() {
    let body = br#"{"property": "value", "boolean": true}"#;
    let hash = "0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620";
    assert_eq!(body_hash(body), hash);
    let url = format!("{CALL}&bodySHA256={hash}");
    let signature = "a9nBmqA0ju/hNViExpshrM61xv4=";
    assert!(validate(&token(), signature, &url, Body::Hashed(body)));
    assert!(!validate(&token(), signature, &url, Body::Hashed(b"{}")));
    assert!(!validate(
        &token(),
        CALL_SIGNATURE,
        CALL,
        Body::Hashed(body)
    ));
}

#[test]
fn the_port_may_be_signed_or_not() {
    let bare = "https://hooks.example.org/a?b=c";
    let standard = "https://hooks.example.org:443/a?b=c";
    let other = "https://hooks.example.org:8443/a?b=c";
    let signed = |url: &str| sign(&token(), url, []);
    assert!(form(&signed(bare), standard, b""));
    assert!(form(&signed(standard), bare, b""));
    assert!(form(&signed(bare), other, b""));
    assert!(form(&signed(other), other, b""));
    assert!(!form(&signed(other), bare, b""));
}

#[test]
fn anything_changed_is_rejected() {
    assert!(!form(CALL_SIGNATURE, CALL, b"CallSid=CA1234567890ABCDE"));
    assert!(!form(
        CALL_SIGNATURE,
        "https://mycompany.com/myapp.php?bar=2&foo=1",
        CALL_FORM
    ));
    assert!(!form("", CALL, CALL_FORM));
    assert!(!form(&CALL_SIGNATURE.to_lowercase(), CALL, CALL_FORM));
    assert!(!validate(
        &"54321".into(),
        CALL_SIGNATURE,
        CALL,
        Body::Form(CALL_FORM)
    ));
}

#[test]
fn text_that_is_no_url_is_rejected_without_a_panic() {
    for url in ["", "://", "é://é", "https://"] {
        assert!(!form(CALL_SIGNATURE, url, CALL_FORM));
        assert!(!validate(
            &token(),
            CALL_SIGNATURE,
            url,
            Body::Hashed(CALL_FORM)
        ));
    }
}
