//! Renders queued mails as HTML and text, in one layout.

use chrono::{DateTime, NaiveDate, Utc};
use domain::Frontend;
use minijinja::{AutoEscape, Environment, Value, context};
use serde_json::Value as Json;
use url::Url;

/// A rendered mail for Resend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// The subject line.
    pub subject: String,
    /// The mail as HTML.
    pub html: String,
    /// The same as plain text.
    pub text: String,
}

/// There is no template for this kind of mail, or its contents lack a field.
#[derive(Debug, thiserror::Error)]
pub enum UnknownMail {
    /// The kind is unknown.
    #[error("no template for this kind of mail")]
    Kind,
    /// The contents lack a required field.
    #[error("the contents of the mail lack {0}")]
    Contents(&'static str),
    /// The template does not fit the contents.
    #[error("the template could not be rendered")]
    Template(#[source] minijinja::Error),
}

/// The templates, with the frontend's URL for links.
#[derive(Debug, Clone)]
pub struct Templates {
    environment: Environment<'static>,
    frontend: Frontend,
}

/// What surrounds the contents: the subject, headings and the button's link.
struct Frame {
    subject: String,
    heading: &'static str,
    preview: &'static str,
    button: Option<(&'static str, Url)>,
}

macro_rules! templates {
    ($environment:ident, $($name:literal),+) => {$(
        $environment.add_template(concat!($name, ".html"), include_str!(concat!("../templates/", $name, ".html")))?;
        $environment.add_template(concat!($name, ".txt"), include_str!(concat!("../templates/", $name, ".txt")))?;
    )+};
}

impl Templates {
    /// Reads the templates, which are part of the binary.
    ///
    /// # Errors
    /// [`UnknownMail::Template`] if one of them is malformed, which a test rules out.
    pub fn new(frontend: Url) -> Result<Self, UnknownMail> {
        let environment = Self::environment().map_err(UnknownMail::Template)?;
        Ok(Self {
            environment,
            frontend: Frontend::new(frontend),
        })
    }

    fn environment() -> Result<Environment<'static>, minijinja::Error> {
        let mut environment = Environment::new();
        environment.set_auto_escape_callback(|name| {
            if name.rsplit('.').next() == Some("html") {
                AutoEscape::Html
            } else {
                AutoEscape::None
            }
        });
        templates!(
            environment,
            "layout",
            "invitation",
            "registration",
            "approval",
            "rejection",
            "password_reset",
            "password_changed",
            "email_changed",
            "campaign_finished",
            "campaign_paused",
            "sender_alarm"
        );
        Ok(environment)
    }

    /// Renders a mail. The same contents always give the same bytes, as a retry
    /// with the same idempotency key requires.
    ///
    /// # Errors
    /// [`UnknownMail`] if the kind is unknown or the contents are incomplete.
    pub fn render(&self, kind: &str, contents: &Json) -> Result<Rendered, UnknownMail> {
        let frame = self.frame(kind, contents)?;
        let link = frame.button.as_ref().map(|(_, url)| url.to_string());
        let html_button = frame.button.as_ref().map(|(label, url)| button(label, url));
        let fields = context! {
            code => text(contents, "code"),
            email => text(contents, "email"),
            at => moment(contents, "at"),
            name => text(contents, "name"),
            status => text(contents, "status"),
            by_admin => contents.get("by_admin").and_then(Json::as_bool).unwrap_or_default(),
            expires_at => moment(contents, "expires_at"),
            changed_at => moment(contents, "changed_at"),
            figures => figures(contents),
            reason => text(contents, "reason").map(reason),
            day => day(contents, "day"),
            percent => contents.get("percent").and_then(Json::as_f64),
            link => link,
            button => html_button,
        };
        let html = self.page("html", kind, &frame, &fields)?;
        let text = self.page("txt", kind, &frame, &fields)?;
        Ok(Rendered {
            subject: frame.subject,
            html,
            text: one_blank_line(&text),
        })
    }

    /// Renders the contents in their template, and that in the layout.
    fn page(
        &self,
        form: &str,
        kind: &str,
        frame: &Frame,
        fields: &Value,
    ) -> Result<String, UnknownMail> {
        let fill = |name: &str, fields: &Value| {
            self.environment
                .get_template(&format!("{name}.{form}"))
                .and_then(|template| template.render(fields))
                .map_err(UnknownMail::Template)
        };
        let content = fill(kind, fields)?;
        let home = self.frontend.address();
        let home_name = home.host_str().unwrap_or_default();
        fill(
            "layout",
            &context! {
                subject => &frame.subject,
                heading => frame.heading,
                preview => frame.preview,
                content => Value::from_safe_string(content.trim_end().to_owned()),
                home => home.as_str(),
                home_name => home_name,
            },
        )
    }

    fn frame(&self, kind: &str, contents: &Json) -> Result<Frame, UnknownMail> {
        let frame = |subject: &str, heading, preview, button| Frame {
            subject: subject.to_owned(),
            heading,
            preview,
            button,
        };
        Ok(match kind {
            "invitation" => {
                let code = text(contents, "code").ok_or(UnknownMail::Contents("code"))?;
                let link = self.frontend.invitation(code);
                frame(
                    "Your invitation to DNwerks",
                    "You are invited",
                    "Register with your invitation code.",
                    Some(("Register", link)),
                )
            }
            "registration" => {
                text(contents, "email").ok_or(UnknownMail::Contents("email"))?;
                frame(
                    "Somebody has registered and waits for approval",
                    "A new registration",
                    "Approve or reject it in the dashboard.",
                    Some(("Open the dashboard", self.frontend.page("", None))),
                )
            }
            "approval" => frame(
                "Your DNwerks account is approved",
                "Welcome to DNwerks",
                "You can sign in now.",
                Some(("Sign in", self.frontend.page("login", None))),
            ),
            "rejection" => frame(
                "About your DNwerks account",
                "Your account was not approved",
                "An administrator has decided about your account.",
                None,
            ),
            "password_reset" => {
                let token = text(contents, "token").ok_or(UnknownMail::Contents("token"))?;
                let link = self.frontend.page("reset-password", Some(("token", token)));
                frame(
                    "Set a new password for DNwerks",
                    "Set a new password",
                    "A link that works once.",
                    Some(("Choose a new password", link)),
                )
            }
            "password_changed" => frame(
                "Your DNwerks password was changed",
                "Your password was changed",
                "If it wasn't you, act now.",
                Some((
                    "Set a new password",
                    self.frontend.page("forgot-password", None),
                )),
            ),
            "email_changed" => frame(
                "Your DNwerks e-mail address was changed",
                "Your e-mail address was changed",
                "If it wasn't you, act now.",
                None,
            ),
            "campaign_finished" => {
                let name = text(contents, "name").ok_or(UnknownMail::Contents("name"))?;
                let (verb, heading) = match text(contents, "status") {
                    Some("sent") => ("was sent", "Your campaign was sent"),
                    _ => ("failed", "Your campaign failed"),
                };
                Frame {
                    subject: format!("Campaign \u{201c}{}\u{201d} {verb}", one_line(name)),
                    heading,
                    preview: "The figures so far.",
                    button: Some(("Open the dashboard", self.frontend.page("", None))),
                }
            }
            "campaign_paused" => {
                let name = text(contents, "name").ok_or(UnknownMail::Contents("name"))?;
                Frame {
                    subject: format!("Campaign \u{201c}{}\u{201d} was paused", one_line(name)),
                    heading: "Your campaign was paused",
                    preview: "Too many of its messages failed.",
                    button: Some(("Open the dashboard", self.frontend.page("", None))),
                }
            }
            "sender_alarm" => {
                let name = text(contents, "name").ok_or(UnknownMail::Contents("name"))?;
                Frame {
                    subject: format!("Alarm: messages from {}", one_line(name)),
                    heading: "A sender is in trouble",
                    preview: "Look into it before carriers block it.",
                    button: Some(("Open the dashboard", self.frontend.page("", None))),
                }
            }
            _ => return Err(UnknownMail::Kind),
        })
    }
}

fn text<'a>(contents: &'a Json, field: &str) -> Option<&'a str> {
    contents.get(field).and_then(Json::as_str)
}

