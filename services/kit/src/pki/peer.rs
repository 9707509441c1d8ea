//! What a certificate says. Parsing is total; whether to believe it is for TLS to find out first.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::digest;
use rustls::pki_types::CertificateDer;
use time::OffsetDateTime;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer, X509Certificate};

/// SPIFFE limits an id to 2048 bytes (SPIFFE-ID, section 2.3).
const MAX_SPIFFE_BYTES: usize = 2048;

/// A SPIFFE id: `spiffe://trust-domain/path`, as it stands in a certificate's only URI name.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SpiffeId(String);

/// Text that is not a SPIFFE id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a SPIFFE id")]
pub struct MalformedSpiffeId;

impl SpiffeId {
    /// The whole URI.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The trust domain.
    #[must_use]
    pub fn trust_domain(&self) -> &str {
        self.parts().next().unwrap_or_default()
    }

    /// The segments of the path.
    pub fn segments(&self) -> impl Iterator<Item = &str> {
        self.parts().skip(1)
    }

    /// The segment that follows the one named so: `segment_after("tenant")` of `spiffe://d/tenant/t1` is `t1`. Names
    /// and values alternate, so a value that looks like a name is not taken for one.
    #[must_use]
    pub fn segment_after(&self, name: &str) -> Option<&str> {
        let mut segments = self.segments();
        while let (Some(key), Some(value)) = (segments.next(), segments.next()) {
            if key == name {
                return Some(value);
            }
        }
        None
    }

    fn parts(&self) -> impl Iterator<Item = &str> {
        self.0.trim_start_matches("spiffe://").split('/')
    }
}

impl FromStr for SpiffeId {
    type Err = MalformedSpiffeId;

    /// SPIFFE-ID, section 2: lower-case trust domain; segments of letters, digits, dot, dash, underscore, none empty,
    /// none `.` or `..`.
    fn from_str(text: &str) -> Result<Self, MalformedSpiffeId> {
        let rest = text.strip_prefix("spiffe://").ok_or(MalformedSpiffeId)?;
        let mut parts = rest.split('/');
        let trust_domain = parts.next().ok_or(MalformedSpiffeId)?;
        let is_domain_char = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || b".-_".contains(&c);
        let is_path_char = |c: u8| c.is_ascii_alphanumeric() || b".-_".contains(&c);
        let good = text.len() <= MAX_SPIFFE_BYTES
            && !trust_domain.is_empty()
            && trust_domain.bytes().all(is_domain_char)
            && parts.all(|part| {
                !part.is_empty() && part != "." && part != ".." && part.bytes().all(is_path_char)
            });
        if good {
            Ok(Self(text.to_owned()))
        } else {
            Err(MalformedSpiffeId)
        }
    }
}

impl fmt::Display for SpiffeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Bytes that are not a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an X.509 certificate")]
pub struct MalformedCertificate;

/// What we need to know of a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeerCertificate {
    fingerprint: [u8; 32],
    spiffe_id: Option<SpiffeId>,
    serial: String,
    not_before: OffsetDateTime,
    not_after: OffsetDateTime,
}

impl PeerCertificate {
    /// Reads a certificate.
    ///
    /// # Errors
    /// [`MalformedCertificate`] if it is not one certificate in DER.
    pub fn parse(der: &CertificateDer<'_>) -> Result<Self, MalformedCertificate> {
        let (rest, certificate) = X509Certificate::from_der(der).map_err(|_| MalformedCertificate)?;
        if !rest.is_empty() {
            return Err(MalformedCertificate);
        }
        let mut fingerprint = [0; 32];
        fingerprint.copy_from_slice(digest::digest(&digest::SHA256, der).as_ref());
        let validity = certificate.validity();
        Ok(Self {
            fingerprint,
            spiffe_id: spiffe_id(&certificate),
            serial: hex::encode(certificate.raw_serial()),
            not_before: validity.not_before.to_datetime(),
            not_after: validity.not_after.to_datetime(),
        })
    }

    /// SHA-256 of the certificate in DER.
    #[must_use]
    pub const fn fingerprint(&self) -> &[u8; 32] {
        &self.fingerprint
    }

    /// Its SPIFFE id, if it has exactly one URI and that is one (X509-SVID, section 2).
    #[must_use]
    pub const fn spiffe_id(&self) -> Option<&SpiffeId> {
        self.spiffe_id.as_ref()
    }

    /// Its serial number in hexadecimal.
    #[must_use]
    pub fn serial(&self) -> &str {
        &self.serial
    }

    /// From when it is valid.
    #[must_use]
    pub const fn not_before(&self) -> OffsetDateTime {
        self.not_before
    }

    /// Until when it is valid.
    #[must_use]
    pub const fn not_after(&self) -> OffsetDateTime {
        self.not_after
    }

    /// When to renew it: after two thirds of its life (design section 8).
    #[must_use]
    pub fn renew_at(&self) -> OffsetDateTime {
        self.not_before
            .saturating_add((self.not_after - self.not_before) * 2 / 3)
    }
}

fn spiffe_id(certificate: &X509Certificate<'_>) -> Option<SpiffeId> {
    let names = certificate.subject_alternative_name().ok()??;
    let mut uris = names.value.general_names.iter().filter_map(|name| match name {
        GeneralName::URI(uri) => Some(*uri),
        GeneralName::OtherName(..)
        | GeneralName::RFC822Name(_)
        | GeneralName::DNSName(_)
        | GeneralName::X400Address(_)
        | GeneralName::DirectoryName(_)
        | GeneralName::EDIPartyName(_)
        | GeneralName::IPAddress(_)
        | GeneralName::RegisteredID(_)
        | GeneralName::Invalid(..) => None,
    });
    match (uris.next(), uris.next()) {
        (Some(uri), None) => uri.parse().ok(),
        (Some(_) | None, _) => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_spiffe_id_gives_its_parts() {
        let id: SpiffeId = "spiffe://groundwire.example/tenant/t1/connector/tenant"
            .parse()
            .unwrap();
        assert_eq!(id.trust_domain(), "groundwire.example");
        assert_eq!(id.segment_after("tenant"), Some("t1"));
        assert_eq!(id.segment_after("connector"), Some("tenant"));
        assert_eq!(id.segment_after("t1"), None);
    }

    #[test]
    fn what_is_no_spiffe_id_is_refused() {
        let bad = [
            "",
            "https://a/b",
            "spiffe://",
            "spiffe:///a",
            "spiffe://A/b",
            "spiffe://a/",
            "spiffe://a//b",
        ];
        let worse = [
            "spiffe://a/../b",
            "spiffe://a/b?c",
            "spiffe://a/b c",
            "spiffe://a:1/b",
            "spiffe://u@a/b",
        ];
        for text in bad.into_iter().chain(worse) {
            assert_eq!(text.parse::<SpiffeId>(), Err(MalformedSpiffeId), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_parser_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = PeerCertificate::parse(&CertificateDer::from(bytes));
        }
    }
}
