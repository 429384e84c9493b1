//! Traces, by OTLP over HTTP to a collector.

use std::time::Duration;

use async_trait::async_trait;
use axum::body::Bytes;
use axum::http::{Request, Response};
use opentelemetry::{global, trace::TracerProvider as _};
use opentelemetry_http::{HttpClient, HttpError};
use opentelemetry_otlp::{SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::{
    Resource,
    propagation::TraceContextPropagator,
    trace::{SdkTracer, SdkTracerProvider},
};
use tokio::runtime::Handle;
use url::Url;

/// How long the collector may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// What makes traces and sends them, every few seconds.
pub struct Traces(SdkTracerProvider);

impl Traces {
    /// Sends what `process` does to the collector at `endpoint`.
    ///
    /// # Errors
    /// When `endpoint` is no address, or TLS can't be set up.
    pub fn start(endpoint: &Url, process: &str) -> anyhow::Result<Self> {
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(Http {
                client: reqwest::Client::builder().timeout(PATIENCE).build()?,
                runtime: Handle::current(),
            })
            .with_endpoint(format!(
                "{}/v1/traces",
                endpoint.as_str().trim_end_matches('/')
            ))
            .with_timeout(PATIENCE)
            .build()?;
        let resource = Resource::builder().with_service_name(format!("dnwerks-{process}"));
        let provider = SdkTracerProvider::builder()
            .with_batch_exporter(exporter)
            .with_resource(resource.build())
            .build();
        global::set_text_map_propagator(TraceContextPropagator::new());
        Ok(Self(provider))
    }

    /// For the spans of this program.
    pub fn tracer(&self) -> SdkTracer {
        self.0.tracer("dnwerks")
    }

    /// Sends what has not been sent.
    pub async fn stop(self) {
        // It waits for its own thread, which needs this one's runtime.
        let stopped = tokio::task::spawn_blocking(move || self.0.shutdown()).await;
        if let Ok(Err(error)) = stopped {
            tracing::warn!(%error, "the last traces were not sent");
        }
    }
}

/// Our own client, so that there is one of its kind; the library's is another version.
#[derive(Debug)]
struct Http {
    client: reqwest::Client,
    runtime: Handle,
}

#[async_trait]
impl HttpClient for Http {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let request = reqwest::Request::try_from(request)?;
        let client = self.client.clone();
        // Batches are sent by a thread that has no runtime.
        let sending = self.runtime.spawn(async move {
            let answer = client.execute(request).await?;
            let status = answer.status();
            let mut response = Response::new(answer.bytes().await?);
            *response.status_mut() = status;
            Ok::<_, reqwest::Error>(response)
        });
        let sent = sending.await?;
        // The library says nothing of it.
        match &sent {
            Ok(answer) if answer.status().is_success() => {}
            Ok(answer) => tracing::warn!(http.status = answer.status().as_u16(), "traces.refused"),
            Err(error) => tracing::warn!(%error, "traces.not_sent"),
        }
        Ok(sent?)
    }
}
