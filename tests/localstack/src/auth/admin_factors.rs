//! `/admin/users/{id}/factors`, for the bearer of a service token.

use axum::{
    Json,
    extract::{Path, State},
};
use serde::Deserialize;

use super::{
    admin::existing,
    caller::{Admin, Body, or_default},
    error::{AuthError, Saying},
    factors::Factor,
    session,
    state::Auth,
};

pub(crate) async fn list_factors(
    State(auth): State<Auth>,
    _: Admin,
    Path(user): Path<String>,
) -> Result<Json<Vec<Factor>>, AuthError> {
    let user = existing(&mut *auth.pool.acquire().await?, &user).await?;
    Ok(Json(user.factors))
}

#[derive(Debug, Deserialize)]
pub(crate) struct FactorSettings {
    #[serde(default, deserialize_with = "or_default")]
    friendly_name: String,
}

pub(crate) async fn update_factor(
    State(auth): State<Auth>,
    _: Admin,
    Path((user, id)): Path<(String, String)>,
    Body(wanted): Body<FactorSettings>,
) -> Result<Json<Factor>, AuthError> {
    let mut db = auth.pool.acquire().await?;
    let user = existing(&mut db, &user).await?;
    let factor = Factor::find(&user.factors, &id)?;
    if !wanted.friendly_name.is_empty() {
        sqlx::query(
            "update auth.mfa_factors set friendly_name = $2, updated_at = now() where id = $1",
        )
        .bind(factor.id)
        .bind(&wanted.friendly_name)
        .execute(&mut *db)
        .await?;
    }
    let factors = Factor::of_user(&mut db, user.id).await?;
    Factor::find(&factors, &id).cloned().map(Json)
}

pub(crate) async fn delete_factor(
    State(auth): State<Auth>,
    _: Admin,
    Path((user, id)): Path<(String, String)>,
) -> Result<Json<Factor>, AuthError> {
    let mut tx = auth.pool.begin().await?;
    let user = existing(&mut tx, &user).await?;
    let factor = Factor::find(&user.factors, &id)?;
    session::delete_factor(&mut tx, factor.id)
        .await
        .saying("Database error deleting factor")?;
    tx.commit().await?;
    Ok(Json(factor.clone()))
}
