//! Conversations: what people text to us, what their owners answer, and whether words revoke consent.

use axum::{extract::State, http::StatusCode, response::Response};
use domain::{ConversationId, MAX_BODY_CHARACTERS};
use rows_as_user::RowsAsUser;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use web::{ApprovedUser, FieldErrors, Listing, Page, Path, ValidJson, ValidQuery, Validate};

use crate::{
    answers::{Json, Listed},
    fields::not_null,
    idempotency_key::IdempotencyKey,
    patience::PATIENCE,
    rows_failure,
    shapes::{self, Conversation, ConversationWithMessages},
    state::DashboardState,
};

type Failure = rows_failure::Failure<rows_failure::Conversation>;

const LONGEST_NOTE: usize = 1000;

pub(crate) fn routes() -> OpenApiRouter<DashboardState> {
    OpenApiRouter::new()
        .routes(routes!(list_conversations))
        .routes(routes!(get_conversation))
        .routes(routes!(reply))
        .routes(routes!(mark_read))
        .routes(routes!(review))
}

/// Which conversations to list.
#[derive(Debug)]
struct ConversationList {
    page: Page,
    needs_review: Option<bool>,
    unread: Option<bool>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ConversationListInput {
    /// From 1.
    #[param(minimum = 1, default = 1)]
    page: Option<usize>,
    /// Rows on a page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    per_page: Option<usize>,
    /// Whose words wait for a decision, or not.
    needs_review: Option<bool>,
    /// With unread messages, or without.
    unread: Option<bool>,
}

impl Validate for ConversationList {
    type Input = ConversationListInput;

    fn validate(input: ConversationListInput, errors: &mut FieldErrors) -> Option<Self> {
        Some(Self {
            page: Page::read(input.page, input.per_page, errors),
            needs_review: input.needs_review,
            unread: input.unread,
        })
    }
}

/// A page of conversations, the last written first.
#[utoipa::path(get, path = "/api/conversations", tag = "Conversations", params(ConversationListInput), responses((status = 200, description = "A page of conversations.", body = Listing<Conversation>)))]
async fn list_conversations(
    user: ApprovedUser,
    State(rows): State<RowsAsUser>,
    ValidQuery(list): ValidQuery<ConversationList>,
) -> Result<Response, Failure> {
    let mut arguments = json!({
        "page_limit": list.page.per_page,
        "page_offset": list.page.offset(),
    });
    if let Some(needs_review) = list.needs_review {
        arguments["needs_review"] = json!(needs_review);
    }
    if let Some(unread) = list.unread {
        arguments["unread"] = json!(unread);
    }
    let json = rows
        .call_for_json(&user.caller, "list_conversations", &arguments, PATIENCE)
        .await?;
    let page = list.page;
    Listed { json, page }.into_response().map_err(Into::into)
}

/// Which page of a conversation's messages.
#[derive(Debug)]
struct MessagePage(Page);

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct MessagePageInput {
    /// From 1.
    #[param(minimum = 1, default = 1)]
    page: Option<usize>,
    /// Rows on a page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    per_page: Option<usize>,
}

impl Validate for MessagePage {
    type Input = MessagePageInput;

    fn validate(input: MessagePageInput, errors: &mut FieldErrors) -> Option<Self> {
        Some(Self(Page::read(input.page, input.per_page, errors)))
    }
}

/// One conversation with a page of its messages, the newest first. `suppressed_for` says why the number can't be texted
/// now; `open_until`, until when it can be answered without consent.
#[utoipa::path(get, path = "/api/conversations/{id}", tag = "Conversations", params(("id" = ConversationId, Path), MessagePageInput), responses((status = 200, description = "The conversation.", body = ConversationWithMessages)))]
async fn get_conversation(
    user: ApprovedUser,
    State(rows): State<RowsAsUser>,
    Path(id): Path<ConversationId>,
    ValidQuery(MessagePage(page)): ValidQuery<MessagePage>,
) -> Result<Json, Failure> {
    let arguments = json!({
        "conversation_id": id,
        "page_limit": page.per_page,
        "page_offset": page.offset(),
    });
    let conversation = rows
        .call_for_json(&user.caller, "get_conversation", &arguments, PATIENCE)
        .await;
    Ok(Json(StatusCode::OK, conversation?))
}

/// An answer to a person.
#[derive(Debug)]
struct Reply(String);

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ReplyInput {
    #[schema(min_length = 1, max_length = 1600, example = "We open at nine.")]
    body: String,
}

impl Validate for Reply {
    type Input = ReplyInput;

