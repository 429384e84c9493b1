//! The PostgREST dialect under `/rest/v1`: `postrust` inside this process, made to answer as
//! PostgREST does where it differs.
//!
//! A request is corrected by `request`, `embedded` and `token`, the statements that `postrust` makes of
//! it by `statements`, `embedded` and `hoist_settings.sql`, and the answer by `answer`. What it knows of
//! the schema is completed by `returned`.

mod answer;
mod embedded;
mod expression;
mod request;
mod returned;
mod statements;
mod token;

use std::sync::Arc;

use answer::Asked;
use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::StatusCode,
    response::Response,
};
use postrust_auth::{JwtCache, JwtConfig};
use postrust_core::{AppConfig, SchemaCache};
use postrust_server::{AppState, Host};
use sqlx::{Connection, PgConnection};
use statements::Statements;
use tokio::sync::{RwLockReadGuard, RwLockWriteGuard};

use crate::{keys::Keys, project_settings::Api};

const HOISTING: &str = include_str!("hoist_settings.sql");

/// The routes, and the connections to close at the end.
pub struct Rest {
    /// To be mounted under `/rest/v1`.
    pub router: Router,
    state: Arc<AppState>,
}

impl Rest {
    /// Connects as `authenticator` by `database_url` and reads the schema. It is read again upon
    /// `notify pgrst, 'reload schema'`. `superuser_url` is the same database's.
    ///
    /// # Errors
    /// When the database can't be reached or the keys are refused.
    pub async fn start(
        database_url: String,
        superuser_url: &str,
        keys: Arc<Keys>,
        api: &Api,
    ) -> anyhow::Result<Self> {
        let mut superuser = PgConnection::connect(superuser_url).await?;
        sqlx::raw_sql(HOISTING).execute(&mut superuser).await?;
        superuser.close().await?;
        let mut config = AppConfig::default();
        config.db_uri = database_url;
        config.db_schemas.clone_from(&api.schemas);
        config
            .db_extra_search_path
            .clone_from(&api.extra_search_path);
        config.db_max_rows = Some(api.max_rows);
        config.db_pre_request = Some("localstack.hoist_settings".to_owned());
        config.db_anon_role = Some("anon".to_owned());
        config.db_pool_size = 20;
        config.db_channel_enabled = true;
        config.jwt_secret = Some(keys.jwks_with_secret().to_string());
        config.compat_mode = true;
        // Its state only: the routes are ours, so that a request's statements pass through us.
        let state = postrust_server::build(config, Host::SERVER).await?.state;
        let shared = Arc::new(Shared {
            app: Arc::clone(&state),
            keys,
        });
        Ok(Self {
            router: Router::new().fallback(answer).with_state(shared),
            state,
        })
    }

    /// Closes its connections.
    pub async fn stop(self) {
        self.state.pool.close().await;
    }
}

/// What every request needs.
struct Shared {
    app: Arc<AppState>,
    keys: Arc<Keys>,
}

/// Answers one request.
async fn answer(
    State(shared): State<Arc<Shared>>,
    mut request: Request,
) -> Result<Response, StatusCode> {
    let asked = Asked::by(&request);
    token::outlive_leeway(request.headers_mut(), &shared.keys);
    let headers = request.headers().clone();
    let request = request::for_postrust(request, asked.csv).await?;
    let served = Served {
        app: Arc::clone(&shared.app),
        statements: Statements::new(shared.app.pool.clone(), asked.of_statement()),
    };
    let mut answer = postrust_engine::handle(&served, request).await;
    if answer.status() == StatusCode::UNAUTHORIZED {
        let caller = postrust_engine::authenticate(&served, &headers).await;
        let signed_in = caller.is_ok_and(|caller| caller.role != "anon");
        token::say_what_is_refused(&mut answer, &headers, signed_in);
    }
    answer::as_postgrest(&mut answer, &asked, served.statements.rows());
    Ok(answer.map(Body::from))
}

/// `postrust`'s state for one request, whose statements pass through [`Statements`].
struct Served {
    app: Arc<AppState>,
    statements: Statements,
}

impl postrust_engine::State for Served {
    type Db = Statements;
    type SchemaCache<'a> = RwLockReadGuard<'a, SchemaCache>;

    fn db(&self) -> &Statements {
        &self.statements
    }

    async fn schema_cache(&self) -> RwLockReadGuard<'_, SchemaCache> {
        let cache = self.app.schema_cache().await;
        if !returned::lack_tables(&cache) {
            return cache;
        }
        drop(cache);
        let mut cache = self.app.schema_cache.write().await;
        returned::add_tables(&mut cache);
        RwLockWriteGuard::downgrade(cache)
    }

    fn config(&self) -> &AppConfig {
        &self.app.config
    }

    fn jwt_config(&self) -> &JwtConfig {
        &self.app.jwt_config
    }

    fn jwt_cache(&self) -> Option<&JwtCache> {
        self.app.jwt_cache.as_ref()
    }
}
