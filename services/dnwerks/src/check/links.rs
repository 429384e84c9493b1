//! Where links in Auth's own mails lead.

use reqwest::header;
use url::Url;

use super::{
    finding::Finding,
    setup::{PUSH, Setup, is_this_machine},
};

const SITE_URL: &str = "auth.site_url";

/// Where links in Auth's own mails lead. A link that nobody has been sent leads there too, with an error.
pub async fn check(setup: &Setup, project: &str) -> Option<Finding> {
    let frontend = setup.url("NEXTAUTH_URL")?;
    let (site, with_redirect) = tokio::join!(
        place_of_links(setup, project, None),
        place_of_links(setup, project, Some(&frontend)),
    );
    let Some(site) = site else {
        return Some(Finding::skipped(
            SITE_URL,
            "Where links in Auth's own mails lead could not be seen.",
            "Compare the site URL under Authentication > URL Configuration with NEXTAUTH_URL.",
        ));
    };
    if is_same_place(&site, &frontend) {
        let detail = format!("Links in Auth's own mails lead to {}.", origin(&site));
        return Some(Finding::ok(SITE_URL, detail));
    }
    let detail = format!(
        "Links in Auth's own mails lead to {}, but NEXTAUTH_URL is {}.",
        origin(&site),
        origin(&frontend)
    );
    let remedy = format!("Set the site URL: {PUSH}, or Authentication > URL Configuration.");
    let is_allowed = with_redirect.is_some_and(|place| is_same_place(&place, &frontend));
    Some(if is_allowed {
        Finding::warning(
            SITE_URL,
            format!("{detail} A frontend may ask for NEXTAUTH_URL by redirect_to."),
            remedy,
        )
    } else {
        Finding::problem(SITE_URL, detail, remedy)
    })
}

async fn place_of_links(setup: &Setup, project: &str, wanted: Option<&Url>) -> Option<Url> {
    let mut request = setup
        .http
        .get(format!("{project}/auth/v1/verify"))
        .header("apikey", setup.get("SUPABASE_ANON_KEY").unwrap_or_default())
        .query(&[("token", "none"), ("type", "signup")]);
    if let Some(wanted) = wanted {
        request = request.query(&[("redirect_to", wanted.as_str())]);
    }
    let answer = request.send().await.ok()?;
    let place = answer.headers().get(header::LOCATION)?;
    Url::parse(place.to_str().ok()?).ok()
}

fn origin(url: &Url) -> String {
    url.origin().ascii_serialization()
}

/// On one machine `localhost` and `127.0.0.1` are one place.
fn is_same_place(one: &Url, other: &Url) -> bool {
    one.origin() == other.origin()
        || (is_this_machine(one)
            && is_this_machine(other)
            && one.port_or_known_default() == other.port_or_known_default())
}
