//! Logs and traces.
//!
//! Promises: spans go to an OpenTelemetry collector (OTLP over gRPC) if the standard `OTEL_*` variables name one; it is
//! never required and never blocks (spans that do not fit the queue are dropped, and the log says once that a collector
//! takes none); every log line carries the trace it belongs to, with or without a collector. Only spans of our own crates
//! are exported, with the fields they were given.
//! Libraries that could log what passes through them are held below the level at which they do, whatever is configured.
//!
//! Honoured: `OTEL_SDK_DISABLED`, `OTEL_SERVICE_NAME`, `OTEL_RESOURCE_ATTRIBUTES`, `OTEL_TRACES_EXPORTER=none`,
//! `OTEL_TRACES_SAMPLER(_ARG)`, `OTEL_BSP_*`, `OTEL_EXPORTER_OTLP_(TRACES_)ENDPOINT`, `_HEADERS`, `_TIMEOUT`,
//! `_INSECURE`, and `_CERTIFICATE`: the CA of an `https` collector in PEM, in place of the machine's roots.

mod export;
mod format;
mod line_limit;
mod panic;
pub mod trace_context;

use std::time::Duration;

use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SdkTracerProvider;
use serde::Deserialize;
use tracing::level_filters::LevelFilter;
use tracing::{Metadata, Subscriber};
use tracing_subscriber::filter::{EnvFilter, dynamic_filter_fn, filter_fn};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, Registry};

use crate::config::{Checks, standard_variable};
use export::Export;
pub use format::LogFormat;
pub use line_limit::LineLimit;

/// The `[telemetry]` section of a service.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TelemetryConfig {
    /// How log lines look.
    #[serde(default)]
    pub log_format: LogFormat,
    /// What is logged: directives as in `info,groundwire_directory::delivery=debug`.
    #[serde(default = "default_log_filter")]
    pub log_filter: String,
}

impl Default for TelemetryConfig {
    fn default() -> Self {
        Self {
            log_format: LogFormat::default(),
            log_filter: default_log_filter(),
        }
    }
}

impl TelemetryConfig {
    /// Checks that the filter parses.
    pub fn check(&self, checks: &mut Checks<'_>) {
        if let Err(error) = EnvFilter::try_new(&self.log_filter) {
            checks.require("telemetry.log_filter", false, format!("is no filter: {error}"));
        }
    }
}

fn default_log_filter() -> String {
    "info".to_owned()
}

/// Why telemetry can't be set up.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// `log_filter` does not parse.
    #[error("log_filter is not valid: {0}")]
    Filter(#[from] tracing_subscriber::filter::ParseError),
    /// Somebody was first.
    #[error("telemetry is set up already")]
    AlreadySet,
}

/// Keep it until the end of `main`, then [`TelemetryGuard::shutdown`].
#[derive(Debug)]
pub struct TelemetryGuard {
    provider: SdkTracerProvider,
}

/// Sets up logs (to standard error) and traces for the whole process. Must be called within a runtime.
///
/// # Errors
/// [`TelemetryError`]. A collector that can't be used is a warning in the log, not an error.
pub fn init(
    service_name: &'static str,
    service_version: &'static str,
    config: &TelemetryConfig,
) -> Result<TelemetryGuard, TelemetryError> {
    let filter = EnvFilter::try_new(&config.log_filter)?;
    let mut builder = SdkTracerProvider::builder().with_resource(resource(service_name, service_version));
    let problem = match export::exporter() {
        Export::To(exporter) => {
            builder = builder.with_batch_exporter(*exporter);
            None
        }
        Export::Off => None,
        Export::Unusable(error) => Some(error),
    };
    let provider = builder.build();
    subscriber(&provider, config.log_format, filter, std::io::stderr)
        .try_init()
        .map_err(|_| TelemetryError::AlreadySet)?;
    opentelemetry::global::set_tracer_provider(provider.clone());
    panic::install_hook();
    if let Some(error) = problem {
        tracing::warn!(%error, "traces are not exported");
    }
    Ok(TelemetryGuard { provider })
}

impl TelemetryGuard {
    /// Exports what is still queued. Runs on the blocking pool, since it would stop the last runtime thread, and ends
    /// at the deadline whatever the collector does.
    pub async fn shutdown(self, deadline: Duration) {
        let flush = tokio::task::spawn_blocking(move || self.provider.shutdown_with_timeout(deadline));
        match tokio::time::timeout(deadline, flush).await {
            Ok(Ok(Ok(()))) => {}
            Ok(Ok(Err(error))) => tracing::warn!(%error, "last spans were not exported"),
            Ok(Err(_)) | Err(_) => tracing::warn!("last spans were not exported in time"),
        }
    }
}

fn resource(service_name: &'static str, service_version: &'static str) -> Resource {
    let named_by_environment = standard_variable("OTEL_SERVICE_NAME").is_some()
        || standard_variable("OTEL_RESOURCE_ATTRIBUTES").is_some_and(|attributes| {
            attributes
                .split(',')
                .any(|a| a.trim_start().starts_with("service.name="))
        });
    let builder =
        Resource::builder().with_attribute(opentelemetry::KeyValue::new("service.version", service_version));
    if named_by_environment {
        builder.build()
    } else {
        builder.with_service_name(service_name).build()
    }
}

fn subscriber<W>(
    provider: &SdkTracerProvider,
    log_format: LogFormat,
    filter: EnvFilter,
    writer: W,
) -> impl Subscriber + Send + Sync
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let traces = tracing_opentelemetry::layer()
        .with_tracer(provider.tracer("groundwire"))
        .with_location(false)
        .with_threads(false)
        .with_target(false)
        .with_tracked_inactivity(false)
        // Evaluated anew each time, never remembered per call site: libraries (sqlx) ask whether a line would be written and then write
        // none, and what the filters answered to that would be taken for the answer about the next span.
        .with_filter(
            dynamic_filter_fn(|metadata, _| is_our_span(metadata)).with_max_level_hint(LevelFilter::INFO),
        );
    let most = filter.max_level_hint().unwrap_or(LevelFilter::TRACE);
    let logs = tracing_subscriber::fmt::layer()
        .event_format(format::LogLine(log_format))
        .with_writer(writer)
        .with_filter(filter)
        .with_filter(
            filter_fn(move |metadata| *metadata.level() <= most && cannot_leak(metadata))
                .with_max_level_hint(most),
        );
    Registry::default().with(traces).with(logs)
}

/// Spans of ours, at the level that is meant for others; events are logs, not parts of a trace.
fn is_our_span(metadata: &Metadata<'_>) -> bool {
    metadata.is_span()
        && metadata.target().starts_with("groundwire")
        && *metadata.level() <= tracing::Level::INFO
}

/// Below these levels the libraries log what they carry: frames, headers, statements, requests.
fn cannot_leak(metadata: &Metadata<'_>) -> bool {
    const HELD: [&str; 10] = [
        "h2",
        "hyper",
        "hyper_util",
        "ldap3",
        "lber",
        "log",
        "rustls",
        "sqlx",
        "tonic",
        "tower",
    ];
    // The exporter's own chatter: an operator cares only about what goes wrong.
    if metadata.target().starts_with("opentelemetry") {
        return *metadata.level() <= tracing::Level::WARN;
    }
    let library = metadata.target().split("::").next().unwrap_or_default();
    *metadata.level() <= tracing::Level::INFO || !HELD.contains(&library)
}

#[cfg(test)]
mod tests;
