use std::time::Duration;

use bytes::Bytes;
use domain::{Caller, Profile, RowId};
use moka::future::Cache;
use postgrest::Builder;
use reqwest::{
    Client, Request, Response, StatusCode,
    header::{ACCEPT, AUTHORIZATION, HeaderMap, HeaderName, HeaderValue},
};
use secrecy::ExposeSecret as _;
use serde::Serialize;
use serde_json::{Map, Value};
use url::Url;

use crate::{
    RowsError,
    filter::{Filter, Selection, filtered},
    profiles::{self, SignIn},
    readiness::NotReady,
    writer::{Writer, written},
};

/// Longer than Postgres's own timeout of 8 s for a signed-in user's statement.
const TIMEOUT: Duration = Duration::from_secs(10);
const APIKEY: HeaderName = HeaderName::from_static("apikey");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const ONE_OBJECT: HeaderValue = HeaderValue::from_static("application/vnd.pgrst.object+json");

/// How often a statement is tried that Postgres ended to end a deadlock.
const TRIES: u32 = 3;
/// It has already waited for as long as anybody should.
const LOCK_TIMEOUT: &str = "55P03";

pub(crate) const NO_ROWS: Bytes = Bytes::from_static(b"[]");

/// Where PostgREST is.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The project's address; `/rest/v1` is appended.
    pub supabase_url: Url,
    /// The anon or publishable key. Public by design: it identifies the project, not a user.
    pub anon_key: String,
}