/// One line: a line break in a name must not inject a header.
fn one_line(name: &str) -> String {
    name.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Why a campaign paused by itself, for its owner, or what is wrong with a sender, for admins.
fn reason(code: &str) -> &'static str {
    match code {
        "sender_unregistered" => "the sender is not registered with the carriers",
        "carriers_filter" => "carriers filtered too many of its messages",
        "many_opt_outs" => "too many recipients have opted out",
        "filtered" => "were filtered by carriers (Twilio's code 30007)",
        "unregistered" => {
            "were refused because the sender is not registered with the carriers (codes such as 30034)"
        }
        "opted_out" => "made their recipient opt out",
        _ => "too many of its messages failed",
    }
}

/// A timestamp for readers, in UTC because their time zone is unknown.
fn moment(contents: &Json, field: &str) -> Option<String> {
    let at: DateTime<Utc> = text(contents, field)?.parse().ok()?;
    Some(at.format("%B %-d, %Y at %H:%M UTC").to_string())
}

/// A day for readers.
fn day(contents: &Json, field: &str) -> Option<String> {
    let day: NaiveDate = text(contents, field)?.parse().ok()?;
    Some(day.format("%B %-d, %Y").to_string())
}

/// A campaign's figures, with their labels.
fn figures(contents: &Json) -> Vec<(&'static str, i64)> {
    [
        ("Recipients", "total_recipients"),
        ("Sent", "sent_count"),
        ("Delivered so far", "delivered_count"),
        ("Failed", "failed_count"),
    ]
    .into_iter()
    .filter_map(|(label, field)| Some((label, contents.get(field)?.as_i64()?)))
    .collect()
}

