use axum::{
    body::Bytes,
    extract::{
        FromRequest, FromRequestParts, OptionalFromRequest, Request, rejection::BytesRejection,
    },
    http::{StatusCode, header, request::Parts},
};
use serde::de::DeserializeOwned;

use crate::{ApiError, FieldErrors};

/// A request that is checked, and turned into what the handler wants, before the handler runs.
///
/// ```
/// # use web::{FieldErrors, Validate};
/// struct Rename { name: String }
///
/// #[derive(serde::Deserialize)]
/// struct RenameInput { name: String }
///
/// impl Validate for Rename {
///     type Input = RenameInput;
///
///     fn validate(input: RenameInput, errors: &mut FieldErrors) -> Option<Self> {
///         let name = input.name.trim();
///         if name.is_empty() {
///             errors.add("name", "name_empty", "A name is needed.");
///         }
///         Some(Self { name: name.to_owned() })
///     }
/// }
/// ```
pub trait Validate: Sized {
    /// The shape of the JSON or of the query.
    type Input: DeserializeOwned;

    /// Checks `input`, adding everything that is wrong to `errors`. What it returns is used only
    /// when `errors` stays empty; `None` is for what cannot be built, and needs an error too.
    fn validate(input: Self::Input, errors: &mut FieldErrors) -> Option<Self>;
}

fn validated<T: Validate>(input: T::Input) -> Result<T, ApiError> {
    let mut errors = FieldErrors::default();
    match T::validate(input, &mut errors) {
        Some(valid) if errors.is_empty() => Ok(valid),
        _ => Err(ApiError::invalid(errors)),
    }
}

/// Where in the input serde gave up, and why. A wrong value is the field's fault (422).
fn misfit<E: std::fmt::Display>(error: &serde_path_to_error::Error<E>) -> ApiError {
    let path = error.path().to_string();
    let field = if path == "." { String::new() } else { path };
    ApiError::invalid_field(field, "invalid_value", error.inner().to_string())
}

/// A JSON body, checked. Answers 415 for another content type, 400 for broken JSON, 413 for too
/// much of it, 422 for wrong fields.
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
    let input: T::Input = serde_path_to_error::deserialize(&mut *json).map_err(|error| {
        if error.inner().is_data() {
            misfit(&error)
        } else {
            broken_json(error.inner())
        }
    })?;
    json.end().map_err(|error| broken_json(&error))?;
    validated(input)
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

fn broken_json(error: &serde_json::Error) -> ApiError {
    ApiError::bad_request(
        "json_malformed",
        format!("The body is no valid JSON: {error}."),
    )
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

/// The query, checked; a repeated name is a list. Answers 422 for wrong fields.
#[derive(Debug, Clone, Copy)]
pub struct ValidQuery<T>(pub T);

impl<S: Send + Sync, T: Validate> FromRequestParts<S> for ValidQuery<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let query = parts.uri.query().unwrap_or_default();
        let form = serde_html_form::Deserializer::from_bytes(query.as_bytes());
        let input: T::Input =
            serde_path_to_error::deserialize(form).map_err(|error| misfit(&error))?;
        validated(input).map(Self)
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
