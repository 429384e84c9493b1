//! `POST /api/customers/import`.

use std::{sync::Arc, time::Duration};

use axum::{
    Json, Router,
    body::Body,
    extract::{DefaultBodyLimit, FromRef, FromRequest as _, Multipart, RawQuery, Request, State},
    http::{StatusCode, header},
    middleware,
    response::Response,
};
use domain::ProfileId;
use rows_as_service::{
    customer_search::CustomerSearch,
    imports::{Imports, ImportsSent},
};
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;
use utoipa::openapi::OpenApi;
use utoipa_axum::{router::OpenApiRouter, routes};
use web::{ApiError, ApprovedUser, Auth, NoPlace, Place, Places, ProblemCode};

use crate::{
    background,
    courtesy::Courtesy,
    described::{ImportQuery, ImportedFile},
    failure::ImportFailure,
    import::{ImportOptions, import},
    parameters::ImportParameters,
    report::ImportReport,
    text::Encoding,
    upload::UploadLimits,
    uploads::Uploads,
    verify::PhoneVerifier,
};

/// Imports of one account at once.
const MOST_OF_ONE: usize = 2;
/// How long an upload takes to end that gives way.
const UNTIL_IT_GAVE_WAY: Duration = Duration::from_secs(5);
/// Parts of a form that are looked at to find the file.
const MOST_PARTS: usize = 20;

/// Limits of imports.
#[derive(Debug, Clone, clap::Args)]
#[group(skip)]
pub struct Settings {
    /// Most bytes of one file.
    #[arg(
        long = "import-max-bytes",
        env = "CUSTOMER_IMPORT_MAX_BYTES",
        default_value_t = 2 * 1024 * 1024 * 1024,
        value_name = "BYTES"
    )]
    pub max_bytes: u64,

    /// Most imports at once in one process; each holds a connection and a few megabytes.
    #[arg(
        long = "import-max-concurrent",
        env = "CUSTOMER_IMPORT_MAX_CONCURRENT",
        default_value_t = 4,
        value_name = "N"
    )]
    pub max_concurrent: usize,

    /// Seconds without a byte after which an upload is given up.
    #[arg(
        long = "import-max-stall-seconds",
        env = "CUSTOMER_IMPORT_MAX_STALL_SECONDS",
        default_value_t = 12,
        value_name = "SECONDS"
    )]
    pub max_stall_seconds: u64,

    /// Seconds after which an upload is given up that has not ended.
    #[arg(
        long = "import-max-upload-seconds",
        env = "CUSTOMER_IMPORT_MAX_UPLOAD_SECONDS",
        default_value_t = 60 * 60,
        value_name = "SECONDS"
    )]
    pub max_upload_seconds: u64,

    /// Most bytes that one account sends within 24 hours, in all its files.
    #[arg(
        long = "import-max-bytes-per-day",
        env = "CUSTOMER_IMPORT_MAX_BYTES_PER_DAY",
        default_value_t = 8 * 1024 * 1024 * 1024,
        value_name = "BYTES"
    )]
    pub max_bytes_per_day: u64,

    /// Most rows that one account sends within 24 hours, in all its files.
    #[arg(
        long = "import-max-rows-per-day",
        env = "CUSTOMER_IMPORT_MAX_ROWS_PER_DAY",
        default_value_t = 20_000_000,
        value_name = "ROWS"
    )]
    pub max_rows_per_day: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            max_bytes: 2 * 1024 * 1024 * 1024,
            max_concurrent: 4,
            max_stall_seconds: 12,
            max_upload_seconds: 60 * 60,
            max_bytes_per_day: 8 * 1024 * 1024 * 1024,
            max_rows_per_day: 20_000_000,
        }
    }
}

impl Settings {
    /// What an upload may cost an account that has sent so much within 24 hours.
    #[must_use]
    pub fn limits(&self, sent: ImportsSent) -> UploadLimits {
        UploadLimits {
            max_bytes: self.max_bytes,
            bytes_left: self.max_bytes_per_day.saturating_sub(sent.bytes),
            rows_left: self.max_rows_per_day.saturating_sub(sent.rows),
            max_stall: Duration::from_secs(self.max_stall_seconds),
            max_time: Duration::from_secs(self.max_upload_seconds),
        }
    }
}

