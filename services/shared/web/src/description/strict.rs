//! Routes as they are described: where no query is described, none is taken.

use std::{collections::HashMap, sync::Arc};

use axum::{
    RequestPartsExt as _, Router,
    extract::{MatchedPath, Request},
    http::{Method, header},
    middleware::{self, Next},
    response::{IntoResponse as _, Response},
};
use serde::Deserialize;
use utoipa::openapi::{OpenApi, RefOr, path::ParameterIn};
use utoipa_axum::router::OpenApiRouter;

use crate::{ValidQuery, api_error::FieldErrors, validate::Validate};

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

async fn refuse_query(without: &Operations, request: Request, next: Next) -> Response {
    let has_query = request.uri().query().is_some_and(|query| !query.is_empty());
    let path = request.extensions().get::<MatchedPath>();
    let operation = path.map(|path| (path.as_str().to_owned(), request.method().clone()));
    // Whoever has to say first who they are is told that first.
    let says_who = request.headers().contains_key(header::AUTHORIZATION);
    let takes_none = has_query
        && operation
            .and_then(|operation| without.get(&operation))
            .is_some_and(|is_public| *is_public || says_who);
    if !takes_none {
        return next.run(request).await;
    }
    let (mut parts, body) = request.into_parts();
    match parts.extract::<ValidQuery<Nothing>>().await {
        Ok(_) => next.run(Request::from_parts(parts, body)).await,
        Err(refused) => refused.into_response(),
    }
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
