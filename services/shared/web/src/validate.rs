use serde::de::DeserializeOwned;

use crate::FieldErrors;

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
