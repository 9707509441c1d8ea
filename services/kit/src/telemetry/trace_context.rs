//! Trace context (W3C, `traceparent`) as a string that travels in events, and in gRPC metadata.
//!
//! Parsing is total: what is no `traceparent` is no parent, never an error. `tracestate` is not carried.

use std::fmt;
use std::time::SystemTime;

use opentelemetry::trace::{
    Span as _, SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState, Tracer,
};
use opentelemetry::{Context, KeyValue};
use time::OffsetDateTime;
use tonic::metadata::MetadataMap;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

const HEADER: &str = "traceparent";

/// A place in a trace: what the next process continues from.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TraceParent {
    trace_id: TraceId,
    span_id: SpanId,
    sampled: bool,
}

impl TraceParent {
    /// Reads a `traceparent` (W3C Trace Context, section 3.2); `None` if it isn't one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim_matches([' ', '\t']);
        let mut parts = text.splitn(5, '-');
        let (version, trace_id, span_id, flags) =
            (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        // Version ff is forbidden; version 00 has exactly four parts, later ones may have more.
        let version = lower_hex::<1>(version)?;
        if version == [0xff] || (version == [0] && parts.next().is_some()) {
            return None;
        }
        let trace_id = TraceId::from_bytes(lower_hex(trace_id)?);
        let span_id = SpanId::from_bytes(lower_hex(span_id)?);
        let [flags] = lower_hex(flags)?;
        let valid = trace_id != TraceId::INVALID && span_id != SpanId::INVALID;
        valid.then_some(Self {
            trace_id,
            span_id,
            sampled: flags & 1 == 1,
        })
    }

    /// The place where the code runs now, if it runs in a span.
    #[must_use]
    pub fn current() -> Option<Self> {
        Self::of(&Span::current())
    }

    /// The place of a span.
    #[must_use]
    pub fn of(span: &Span) -> Option<Self> {
        Self::from_context(span.context().span().span_context())
    }

    /// The trace's id as 32 hexadecimal digits: what is shown to people and kept in records.
    #[must_use]
    pub fn trace_id(&self) -> String {
        self.trace_id.to_string()
    }

    /// The span's id as 16 hexadecimal digits.
    #[must_use]
    pub fn span_id(&self) -> String {
        self.span_id.to_string()
    }

    /// Makes it the parent of a span. Must be called before the span is first entered; `false` if that was missed.
    /// Only spans whose target begins with `groundwire` are recorded, so for others it has no effect.
    pub fn set_as_parent_of(&self, span: &Span) -> bool {
        span.set_parent(self.context()).is_ok()
    }

    fn from_context(context: &SpanContext) -> Option<Self> {
        context.is_valid().then(|| Self {
            trace_id: context.trace_id(),
            span_id: context.span_id(),
            sampled: context.is_sampled(),
        })
    }

    fn span_context(&self) -> SpanContext {
        let flags = if self.sampled {
            TraceFlags::SAMPLED
        } else {
            TraceFlags::default()
        };
        SpanContext::new(self.trace_id, self.span_id, flags, true, TraceState::default())
    }

    fn context(&self) -> Context {
        Context::new().with_remote_span_context(self.span_context())
    }
}

impl fmt::Display for TraceParent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "00-{}-{}-{:02x}",
            self.trace_id,
            self.span_id,
            u8::from(self.sampled)
        )
    }
}

impl fmt::Debug for TraceParent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TraceParent({self})")
    }
}

/// The caller's place, from gRPC metadata.
#[must_use]
pub fn extract(metadata: &MetadataMap) -> Option<TraceParent> {
    TraceParent::parse(metadata.get(HEADER)?.to_str().ok()?)
}

/// Records a stage that was measured elsewhere as a span of its own under `parent`.
pub fn record_stage(
    parent: &TraceParent,
    name: &'static str,
    start: OffsetDateTime,
    end: OffsetDateTime,
    attributes: &[(&'static str, String)],
) {
    let tracer = opentelemetry::global::tracer("groundwire");
    let attributes = attributes
        .iter()
        .map(|(key, value)| KeyValue::new(*key, value.clone()))
        .collect::<Vec<_>>();
    let mut span = tracer
        .span_builder(name)
        .with_start_time(SystemTime::from(start))
        .with_attributes(attributes)
        .start_with_context(&tracer, &parent.context());
    span.end_with_timestamp(SystemTime::from(end.max(start)));
}

fn lower_hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    // The recommendation allows lower case only.
    if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return None;
    }
    let mut bytes = [0; N];
    hex::decode_to_slice(text, &mut bytes).ok()?;
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tonic::metadata::MetadataValue;

    use super::*;

    const GOOD: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn a_traceparent_survives_parsing() {
        let parent = TraceParent::parse(GOOD).unwrap();
        assert_eq!(parent.to_string(), GOOD);
        assert_eq!(parent.trace_id(), "4bf92f3577b34da6a3ce929d0e0e4736");
        assert_eq!(parent.span_id(), "00f067aa0ba902b7");
    }

    #[test]
    fn what_is_no_traceparent_is_no_parent() {
        let bad = [
            "",
            "00",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-01",
        ];
        for text in bad {
            assert_eq!(TraceParent::parse(text), None, "{text}");
        }
        let later = "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more";
        assert!(TraceParent::parse(later).is_some());
    }

    #[test]
    fn metadata_carries_it() {
        let mut metadata = MetadataMap::new();
        assert_eq!(extract(&metadata), None);
        metadata.insert(HEADER, MetadataValue::from_static(GOOD));
        assert_eq!(extract(&metadata), TraceParent::parse(GOOD));
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text in "\\PC*", near in "[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}") {
            let _ = TraceParent::parse(&text);
            if let Some(parent) = TraceParent::parse(&near) {
                prop_assert_eq!(TraceParent::parse(&parent.to_string()), Some(parent));
            }
        }
    }
}
