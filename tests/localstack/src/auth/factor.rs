//! Second factors: codes of an authenticator (TOTP).

use axum::{
    Json,
    extract::{Path, State},
};
use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use qrcode::{QrCode, render::svg};
use serde::Deserialize;
use serde_json::{Value, json};
use sha1::Sha1;
use subtle::ConstantTimeEq;
use url::Url;
use uuid::Uuid;

use super::{
    access_token::Tokens,
    caller::{Body, SignedIn, or_default},
    device::Device,
    error::{AuthError, Saying},
    factors::Factor,
    session,
    state::Auth,
};

/// How many factors a user may have.
const MOST: usize = 10;
const CHALLENGE_SECONDS: i32 = 300;
const STEP_SECONDS: i64 = 30;

fn needs_second_factor(message: &str) -> AuthError {
    AuthError::forbidden("insufficient_aal", message)
}

#[derive(Debug, Deserialize)]
pub(crate) struct Enrolment {
    #[serde(default, deserialize_with = "or_default")]
    factor_type: String,
    #[serde(default, deserialize_with = "or_default")]
    friendly_name: String,
    #[serde(default, deserialize_with = "or_default")]
    issuer: String,
}

pub(crate) async fn enroll(
    State(auth): State<Auth>,
    caller: SignedIn,
    Body(wanted): Body<Enrolment>,
) -> Result<Json<Value>, AuthError> {
    match wanted.factor_type.as_str() {
        "totp" => {}
        "phone" => {
            return Err(AuthError::unprocessable(
                "mfa_phone_enroll_not_enabled",
                "MFA enroll is disabled for Phone",
            ));
        }
        "webauthn" => {
            return Err(AuthError::unprocessable(
                "mfa_webauthn_enroll_not_enabled",
                "MFA enroll is disabled for WebAuthn",
            ));
        }
        _ => {
            return Err(AuthError::invalid(
                "factor_type needs to be totp, phone, or webauthn",
            ));
        }
    }
    let name = &wanted.friendly_name;
    let mut db = auth.pool.acquire().await?;
    Factor::delete_abandoned(&mut db).await?;
    let factors = Factor::of_user(&mut db, caller.user.id).await?;
    // No name is a name too.
    if factors.iter().any(|factor| factor.friendly_name == *name) {
        return Err(AuthError::unprocessable(
            "mfa_factor_name_conflict",
            format!("A factor with the friendly name {name:?} for this user already exists"),
        ));
    }
    if factors.len() >= MOST {
        return Err(AuthError::unprocessable(
            "too_many_enrolled_mfa_factors",
            "Maximum number of verified factors reached, unenroll to continue",
        ));
    }
    if factors.iter().any(Factor::is_verified)
        && !session::has_second_factor(&mut db, caller.session).await?
    {
        return Err(needs_second_factor("AAL2 required to enroll a new factor"));
    }
    let issuer = if wanted.issuer.is_empty() {
        host_of(&auth.options.site_url)
    } else {
        wanted.issuer
    };
    let key: [u8; 20] = rand::random();
    let (id, secret) = (Uuid::new_v4(), base32(&key));
    let uri = key_uri(&issuer, &caller.user.email, &secret)?;
    sqlx::query(
        "insert into auth.mfa_factors (id, user_id, friendly_name, factor_type, status, created_at, updated_at, secret) \
         values ($1, $2, $3, 'totp', 'unverified', now(), now(), $4)",
    )
    .bind(id)
    .bind(caller.user.id)
    .bind(name)
    .bind(&secret)
    .execute(&mut *db)
    .await
    .saying("Error creating factor")?;
    let totp = json!({ "qr_code": qr_code(&uri)?, "secret": secret, "uri": uri });
    Ok(Json(
        json!({ "id": id, "type": "totp", "friendly_name": name, "totp": totp }),
    ))
}

