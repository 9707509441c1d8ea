//! What every gRPC server of ours has: reflection, health, callers' deadlines, and the layer that finds out who calls.

mod call_layer;
mod call_metrics;
mod deadline;
mod message_limit;
mod method;
mod refusal;
mod standing_body;

use std::time::Duration;

use tonic::metadata::MetadataMap;
use tonic::service::Routes;
use tonic_health::pb::health_server::{Health, HealthServer};
use tonic_health::server::HealthReporter;

pub use call_layer::{CallLayer, CallService, Callers};
pub use call_metrics::{CallMetrics, code_name};
pub use deadline::{WITHOUT_DEADLINE, answer_within};
pub use message_limit::{BodyLimits, limit_body};
pub use method::{Access, Methods, UNKNOWN_METHOD};
pub use refusal::{refusal_name, refused_as};

/// The domain of `google.rpc.ErrorInfo` in our statuses.
pub const ERROR_DOMAIN: &str = "groundwire";

/// The header in which a caller says how long it waits (gRPC over HTTP/2, "Timeout").
const TIMEOUT_HEADER: &str = "grpc-timeout";

/// A file descriptor set that can't be served.
#[derive(Debug, thiserror::Error)]
#[error("reflection cannot be served: {0}")]
pub struct ReflectionError(#[from] tonic_reflection::server::Error);

/// The reflection services over encoded file descriptor sets, or no services if it is switched off. Serve them with
/// `Server::add_routes`. Both versions, since many clients ask for v1alpha only.
///
/// # Errors
/// [`ReflectionError`] if a set does not decode: a defect of the build.
pub fn reflection(enabled: bool, descriptor_sets: &[&'static [u8]]) -> Result<Routes, ReflectionError> {
    let routes = Routes::default();
    if !enabled {
        return Ok(routes);
    }
    let builder = || {
        // Each version tells of the other one too.
        let ours = [
            tonic_health::pb::FILE_DESCRIPTOR_SET,
            tonic_reflection::pb::v1::FILE_DESCRIPTOR_SET,
            tonic_reflection::pb::v1alpha::FILE_DESCRIPTOR_SET,
        ];
        let builder = tonic_reflection::server::Builder::configure().include_reflection_service(false);
        let sets = ours.into_iter().chain(descriptor_sets.iter().copied());
        sets.fold(
            builder,
            tonic_reflection::server::Builder::register_encoded_file_descriptor_set,
        )
    };
    Ok(routes
        .add_service(builder().build_v1()?)
        .add_service(builder().build_v1alpha()?))
}

/// The health service (`grpc.health.v1`), and the handle by which a service tells its state.
#[must_use]
pub fn health() -> (HealthReporter, HealthServer<impl Health>) {
    tonic_health::server::health_reporter()
}

/// How long the caller waits; `None` if it does not say, or says it in a way that no client does.
#[must_use]
pub fn caller_timeout(metadata: &MetadataMap) -> Option<Duration> {
    parse_timeout(metadata.get(TIMEOUT_HEADER)?.to_str().ok()?)
}

/// At most eight digits and a unit.
fn parse_timeout(text: &str) -> Option<Duration> {
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let is_number = (1..=8).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    let count: u64 = if is_number {
        digits.parse().ok()?
    } else {
        return None;
    };
    match unit {
        "H" => Some(Duration::from_secs(count * 3600)),
        "M" => Some(Duration::from_secs(count * 60)),
        "S" => Some(Duration::from_secs(count)),
        "m" => Some(Duration::from_millis(count)),
        "u" => Some(Duration::from_micros(count)),
        "n" => Some(Duration::from_nanos(count)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn timeouts_are_read_in_every_unit() {
        let cases = [
            ("1H", Duration::from_secs(3600)),
            ("2M", Duration::from_secs(120)),
            ("3S", Duration::from_secs(3)),
            ("99999999m", Duration::from_millis(99_999_999)),
            ("5u", Duration::from_micros(5)),
            ("6n", Duration::from_nanos(6)),
        ];
        for (text, expected) in cases {
            assert_eq!(parse_timeout(text), Some(expected));
        }
        for text in ["", "S", "1", "-1S", "+1S", "123456789S", "1x", "1€"] {
            assert_eq!(parse_timeout(text), None, "{text}");
        }
    }

    #[test]
    fn a_descriptor_set_that_does_not_decode_is_an_error() {
        assert!(reflection(true, &[b"no descriptor"]).is_err());
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text in "\\PC*") {
            let _ = parse_timeout(&text);
        }
    }
}
