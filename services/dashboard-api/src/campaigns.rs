//! Campaigns: writing them, what people do to them, what sending them would do, and their messages.

pub(crate) mod events;
mod lifecycle;
mod preview;
mod request;
mod table;
mod test_sends;

use axum::{
    Router,
    extract::State,
    http::StatusCode,
    routing::{get, post, put},
};
use domain::CampaignId;
use rows_as_user::{Direction, Filter, RowsAsUser};
use web::{ApprovedUser, Path, ValidJson, ValidQuery};

use self::{
    events::{make_campaign_token, watch_campaign},
    lifecycle::{
        cancel_campaign, duplicate_campaign, pause_campaign, resolve_message, resume_campaign,
        retry_failed_messages, send_campaign,
    },
    preview::preview_campaign,
    request::{CampaignChanges, CampaignList, NewCampaign},
    table::TABLE,
    test_sends::{get_test, list_tests, test_campaign},
};
use crate::{
    answers::{Created, Row, Rows},
    messages::MessageList,
    rows_failure,
    state::DashboardState,
};

type Failure = rows_failure::Failure<rows_failure::Campaign>;
type MessagesFailure = rows_failure::Failure<rows_failure::CampaignMessage>;

pub(crate) fn routes() -> Router<DashboardState> {
    Router::new()
        .route("/api/campaigns", get(list_campaigns).post(create_campaign))
        .route(
            "/api/campaigns/{id}",
            put(update_campaign)
                .patch(update_campaign)
                .get(get_campaign)
                .delete(delete_campaign),
        )
        .route("/api/campaigns/{id}/pause", post(pause_campaign))
        .route("/api/campaigns/{id}/resume", post(resume_campaign))
        .route("/api/campaigns/{id}/cancel", post(cancel_campaign))
        .route("/api/campaigns/{id}/duplicate", post(duplicate_campaign))
        .route(
            "/api/campaigns/{id}/retry-failed",
            post(retry_failed_messages),
        )
        .route("/api/campaigns/{id}/tests", get(list_tests))
        .route("/api/campaigns/{id}/tests/{test_id}", get(get_test))
        .route("/api/campaigns/{id}/events", get(watch_campaign))
        .route(
            "/api/campaigns/{id}/events/token",
            post(make_campaign_token),
        )
        .route("/api/campaigns/{id}/messages", get(list_campaign_messages))
        .route(
            "/api/campaigns/{id}/messages/{message_id}/resolve",
            post(resolve_message),
        )
}

/// The routes that may take minutes.
pub(crate) fn long_routes() -> Router<DashboardState> {
    Router::new()
        .route("/api/campaigns/{id}/send", post(send_campaign))
        .route("/api/campaigns/{id}/preview", get(preview_campaign))
        .route("/api/campaigns/{id}/test", post(test_campaign))
}

async fn list_campaigns(
    user: ApprovedUser,
    State(rows): State<RowsAsUser>,
    ValidQuery(list): ValidQuery<CampaignList>,
) -> Result<Rows, Failure> {
    let page = list.page;
    let rows = rows.list(&user.caller, &list.selection(TABLE)).await;
    Ok(Rows { rows: rows?, page })
}

async fn create_campaign(
    user: ApprovedUser,
    State(rows): State<RowsAsUser>,
    ValidJson(campaign): ValidJson<NewCampaign>,
) -> Result<Created, Failure> {
    let row = rows.insert(&user.caller, TABLE, &campaign.0).await;
    Ok(Created(row?))
}

async fn get_campaign(
    user: ApprovedUser,
    State(rows): State<RowsAsUser>,
    Path(id): Path<CampaignId>,
) -> Result<Row, Failure> {
    let row = rows.get(&user.caller, TABLE, "*", id).await;
    Ok(Row(row?))
}

async fn update_campaign(
    user: ApprovedUser,
    State(rows): State<RowsAsUser>,
    Path(id): Path<CampaignId>,
    ValidJson(changes): ValidJson<CampaignChanges>,
) -> Result<Row, Failure> {
    let row = rows.update(&user.caller, TABLE, id, &changes.0).await;
    Ok(Row(row?))
}

async fn delete_campaign(
    user: ApprovedUser,
    State(rows): State<RowsAsUser>,
    Path(id): Path<CampaignId>,
) -> Result<StatusCode, Failure> {
    rows.delete(&user.caller, TABLE, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn list_campaign_messages(
    user: ApprovedUser,
    State(rows): State<RowsAsUser>,
    Path(id): Path<CampaignId>,
    ValidQuery(list): ValidQuery<MessageList>,
) -> Result<Rows, Failure> {
    // No messages and no such campaign are different answers.
    rows.get(&user.caller, TABLE, "id", id).await?;
    let page = list.page;
    let whose = Filter::Equal("campaign_id", id.to_string());
    let rows = rows
        .list(
            &user.caller,
            &list.selection(whose, "position", Direction::Ascending),
        )
        .await
        .map_err(MessagesFailure::from)?;
    Ok(Rows { rows, page })
}
