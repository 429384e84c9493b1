//! A form as Twilio posts it.

use url::form_urlencoded;

/// A form, and the signature that proves it to be Twilio's.
#[derive(Debug, Clone)]
pub struct SignedForm {
    /// The path and the query to post it to.
    pub path: String,
    /// `X-Twilio-Signature`.
    pub signature: String,
    /// The body.
    pub body: String,
}

impl SignedForm {
    /// Signs `fields` with the account's auth token, for `origin` and `path`.
    #[must_use]
    pub fn new(auth_token: &str, origin: &str, path: &str, fields: &[(&str, &str)]) -> Self {
        let url = format!("{origin}{path}");
        Self {
            path: path.to_owned(),
            signature: twilio::signature::sign(&auth_token.into(), &url, fields.iter().copied()),
            body: form_urlencoded::Serializer::new(String::new())
                .extend_pairs(fields)
                .finish(),
        }
    }
}