pub(crate) async fn challenge(
    State(auth): State<Auth>,
    Path(id): Path<String>,
    caller: SignedIn,
    device: Device,
) -> Result<Json<Value>, AuthError> {
    let factor = Factor::find(&caller.user.factors, &id)?;
    let mut tx = auth.pool.begin().await?;
    let (challenge, expires_at) = sqlx::query_as::<_, (Uuid, DateTime<Utc>)>(
        "insert into auth.mfa_challenges (id, factor_id, created_at, ip_address) \
         values (gen_random_uuid(), $1, now(), coalesce($2, '127.0.0.1')::inet) \
         returning id, created_at + make_interval(secs => $3)",
    )
    .bind(factor.id)
    .bind(device.ip.as_deref())
    .bind(f64::from(CHALLENGE_SECONDS))
    .fetch_one(&mut *tx)
    .await
    .saying("Database error creating challenge")?;
    sqlx::query("update auth.mfa_factors set last_challenged_at = now() where id = $1")
        .bind(factor.id)
        .execute(&mut *tx)
        .await?;
    tx.commit().await?;
    Ok(Json(
        json!({ "id": challenge, "type": "totp", "expires_at": expires_at.timestamp() }),
    ))
}

#[derive(Debug, Deserialize)]
pub(crate) struct Proof {
    #[serde(default, deserialize_with = "or_default")]
    challenge_id: String,
    #[serde(default, deserialize_with = "or_default")]
    code: String,
}

/// Lifts the session to `aal2`. The user's sessions without a second factor end, and what else they
/// began to enrol is deleted.
pub(crate) async fn verify(
    State(auth): State<Auth>,
    Path(id): Path<String>,
    caller: SignedIn,
    device: Device,
    Body(proof): Body<Proof>,
) -> Result<Json<Tokens>, AuthError> {
    let factor = Factor::find(&caller.user.factors, &id)?;
    if proof.code.is_empty() {
        return Err(AuthError::invalid("Code needs to be non-empty"));
    }
    let session = caller
        .session
        .ok_or_else(|| AuthError::forbidden("session_not_found", "Session not found"))?;
    let not_found = || {
        AuthError::unprocessable(
            "mfa_factor_not_found",
            "MFA factor with the provided challenge ID not found",
        )
    };
    let challenge = Uuid::parse_str(&proof.challenge_id).map_err(|_| not_found())?;
    let mut tx = auth.pool.begin().await?;
    let (answered, expired) = sqlx::query_as::<_, (bool, bool)>(
        "select verified_at is not null or ip_address <> coalesce($4, '127.0.0.1')::inet, \
         created_at + make_interval(secs => $3) < now() from auth.mfa_challenges \
         where id = $1 and factor_id = $2 for update",
    )
    .bind(challenge)
    .bind(factor.id)
    .bind(f64::from(CHALLENGE_SECONDS))
    .bind(device.ip.as_deref())
    .fetch_optional(&mut *tx)
    .await?
    .ok_or_else(not_found)?;
    if answered {
        // GoTrue's words for both, a challenge answered before and one of another device.
        return Err(AuthError::unprocessable(
            "mfa_ip_address_mismatch",
            "Challenge and verify IP addresses mismatch.",
        ));
    }
    if expired {
        return Err(AuthError::unprocessable(
            "mfa_challenge_expired",
            format!(
                "MFA challenge {challenge} has expired, verify against another challenge or create a new challenge."
            ),
        ));
    }
    let now = sqlx::query_scalar::<_, DateTime<Utc>>("select clock_timestamp()")
        .fetch_one(&mut *tx)
        .await?;
    if !is_right(&factor.secret, &proof.code, now.timestamp()) {
        return Err(AuthError::unprocessable(
            "mfa_verification_failed",
            "Invalid TOTP code entered",
        ));
    }
    sqlx::query("update auth.mfa_challenges set verified_at = now() where id = $1")
        .bind(challenge)
        .execute(&mut *tx)
        .await?;
    sqlx::query(
        "update auth.mfa_factors set status = 'verified', updated_at = now() \
         where id = $1 and status <> 'verified'",
    )
    .bind(factor.id)
    .execute(&mut *tx)
    .await?;
    let tokens = session::lift(&auth, &mut tx, &caller.user, session, factor.id, &device).await?;
    // Only now, as GoTrue does: the answer still shows them.
    Factor::delete_unverified(&mut tx, caller.user.id)
        .await
        .saying("Error removing unverified factors.")?;
    tx.commit().await?;
    Ok(Json(tokens))
}

