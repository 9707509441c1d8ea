//! Log lines, as JSON or for people, each with the trace and span it belongs to.

use std::fmt::{self, Write as _};

use opentelemetry::Context;
use opentelemetry::trace::TraceContextExt;
use serde_json::{Map, Value};
use time::format_description::well_known::Rfc3339;
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use crate::clock::{Clock, SystemClock};
use serde::Deserialize;

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// One JSON object a line.
    #[default]
    Json,
    /// Lines that people read.
    Plain,
}

/// Formats one event as one line.
pub(super) struct LogLine(pub(super) LogFormat);

impl<S, N> FormatEvent<S, N> for LogLine
where
    S: Subscriber + for<'lookup> LookupSpan<'lookup>,
    N: for<'writer> FormatFields<'writer> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let metadata = event.metadata();
        let timestamp = SystemClock.now().format(&Rfc3339).map_err(|_| fmt::Error)?;
        let span_name = context.lookup_current().map(|span| span.name());
        let otel = Context::current();
        let trace = otel.span().span_context().clone();
        match self.0 {
            LogFormat::Json => {
                let mut line = Map::new();
                line.insert("timestamp".to_owned(), timestamp.into());
                line.insert("level".to_owned(), metadata.level().as_str().into());
                line.insert("target".to_owned(), metadata.target().into());
                line.insert("message".to_owned(), fields.message.into());
                if let Some(name) = span_name {
                    line.insert("span".to_owned(), name.into());
                }
                if trace.is_valid() {
                    line.insert("trace_id".to_owned(), trace.trace_id().to_string().into());
                    line.insert("span_id".to_owned(), trace.span_id().to_string().into());
                }
                if !fields.others.is_empty() {
                    line.insert("fields".to_owned(), Value::Object(fields.others));
                }
                writeln!(writer, "{}", Value::Object(line))
            }
            LogFormat::Plain => {
                let (level, target) = (metadata.level(), metadata.target());
                write!(
                    writer,
                    "{timestamp} {level:>5} {target}: {}",
                    one_line(&fields.message)
                )?;
                for (name, value) in &fields.others {
                    match value {
                        Value::String(text) => write!(writer, " {name}={}", one_line(text))?,
                        Value::Null
                        | Value::Bool(_)
                        | Value::Number(_)
                        | Value::Array(_)
                        | Value::Object(_) => {
                            write!(writer, " {name}={value}")?;
                        }
                    }
                }
                if trace.is_valid() {
                    write!(
                        writer,
                        " trace_id={} span_id={}",
                        trace.trace_id(),
                        trace.span_id()
                    )?;
                }
                writeln!(writer)
            }
        }
    }
}

/// Keeps a value from looking like a line of its own.
fn one_line(text: &str) -> String {
    text.chars()
        .flat_map(|c| {
            if c.is_control() {
                c.escape_default().collect()
            } else {
                vec![c]
            }
        })
        .collect()
}

#[derive(Default)]
struct Fields {
    message: String,
    others: Map<String, Value>,
}

impl Fields {
    fn insert(&mut self, field: &Field, value: Value) {
        self.others.insert(field.name().to_owned(), value);
    }
}

impl Visit for Fields {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.insert(field, value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.insert(field, value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.insert(field, value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.insert(field, value.into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "message" {
            value.clone_into(&mut self.message);
        } else {
            self.insert(field, value.into());
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let mut text = String::new();
        // Writing to a string does not fail; a Debug that fails leaves what it wrote.
        let _ = write!(text, "{value:?}");
        self.record_str(field, &text);
    }
}