    fn validate(input: ReplyInput, errors: &mut FieldErrors) -> Option<Self> {
        if input.body.trim().is_empty() || input.body.contains('\0') {
            errors.add("body", "message_body_required", "There is no text.");
        }
        if input.body.chars().count() > MAX_BODY_CHARACTERS {
            let detail = format!("A message has at most {MAX_BODY_CHARACTERS} characters.");
            errors.add("body", "message_body_too_long", detail);
        }
        Some(Self(input.body))
    }
}

#[derive(Serialize)]
struct ReplyArguments {
    conversation_id: ConversationId,
    body: String,
    #[serde(flatten)]
    key: IdempotencyKey,
}

/// Answers 202 with the message, which is pending; what becomes of it stands in the conversation. Refuses with
/// `conversation_not_found`, `reply_window_closed`, `phone_suppressed`, `phone_not_textable`, `country_not_allowed`,
/// `owner_not_approved`, `daily_limit_exceeded` or `too_many_replies`.
#[utoipa::path(post, path = "/api/conversations/{id}/reply", tag = "Conversations", params(("id" = ConversationId, Path), ("Idempotency-Key" = Option<String>, Header, description = "With it, a repeated request within 24 hours texts nobody again and answers the same message.", min_length = 1, max_length = 255)), request_body = ReplyInput, responses((status = 202, description = "The message, which is pending.", body = shapes::Reply), (status = 409, description = "`reply_window_closed`"), (status = 429, description = "`too_many_replies`")))]
async fn reply(
    user: ApprovedUser,
    State(rows): State<RowsAsUser>,
    Path(conversation_id): Path<ConversationId>,
    key: IdempotencyKey,
    ValidJson(Reply(body)): ValidJson<Reply>,
) -> Result<Json, Failure> {
    let arguments = ReplyArguments {
        conversation_id,
        body,
        key,
    };
    let message = rows
        .call_for_json(&user.caller, "reply_to_conversation", &arguments, PATIENCE)
        .await;
    Ok(Json(StatusCode::ACCEPTED, message?))
}

/// Whether a conversation that was read is closed, or opened again.
#[derive(Debug, Default, Serialize)]
struct ReadMark {
    #[serde(skip_serializing_if = "Option::is_none")]
    closed: Option<bool>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ReadMarkInput {
    #[serde(default, deserialize_with = "not_null")]
    /// Whether it is closed too, or opened again.
    #[schema(nullable = false, example = true)]
    closed: Option<bool>,
}

impl Validate for ReadMark {
    type Input = ReadMarkInput;

    fn validate(input: ReadMarkInput, _errors: &mut FieldErrors) -> Option<Self> {
        Some(Self {
            closed: input.closed,
        })
    }
}

#[derive(Serialize)]
struct ReadArguments {
    conversation_id: ConversationId,
    #[serde(flatten)]
    mark: ReadMark,
}

/// Nothing of the conversation is unread any more.
#[utoipa::path(post, path = "/api/conversations/{id}/read", tag = "Conversations", params(("id" = ConversationId, Path)), request_body = Option<ReadMarkInput>, responses((status = 200, description = "The conversation.", body = Conversation)))]
async fn mark_read(
    user: ApprovedUser,
    State(rows): State<RowsAsUser>,
    Path(conversation_id): Path<ConversationId>,
    mark: Option<ValidJson<ReadMark>>,
) -> Result<Json, Failure> {
    let mark = mark.map_or_else(ReadMark::default, |ValidJson(mark)| mark);
    let arguments = ReadArguments {
        conversation_id,
        mark,
    };
    let conversation = rows
        .call_for_json(&user.caller, "read_conversation", &arguments, PATIENCE)
        .await;
    Ok(Json(StatusCode::OK, conversation?))
}

/// What a person decides about words that probably revoke.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Review {
    revoked: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
}

/// A decision that is misspelt or null is refused: nobody is texted again by mistake.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ReviewInput {
    /// Whether the words revoke consent.
    revoked: bool,
    #[serde(default, deserialize_with = "not_null")]
    /// Needed where they do not.
    #[schema(
        nullable = false,
        max_length = 1000,
        example = "Asked about another shop."
    )]
    note: Option<String>,
}

impl Validate for Review {
    type Input = ReviewInput;

    fn validate(input: ReviewInput, errors: &mut FieldErrors) -> Option<Self> {
        if input
            .note
            .as_ref()
            .is_some_and(|note| note.chars().count() > LONGEST_NOTE)
        {
            let detail = format!("A note has at most {LONGEST_NOTE} characters.");
            errors.add("note", "too_long", detail);
        }
        Some(Self {
            revoked: input.revoked,
            note: input.note,
        })
    }
}

#[derive(Serialize)]
struct ReviewArguments {
    conversation_id: ConversationId,
    #[serde(flatten)]
    review: Review,
}

/// Decides whether words revoke. Refuses with `review_not_needed`, or `review_note_required` if they don't and nobody says
/// why.
#[utoipa::path(post, path = "/api/conversations/{id}/review", tag = "Conversations", params(("id" = ConversationId, Path)), request_body = ReviewInput, responses((status = 200, description = "The conversation.", body = Conversation), (status = 409, description = "`review_not_needed`")))]
async fn review(
    user: ApprovedUser,
    State(rows): State<RowsAsUser>,
    Path(conversation_id): Path<ConversationId>,
    ValidJson(review): ValidJson<Review>,
) -> Result<Json, Failure> {
    let arguments = ReviewArguments {
        conversation_id,
        review,
    };
    let conversation = rows
        .call_for_json(&user.caller, "review_conversation", &arguments, PATIENCE)
        .await;
    Ok(Json(StatusCode::OK, conversation?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::validated::read;

    #[test]
    fn nothing_that_is_misspelt_decides_about_consent() {
        for json in [
            json!({}),
            json!({ "revoked": null }),
            json!({ "revoked": "false" }),
            json!({ "revoke": false }),
            json!({ "revoked": false, "note": null }),
            json!({ "revoked": false, "notes": "x" }),
            json!({ "revoked": false, "note": "x".repeat(1001) }),
        ] {
            assert!(read::<Review>(json.clone()).is_err(), "{json}");
        }
        let wanted = Review {
            revoked: true,
            note: None,
        };
        assert_eq!(read::<Review>(json!({ "revoked": true })), Ok(wanted));
    }

    #[test]
    fn an_answer_has_a_text() {
        for json in [
            json!({}),
            json!({ "body": null }),
            json!({ "body": " \n" }),
            json!({ "body": "a\0" }),
            json!({ "body": "x".repeat(1601) }),
            json!({ "body": "x", "to": "+14155550100" }),
        ] {
            assert!(read::<Reply>(json.clone()).is_err(), "{json}");
        }
        assert_eq!(
            read::<Reply>(json!({ "body": "x".repeat(1600) }))
                .unwrap()
                .0
                .len(),
            1600
        );
    }
}
