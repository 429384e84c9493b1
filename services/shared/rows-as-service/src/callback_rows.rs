//! The composite types of callbacks. Postgres takes apart an array of these once, and arrays of each column one by one, which
//! costs it more than writing the rows.

use sqlx::{
    Postgres, Type,
    postgres::{PgHasArrayType, PgTypeInfo},
};
use uuid::Uuid;

/// `private.delivery_news`; the order of the fields is that of its columns.
#[derive(sqlx::Encode)]
pub(crate) struct NewsRow<'a> {
    pub message_id: Option<Uuid>,
    pub sid: &'a str,
    pub status: &'a str,
    pub reason: Option<&'a str>,
    pub error_code: Option<i32>,
    pub error_message: Option<&'a str>,
    pub suppress: bool,
}

/// `private.status_event`; the order of the fields is that of its columns.
#[derive(sqlx::Encode)]
pub(crate) struct EventRow<'a> {
    pub sid: Option<&'a str>,
    pub message_id: Option<Uuid>,
    pub status: Option<&'a str>,
    pub error_code: Option<i32>,
    pub payload: &'a str,
}

macro_rules! composite {
    ($row:ident, $name:literal) => {
        impl Type<Postgres> for $row<'_> {
            fn type_info() -> PgTypeInfo {
                PgTypeInfo::with_name($name)
            }
        }

        impl PgHasArrayType for $row<'_> {
            fn array_type_info() -> PgTypeInfo {
                PgTypeInfo::array_of($name)
            }
        }
    };
}

composite!(NewsRow, "private.delivery_news");
composite!(EventRow, "private.status_event");
