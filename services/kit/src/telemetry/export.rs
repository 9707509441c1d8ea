//! The exporter that the standard variables ask for. Whatever is wrong with them, the process goes on without traces.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use http::Uri;
use opentelemetry_otlp::{ExporterBuildError, SpanExporter, WithTonicConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SpanData, SpanExporter as ExportsSpans};
use tonic::transport::{Channel, Endpoint};

use crate::config::standard_variable;
use crate::tls::{Connector, ConnectorOptions, ServerTrust, TlsError, TlsVersions};

/// As the OpenTelemetry specification says.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);

/// Where spans go.
pub(super) enum Export {
    /// To a collector, which may be there or not.
    To(Box<Outspoken<SpanExporter>>),
    /// It is not configured.
    Off,
    /// The configured export cannot be done.
    Unusable(ExportError),
}

/// Why spans cannot be exported. The endpoint is not repeated, since it may hold a password.
#[derive(Debug, thiserror::Error)]
pub(super) enum ExportError {
    #[error("the collector's endpoint is not the URL of a host")]
    Endpoint,
    #[error("the collector's CA certificate cannot be read from {path}: {error}")]
    Certificate { path: PathBuf, error: std::io::Error },
    #[error(transparent)]
    Tls(#[from] TlsError),
    #[error(transparent)]
    Builder(#[from] ExporterBuildError),
}

/// Asks the environment. Connects to nothing yet.
pub(super) fn exporter() -> Export {
    let is_on =
        |name: &str, value: &str| standard_variable(name).is_some_and(|v| v.eq_ignore_ascii_case(value));
    if is_on("OTEL_SDK_DISABLED", "true") || is_on("OTEL_TRACES_EXPORTER", "none") {
        return Export::Off;
    }
    let Some(endpoint) = exporter_variable("ENDPOINT") else {
        return Export::Off;
    };
    match build(&endpoint) {
        Ok(exporter) => Export::To(Box::new(Outspoken::new(exporter))),
        Err(error) => Export::Unusable(error),
    }
}

/// A variable of the exporter: for traces, or else for all signals.
fn exporter_variable(name: &str) -> Option<String> {
    standard_variable(&format!("OTEL_EXPORTER_OTLP_TRACES_{name}"))
        .or_else(|| standard_variable(&format!("OTEL_EXPORTER_OTLP_{name}")))
}

/// Headers and compression are the library's to read in both cases, the endpoint and the time-out only where there is
/// no TLS: our own TLS keeps the process to one provider of cryptography.
fn build(endpoint: &str) -> Result<SpanExporter, ExportError> {
    let builder = SpanExporter::builder().with_tonic();
    let exporter = match over_tls(endpoint) {
        None => builder.build()?,
        Some(endpoint) => builder.with_channel(tls_channel(&endpoint)?).build()?,
    };
    Ok(exporter)
}

/// The endpoint if it is to be reached over TLS. One without a scheme is, unless it is declared to be insecure.
fn over_tls(endpoint: &str) -> Option<String> {
    match endpoint.split_once("://") {
        Some((scheme, _)) => scheme.eq_ignore_ascii_case("https").then(|| endpoint.to_owned()),
        None => {
            let insecure = exporter_variable("INSECURE").is_some_and(|v| v.eq_ignore_ascii_case("true"));
            (!insecure).then(|| format!("https://{endpoint}"))
        }
    }
}

fn tls_channel(endpoint: &str) -> Result<Channel, ExportError> {
    let uri: Uri = endpoint.parse().map_err(|_| ExportError::Endpoint)?;
    let host = uri
        .host()
        .filter(|host| !host.is_empty())
        .ok_or(ExportError::Endpoint)?;
    let authority = format!("{host}:{}", uri.port_u16().unwrap_or(443));
    let trust = match exporter_variable("CERTIFICATE") {
        None => ServerTrust::Platform,
        Some(path) => {
            let pem = std::fs::read_to_string(&path).map_err(|error| ExportError::Certificate {
                path: path.into(),
                error,
            })?;
            ServerTrust::RootsPem(pem)
        }
    };
    let timeout = exporter_variable("TIMEOUT")
        .and_then(|ms| ms.trim().parse().ok())
        .map_or(DEFAULT_TIMEOUT, Duration::from_millis);
    let connector = Connector::new(ConnectorOptions {
        versions: TlsVersions::From12,
        connect_deadline: timeout,
        handshake_deadline: timeout,
        ..ConnectorOptions::new(trust)
    })?;
    // Two URIs: tonic must not add TLS of its own to the connection, and the collector must see `https`.
    let dialled = Endpoint::from_shared(format!("http://{authority}")).map_err(|_| ExportError::Endpoint)?;
    let origin: Uri = format!("https://{authority}")
        .parse()
        .map_err(|_| ExportError::Endpoint)?;
    Ok(dialled
        .origin(origin)
        .timeout(timeout)
        .connect_with_connector_lazy(connector))
}

/// Says in the log when spans begin to be lost and when they arrive again: once each, not for every batch.
#[derive(Debug)]
pub(super) struct Outspoken<E> {
    exporter: E,
    losing: AtomicBool,
}

impl<E> Outspoken<E> {
    const fn new(exporter: E) -> Self {
        Self {
            exporter,
            losing: AtomicBool::new(false),
        }
    }
}

impl<E: ExportsSpans> ExportsSpans for Outspoken<E> {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let result = self.exporter.export(batch).await;
        let lost_before = self.losing.swap(result.is_err(), Ordering::Relaxed);
        match &result {
            Err(error) if !lost_before => {
                tracing::warn!(%error, "spans are lost: the collector does not take them")
            }
            Ok(()) if lost_before => tracing::info!("the collector takes spans again"),
            Ok(()) | Err(_) => {}
        }
        result
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn shutdown(&self) -> OTelSdkResult {
        self.exporter.shutdown()
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.exporter.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use opentelemetry_sdk::error::OTelSdkError;
    use parking_lot::Mutex;
    use tracing_subscriber::fmt::MakeWriter;

    use super::*;

    #[derive(Debug, Default)]
    struct Collector {
        is_gone: AtomicBool,
    }

    impl ExportsSpans for Collector {
        async fn export(&self, _: Vec<SpanData>) -> OTelSdkResult {
            if self.is_gone.load(Ordering::Relaxed) {
                return Err(OTelSdkError::InternalFailure("gone".to_owned()));
            }
            Ok(())
        }
    }

    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl std::io::Write for Log {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    impl MakeWriter<'_> for Log {
        type Writer = Self;

        fn make_writer(&self) -> Self {
            self.clone()
        }
    }

    #[tokio::test]
    async fn a_collector_that_goes_and_comes_is_told_of_once_each() {
        let log = Log::default();
        let subscriber = tracing_subscriber::fmt().with_writer(log.clone()).finish();
        let _guard = tracing::subscriber::set_default(subscriber);
        let outspoken = Outspoken::new(Collector::default());
        for is_gone in [false, true, true, true, false, false] {
            outspoken.exporter.is_gone.store(is_gone, Ordering::Relaxed);
            assert_eq!(outspoken.export(Vec::new()).await.is_err(), is_gone);
        }
        let lines = String::from_utf8(log.0.lock().clone()).unwrap();
        assert_eq!(lines.matches("spans are lost").count(), 1, "{lines}");
        assert_eq!(lines.matches("takes spans again").count(), 1, "{lines}");
        assert_eq!(lines.lines().count(), 2, "{lines}");
    }

    #[test]
    fn only_an_endpoint_with_https_or_without_a_scheme_is_reached_over_tls() {
        assert_eq!(over_tls("http://collector:4317"), None);
        assert_eq!(
            over_tls("HTTPS://collector").as_deref(),
            Some("HTTPS://collector")
        );
        assert_eq!(
            over_tls("collector:4317").as_deref(),
            Some("https://collector:4317")
        );
    }
}
