//! Queries: the parameters that several requests share, and texts in them.

/// Declares the parameters that requests have in common, and those of the requests that add some: `common()` takes the
/// former out of them. Serde can't flatten one struct into another where unknown parameters are refused.
macro_rules! queries {
    (
        $(#[$doc:meta])* $common:ident $shared:tt
        $($(#[$more_doc:meta])* $more:ident adds $own:tt)*
    ) => {
        queries!(@declare $(#[$doc])* $common $shared {});
        $(
            queries!(@declare $(#[$more_doc])* $more $shared $own);
            queries!(@part $more of $common $shared);
        )*
    };
    (@declare $(#[$doc:meta])* $name:ident { $($shared:tt)* } { $($own:tt)* }) => {
        $(#[$doc])*
        #[derive(Debug, Default, serde::Deserialize, utoipa::IntoParams)]
        #[into_params(parameter_in = Query)]
        pub(crate) struct $name {
            $($shared)*
            $($own)*
        }
    };
    (@part $more:ident of $common:ident { $($(#[$meta:meta])* $field:ident: $kind:ty,)* }) => {
        impl $more {
            pub(crate) fn common(&mut self) -> $common {
                $common { $($field: std::mem::take(&mut self.$field),)* }
            }
        }
    };
}

pub(crate) use queries;

/// A text without the blanks around it; one that is blank is as if it were left out.
pub(crate) fn given(text: Option<String>) -> Option<String> {
    text.map(|text| text.trim().to_owned())
        .filter(|text| !text.is_empty())
}

/// The same of a phone number: a `+` that was not encoded as `%2B` arrives as a blank.
pub(crate) fn given_phone(text: Option<String>) -> Option<String> {
    let text = text?;
    let has_lost_its_plus = text
        .strip_prefix(' ')
        .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    let text = given(Some(text))?;
    Some(if has_lost_its_plus {
        format!("+{text}")
    } else {
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_blank_is_left_out_and_a_number_has_its_plus_again() {
        let given = |text: &str| super::given(Some(text.into()));
        assert_eq!(
            (given(" a b "), given(" "), super::given(None)),
            (Some("a b".into()), None, None)
        );
        for (text, wanted) in [
            ("+14155552671", Some("+14155552671")),
            (" 14155552671", Some("+14155552671")),
            (" 1 415 555 2671 ", Some("+1 415 555 2671")),
            (" (415) 555-2671", Some("(415) 555-2671")),
            ("4155552671", Some("4155552671")),
            ("  ", None),
            ("", None),
        ] {
            assert_eq!(
                given_phone(Some(text.into())).as_deref(),
                wanted,
                "{text:?}"
            );
        }
    }
}