/// These settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The key has characters that are invalid in a header.
    #[error("SUPABASE_ANON_KEY has invalid characters")]
    AnonKey,
    /// No HTTP client could be built.
    #[error("no HTTP client")]
    Client(#[from] reqwest::Error),
    /// `postgrest`'s own client, which sends nothing, could not be built.
    #[error("no request builder")]
    Writer(#[from] reqwest_for_postgrest::Error),
}

/// One row as PostgREST wrote it: a JSON object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonRow(pub Bytes);

/// Rows through PostgREST, as a caller. Clones share their connections.
#[derive(Clone)]
pub struct RowsAsUser {
    rest_url: String,
    client: Client,
    writer: Writer,
    pub(crate) profiles: Cache<SignIn, Profile>,
}

impl RowsAsUser {
    /// Builds the client without connecting.
    ///
    /// # Errors
    /// [`SetupError`] if the settings are invalid.
    pub fn new(settings: &Settings) -> Result<Self, SetupError> {
        let anon_key =
            HeaderValue::from_str(&settings.anon_key).map_err(|_| SetupError::AnonKey)?;
        let rest_url = format!(
            "{}/rest/v1",
            settings.supabase_url.as_str().trim_end_matches('/')
        );
        let client = Client::builder()
            .default_headers(HeaderMap::from_iter([(APIKEY, anon_key)]))
            .connect_timeout(Duration::from_secs(2))
            .timeout(TIMEOUT)
            .tcp_nodelay(true)
            .pool_max_idle_per_host(256)
            .build()?;
        Ok(Self {
            rest_url,
            client,
            writer: Writer::new()?,
            profiles: profiles::cache(),
        })
    }

    /// The row of `table` with this id.
    ///
    /// # Errors
    /// [`RowsError::NotFound`] if the caller sees no such row.
    pub async fn get(
        &self,
        caller: &Caller,
        table: &'static str,
        columns: &'static str,
        id: impl RowId,
    ) -> Result<JsonRow, RowsError> {
        let request = self.at(table).select(columns).eq("id", id.to_string());
        self.one(caller, written(request)?).await
    }

    /// Inserts a row and returns it.
    ///
    /// # Errors
    /// [`RowsError::Taken`] and others.
    pub async fn insert(
        &self,
        caller: &Caller,
        table: &'static str,
        row: &Map<String, Value>,
    ) -> Result<JsonRow, RowsError> {
        let request = self.at(table).insert(serde_json::to_string(row)?);
        self.one(caller, written(request)?).await
    }

    /// Changes the named columns of the row with this id and returns the row.
    ///
    /// # Errors
    /// [`RowsError::NotFound`] if the caller sees no such row.
    pub async fn update(
        &self,
        caller: &Caller,
        table: &'static str,
        id: impl RowId,
        changes: &Map<String, Value>,
    ) -> Result<JsonRow, RowsError> {
        let by_id = [Filter::Equal("id", id.to_string())];
        let request = filtered(self.at(table), &by_id).update(serde_json::to_string(changes)?);
        self.one(caller, written(request)?).await
    }

    /// Deletes the row with this id.
    ///
    /// # Errors
    /// [`RowsError::NotFound`] if the caller sees no such row.
    pub async fn delete(
        &self,
        caller: &Caller,
        table: &'static str,
        id: impl RowId,
    ) -> Result<(), RowsError> {
        let request = self
            .at(table)
            .select("id")
            .eq("id", id.to_string())
            .delete();
        self.one(caller, written(request)?).await.map(drop)
    }

    /// Calls a function that returns one row, waiting up to `patience`.
    ///
    /// # Errors
    /// [`RowsError::Refused`] if the function raises one of our own errors.
    pub async fn call(
        &self,
        caller: &Caller,
        function: &'static str,
        arguments: &(impl Serialize + Sync),
        patience: Duration,
    ) -> Result<JsonRow, RowsError> {
        let arguments = serde_json::to_string(arguments)?;
        let mut request = written(self.at(&format!("rpc/{function}")).rpc(arguments))?;
        *request.timeout_mut() = Some(patience);
        self.one(caller, request).await
    }

    /// Calls a function that returns JSON, waiting up to `patience`.
    ///
    /// # Errors
    /// [`RowsError::Refused`] if the function raises one of our own errors.
    pub async fn call_for_json(
        &self,
        caller: &Caller,
        function: &'static str,
        arguments: &(impl Serialize + Sync),
        patience: Duration,
    ) -> Result<Bytes, RowsError> {
        let arguments = serde_json::to_string(arguments)?;
        let mut request = written(self.at(&format!("rpc/{function}")).rpc(arguments))?;
        *request.timeout_mut() = Some(patience);
        body_of(self.execute(caller, request).await?).await
    }

    /// Calls a function that strangers may call and that returns JSON, as nobody in particular.
    ///
    /// # Errors
    /// [`RowsError`].
    pub async fn call_as_nobody(
        &self,
        function: &'static str,
        arguments: &(impl Serialize + Sync),
    ) -> Result<Bytes, RowsError> {
        let arguments = serde_json::to_string(arguments)?;
        let request = written(self.at(&format!("rpc/{function}")).rpc(arguments))?;
        body_of(self.client.execute(request).await?).await
    }

    /// The rows of a selection, not counted, as a JSON array: at most as many as the project answers at once.
    ///
    /// # Errors
    /// [`RowsError`].
    pub async fn select(&self, caller: &Caller, selection: &Selection) -> Result<Bytes, RowsError> {
        let request = written(selection.apply(self.at(selection.table)))?;
        let answer = self.execute(caller, request).await?;
        if answer.status() == StatusCode::RANGE_NOT_SATISFIABLE {
            return Ok(NO_ROWS);
        }
        body_of(answer).await
    }

    /// Whether requests can be answered, for a readiness check.
    ///
    /// # Errors
    /// [`NotReady`] says what is wrong.
    pub async fn check(&self) -> Result<(), NotReady> {
        let request = self.client.get(format!("{}/rpc/who_am_i", self.rest_url));
        let answer = request.send().await.map_err(RowsError::from)?;
        let status = answer.status().as_u16();
        let body = answer.bytes().await.map_err(RowsError::from)?;
        NotReady::unless_denied(status, &body)
    }

    pub(crate) fn at(&self, path: &str) -> Builder {
        self.writer.at(format!("{}/{path}", self.rest_url))
    }

    async fn one(&self, caller: &Caller, mut request: Request) -> Result<JsonRow, RowsError> {
        request.headers_mut().insert(ACCEPT, ONE_OBJECT);
        body_of(self.execute(caller, request).await?)
            .await
            .map(JsonRow)
    }

    #[tracing::instrument(name = "postgrest", level = "debug", skip_all, fields(otel.kind = "client"))]
    pub(crate) async fn execute(
        &self,
        caller: &Caller,
        mut request: Request,
    ) -> Result<Response, RowsError> {
        let bearer = format!("Bearer {}", caller.access_token.expose_secret());
        let mut bearer = HeaderValue::from_str(&bearer).map_err(|_| RowsError::SignedOut)?;
        bearer.set_sensitive(true);
        request.headers_mut().insert(AUTHORIZATION, bearer);
        // For the audit log.
        if let Ok(id) = HeaderValue::from_str(&caller.request_id) {
            request.headers_mut().insert(REQUEST_ID, id);
        }
        let mut tried = 0;
        loop {
            let again = request.try_clone();
            let answer = self.client.execute(request).await?;
            if !answer.status().is_server_error() {
                return Ok(answer);
            }
            let error = RowsError::from_answer(answer.status().as_u16(), &answer.bytes().await?);
            tried += 1;
            match (again, &error) {
                // Postgres has undone what it chose to end, and the others have gone on.
                (Some(again), RowsError::Locked { sqlstate })
                    if sqlstate != LOCK_TIMEOUT && tried < TRIES =>
                {
                    request = again;
                }
                _ => return Err(error),
            }
        }
    }
}

pub(crate) async fn body_of(answer: Response) -> Result<Bytes, RowsError> {
    let status = answer.status();
    let body = answer.bytes().await?;
    if status.is_success() {
        Ok(body)
    } else {
        Err(RowsError::from_answer(status.as_u16(), &body))
    }
}
