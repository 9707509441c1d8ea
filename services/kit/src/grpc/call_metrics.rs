//! What is counted of each gRPC call: its method, its code, and how long it took until its response headers.

use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use tonic::Code;

use crate::metrics::duration_histogram;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CallLabels {
    method: &'static str,
    code: &'static str,
}

/// A histogram by method and code, both of closed sets. Clones are the same.
///
/// A call with a stream counts until the stream stands, with `OK` whatever its end: streams are held for days. A caller that
/// went away, or whose deadline passed, before there was an answer counts as `CANCELLED`; a handler that panicked, as `INTERNAL`.
#[derive(Debug, Clone)]
pub struct CallMetrics(Family<CallLabels, Histogram>);

impl Default for CallMetrics {
    fn default() -> Self {
        Self(Family::new_with_constructor(duration_histogram))
    }
}

impl CallMetrics {
    /// Puts it into the registry, whose prefix says the service.
    pub fn register(&self, registry: &mut Registry) {
        registry.register(
            "grpc_call_seconds",
            "gRPC calls by method and code, and how long until the response headers",
            self.0.clone(),
        );
    }

    pub(super) fn observe(&self, method: &'static str, code: Code, took: Duration) {
        let labels = CallLabels {
            method,
            code: code_name(code),
        };
        self.0.get_or_create(&labels).observe(took.as_secs_f64());
    }
}

/// A code as the gRPC specification writes it.
#[must_use]
pub const fn code_name(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    }
}
