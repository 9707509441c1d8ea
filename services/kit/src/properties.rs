//! What holds of every parser of this crate for any bytes: run by the fuzzer (`tests/fuzz`), and on its seeds by the
//! unit tests. A property that does not hold panics.

#![allow(
    clippy::unwrap_used,
    reason = "a panic is how a property tells that it does not hold"
)]

use rustls::pki_types::CertificateDer;
use std::time::Duration;
use tonic::metadata::{MetadataMap, MetadataValue};

use crate::grpc::caller_timeout;
use crate::pki::{PeerCertificate, SpiffeId};
use crate::telemetry::trace_context::{self, TraceParent};

/// The longest that a caller can say: 99,999,999 hours.
const LONGEST_TIMEOUT: Duration = Duration::from_secs(99_999_999 * 3600);

/// A `traceparent` that is taken up has the text that is passed on (of its version and with our flags), and never the
/// ids that are forbidden.
pub fn trace_parent(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let parsed = TraceParent::parse(&text);
    if let Some(parent) = parsed {
        let written = parent.to_string();
        assert_eq!(TraceParent::parse(&written), Some(parent));
        assert_eq!(written.len(), 55);
        let trimmed = text.trim_matches([' ', '\t']);
        assert_eq!(written[2..53], trimmed[2..53], "other ids came out");
        assert!(parent.trace_id().bytes().any(|digit| digit != b'0'));
        assert!(parent.span_id().bytes().any(|digit| digit != b'0'));
    }
    if let Ok(value) = MetadataValue::try_from(bytes) {
        let mut metadata = MetadataMap::new();
        metadata.insert("traceparent", value);
        if let Some(extracted) = trace_context::extract(&metadata) {
            assert_eq!(parsed, Some(extracted));
        }
    }
}

/// A caller's time-out is within the range of the header's eight digits, whatever stands in it.
pub fn grpc_timeout(bytes: &[u8]) {
    let Ok(value) = MetadataValue::try_from(bytes) else {
        return;
    };
    let mut metadata = MetadataMap::new();
    metadata.insert("grpc-timeout", value);
    if let Some(timeout) = caller_timeout(&metadata) {
        assert!((2..=9).contains(&bytes.len()));
        assert!(timeout <= LONGEST_TIMEOUT);
        let is_zero = bytes.iter().rev().skip(1).all(|digit| *digit == b'0');
        assert_eq!(timeout.is_zero(), is_zero);
    }
}

/// A SPIFFE id is the text that it was parsed from, and its parts put together again.
pub fn spiffe_id(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let Ok(id) = text.parse::<SpiffeId>() else {
        return;
    };
    assert_eq!(id.to_string(), text);
    let mut again = format!("spiffe://{}", id.trust_domain());
    for segment in id.segments() {
        assert!(!segment.is_empty() && segment != "." && segment != "..");
        again.push('/');
        again.push_str(segment);
    }
    assert_eq!(again, text);
    // Names stand in even places only: a value is never taken for a name.
    let segments: Vec<&str> = id.segments().collect();
    for pair in segments.chunks_exact(2) {
        let first = segments.chunks_exact(2).find(|other| other[0] == pair[0]);
        assert_eq!(id.segment_after(pair[0]), first.map(|pair| pair[1]));
    }
}

/// Any bytes are a certificate or none; one that is renewed is renewed within its life.
pub fn peer_certificate(bytes: &[u8]) {
    let Ok(certificate) = PeerCertificate::parse(&CertificateDer::from(bytes)) else {
        return;
    };
    let renew_at = certificate.renew_at();
    if certificate.not_before() <= certificate.not_after() {
        assert!((certificate.not_before()..=certificate.not_after()).contains(&renew_at));
    }
    if let Some(id) = certificate.spiffe_id() {
        assert_eq!(id.to_string().parse().as_ref(), Ok(id));
    }
    // What would follow the certificate is under no signature.
    let longer = [bytes, &[0]].concat();
    assert!(PeerCertificate::parse(&CertificateDer::from(longer)).is_err());
}

#[cfg(test)]
#[path = "../../../tests/fuzz/seeds.rs"]
mod seeds;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_seed_keeps_its_property() {
        seeds::keep(
            "kit",
            &[
                ("trace_parent", trace_parent),
                ("grpc_timeout", grpc_timeout),
                ("spiffe_id", spiffe_id),
                ("peer_certificate", peer_certificate),
            ],
        );
    }
}
