//! Campaigns: writing them, what people do to them, what sending them would do, and their messages.

pub(crate) mod events;
mod lifecycle;
mod list;
mod preview;
mod request;
mod table;
mod test_sends;

use axum::{extract::State, http::StatusCode};
use domain::CampaignId;
use rows_as_user::{Direction, Filter, RowsAsUser};
use serde_json::json;
use utoipa_axum::{router::OpenApiRouter, routes};
use web::{ApprovedUser, Listing, Path, ValidJson, ValidQuery};

use self::{
    list::{CampaignList, CampaignListInput},
    request::{CampaignChanges, CampaignInput, NewCampaign, NewCampaignInput},
    table::TABLE,
};
use crate::{
    answers::{Created, Row, Rows},
    messages::{MessageList, MessageListInput},
    patience::PATIENCE_FOR_FIVE_MINUTES,
    rows_failure,
    shapes::{Campaign, CampaignMessage},
    state::DashboardState,
};

type Failure = rows_failure::Failure<rows_failure::Campaign>;
type MessagesFailure = rows_failure::Failure<rows_failure::CampaignMessage>;

pub(crate) fn routes() -> OpenApiRouter<DashboardState> {
    OpenApiRouter::new()
        .routes(routes!(list_campaigns, create_campaign))
        .routes(routes!(update_campaign, get_campaign))
        .routes(routes!(lifecycle::pause_campaign))
        .routes(routes!(lifecycle::resume_campaign))
        .routes(routes!(lifecycle::cancel_campaign))
        .routes(routes!(lifecycle::duplicate_campaign))
        .routes(routes!(test_sends::list_tests))
        .routes(routes!(test_sends::get_test))
        .routes(routes!(events::watch_campaign))
        .routes(routes!(events::make_campaign_token))
        .routes(routes!(list_campaign_messages))
        .routes(routes!(lifecycle::resolve_message))
}

/// The routes that may take minutes.
pub(crate) fn long_routes() -> OpenApiRouter<DashboardState> {
    OpenApiRouter::new()
        .routes(routes!(delete_campaign))
        .routes(routes!(lifecycle::send_campaign))
        .routes(routes!(lifecycle::retry_failed_messages))
        .routes(routes!(preview::preview_campaign))
        .routes(routes!(test_sends::test_campaign))
}

/// Lists campaigns.
#[utoipa::path(get, path = "/api/campaigns", tag = "Campaigns", params(CampaignListInput), responses((status = 200, description = "A page of campaigns.", body = Listing<Campaign>)))]
async fn list_campaigns(
    user: ApprovedUser,
    State(rows): State<RowsAsUser>,
    ValidQuery(list): ValidQuery<CampaignList>,
) -> Result<Rows, Failure> {
    let page = list.page;
    let rows = rows.list(&user.caller, &list.selection(TABLE)).await;
    Ok(Rows { rows: rows?, page })
}

/// Creates a campaign. With a time it is scheduled, unless it names another status.
#[utoipa::path(post, path = "/api/campaigns", tag = "Campaigns", request_body = NewCampaignInput, responses((status = 201, description = "The new campaign.", body = Campaign)))]
async fn create_campaign(
    user: ApprovedUser,
    State(rows): State<RowsAsUser>,
    ValidJson(campaign): ValidJson<NewCampaign>,
) -> Result<Created, Failure> {
    let row = rows.insert(&user.caller, TABLE, &campaign.0).await;
    Ok(Created(row?))
}

/// Shows a campaign with its counters.
#[utoipa::path(get, path = "/api/campaigns/{id}", tag = "Campaigns", params(("id" = CampaignId, Path)), responses((status = 200, description = "The campaign.", body = Campaign)))]
async fn get_campaign(
    user: ApprovedUser,
    State(rows): State<RowsAsUser>,
    Path(id): Path<CampaignId>,
) -> Result<Row, Failure> {
    let row = rows.get(&user.caller, TABLE, "*", id).await;
    Ok(Row(row?))
}

/// Changes what is named of a campaign.
#[utoipa::path(method(put, patch), path = "/api/campaigns/{id}", tag = "Campaigns", params(("id" = CampaignId, Path)), request_body = CampaignInput, responses((status = 200, description = "The campaign as it is now.", body = Campaign), (status = 409, description = "`campaign_already_launched`, `campaign_status_not_allowed`")))]
async fn update_campaign(
    user: ApprovedUser,
    State(rows): State<RowsAsUser>,
    Path(id): Path<CampaignId>,
    ValidJson(changes): ValidJson<CampaignChanges>,
) -> Result<Row, Failure> {
    let row = rows.update(&user.caller, TABLE, id, &changes.0).await;
    Ok(Row(row?))
}

/// Deletes a campaign that is not being sent.
#[utoipa::path(delete, path = "/api/campaigns/{id}", tag = "Campaigns", params(("id" = CampaignId, Path)), responses((status = 204, description = "Deleted."), (status = 409, description = "`campaign_sending`")))]
async fn delete_campaign(
    user: ApprovedUser,
    State(rows): State<RowsAsUser>,
    Path(id): Path<CampaignId>,
) -> Result<StatusCode, Failure> {
    let arguments = json!({ "campaign_id": id });
    rows.call(
        &user.caller,
        "delete_campaign",
        &arguments,
        PATIENCE_FOR_FIVE_MINUTES,
    )
    .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Lists a campaign's messages.
#[utoipa::path(get, path = "/api/campaigns/{id}/messages", tag = "Campaigns", params(("id" = CampaignId, Path), MessageListInput), responses((status = 200, description = "A page of messages, in the order of their positions.", body = Listing<CampaignMessage>)))]
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
