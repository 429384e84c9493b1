//! Routes as they are described: where no query is described, none is taken.

use std::{collections::HashMap, sync::Arc};

use axum::{
    RequestPartsExt as _, Router,
    extract::{MatchedPath, Request},
    http::{Method, request::Parts},
    middleware::{self, Next},
    response::{IntoResponse as _, Response},
};
use serde::Deserialize;
use utoipa::openapi::{OpenApi, RefOr, path::ParameterIn};
use utoipa_axum::router::OpenApiRouter;

use crate::{ApiError, ValidQuery, api_error::FieldErrors, validate::Validate};

/// The routes. Those that are described without a query refuse one with 422, as the others refuse what they don't know.
pub fn routes<S: Clone + Send + Sync + 'static>(described: OpenApiRouter<S>) -> Router<S> {
    let (router, api) = described.split_for_parts();
    let without = Arc::new(without_query(&api));
    router.route_layer(middleware::from_fn(move |request: Request, next: Next| {
        let without = Arc::clone(&without);
        async move { refuse_query(&without, request, next).await }
    }))
}

/// By a path with the names of its parameters, and a method: whether anybody may call.
type Operations = HashMap<(String, Method), bool>;

fn without_query(api: &OpenApi) -> Operations {
    let mut operations = Operations::new();
    for (path, item) in &api.paths.paths {
        for (method, operation) in [
            (Method::GET, &item.get),
            (Method::PUT, &item.put),
            (Method::POST, &item.post),
            (Method::PATCH, &item.patch),
            (Method::DELETE, &item.delete),
        ] {
            let Some(operation) = operation else { continue };
            let mut parameters = operation.parameters.iter().flatten();
            // A token that opens a stream stands in the query, too.
            let by_token = operation
                .security
                .as_ref()
                .is_some_and(|ways| ways.len() > 1);
            if !by_token && parameters.all(|parameter| {
                    matches!(parameter, RefOr::T(it) if it.parameter_in != ParameterIn::Query)
                }) {
                let is_public = operation.security.is_some();
                operations.insert((path.clone(), method), is_public);
            }
        }
    }
    operations
}

/// The extension of a request whose route takes no query.
#[derive(Debug, Clone, Copy)]
struct TakesNoQuery;

async fn refuse_query(without: &Operations, mut request: Request, next: Next) -> Response {
    let path = request.extensions().get::<MatchedPath>();
    let operation = path.map(|path| (path.as_str().to_owned(), request.method().clone()));
    let is_public = operation.and_then(|operation| without.get(&operation).copied());
    let Some(is_public) = is_public else {
        return next.run(request).await;
    };
    request.extensions_mut().insert(TakesNoQuery);
    // Whoever has to say first who they are is told that first: see `VerifiedUser`.
    if is_public {
        let (mut parts, body) = request.into_parts();
        if let Err(refused) = check_query(&mut parts).await {
            return refused.into_response();
        }
        request = Request::from_parts(parts, body);
    }
    next.run(request).await
}

/// Refuses a query of a route that takes none.
///
/// # Errors
/// 422 with each parameter.
pub(crate) async fn check_query(parts: &mut Parts) -> Result<(), ApiError> {
    if parts.extensions.get::<TakesNoQuery>().is_some() {
        parts.extract::<ValidQuery<Nothing>>().await?;
    }
    Ok(())
}

/// A query without parameters.
struct Nothing;

#[derive(Deserialize)]
struct NothingInput {}

impl Validate for Nothing {
    type Input = NothingInput;

    fn validate(_: NothingInput, _: &mut FieldErrors) -> Option<Self> {
        Some(Self)
    }
}
