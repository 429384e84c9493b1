use std::fmt;

use axum::{
    body::Bytes,
    extract::{
        FromRequest, FromRequestParts, OptionalFromRequest, Request, rejection::BytesRejection,
    },
    http::{StatusCode, header, request::Parts},
};
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, IgnoredAny, MapAccess, Visitor},
};
use serde_json::Value;

use crate::{
    ApiError, FieldErrors,
    misfits::{self, Fields as _},
    validate::Validate,
};

fn validated<T: Validate>(input: T::Input) -> Result<T, ApiError> {
    let mut errors = FieldErrors::default();
    match T::validate(input, &mut errors) {
        Some(valid) if errors.is_empty() => Ok(valid),
        _ => Err(ApiError::invalid(errors)),
    }
}

/// A JSON body, checked. Answers 415 for another content type, 400 for broken JSON, 413 for too
/// much of it, 422 for wrong and for unknown fields.
#[derive(Debug, Clone, Copy)]
pub struct ValidJson<T>(pub T);

impl<S: Send + Sync, T: Validate> FromRequest<S> for ValidJson<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        if !is_json(request.headers()) {
            return Err(json_expected());
        }
        let bytes = read(request, state).await?;
        parsed(&bytes).map(Self)
    }
}

/// `Option<ValidJson<T>>` is `None` for a request without a body, whatever its content type.
impl<S: Send + Sync, T: Validate> OptionalFromRequest<S> for ValidJson<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Option<Self>, ApiError> {
        let is_json = is_json(request.headers());
        let bytes = read(request, state).await?;
        if bytes.is_empty() {
            Ok(None)
        } else if is_json {
            parsed(&bytes).map(|valid| Some(Self(valid)))
        } else {
            Err(json_expected())
        }
    }
}

fn parsed<T: Validate>(bytes: &[u8]) -> Result<T, ApiError> {
    let json = &mut serde_json::Deserializer::from_slice(bytes);
    let read = serde_path_to_error::deserialize::<_, T::Input>(&mut *json);
    let first = match read {
        Ok(input) => {
            json.end().map_err(|_| broken_json())?;
            let Names(names) = serde_json::from_slice(bytes).unwrap_or_default();
            if misfits::unknown::<T::Input>(&names).is_empty() {
                return validated(input);
            }
            None
        }
        Err(error) if error.inner().is_data() => {
            Some((error.path().to_string(), error.inner().to_string()))
        }
        Err(_) => return Err(broken_json()),
    };
    match serde_json::from_slice(bytes) {
        Ok(Value::Object(fields)) => Err(ApiError::invalid(misfits::all::<T, _>(fields, first))),
        Ok(_) => Err(ApiError::invalid_field(
            "",
            "invalid_value",
            "The body is an object.",
        )),
        Err(_) => Err(broken_json()),
    }
}

/// The names of an object's fields; none of anything else.
#[derive(Default)]
struct Names(Vec<String>);

impl<'de> Deserialize<'de> for Names {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Keys;

        impl<'de> Visitor<'de> for Keys {
            type Value = Names;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Names, A::Error> {
                let mut names = Vec::new();
                while let Some((name, IgnoredAny)) = map.next_entry()? {
                    names.push(name);
                }
                Ok(Names(names))
            }
        }

        deserializer.deserialize_map(Keys)
    }
}

async fn read<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, ApiError> {
    Bytes::from_request(request, state)
        .await
        .map_err(|rejection| unreadable(&rejection))
}

fn json_expected() -> ApiError {
    ApiError::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "json_expected",
        "Send the body as application/json.",
    )
}

fn broken_json() -> ApiError {
    ApiError::bad_request("json_malformed", "The body is not valid JSON.")
}

/// The answer to a body that is too large (413) or did not arrive (400).
#[must_use]
pub fn unreadable(rejection: &BytesRejection) -> ApiError {
    if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
        ApiError::new(
            rejection.status(),
            "body_too_large",
            "The body is too large.",
        )
    } else {
        ApiError::bad_request("body_unreadable", "The body could not be read to its end.")
    }
}

fn is_json(headers: &header::HeaderMap) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .is_some_and(|essence| {
            let essence = essence.trim().to_ascii_lowercase();
            essence == "application/json"
                || (essence.starts_with("application/") && essence.ends_with("+json"))
        })
}

const WITHOUT_VALUE: &str = "This parameter has no value: give it one, or leave it out.";

/// The query, checked; a repeated name is a list. Answers 422 for wrong and for unknown fields.
///
/// Forms send the name of what was not filled in. Where something is read, such a parameter is as if left out; where
/// something is changed, it is refused: what is meant may be less than what would happen.
#[derive(Debug, Clone, Copy)]
pub struct ValidQuery<T>(pub T);

impl<S: Send + Sync, T: Validate> FromRequestParts<S> for ValidQuery<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let query = parts.uri.query().unwrap_or_default();
        let mut pairs: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes())
            .into_owned()
            .collect();
        let names = pairs.names();
        let unknown = misfits::unknown::<T::Input>(&names);
        let mut errors = FieldErrors::default();
        pairs.retain(|(name, value)| {
            let is_empty = value.is_empty() && !unknown.contains(&name.as_str());
            if is_empty && !parts.method.is_safe() {
                errors.add(name.clone(), "parameter_empty", WITHOUT_VALUE);
            }
            !is_empty
        });
        let first = match pairs.read::<T::Input>() {
            Ok(input) if unknown.is_empty() && errors.is_empty() => {
                return validated(input).map(Self);
            }
            Ok(_) => None,
            Err(misfit) => Some(misfit),
        };
        errors.append_new(misfits::all::<T, _>(pairs, first));
        Err(ApiError::invalid(errors))
    }
}

/// The path's parameters. Answers 404 for an id that is none, as for one that does not exist.
#[derive(Debug, Clone, Copy)]
pub struct Path<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Path<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        axum::extract::Path::from_request_parts(parts, state)
            .await
            .map(|axum::extract::Path(value)| Self(value))
            .map_err(|_| {
                ApiError::new(
                    StatusCode::NOT_FOUND,
                    "not_found",
                    "There is nothing with this id.",
                )
            })
    }
}