/// A button that also works in mail clients without style sheets. `url` is percent-encoded by its
/// type; only `&` is left to escape.
fn button(label: &str, url: &Url) -> Value {
    let href = url.as_str().replace('&', "&amp;").replace('"', "%22");
    Value::from_safe_string(format!(
        r#"<table role="presentation" cellpadding="0" cellspacing="0"><tr><td style="border-radius:8px;background:#175cd3;"><a href="{href}" style="display:inline-block;padding:12px 22px;font-weight:600;color:#ffffff;text-decoration:none;">{label}</a></td></tr></table>"#
    ))
}

/// Collapses the blank lines that conditions in a text template leave behind.
fn one_blank_line(text: &str) -> String {
    let mut lines: Vec<&str> = Vec::new();
    for line in text.lines().map(str::trim_end) {
        if !(line.is_empty() && lines.last().is_none_or(|last| last.is_empty())) {
            lines.push(line);
        }
    }
    lines.join("\n").trim_end().to_owned() + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn templates() -> Templates {
        Templates::new("https://app.example.com/dash/".parse().unwrap()).unwrap()
    }

    #[test]
    fn a_reset_mail_links_to_the_frontend_with_its_token_in_both_forms() {
        let mail = templates()
            .render(
                "password_reset",
                &json!({"token": "abc123", "expires_at": "2026-11-23T05:00:00+00:00", "by_admin": false}),
            )
            .unwrap();
        let link = "https://app.example.com/dash/reset-password?token=abc123";
        assert!(mail.html.contains(link) && mail.text.contains(link));
        assert!(mail.text.contains("until November 23, 2026 at 05:00 UTC"));
        assert!(mail.text.contains("If it wasn't you"));
    }

    #[test]
    fn what_people_wrote_is_escaped_in_html_and_one_line_in_the_subject() {
        let mail = templates()
            .render(
                "campaign_finished",
                &json!({"name": "<script>\nBcc: x@y.z", "status": "sent", "total_recipients": 3}),
            )
            .unwrap();
        assert!(!mail.html.contains("<script>"));
        assert!(!mail.subject.contains('\n'));
        assert!(mail.text.contains("Recipients: 3"));
    }

    #[test]
    fn a_registration_says_who_waits_since_when_and_not_in_its_subject() {
        let mail = templates()
            .render(
                "registration",
                &json!({"email": "ann@example.com", "at": "2026-11-23T05:00:00Z"}),
            )
            .unwrap();
        assert!(!mail.subject.contains("ann"));
        for form in [&mail.text, &mail.html] {
            assert!(form.contains("ann@example.com") && form.contains("November 23, 2026"));
        }
    }

    #[test]
    fn an_alarm_says_which_sender_when_and_how_bad_it_is() {
        let mail = templates()
            .render(
                "sender_alarm",
                &json!({"name": "+15005550006", "reason": "filtered", "day": "2026-11-23", "percent": 3.1}),
            )
            .unwrap();
        assert!(mail.subject.contains("+15005550006"));
        assert!(
            mail.text
                .contains("On November 23, 2026 (UTC), 3.1 % of the messages")
        );
        assert!(mail.text.contains("30007") && mail.html.contains("30007"));
    }

    #[test]
    fn every_kind_of_mail_renders_the_same_every_time() {
        let contents = json!({
            "code": "ABCD-EFGH-JKMN", "token": "t", "name": "Spring", "status": "failed",
            "changed_at": "2026-11-23T05:00:00Z", "total_recipients": 3, "email": "ann@example.com",
        });
        for kind in [
            "invitation",
            "registration",
            "approval",
            "rejection",
            "password_reset",
            "password_changed",
            "email_changed",
            "campaign_finished",
            "campaign_paused",
            "sender_alarm",
        ] {
            let mail = templates().render(kind, &contents).unwrap();
            assert_eq!(mail, templates().render(kind, &contents).unwrap());
            assert!(!mail.text.contains("\n\n\n"), "{kind}");
            assert!(!mail.text.contains('<'), "{kind}");
        }
    }

    #[test]
    fn an_unknown_kind_or_missing_contents_are_an_error() {
        assert!(matches!(
            templates().render("spam", &json!({})),
            Err(UnknownMail::Kind)
        ));
        assert!(matches!(
            templates().render("password_reset", &json!({})),
            Err(UnknownMail::Contents("token"))
        ));
    }
}
