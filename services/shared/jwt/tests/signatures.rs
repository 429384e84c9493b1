//! Tokens that OpenSSL has signed, verified by ring; and tokens of ours, verified again.
#![allow(clippy::unwrap_used, reason = "a panic here is the failed test")]

use jwt::{
    Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode, errors::ErrorKind,
};
use serde_json::{Value, json};

const RS256: &str = "eyJhbGciOiAiUlMyNTYiLCAidHlwIjogIkpXVCJ9.eyJzdWIiOiAiYW5uIiwgImV4cCI6IDQwMDAwMDAwMDB9.Jv\
    ia296aH58QpqqOamXFN1e2hvXI1k3b_TS7E2tUxczQDpG-TeGFoM6omdKigcbQuDuGWNsWcXJyjDCjBy1sYiGGDY\
    9WHIC2R-H7A_IWGvTyQNLnKhNI4Z8VG8gyfcU2aTD7vjFvvc90URBOisNjxfw2lfb2YMR-P0ooDpTk3DGxb2RP0E\
    qJtAUsl5NMF6r8Q4lWy_NwCUNBXL_R12bhQs64f6vm2haSCBjMIiiD_9HxoGOd-ixA48Jc3ORI1yencktMO5l8Wx\
    NEQYwDRKaEZXPPptVMt7-Q6LIhvCD9Z1PQ8oX0APuqnwzIaywCeO9R_2_Dpy9-84QLdXdkCdj7aw";
const MODULUS: &str = "1fkUweq3k_3eAQ0nPWwMwpZFJ_PkCU_tSf2CEt1LAPBWr_9QhCsyGqAiTT8A2xRtLRIL6oQp4ijCs2Z_0bEbiGZe\
    vU-YSN0CkQNnhbaIESPfSkX0jpDitO39DP0TCmo-hRpd0fSd0-RI74ay-iiqMwGbz94vE8xUCLmnL145o1yJGKVo\
    zaZqSv7tUPUBNV-uMc2SYgJdR96a1IH4r0T9WM6nkAhIbVW5Q6j7guDJoi4mZih8AG8jNi0VoViJP24-WcJI7c4a\
    kqXQRPBX0EQNn_vuoQ-Fg2Zfw7_Mj26RRXcf7_dlctMufXRshJZwmTPlRD-qFUUue8foGrBp5yyCGw";
const ES256: &str = "eyJhbGciOiAiRVMyNTYiLCAidHlwIjogIkpXVCJ9.eyJzdWIiOiAiYW5uIiwgImV4cCI6IDQwMDAwMDAwMDB9.Fe\
    ttwaV6Y7eHxNNOkCPeHHwGgQ48wf2rblUXE4Jy04bvfyNfWbN_HaiB0k6VUx8peiqZbrMkA-MkDYakPnAw5A";
const X: &str = "lxym0d93PPHr-JBYSOdQyTR22iXFF-uvSzhioTn8Vec";
const Y: &str = "imnEc42hUfdz1OxnB8mB6rvBVpJTohwzMyJWp075Ip4";
const HS256: &str = "eyJhbGciOiAiSFMyNTYiLCAidHlwIjogIkpXVCJ9.eyJzdWIiOiAiYW5uIiwgImV4cCI6IDQwMDAwMDAwMDB9.Pj\
    Qe8m0r9Z5MDDf19XEnP4ji4M7oWVwo6vw7t11rCK4";

fn validation(algorithm: Algorithm) -> Validation {
    let mut validation = Validation::new(algorithm);
    validation.validate_aud = false;
    validation
}

fn claims() -> Value {
    json!({ "sub": "ann", "exp": 4_000_000_000_u64 })
}

/// The token, its algorithm and the key that verifies it.
fn signed_by_openssl() -> [(&'static str, Algorithm, DecodingKey); 3] {
    [
        (
            RS256,
            Algorithm::RS256,
            DecodingKey::from_rsa_components(MODULUS, "AQAB").unwrap(),
        ),
        (
            ES256,
            Algorithm::ES256,
            DecodingKey::from_ec_components(X, Y).unwrap(),
        ),
        (HS256, Algorithm::HS256, DecodingKey::from_secret(b"secret")),
    ]
}

#[test]
fn what_openssl_signs_is_verified() {
    for (token, algorithm, key) in signed_by_openssl() {
        let read: Value = decode(token, &key, &validation(algorithm)).unwrap();
        assert_eq!(read, claims(), "{algorithm:?}");
    }
}

#[test]
fn a_token_whose_signature_or_claims_were_changed_is_refused() {
    let others = claims().to_string().replace("ann", "bob");
    for (token, algorithm, key) in signed_by_openssl() {
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let (header, payload) = signed.split_once('.').unwrap();
        let first = if signature.starts_with('A') { "B" } else { "A" };
        let foreign = encode(
            &Header::new(Algorithm::HS256),
            &serde_json::from_str::<Value>(&others).unwrap(),
            &EncodingKey::from_secret(b"another"),
        )
        .unwrap();
        let claims_of_others = foreign.split('.').nth(1).unwrap();
        for changed in [
            format!("{header}.{payload}.{first}{}", &signature[1..]),
            format!("{header}.{claims_of_others}.{signature}"),
            format!("{header}.{payload}."),
        ] {
            let error = decode::<Value>(&changed, &key, &validation(algorithm)).unwrap_err();
            assert!(
                matches!(error.kind(), ErrorKind::InvalidSignature),
                "{algorithm:?}: {error}"
            );
        }
    }
}

#[test]
fn a_key_verifies_only_the_algorithm_of_its_family() {
    for (token, algorithm, _) in signed_by_openssl() {
        for (_, other, key) in signed_by_openssl() {
            for admitted in [algorithm, other] {
                let read = decode::<Value>(token, &key, &validation(admitted));
                assert_eq!(
                    read.is_ok(),
                    algorithm == other,
                    "{algorithm:?} with {other:?}"
                );
            }
        }
    }
}

#[test]
fn what_is_not_supported_is_refused_and_does_not_panic() {
    let secret = b"secret";
    for algorithm in [Algorithm::HS384, Algorithm::HS512] {
        let signed = encode(
            &Header::new(algorithm),
            &claims(),
            &EncodingKey::from_secret(secret),
        );
        assert!(matches!(
            signed.unwrap_err().kind(),
            ErrorKind::UnsupportedAlgorithm
        ));
    }
    let no_key = EncodingKey::from_ec_der(b"not a key");
    let signed = encode(&Header::new(Algorithm::ES256), &claims(), &no_key);
    assert!(matches!(
        signed.unwrap_err().kind(),
        ErrorKind::InvalidEcdsaKey
    ));
}
