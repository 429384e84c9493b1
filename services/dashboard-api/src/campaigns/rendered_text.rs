use domain::{MergeFields, MessageTemplate, Segments};

/// A campaign's text for one recipient.
pub(super) struct RenderedText<'a> {
    pub(super) fields: MergeFields<'a>,
    /// `None` where these values can't be rendered.
    pub(super) body: Option<String>,
    /// `None` where the message would fail: its text is empty or too long.
    pub(super) segments: Option<Segments>,
}

impl<'a> RenderedText<'a> {
    pub(super) fn of(template: &MessageTemplate, fields: MergeFields<'a>) -> Self {
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
