//! Telemetry of a whole process, as a collector and a reader of its log see it. The variables must be there when a
//! process starts, so each test starts this binary again as the process that is observed.

use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use groundwire_kit::pki::CertificateAuthority;
use groundwire_kit::telemetry::trace_context::{TraceParent, record_stage};
use groundwire_kit::telemetry::{TelemetryConfig, init};
use groundwire_kit::testing::TrustedClients;
use groundwire_kit::tls::{HandshakeLimits, incoming};
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{
    TraceService, TraceServiceServer,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use tempfile::NamedTempFile;
use time::macros::datetime;
use tokio::net::TcpListener;
use tokio::process::Command;
use tokio::sync::mpsc;
use tonic::metadata::MetadataMap;
use tonic::{Request, Response, Status};

use crate::tls_fixture::{Mode, PATIENCE, authority, config};

const REMOTE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/// The process that is observed.
#[tokio::test]
#[ignore = "started by the other tests of this module"]
async fn observed_process() {
    let guard = init("kit-test", "1.2.3", &TelemetryConfig::default()).unwrap();
    let span = tracing::info_span!(target: "groundwire_kit", "operation", attempt = 2);
    assert!(TraceParent::parse(REMOTE).unwrap().set_as_parent_of(&span));
    span.in_scope(|| tracing::info!("observed"));
    let here = TraceParent::of(&span).unwrap();
    let (start, end) = (datetime!(2026-01-01 0:00 UTC), datetime!(2026-01-01 0:00:01 UTC));
    record_stage(&here, "write", start, end, &[("dc", "dc1".to_owned())]);
    drop(span);
    guard.shutdown(Duration::from_secs(5)).await;
}

/// Runs it with these variables; gives what it logged.
async fn observe(variables: &[(&str, String)]) -> String {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", "export::observed_process", "--ignored", "--nocapture"])
        .envs(variables.iter().map(|(name, value)| (name, value)))
        // The machine's own roots are not what is tested.
        .env_remove("SSL_CERT_DIR")
        .stdout(Stdio::null())
        .kill_on_drop(true);
    let output = tokio::time::timeout(PATIENCE, command.output())
        .await
        .unwrap()
        .unwrap();
    let log = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{log}");
    log
}

/// What a collector was sent: headers and spans.
type Received = mpsc::UnboundedReceiver<(MetadataMap, ExportTraceServiceRequest)>;

struct Collector(mpsc::UnboundedSender<(MetadataMap, ExportTraceServiceRequest)>);

#[tonic::async_trait]
impl TraceService for Collector {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let (headers, _, message) = request.into_parts();
        self.0
            .send((headers, message))
            .map_err(|_| Status::unavailable("gone"))?;
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

async fn collector() -> (String, Received) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let (sender, received) = mpsc::unbounded_channel();
    let server = tonic::transport::Server::builder()
        .add_service(TraceServiceServer::new(Collector(sender)))
        .serve_with_incoming(tokio_stream::wrappers::TcpListenerStream::new(listener));
    tokio::spawn(server);
    (endpoint, received)
}

#[tokio::test]
async fn spans_reach_the_collector_that_the_standard_variables_name() {
    let (endpoint, mut received) = collector().await;
    let log = observe(&[("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)]).await;
    assert!(
        log.contains("\"trace_id\":\"4bf92f3577b34da6a3ce929d0e0e4736\""),
        "{log}"
    );

    let mut spans = Vec::new();
    while let Ok((_, request)) = received.try_recv() {
        for resource in request.resource_spans {
            let attributes = format!("{:?}", resource.resource);
            assert!(
                attributes.contains("kit-test") && attributes.contains("1.2.3"),
                "{attributes}"
            );
            spans.extend(resource.scope_spans.into_iter().flat_map(|scope| scope.spans));
        }
    }
    assert_eq!(spans.len(), 2, "{log}");
    let operation = spans.iter().find(|span| span.name == "operation").unwrap();
    let write = spans.iter().find(|span| span.name == "write").unwrap();
    assert_eq!(hex::encode(&operation.parent_span_id), "00f067aa0ba902b7");
    assert_eq!(write.parent_span_id, operation.span_id);
    assert_eq!(
        write.end_time_unix_nano - write.start_time_unix_nano,
        1_000_000_000
    );
    assert!(
        spans
            .iter()
            .all(|span| hex::encode(&span.trace_id) == "4bf92f3577b34da6a3ce929d0e0e4736")
    );
}

#[tokio::test]
async fn the_standard_variables_name_the_service_and_switch_export_off() {
    let (endpoint, mut received) = collector().await;
    let named = [
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", endpoint.clone()),
        ("OTEL_SERVICE_NAME", "renamed".to_owned()),
    ];
    observe(&named).await;
    assert!(format!("{:?}", received.try_recv().unwrap()).contains("renamed"));
    while received.try_recv().is_ok() {}

    for (variable, value) in [
        ("OTEL_SDK_DISABLED", "true"),
        ("OTEL_TRACES_SAMPLER", "always_off"),
    ] {
        observe(&[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.clone()),
            (variable, value.to_owned()),
        ])
        .await;
        let exported = received.try_recv().is_ok();
        assert!(!exported, "{variable}");
    }
}

#[tokio::test]
async fn a_collector_that_is_gone_or_unusable_stops_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let gone = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let log = observe(&[("OTEL_EXPORTER_OTLP_ENDPOINT", gone.clone())]).await;
    assert!(log.contains("\"message\":\"observed\""), "{log}");
    assert_eq!(log.matches("spans are lost").count(), 1, "{log}");
    let gone = gone.replace("http:", "https:");
    let no_file = "/nowhere/ca.pem".to_owned();
    for unusable in [
        ("OTEL_EXPORTER_OTLP_CERTIFICATE", no_file.clone()),
        ("SSL_CERT_FILE", no_file),
        (
            "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
            "https://user:s3cret@".to_owned(),
        ),
    ] {
        let log = observe(&[("OTEL_EXPORTER_OTLP_ENDPOINT", gone.clone()), unusable]).await;
        assert!(
            log.contains("traces are not exported") && log.contains("observed") && !log.contains("s3cret"),
            "{log}"
        );
    }
}

/// A collector behind TLS on `localhost`, its CA in a file, and what it receives.
async fn tls_collector() -> (String, NamedTempFile, Received) {
    let authority = authority("collector");
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    let config = config(&authority, &Arc::new(TrustedClients::new()), Mode::Api);
    let (sender, received) = mpsc::unbounded_channel();
    let server = tonic::transport::Server::builder()
        .add_service(TraceServiceServer::new(Collector(sender)))
        .serve_with_incoming(incoming(listener, config, HandshakeLimits::default()));
    tokio::spawn(server);
    (endpoint, ca_file(&authority), received)
}

fn ca_file(authority: &CertificateAuthority) -> NamedTempFile {
    let file = NamedTempFile::new().unwrap();
    std::fs::write(file.path(), authority.certificate_pem()).unwrap();
    file
}

#[tokio::test]
async fn spans_reach_a_collector_behind_tls_with_the_headers_that_were_asked_for() {
    let (endpoint, ca, mut received) = tls_collector().await;
    let ca = ca.path().display().to_string();
    let schemeless = endpoint.replace("https://", "");
    for variables in [
        [
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint),
            ("OTEL_EXPORTER_OTLP_CERTIFICATE", &ca),
        ],
        [
            ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", &schemeless),
            ("OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE", &ca),
        ],
        // Without a certificate of its own, the machine's.
        [("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint), ("SSL_CERT_FILE", &ca)],
    ] {
        let mut variables = variables.map(|(name, value)| (name, value.clone())).to_vec();
        variables.push(("OTEL_EXPORTER_OTLP_HEADERS", "api-key=k1".to_owned()));
        let log = observe(&variables).await;
        let (headers, request) = received.try_recv().expect(&log);
        assert!(format!("{request:?}").contains("operation"));
        assert_eq!(headers.get("api-key").unwrap(), "k1");
        while received.try_recv().is_ok() {}
    }
}

#[tokio::test]
async fn a_collector_with_a_certificate_of_another_ca_gets_nothing_and_stops_nothing() {
    let (endpoint, _ca, mut received) = tls_collector().await;
    let other = ca_file(&authority("other"));
    let log = observe(&[
        ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint),
        (
            "OTEL_EXPORTER_OTLP_CERTIFICATE",
            other.path().display().to_string(),
        ),
    ])
    .await;
    assert!(log.contains("\"message\":\"observed\""), "{log}");
    assert!(
        log.contains("spans are lost") && log.contains("UnknownIssuer"),
        "{log}"
    );
    assert!(received.try_recv().is_err());
}
