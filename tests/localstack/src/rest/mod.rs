//! The PostgREST dialect under `/rest/v1`: `postrust` inside this process, made to answer as
//! PostgREST does where it differs.

mod differences;

use axum::{Router, middleware};
use postrust_core::AppConfig;
use postrust_server::{AppState, Host};
use sqlx::{Connection, PgConnection};
use std::sync::Arc;

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
        keys: &Keys,
        api: &Api,
    ) -> anyhow::Result<Self> {
        let mut superuser = PgConnection::connect(superuser_url).await?;
        sqlx::raw_sql(HOISTING).execute(&mut superuser).await?;
        superuser.close().await?;
        let mut config = AppConfig::default();
        config.db_uri = database_url;
        // GraphQL is not part of the dialect: its schema would answer nothing.
        config.db_schemas = api
            .schemas
            .iter()
            .filter(|schema| *schema != "graphql_public")
            .cloned()
            .collect();
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
        let app = postrust_server::build(config, Host::SERVER).await?;
        Ok(Self {
            router: app
                .router
                .layer(middleware::from_fn(differences::answer_as_postgrest)),
            state: app.state,
        })
    }

    /// Closes its connections.
    pub async fn stop(self) {
        self.state.pool.close().await;
    }
}
