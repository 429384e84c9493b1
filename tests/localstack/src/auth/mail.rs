//! The mails that carry one-time tokens.

use serde_json::json;
use sqlx::PgConnection;
use url::form_urlencoded;

use super::{
    access_token::Method,
    error::{AuthError, Saying},
    flow::{Challenge, Flow},
    one_time_token::{OneTimeToken, store_confirmation, store_email_change, store_recovery},
    redirect::Redirect,
    state::Auth,
    user::User,
};

/// How a mail's link comes back.
pub(crate) struct Errand {
    pub(crate) redirect_to: String,
    pub(crate) flow: Option<Flow>,
}

impl Errand {
    /// As a request asks for it.
    pub(crate) fn new(redirect: Redirect, challenge: Challenge) -> Result<Self, AuthError> {
        Ok(Self {
            redirect_to: redirect.0,
            flow: challenge.flow()?,
        })
    }

    async fn begin(
        &self,
        db: &mut PgConnection,
        user: &User,
        purpose: Method,
    ) -> Result<(), AuthError> {
        match &self.flow {
            Some(flow) => flow.save(db, user.id, purpose).await,
            None => Ok(()),
        }
    }
}

/// The link of a mail: it ends at the frontend, with a session or the reason why not.
pub(crate) fn action_link(auth: &Auth, hash: &str, kind: &str, redirect_to: &str) -> String {
    // GoTrue takes an address without these letters as it is.
    let redirect_to = if redirect_to.contains(['&', '=', '#']) {
        form_urlencoded::byte_serialize(redirect_to.as_bytes()).collect()
    } else {
        redirect_to.to_owned()
    };
    let issuer = auth.options.issuer();
    format!("{issuer}/verify?token={hash}&type={kind}&redirect_to={redirect_to}")
}

/// Stores a token that verifies the address at sign-up, and mails it.
pub(crate) async fn send_confirmation(
    auth: &Auth,
    db: &mut PgConnection,
    user: &User,
    errand: &Errand,
) -> Result<(), AuthError> {
    user.check_mail_frequency(db, auth, Method::SignUp).await?;
    let token = OneTimeToken::of(&user.email, errand.flow.as_ref());
    store_confirmation(db, user, &token.hash, false)
        .await
        .saying("Error sending confirmation email")?;
    errand.begin(db, user, Method::SignUp).await?;
    let mail = Mail {
        to: &user.email,
        subject: "Confirm your e-mail address",
        kind: "signup",
        redirect_to: &errand.redirect_to,
    };
    mail.send(auth, &token).await
}

/// Stores a sign-in token for an invited user, and mails it.
pub(crate) async fn send_invitation(
    auth: &Auth,
    db: &mut PgConnection,
    user: &User,
    redirect_to: &str,
) -> Result<(), AuthError> {
    let token = OneTimeToken::new(&user.email);
    store_confirmation(db, user, &token.hash, true)
        .await
        .saying("Error inviting user")?;
    let mail = Mail {
        to: &user.email,
        subject: "You have been invited",
        kind: "invite",
        redirect_to,
    };
    mail.send(auth, &token).await
}

/// Stores a token for signing in without a password, and mails it; `purpose` is
/// [`Method::Recovery`] or [`Method::MagicLink`].
pub(crate) async fn send_recovery(
    auth: &Auth,
    db: &mut PgConnection,
    user: &User,
    purpose: Method,
    errand: &Errand,
) -> Result<(), AuthError> {
    user.check_mail_frequency(db, auth, purpose).await?;
    let token = OneTimeToken::of(&user.email, errand.flow.as_ref());
    store_recovery(db, user, &token.hash)
        .await
        .saying("Error sending recovery email")?;
    errand.begin(db, user, purpose).await?;
    let subject = if matches!(purpose, Method::Recovery) {
        "Reset your password"
    } else {
        "Your sign-in link"
    };
    Mail {
        to: &user.email,
        subject,
        kind: purpose.name(),
        redirect_to: &errand.redirect_to,
    }
    .send(auth, &token)
    .await
}

/// Stores a code that proves again who changes a password, and mails it.
pub(crate) async fn send_reauthentication(
    auth: &Auth,
    db: &mut PgConnection,
    user: &User,
) -> Result<(), AuthError> {
    let token = OneTimeToken::new(&user.email);
    sqlx::query(
        "update auth.users set reauthentication_token = $2, reauthentication_sent_at = now(), updated_at = now() \
         where id = $1",
    )
    .bind(user.id)
    .bind(&token.hash)
    .execute(db)
    .await
    .saying("Error sending reauthentication email")?;
    Mail {
        to: &user.email,
        subject: "Confirm that it is you",
        kind: "reauthentication",
        redirect_to: &auth.options.site_url,
    }
    .send(auth, &token)
    .await
}

/// Stores the tokens that verify a new address, and mails each to the address that it verifies.
pub(crate) async fn send_email_change(
    auth: &Auth,
    db: &mut PgConnection,
    user: &User,
    email: &str,
    errand: &Errand,
) -> Result<(), AuthError> {
    user.check_mail_frequency(db, auth, Method::EmailChange)
        .await?;
    let to_new = OneTimeToken::of(email, errand.flow.as_ref());
    let to_current = (auth.options.double_confirm_changes && !user.email.is_empty())
        .then(|| OneTimeToken::of(&user.email, errand.flow.as_ref()));
    store_email_change(
        db,
        user,
        email,
        to_current.as_ref().map(|token| token.hash.as_str()),
        Some(&to_new.hash),
    )
    .await
    .saying("Error sending email change email")?;
    errand.begin(db, user, Method::EmailChange).await?;
    let subject = "Confirm the change of your e-mail address";
    let mail = |to| Mail {
        to,
        subject,
        kind: "email_change",
        redirect_to: &errand.redirect_to,
    };
    if let Some(token) = &to_current {
        mail(&user.email).send(auth, token).await?;
    }
    mail(email).send(auth, &to_new).await
}

struct Mail<'a> {
    to: &'a str,
    subject: &'static str,
    kind: &'static str,
    redirect_to: &'a str,
}

impl Mail<'_> {
    async fn send(&self, auth: &Auth, token: &OneTimeToken) -> Result<(), AuthError> {
        let Some(outbox) = &auth.options.outbox else {
            return Ok(());
        };
        let link = action_link(auth, &token.hash, self.kind, self.redirect_to);
        let (subject, code) = (self.subject, &token.code);
        let in_html = link.replace('&', "&amp;").replace('"', "&quot;");
        let body = json!({
            "from": outbox.from,
            "to": [self.to],
            "subject": subject,
            "text": format!("{subject}\n\n{link}\n\nor enter this code: {code}\n"),
            "html": format!("<h2>{subject}</h2><p><a href=\"{in_html}\">{subject}</a></p><p>or enter this code: <b>{code}</b></p>"),
        });
        let sent = auth
            .http
            .post(format!("{}/emails", outbox.api_url.trim_end_matches('/')))
            .bearer_auth(&outbox.api_key)
            .json(&body)
            .send()
            .await
            .and_then(reqwest::Response::error_for_status);
        match sent {
            Ok(_) => Ok(()),
            Err(source) => {
                tracing::error!(error = %source.without_url(), mail.kind = self.kind, "auth.mail_failed");
                Err(AuthError::internal(format!(
                    "Error sending {} email",
                    self.kind
                )))
            }
        }
    }
}
