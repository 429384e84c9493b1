//! Whether PostgREST can serve us.

use serde::Deserialize;

use crate::RowsError;

/// Why no request can be answered.
#[derive(Debug, thiserror::Error)]
pub enum NotReady {
    /// The gateway or PostgREST refuses our key.
    #[error("SUPABASE_ANON_KEY is refused: copy it again from the project's settings")]
    Key,
    /// PostgREST has never heard of our functions.
    #[error("PostgREST does not know our functions: apply supabase/migrations to this project")]
    Migrations,
    /// It does not answer as it should.
    #[error("PostgREST does not answer as it should")]
    Postgrest(#[from] RowsError),
}

impl NotReady {
    /// Reads the answer to an anonymous call of `who_am_i`. Everything is well if Postgres itself
    /// denies it: anonymous people may call nothing.
    pub(crate) fn unless_denied(status: u16, body: &[u8]) -> Result<(), Self> {
        #[derive(Default, Deserialize)]
        struct Code {
            code: Option<String>,
        }
        let Code { code } = serde_json::from_slice(body).unwrap_or_default();
        match (status, code.as_deref()) {
            (_, Some("42501")) => Ok(()),
            (_, Some("PGRST202" | "42883" | "3F000")) => Err(Self::Migrations),
            (401 | 403, _) => Err(Self::Key),
            (status, _) => Err(RowsError::from_answer(status, body).into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_refusal_says_what_to_do() {
        let ready = |status, body: &str| NotReady::unless_denied(status, body.as_bytes());
        assert!(ready(401, r#"{"code":"42501","message":"permission denied"}"#).is_ok());
        assert!(matches!(
            ready(404, r#"{"code":"PGRST202"}"#),
            Err(NotReady::Migrations)
        ));
        assert!(matches!(
            ready(401, r#"{"message":"Invalid API key"}"#),
            Err(NotReady::Key)
        ));
        assert!(matches!(
            ready(401, r#"{"code":"PGRST301"}"#),
            Err(NotReady::Key)
        ));
        assert!(matches!(
            ready(503, r#"{"code":"PGRST002"}"#),
            Err(NotReady::Postgrest(RowsError::Unreachable(None)))
        ));
    }
}
