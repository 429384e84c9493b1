//! What happened, in words.

use serde_json::Value;

use super::What;
use crate::story::{because, meaning, moment, quoted};

impl What {
    pub(super) fn of_message(&self) -> Option<String> {
        Some(match self {
            Self::Recipient {
                campaign,
                account,
                message_id,
            } => format!(
                "became a recipient of {campaign} of {}: message {message_id}",
                whose(account.as_deref())
            ),
            Self::Taken {
                worker,
                doubt_at,
                looks: 0,
            } => format!(
                "taken by a worker ({worker}), in doubt from {}",
                moment(*doubt_at)
            ),
            Self::Taken { worker, looks, .. } => {
                format!("taken by a worker ({worker}), looked for at Twilio {looks} times since")
            }
            Self::AttemptEnded {
                sid,
                reason,
                error_code,
            } => format!("an attempt ended: {sid}, {reason}{}", meaning(*error_code)),
            Self::InDoubt => "in doubt: nobody knows whether Twilio has it".to_owned(),
            Self::CallbackWaits { sid, status } => {
                format!("that {sid} is {status} waits to be recorded")
            }
            Self::MessageDeleted { message_id } => {
                format!("message {message_id} was deleted, and is only on record")
            }
            Self::Callback {
                sid,
                status,
                error_code,
            } => format!(
                "Twilio says: {} is {}{}",
                sid.as_deref().unwrap_or("a message"),
                status.as_deref().unwrap_or("unknown"),
                meaning(*error_code)
            ),
            Self::CampaignChanged { status, reason } => {
                format!("the campaign became {status}{}", because(reason.as_deref()))
            }
            _ => return None,
        })
    }

    pub(super) fn of_customer(&self) -> Option<String> {
        Some(match self {
            Self::CustomerCreated {
                account,
                import_id,
                file_name,
                once,
            } => {
                let door = match import_id {
                    Some(id) => format!("by the import of {}", file(file_name.as_deref(), id)),
                    None if *once => "by a request with an Idempotency-Key".to_owned(),
                    None => "by the API or PostgREST".to_owned(),
                };
                format!("became a customer of {} {door}", whose(account.as_deref()))
            }
            Self::CustomerChanged {
                account,
                status,
                inactive_reason,
            } => format!(
                "last changed as a customer of {}: now {}{}",
                whose(account.as_deref()),
                status.as_deref().unwrap_or("without a status"),
                because(inactive_reason.as_deref())
            ),
            Self::CustomerChangedByImport {
                account,
                import_id,
                file_name,
                before,
                after,
            } => {
                let changes = after.iter().map(|(field, new)| {
                    let old = before.get(field).unwrap_or(&Value::Null);
                    format!("{field} from {old} to {new}")
                });
                let changes: Vec<_> = changes.collect();
                format!(
                    "changed as a customer of {} by the import of {}: {}",
                    whose(account.as_deref()),
                    file(file_name.as_deref(), import_id),
                    changes.join(", ")
                )
            }
            Self::CustomerDeleted { account, by } => format!(
                "deleted as a customer of {} by {}; in the bin",
                whose(account.as_deref()),
                by.as_deref().unwrap_or("a service")
            ),
            Self::RowRejected {
                account,
                import_id,
                file_name,
                row,
                code,
                detail,
            } => format!(
                "row {row} of {} of {} was rejected: {code}, {detail}",
                file(file_name.as_deref(), import_id),
                whose(account.as_deref())
            ),
            _ => return None,
        })
    }

    pub(super) fn of_number(&self) -> Option<String> {
        Some(match self {
            Self::LookedUp {
                account,
                valid,
                line_type,
                country_code,
                validation_errors,
            } => {
                let mut facts = vec![if *valid { "valid" } else { "not valid" }];
                facts.extend(line_type.as_deref());
                facts.extend(country_code.as_deref());
                facts.extend(validation_errors.iter().map(String::as_str));
                format!(
                    "looked up at Twilio by {}: {}",
                    whose(account.as_deref()),
                    facts.join(", ")
                )
            }
            Self::LeftOut {
                campaign,
                account,
                reason,
            } => format!(
                "left out of {campaign} of {}: {reason}",
                whose(account.as_deref())
            ),
            Self::Answered { account, body } => {
                format!("{} answered: {body:?}", whose(account.as_deref()))
            }
            Self::Reviewed { by, revoked, note } => format!(
                "{} decided that the words {} consent{}",
                by.as_deref().unwrap_or("a service"),
                if *revoked == Some(true) {
                    "revoke"
                } else {
                    "don't revoke"
                },
                quoted(": ", note.as_deref())
            ),
            Self::Erased { by, why } => format!(
                "erased by {}{}",
                by.as_deref().unwrap_or("an operator"),
                quoted(": ", why.as_deref())
            ),
            _ => return None,
        })
    }

    pub(super) fn of_user(&self) -> String {
        match self {
            Self::Invited {
                by,
                expires_at,
                revoked_at,
                notes,
            } => {
                let mut text = format!(
                    "invited by {}{}",
                    by.as_deref().unwrap_or("a service"),
                    quoted(", ", notes.as_deref())
                );
                if let Some(at) = revoked_at {
                    text.push_str(", taken back ");
                    text.push_str(&moment(*at));
                } else if let Some(at) = expires_at {
                    text.push_str(", until ");
                    text.push_str(&moment(*at));
                }
                text
            }
            Self::Registered {
                invited_by,
                by_invitation,
            } => match (invited_by, by_invitation) {
                (Some(by), _) => format!("registered, invited by {by}"),
                (None, true) => "registered by an invitation".to_owned(),
                (None, false) => "registered, or was created by an operator".to_owned(),
            },
            Self::AddressConfirmed => "confirmed the address".to_owned(),
            Self::Approved => "approved".to_owned(),
            Self::SignedInLast => "signed in, for the last time so far".to_owned(),
            Self::UserDeleted => "deleted".to_owned(),
            Self::Mail {
                mail,
                state,
                attempts,
                finished_at,
                error,
            } => format!(
                "mail {mail}: {state}{}, {attempts} attempts{}",
                finished_at.map_or_else(String::new, |at| format!(" {}", moment(at))),
                quoted(", ", error.as_deref())
            ),
            Self::MailEvent {
                mail,
                event,
                detail,
            } => format!(
                "Resend says: mail {mail} {event}{}",
                quoted(", ", detail.as_deref())
            ),
            Self::MailSuppressed { reason, detail } => {
                format!("no more mails: {reason}{}", quoted(", ", detail.as_deref()))
            }
            Self::MailSuppressionLifted { reason, by, why } => format!(
                "mails again, no longer {reason}: {why:?}, by {}",
                by.as_deref().unwrap_or("a service")
            ),
            Self::ResetRequested => "asked for a password reset, which waits".to_owned(),
            Self::ResetOpened {
                by,
                reason,
                expires_at,
                state,
            } => format!(
                "password reset opened by {}{}, until {}: {state}",
                by.as_deref().unwrap_or("the user"),
                quoted(", ", reason.as_deref()),
                moment(*expires_at)
            ),
            Self::ResetUsed => "set a new password by the mailed link".to_owned(),
            other => format!("{other:?}"),
        }
    }
}

fn whose(account: Option<&str>) -> &str {
    account.unwrap_or("nobody")
}

fn file(name: Option<&str>, import: &str) -> String {
    match name {
        Some(name) => format!("{name:?} ({import})"),
        None => format!("a file ({import})"),
    }
}