pub(crate) async fn unenroll(
    State(auth): State<Auth>,
    Path(id): Path<String>,
    caller: SignedIn,
) -> Result<Json<Value>, AuthError> {
    let factor = Factor::find(&caller.user.factors, &id)?;
    let mut tx = auth.pool.begin().await?;
    if factor.is_verified() && !session::has_second_factor(&mut tx, caller.session).await? {
        return Err(AuthError::unprocessable(
            "insufficient_aal",
            "AAL2 required to unenroll verified factor",
        ));
    }
    session::delete_factor(&mut tx, factor.id).await?;
    tx.commit().await?;
    Ok(Json(json!({ "id": factor.id })))
}

fn host_of(address: &str) -> String {
    let url = Url::parse(address).ok();
    url.and_then(|url| {
        let port = url.port().map(|port| format!(":{port}"));
        Some(format!("{}{}", url.host_str()?, port.unwrap_or_default()))
    })
    .unwrap_or_default()
}

/// The address that an authenticator reads from a QR code.
fn key_uri(issuer: &str, account: &str, secret: &str) -> Result<String, AuthError> {
    let failed = |_| AuthError::internal("Error generating QR Code");
    let mut uri = Url::parse("otpauth://totp/").map_err(failed)?;
    uri.set_path(&format!("{issuer}:{account}"));
    uri.query_pairs_mut()
        .append_pair("algorithm", "SHA1")
        .append_pair("digits", "6")
        .append_pair("issuer", issuer)
        .append_pair("period", "30")
        .append_pair("secret", secret);
    Ok(uri.into())
}

fn qr_code(uri: &str) -> Result<String, AuthError> {
    let code = QrCode::new(uri).map_err(|_| AuthError::internal("Error generating QR Code"))?;
    Ok(code.render::<svg::Color<'_>>().build())
}

const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// RFC 4648 without padding, as authenticators take secrets.
fn base32(bytes: &[u8]) -> String {
    let mut text = String::new();
    let (mut held, mut bits) = (0_u32, 0_u32);
    for byte in bytes {
        held = (held << 8 | u32::from(*byte)) & 0xFFFF;
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            text.push(char::from(BASE32[(held >> bits & 31) as usize]));
        }
    }
    text
}

fn from_base32(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let (mut held, mut bits) = (0_u32, 0_u32);
    for letter in text.bytes() {
        let Some(value) = (0_u32..32).find(|value| BASE32[*value as usize] == letter) else {
            continue;
        };
        held = (held << 5 | value) & 0xFFFF;
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            bytes.push((held >> bits & 255) as u8);
        }
    }
    bytes
}

/// The code of RFC 6238 for a step of 30 s.
fn code(key: &[u8], step: i64) -> Option<String> {
    let mut mac = Hmac::<Sha1>::new_from_slice(key).ok()?;
    mac.update(&step.to_be_bytes());
    let hash = mac.finalize().into_bytes();
    let at = usize::from(hash.last()? & 15);
    let number = u32::from_be_bytes(hash.get(at..at + 4)?.try_into().ok()?) & 0x7FFF_FFFF;
    Some(format!("{:06}", number % 1_000_000))
}

/// The code that an authenticator with this secret shows now.
#[must_use]
pub fn totp(secret: &str) -> String {
    let now = domain::Clock::now(&domain::SystemClock).timestamp();
    code(&from_base32(secret), now.div_euclid(STEP_SECONDS)).unwrap_or_default()
}

/// Whether this is the code of now, or of the step before or after.
fn is_right(secret: &str, given: &str, now: i64) -> bool {
    let key = from_base32(secret);
    (-1..=1).any(|offset| {
        code(&key, now.div_euclid(STEP_SECONDS) + offset)
            .is_some_and(|code| code.as_bytes().ct_eq(given.as_bytes()).into())
    })
}

#[cfg(test)]
mod tests {
    use super::{base32, code, from_base32, is_right};

    #[test]
    fn codes_are_those_of_rfc_6238() {
        let key = b"12345678901234567890";
        assert_eq!(code(key, 59 / 30).unwrap(), "287082");
        assert_eq!(code(key, 1_111_111_109 / 30).unwrap(), "081804");
        let secret = base32(key);
        assert_eq!(secret, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert_eq!(from_base32(&secret), key);
        assert!(is_right(&secret, "287082", 59 + 30));
        assert!(!is_right(&secret, "287082", 59 + 90));
    }
}