/// What the route works with.
#[derive(Clone)]
pub struct CustomerImportState {
    imports: Imports,
    search: CustomerSearch,
    auth: Auth,
    settings: Settings,
    places: Places,
    uploads: Uploads,
    verifier: Option<PhoneVerifier>,
    courtesy: Arc<Courtesy>,
}

impl CustomerImportState {
    /// Imports for whom `auth` lets in.
    #[must_use]
    pub fn new(imports: Imports, search: CustomerSearch, auth: Auth, settings: Settings) -> Self {
        let places = Places::new(settings.max_concurrent, MOST_OF_ONE);
        Self {
            imports,
            search,
            auth,
            settings,
            places,
            uploads: Uploads::default(),
            verifier: None,
            courtesy: Arc::default(),
        }
    }

    /// Where new phone numbers can be verified, if they can.
    #[must_use]
    pub fn with_verifier(mut self, verifier: Option<PhoneVerifier>) -> Self {
        self.verifier = verifier;
        self
    }

    /// A place for an import of `owner`'s. Where all are taken, a slow upload gives way.
    async fn place(&self, owner: ProfileId) -> Result<Place, NoPlace> {
        match self.places.reserve(owner) {
            Err(NoPlace::AtAll) if self.uploads.let_slowest_give_way() => {
                self.places.wait_for(owner, UNTIL_IT_GAVE_WAY).await
            }
            reserved => reserved,
        }
    }

    /// Does, until `shutdown`, what imports leave to be done afterwards.
    pub fn run_background(
        &self,
        shutdown: CancellationToken,
    ) -> impl Future<Output = ()> + Send + 'static {
        background::run(
            self.imports.clone(),
            self.search.clone(),
            self.places.clone(),
            Arc::clone(&self.courtesy),
            shutdown,
        )
    }

    /// One round of [`run_background`](Self::run_background), for tests.
    ///
    /// # Errors
    /// [`rows_as_service::DatabaseError`] from the database.
    pub async fn run_background_once(&self) -> Result<(), rows_as_service::DatabaseError> {
        background::run_once(&self.imports, &self.search, &self.places, &self.courtesy).await
    }
}

impl FromRef<CustomerImportState> for Auth {
    fn from_ref(state: &CustomerImportState) -> Self {
        state.auth.clone()
    }
}

/// The route of imports. It sets its own limit for bodies.
pub fn router(state: CustomerImportState) -> Router {
    web::described_routes(routes())
        .layer(DefaultBodyLimit::disable())
        .layer(middleware::map_response(count_rejection))
        .with_state(state)
}

/// What the route says of itself.
#[must_use]
pub fn description() -> OpenApi {
    routes().into_openapi()
}

fn routes() -> OpenApiRouter<CustomerImportState> {
    OpenApiRouter::new().routes(routes!(import_customers))
}

async fn count_rejection(answer: Response) -> Response {
    if let Some(ProblemCode(code)) = answer.extensions().get() {
        instruments::customer_imports()
            .rejected_uploads
            .inc_named(code);
    }
    answer
}

