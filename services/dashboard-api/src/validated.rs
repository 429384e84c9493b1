//! For tests: what a request is read as.

use serde::de::DeserializeOwned;
use serde_json::Value;
use web::{FieldErrors, Validate};

/// What is made of a body or of parameters, or why nothing is.
pub(crate) fn read<T: Validate>(json: Value) -> Result<T, String>
where
    T::Input: DeserializeOwned,
{
    let input = serde_json::from_value(json).map_err(|error| error.to_string())?;
    let mut errors = FieldErrors::default();
    let read = T::validate(input, &mut errors);
    if !errors.is_empty() {
        return Err(format!("{errors:?}"));
    }
    read.ok_or_else(|| "nothing".to_owned())
}
