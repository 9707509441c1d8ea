//! Tests of the subscriber as a whole: what lines say, what is exported, what is not.

use std::io;
use std::sync::Arc;

use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SpanData, SpanExporter};
use parking_lot::Mutex;
use serde_json::Value;

use super::trace_context::TraceParent;
use super::*;

#[derive(Debug, Clone, Default)]
struct Collected(Arc<Mutex<Vec<SpanData>>>);

impl SpanExporter for Collected {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        self.0.lock().extend(batch);
        Ok(())
    }
}

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Runs the code under a subscriber of its own; gives the log's text and the exported spans.
fn observe(format: LogFormat, code: impl FnOnce()) -> (String, Vec<SpanData>) {
    let (spans, lines) = (Collected::default(), Lines::default());
    let provider = SdkTracerProvider::builder()
        .with_simple_exporter(spans.clone())
        .build();
    let writer = lines.clone();
    let subscriber = subscriber(
        &provider,
        format,
        EnvFilter::try_new("trace").unwrap(),
        move || writer.clone(),
    );
    tracing::subscriber::with_default(subscriber, code);
    provider.force_flush().unwrap();
    let text = String::from_utf8(lines.0.lock().clone()).unwrap();
    let spans = spans.0.lock().clone();
    (text, spans)
}

#[test]
fn a_json_line_names_its_trace_and_span() {
    let mut place = None;
    let (text, spans) = observe(LogFormat::Json, || {
        let span = tracing::info_span!("operation");
        let _entered = span.enter();
        place = TraceParent::current();
        tracing::info!(attempt = 2, dc = "dc1", "delivered");
    });
    let line: Value = serde_json::from_str(text.trim()).unwrap();
    let place = place.unwrap();
    assert_eq!(line["message"], "delivered");
    assert_eq!(line["level"], "INFO");
    assert_eq!(line["span"], "operation");
    assert_eq!(line["fields"]["attempt"], 2);
    assert_eq!(line["fields"]["dc"], "dc1");
    assert_eq!(line["trace_id"], place.trace_id());
    assert_eq!(line["span_id"], place.span_id());
    assert_eq!(spans.len(), 1);
    assert_eq!(spans[0].span_context.trace_id().to_string(), place.trace_id());
    // Logs stay logs.
    assert_eq!(spans[0].events.len(), 0);
}

#[test]
fn a_plain_line_stays_one_line() {
    let (text, _) = observe(LogFormat::Plain, || tracing::warn!(name = "a\nb", "odd"));
    assert_eq!(text.lines().count(), 1);
    assert!(text.contains("WARN") && text.contains("name=a\\nb"), "{text}");
}

#[test]
fn a_remote_parent_is_continued() {
    let remote = TraceParent::parse("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01").unwrap();
    let (_, spans) = observe(LogFormat::Json, || {
        let continued = tracing::info_span!("continued");
        assert!(remote.set_as_parent_of(&continued));
        continued.in_scope(|| assert_eq!(TraceParent::current().unwrap().trace_id(), remote.trace_id()));
    });
    let span = |name: &str| spans.iter().find(|span| span.name == name).unwrap();
    assert_eq!(spans.len(), 1);
    assert_eq!(span("continued").parent_span_id.to_string(), remote.span_id());
}

#[test]
fn a_library_that_asks_whether_its_lines_are_wanted_takes_no_span_and_no_line_with_it() {
    // sqlx asks so before it logs a statement.
    let asks = || assert!(tracing::enabled!(target: "sqlx::query", tracing::Level::WARN));
    let (text, spans) = observe(LogFormat::Json, || {
        for _ in 0..2 {
            asks();
            tracing::info_span!("operation").in_scope(|| {
                asks();
                tracing::info!("delivered");
            });
        }
    });
    assert_eq!((spans.len(), text.lines().count()), (2, 2), "{text}");
}

#[test]
fn spans_of_libraries_are_not_exported_and_their_details_not_logged() {
    let (text, spans) = observe(LogFormat::Json, || {
        let _library = tracing::info_span!(target: "h2::proto", "frame").entered();
        tracing::debug!(target: "h2::proto", "authorization: Bearer s3cret");
        tracing::trace!(target: "sqlx::query", "s3cret");
        tracing::trace!(target: "ldap3", "s3cret");
        tracing::debug!("ours");
    });
    assert!(spans.is_empty());
    assert!(!text.contains("s3cret") && text.contains("ours"), "{text}");
}

#[test]
fn without_a_collector_lines_still_name_their_trace() {
    let lines = Lines::default();
    let provider = SdkTracerProvider::builder().build();
    let writer = lines.clone();
    let filter = EnvFilter::try_new("trace").unwrap();
    let subscriber = subscriber(&provider, LogFormat::Json, filter, move || writer.clone());
    tracing::subscriber::with_default(subscriber, || {
        tracing::info_span!("operation").in_scope(|| tracing::info!("done"));
    });
    let text = String::from_utf8(lines.0.lock().clone()).unwrap();
    let line: Value = serde_json::from_str(text.trim()).unwrap();
    assert_eq!(line["trace_id"].as_str().map(str::len), Some(32));
}

#[tokio::test]
async fn a_flush_to_a_collector_that_hangs_ends_at_its_deadline() {
    #[derive(Debug)]
    struct Hangs;
    impl SpanExporter for Hangs {
        async fn export(&self, _: Vec<SpanData>) -> OTelSdkResult {
            std::future::pending().await
        }
    }
    let provider = SdkTracerProvider::builder().with_batch_exporter(Hangs).build();
    {
        use opentelemetry::trace::Tracer;
        drop(provider.tracer("test").start("span"));
    }
    let start = tokio::time::Instant::now();
    TelemetryGuard { provider }
        .shutdown(Duration::from_millis(200))
        .await;
    assert!(start.elapsed() < Duration::from_secs(5));
}
