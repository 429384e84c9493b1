use postgrest::Builder;
use reqwest::{
    Method, Request,
    header::{HeaderMap, HeaderName, HeaderValue},
};
use reqwest_for_postgrest as theirs;

use crate::RowsError;

/// Builds requests with `postgrest` and converts them for our client.
///
/// `postgrest` 1.6 uses reqwest 0.11, whose TLS and HTTP/2 get no more fixes. So it only
/// builds requests; reqwest 0.12, as used elsewhere, sends them.
#[derive(Clone)]
pub(crate) struct Writer(theirs::Client);

impl Writer {
    pub(crate) fn new() -> Result<Self, theirs::Error> {
        // Without certificates it can't make a TLS connection, even by mistake.
        let client = theirs::Client::builder().tls_built_in_root_certs(false);
        client.build().map(Self)
    }

    pub(crate) fn at(&self, url: String) -> Builder {
        Builder::new(url, None, theirs::header::HeaderMap::new(), self.0.clone())
    }
}

/// The same request, for our client.
pub(crate) fn written(builder: Builder) -> Result<Request, RowsError> {
    // Addresses, columns and methods are ours and always valid.
    converted(builder).ok_or(RowsError::Unreachable(None))
}

fn converted(builder: Builder) -> Option<Request> {
    let theirs = builder.build().build().ok()?;
    let method = Method::from_bytes(theirs.method().as_str().as_bytes()).ok()?;
    let mut ours = Request::new(method, theirs.url().clone());
    let mut headers = HeaderMap::with_capacity(theirs.headers().len() + 2);
    for (name, value) in theirs.headers() {
        headers.append(
            HeaderName::from_bytes(name.as_str().as_bytes()).ok()?,
            HeaderValue::from_bytes(value.as_bytes()).ok()?,
        );
    }
    *ours.headers_mut() = headers;
    let body = theirs.body().and_then(theirs::Body::as_bytes);
    *ours.body_mut() = body
        .filter(|body| !body.is_empty())
        .map(|body| body.to_vec().into());
    Some(ours)
}
