//! Bodies that describe new rows: those of changes, of which some fields are needed.

/// A name for the schema of `$changes` with the fields that a new row needs.
macro_rules! needing {
    ($(#[$doc:meta])* $name:ident = $changes:ident with $($field:literal),+) => {
        $(#[$doc])*
        pub(crate) struct $name;

        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                use utoipa::openapi::{RefOr, Schema};
                let mut schema = $changes::schema();
                if let RefOr::T(Schema::Object(object)) = &mut schema {
                    object.required.extend([$($field.to_owned()),+]);
                }
                schema
            }
        }

        impl utoipa::ToSchema for $name {
            fn name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn schemas(
                schemas: &mut Vec<(String, utoipa::openapi::RefOr<utoipa::openapi::Schema>)>,
            ) {
                <$changes as utoipa::ToSchema>::schemas(schemas);
            }
        }
    };
}

pub(crate) use needing;