/// Imports customers from CSV.
///
/// Progress can be watched under the `id`, before the upload has ended.
#[utoipa::path(post, path = "/api/customers/import", tag = "Imports", params(ImportQuery), request_body(content((ImportedFile = "multipart/form-data"), (String = "text/csv")), description = "A CSV as the whole body, or as the field `file` of a form."), responses((status = 200, description = "What the import did, or would do.", body = ImportReport), (status = 409, description = "`canceled`, `import_id_taken`"), (status = 408, description = "`upload_stalled`, `upload_too_long`"), (status = 429, description = "`imports_busy`, `import_daily_limit`"), (status = 501, description = "`lookup_unavailable`")))]
async fn import_customers(
    user: ApprovedUser,
    State(state): State<CustomerImportState>,
    RawQuery(query): RawQuery,
    request: Request,
) -> Result<Json<ImportReport>, ApiError> {
    let mut parameters = ImportParameters::from_query(query.as_deref().unwrap_or_default())?;
    let kind = content_type(&request)?;
    let owner = user.profile.id;
    let place = state.place(owner).await.map_err(|_| {
        ApiError::too_many(
            "imports_busy",
            "Other imports are running. Please try again in a moment.",
            Duration::from_secs(10),
        )
    })?;
    let sent = state.imports.sent_within_a_day(owner).await;
    let progress = Arc::default();
    let options = ImportOptions {
        owner,
        file_bytes: content_length(&request),
        limits: state.settings.limits(sent.map_err(ImportFailure::from)?),
        checkers: std::thread::available_parallelism()
            .map_or(1, usize::from)
            .min(4),
        verifier: state.verifier,
        upload: state.uploads.begin(Arc::clone(&progress)),
        courtesy: state.courtesy,
        progress,
    };
    // A multipart body is longer than its file.
    let least_bytes = options
        .file_bytes
        .unwrap_or_default()
        .saturating_sub(64 * 1024);
    if least_bytes > options.limits.max_bytes {
        return Err(ImportFailure::TooLarge(options.limits.max_bytes).into());
    }
    if least_bytes > options.limits.bytes_left
        || options.limits.bytes_left == 0
        || options.limits.rows_left == 0
    {
        return Err(ImportFailure::DailyLimit.into());
    }
    // A file takes as long as it takes, within `limits`.
    web::Unhurried::allow(&request);
    // A task of its own, so that an import whose sender goes away still ends its record.
    let work = async move {
        let _place = place;
        match kind {
            ContentType::Csv(charset) => {
                parameters.encoding = parameters.encoding.or(charset);
                let body = Body::into_data_stream(request.into_body());
                Ok(import(state.imports, options, parameters, body).await?)
            }
            ContentType::Multipart => {
                import_form(state.imports, options, parameters, request).await
            }
        }
    };
    match tokio::spawn(work.in_current_span()).await {
        Ok(report) => report.map(Json),
        Err(error) => Err(ApiError::internal(error)),
    }
}

/// Imports the part `file` of a form; its other parts are passed over.
async fn import_form(
    imports: Imports,
    options: ImportOptions,
    mut parameters: ImportParameters,
    request: Request,
) -> Result<ImportReport, ApiError> {
    let mut parts = Multipart::from_request(request, &())
        .await
        .map_err(|error| ApiError::bad_request("multipart_invalid", error.body_text()))?;
    for _ in 0..MOST_PARTS {
        let part = tokio::time::timeout(options.limits.max_stall, parts.next_field())
            .await
            .map_err(|_| ImportFailure::StalledUpload(options.limits.max_stall.as_secs()))?
            .map_err(|error| ApiError::bad_request("multipart_invalid", error.body_text()))?;
        match part {
            None => break,
            Some(part) if part.name() == Some("file") => {
                if let (None, Some(name)) = (&parameters.file_name, part.file_name()) {
                    parameters.set_file_name(name);
                }
                return Ok(import(imports, options, parameters, part).await?);
            }
            Some(_) => {}
        }
    }
    Err(ApiError::bad_request(
        "file_missing",
        "The form has no field `file`, or it comes after too many others.",
    ))
}

enum ContentType {
    Csv(Option<Encoding>),
    Multipart,
}

/// What the body is. Browsers call a CSV by several names, depending on what is installed.
fn content_type(request: &Request) -> Result<ContentType, ApiError> {
    let text = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
        .to_ascii_lowercase();
    let (kind, rest) = text.split_once(';').unwrap_or((&text, ""));
    match kind.trim() {
        "multipart/form-data" => Ok(ContentType::Multipart),
        "text/csv"
        | "text/plain"
        | "text/tab-separated-values"
        | "application/csv"
        | "application/vnd.ms-excel"
        | "application/octet-stream" => {
            let charset = rest
                .split(';')
                .find_map(|parameter| parameter.trim().strip_prefix("charset="))
                .and_then(|name| Encoding::named(name.trim_matches('"')));
            Ok(ContentType::Csv(charset))
        }
        _ => Err(ApiError::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "content_type_unsupported",
            "Send the file as text/csv, or as the field `file` of multipart/form-data.",
        )),
    }
}

fn content_length(request: &Request) -> Option<u64> {
    request
        .headers()
        .get(header::CONTENT_LENGTH)?
        .to_str()
        .ok()?
        .parse()
        .ok()
}
