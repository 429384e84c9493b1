//! `dnwerks why PHONE|MESSAGE|EMAIL`: a whole story in the order of time, and how things stand now.
#![allow(clippy::print_stdout, reason = "this subcommand talks to a person")]

mod event;
mod message;
mod number;
mod told;
mod user;

use anyhow::{Result, bail};
use clap::Args;
use rows_as_service::{Database, Profiles, consent::Consents, people::People};

use crate::{
    person::{number as phone_number, said},
    story::{Story, in_order, plain},
};

use self::told::Told;

/// What `dnwerks why --help` teaches.
pub const AFTER_HELP: &str = "\
Examples:
  dnwerks why +14155550100                              why she is, or is not, texted
  dnwerks why SM0123456789abcdef0123456789abcdef        why a message was, or was not, sent; by Twilio's id or ours
  dnwerks why ann@example.com                           why a user can't sign in, or gets no mails

The last line says how things stand now.";

/// Whose story, and how to reach the database.
#[derive(Debug, Args)]
#[group(skip)]
pub struct TellWhy {
    /// A number, a message's id (ours, or Twilio's SM…), or a user's e-mail address.
    #[arg(value_name = "PHONE|MESSAGE|EMAIL")]
    what: String,

    /// All fields, as JSON.
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    database: rows_as_service::Settings,
}

/// What somebody asks about.
enum Subject {
    Number(String),
    Message(String),
    User(String),
}

/// Tells it.
pub async fn tell(settings: TellWhy) -> Result<()> {
    let subject = Subject::of(&settings.what)?;
    let database = Database::connect(&settings.database, "dnwerks why").await?;
    let people = People::new(database.clone());
    let told = match subject {
        Subject::Number(phone) => of_number(database, &people, &phone).await?,
        Subject::Message(id) => {
            let json = people.story_of_message(&id).await?;
            match message::told(json)? {
                Some(told) => told,
                None => bail!("there is no message with this id, and none is on record"),
            }
        }
        Subject::User(email) => {
            let buckets = accounts::buckets_of(&email);
            user::told(&email, people.story_of_user(&email, &buckets).await?)?
        }
    };
    if settings.json {
        println!("{:#}", told.json);
        return Ok(());
    }
    print!("{}", in_order(told.lines));
    println!("{}", plain(&told.verdict));
    Ok(())
}

async fn of_number(database: Database, people: &People, phone: &str) -> Result<Told> {
    let text = Consents::new(database.clone()).story(phone, None).await;
    let text = text.map_err(said)?;
    let events = people.events_of_number(phone).await.map_err(said)?;
    let story: Story = serde_json::from_str(&text)?;
    let emails = Profiles::new(database).emails(&story.profiles()).await?;
    number::told(serde_json::from_str(&text)?, events, &story, &emails)
}

impl Subject {
    fn of(text: &str) -> Result<Self> {
        let is_sid = text.len() == 34
            && ["SM", "MM"].iter().any(|kind| text.starts_with(kind))
            && text[2..].chars().all(|letter| letter.is_ascii_hexdigit());
        if text.contains('@') {
            Ok(Self::User(text.trim().to_owned()))
        } else if is_sid {
            Ok(Self::Message(text.to_owned()))
        } else if let Ok(id) = uuid::Uuid::parse_str(text) {
            Ok(Self::Message(id.to_string()))
        } else {
            Ok(Self::Number(phone_number(text)?))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_about_is_told_by_its_form() {
        let kind = |text: &str| match Subject::of(text) {
            Ok(Subject::Number(phone)) => format!("number {phone}"),
            Ok(Subject::Message(id)) => format!("message {id}"),
            Ok(Subject::User(email)) => format!("user {email}"),
            Err(error) => error.to_string(),
        };
        assert_eq!(kind("(415) 555-0100"), "number +14155550100");
        assert_eq!(kind("Ann@example.com"), "user Ann@example.com");
        let sid = "SM0123456789abcdef0123456789abcdef";
        assert_eq!(kind(sid), format!("message {sid}"));
        let id = "0199C0DE-0000-7000-8000-000000000001";
        assert_eq!(kind(id), format!("message {}", id.to_lowercase()));
        assert!(kind("Ann").contains("write it as +14155550100"));
        assert!(kind("SMé56789abcdef0123456789abcdef012").contains("write it as"));
    }
}
