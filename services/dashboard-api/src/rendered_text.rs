use domain::{Encoding, MergeFields, MessageTemplate, Segments};

/// A text for one recipient.
pub(crate) struct RenderedText<'a> {
    pub(crate) fields: MergeFields<'a>,
    /// `None` where these values can't be rendered.
    pub(crate) body: Option<String>,
    /// `None` where the message would fail: its text is empty or too long.
    pub(crate) segments: Option<Segments>,
}

impl<'a> RenderedText<'a> {
    pub(crate) fn of(template: &MessageTemplate, fields: MergeFields<'a>) -> Self {
        let body = template.render(&fields).ok();
        let segments = body
            .as_deref()
            .filter(|body| !body.trim().is_empty() && !body.contains('\0'))
            .and_then(|body| Segments::count(body).ok());
        Self {
            fields,
            body,
            segments,
        }
    }
}

/// As answers call it.
pub(crate) const fn encoding_name(segments: Segments) -> &'static str {
    match segments.encoding {
        Encoding::Gsm7 => "gsm7",
        Encoding::Ucs2 => "ucs2",
    }
}
