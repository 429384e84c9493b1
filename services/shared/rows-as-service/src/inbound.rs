//! Messages that people text to us.

use domain::InboundKeyword;

use crate::DatabaseError;

handle! {
    /// Messages that people text to us.
    Inbound
}

/// One message as Twilio posts it.
#[derive(Debug, Clone)]
pub struct InboundMessage<'a> {
    /// Twilio's id; the same one again is the same message.
    pub sid: &'a str,
    /// Who wrote it.
    pub phone: &'a str,
    /// To which of our numbers.
    pub our_number: Option<&'a str>,
    /// Through which messaging service.
    pub messaging_service_sid: Option<&'a str>,
    /// Its text; without NUL.
    pub body: &'a str,
    /// Pictures and the like.
    pub num_media: i32,
    /// What its text asks for.
    pub keyword: InboundKeyword,
    /// What to answer to a STOP; `None` if Twilio answers itself.
    pub stop_answer: Option<&'a str>,
    /// What to answer to a HELP; `None` if Twilio answers itself.
    pub help_answer: Option<&'a str>,
    /// The request's body, to be kept.
    pub payload: &'a str,
}

/// What became of an inbound message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// Its keyword as it was acted on; a START that lifted nothing is `other`.
    pub acted_on: String,
    /// What to answer.
    pub answer: Option<String>,
}

impl Inbound {
    /// Keeps a message and does what it asks for, in one transaction. The same message again changes nothing and gets
    /// the same answer.
    ///
    /// # Errors
    /// [`DatabaseError`] from the database; then nothing has happened, and the call may be repeated.
    pub async fn receive(&self, message: &InboundMessage<'_>) -> Result<Received, DatabaseError> {
        let received = sqlx::query!(
            r#"
            select acted_on as "acted_on!", answer
            from private.receive_inbound($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
            "#,
            message.sid,
            message.phone,
            message.our_number,
            message.messaging_service_sid,
            message.body,
            message.num_media,
            message.keyword.as_str(),
            message.stop_answer,
            message.help_answer,
            message.payload,
        )
        .fetch_one(self.pool())
        .await?;
        Ok(Received {
            acted_on: received.acted_on,
            answer: received.answer,
        })
    }

    /// Whether a request to a number that was suppressed a moment ago may still begin. Once false, it stays so.
    pub async fn sends_may_begin(&self, phone: &str) -> Result<bool, DatabaseError> {
        let may_begin = sqlx::query_scalar!(
            r#"select private.sends_may_begin($1) as "may_begin!""#,
            phone
        )
        .fetch_one(self.pool())
        .await?;
        Ok(may_begin)
    }
}
