mod request;

use std::time::Duration;

use axum::{
    Router,
    extract::State,
    http::StatusCode,
    routing::{get, post, put},
};
use domain::CampaignId;
use rows_as_user::{Direction, Filter, RowsAsUser, Selection};
use serde_json::json;
use web::{ApprovedUser, Path, ValidJson, ValidQuery};

use self::request::{CampaignChanges, CampaignList, MessageList, NewCampaign};
use crate::{
    answers::{Created, Row, Rows},
    rows_failure,
    state::DashboardState,
};

type Failure = rows_failure::Failure<rows_failure::Campaign>;

const TABLE: &str = "campaigns";
/// As long as the database gives a launch: a million recipients take it some seconds.
const LAUNCH_PATIENCE: Duration = Duration::from_mins(5);

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
        .route("/api/campaigns/{id}/messages", get(list_campaign_messages))
}

pub(crate) fn launch_route() -> Router<DashboardState> {
    Router::new().route("/api/campaigns/{id}/send", post(send_campaign))
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

async fn send_campaign(
    user: ApprovedUser,
    State(rows): State<RowsAsUser>,
    Path(id): Path<CampaignId>,
) -> Result<Row, Failure> {
    let arguments = json!({ "campaign_id": id });
    let row = rows
        .call(&user.caller, "launch_campaign", &arguments, LAUNCH_PATIENCE)
        .await;
    Ok(Row(row?))
}

async fn list_campaign_messages(
    user: ApprovedUser,
    State(rows): State<RowsAsUser>,
    Path(id): Path<CampaignId>,
    ValidQuery(list): ValidQuery<MessageList>,
) -> Result<Rows, Failure> {
    // No messages and no such campaign are different answers.
    rows.get(&user.caller, TABLE, "id", id).await?;
    let mut selection = Selection::new("campaign_messages", "*")
        .filter(Filter::Equal("campaign_id", id.to_string()))
        .order("position", Direction::Ascending)
        .page(list.page.offset(), list.page.per_page);
    if let Some(status) = list.status {
        selection = selection.filter(Filter::Equal("status", status.to_string()));
    }
    let rows = rows
        .list(&user.caller, &selection)
        .await
        .map_err(rows_failure::Failure::<rows_failure::CampaignMessage>::from)?;
    Ok(Rows {
        rows,
        page: list.page,
    })
}
