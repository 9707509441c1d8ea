//! A certificate authority and what it issues.

use std::time::Duration;

use aws_lc_rs::{digest, rand};
use rcgen::{
    BasicConstraints, CertificateParams, CertificateSigningRequestParams, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, SanType,
    SerialNumber,
};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, CertificateSigningRequestDer};
use secrecy::{ExposeSecret, SecretString};
use time::OffsetDateTime;
use zeroize::Zeroizing;

use super::peer::SpiffeId;

/// Clocks differ: a certificate is valid a little before it was made.
const BACKDATED: time::Duration = time::Duration::minutes(5);

/// Why a key or certificate could not be made.
#[derive(Debug, thiserror::Error)]
pub enum PkiError {
    /// Refused by the library: a malformed name, request or key.
    #[error("cannot make or read the certificate: {0}")]
    Certificate(#[from] rcgen::Error),
    /// The operating system gave no randomness.
    #[error("the operating system gave no randomness")]
    Randomness,
    /// A certificate that does not parse as PEM.
    #[error("not a certificate in PEM")]
    NotPem,
    /// A request signed with something else than ECDSA P-256.
    #[error("the request's key is not ECDSA P-256")]
    KeyType,
}

/// From when on, and for how long.
#[derive(Debug, Clone, Copy)]
pub struct Validity {
    /// The moment it is made; it is valid five minutes earlier already.
    pub now: OffsetDateTime,
    /// How long it is valid from then on.
    pub lifetime: Duration,
}

/// A private key. No `Debug`, `Clone` or `Serialize`.
///
/// The library's own copy of it is not wiped, which is one reason for disabling core dumps.
pub struct CertificateKey(KeyPair);

impl CertificateKey {
    /// A new ECDSA P-256 key.
    ///
    /// # Errors
    /// [`PkiError`] without randomness.
    pub fn generate() -> Result<Self, PkiError> {
        Ok(Self(KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?))
    }

    /// From PKCS #8 in PEM.
    ///
    /// # Errors
    /// [`PkiError`] if it isn't that.
    pub fn from_pem(pem: &SecretString) -> Result<Self, PkiError> {
        Ok(Self(KeyPair::from_pkcs8_pem_and_sign_algo(
            pem.expose_secret(),
            &PKCS_ECDSA_P256_SHA256,
        )?))
    }

    /// As PKCS #8 in PEM, for a 0600 file or for TLS.
    #[must_use]
    pub fn to_pem(&self) -> SecretString {
        let pem = Zeroizing::new(self.0.serialize_pem());
        SecretString::from(pem.as_str())
    }

    /// A request (PKCS #10, DER) for a certificate for this key. It asks for no name: the CA gives it.
    ///
    /// # Errors
    /// [`PkiError`] if the library for certificates refuses.
    pub fn request(&self) -> Result<Vec<u8>, PkiError> {
        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        Ok(params.serialize_request(&self.0)?.der().to_vec())
    }
}

/// A certificate with its key.
pub struct Issued {
    /// The certificate that was issued, in DER.
    pub certificate: CertificateDer<'static>,
    /// The certificate followed by its CA's, in PEM: what a server shows.
    pub chain_pem: String,
    /// The private key that belongs to the certificate.
    pub key: CertificateKey,
}

/// A CA that issues directly, without intermediates.
pub struct CertificateAuthority {
    issuer: Issuer<'static, KeyPair>,
    certificate: CertificateDer<'static>,
    certificate_pem: String,
}

impl CertificateAuthority {
    /// A new CA with a new key. Gives its key, too, to be kept.
    ///
    /// # Errors
    /// [`PkiError`] if the library for certificates refuses.
    pub fn create(common_name: &str, validity: Validity) -> Result<(Self, SecretString), PkiError> {
        let key = CertificateKey::generate()?;
        let kept = key.to_pem();
        let mut params = template(validity)?;
        params.distinguished_name.push(DnType::CommonName, common_name);
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let certificate = params.self_signed(&key.0)?;
        let (der, pem) = (certificate.der().clone(), certificate.pem());
        let authority = Self {
            issuer: Issuer::new(params, key.0),
            certificate: der,
            certificate_pem: pem,
        };
        Ok((authority, kept))
    }

    /// A CA that was made before.
    ///
    /// # Errors
    /// [`PkiError`] if the two don't parse.
    pub fn from_pem(certificate_pem: &str, key: &SecretString) -> Result<Self, PkiError> {
        let certificate =
            CertificateDer::from_pem_slice(certificate_pem.as_bytes()).map_err(|_| PkiError::NotPem)?;
        let key = CertificateKey::from_pem(key)?;
        let issuer = Issuer::from_ca_cert_der(&certificate, key.0)?;
        Ok(Self {
            issuer,
            certificate,
            certificate_pem: certificate_pem.to_owned(),
        })
    }

    /// The CA's certificate.
    #[must_use]
    pub const fn certificate(&self) -> &CertificateDer<'static> {
        &self.certificate
    }

    /// The CA's certificate in PEM.
    #[must_use]
    pub fn certificate_pem(&self) -> &str {
        &self.certificate_pem
    }

    /// SHA-256 of the CA's certificate: what an enrolment token carries.
    #[must_use]
    pub fn fingerprint(&self) -> [u8; 32] {
        let mut fingerprint = [0; 32];
        fingerprint.copy_from_slice(digest::digest(&digest::SHA256, &self.certificate).as_ref());
        fingerprint
    }

    /// A server's certificate for these DNS names and IP addresses, with a new key.
    ///
    /// # Errors
    /// [`PkiError`], for a malformed name among others.
    pub fn issue_server(&self, names: &[String], validity: Validity) -> Result<Issued, PkiError> {
        let key = CertificateKey::generate()?;
        let mut params = template(validity)?;
        params.subject_alt_names = CertificateParams::new(names)?.subject_alt_names;
        if let Some(name) = names.first() {
            params.distinguished_name.push(DnType::CommonName, name.as_str());
        }
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let certificate = params.signed_by(&key.0, &self.issuer)?;
        let chain_pem = format!("{}{}", certificate.pem(), self.certificate_pem);
        Ok(Issued {
            certificate: certificate.der().clone(),
            chain_pem,
            key,
        })
    }

    /// A client's certificate for the key of a request (PKCS #10, DER). Its name is the SPIFFE id and nothing else;
    /// whatever the request asks for is ignored. Gives the certificate in PEM.
    ///
    /// # Errors
    /// [`PkiError`] if the request is malformed, its signature is wrong, or its key is of another kind.
    pub fn sign_request(
        &self,
        request: &[u8],
        identity: &SpiffeId,
        validity: Validity,
    ) -> Result<String, PkiError> {
        let request = CertificateSigningRequestDer::from(request);
        let mut request = CertificateSigningRequestParams::from_der(&request)?;
        if *request.public_key.algorithm() != PKCS_ECDSA_P256_SHA256 {
            return Err(PkiError::KeyType);
        }
        let mut params = template(validity)?;
        params.subject_alt_names = vec![SanType::URI(identity.as_str().try_into()?)];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        request.params = params;
        Ok(request.signed_by(&self.issuer)?.pem())
    }
}

/// What all certificates have in common.
fn template(validity: Validity) -> Result<CertificateParams, PkiError> {
    let mut serial = [0; 16];
    rand::fill(&mut serial).map_err(|_| PkiError::Randomness)?;
    // Positive, and not zero (RFC 5280, section 4.1.2.2).
    serial[0] = serial[0] & 0x7f | 0x40;
    let lifetime = time::Duration::try_from(validity.lifetime).unwrap_or(time::Duration::MAX);
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.serial_number = Some(SerialNumber::from_slice(&serial));
    params.not_before = validity.now.saturating_sub(BACKDATED);
    params.not_after = validity.now.saturating_add(lifetime);
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.use_authority_key_identifier_extension = true;
    Ok(params)
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;
    use crate::pki::PeerCertificate;

    fn validity(hours: u64) -> Validity {
        Validity {
            now: datetime!(2026-01-01 0:00 UTC),
            lifetime: Duration::from_secs(hours * 3600),
        }
    }

    fn authority() -> CertificateAuthority {
        CertificateAuthority::create("test", validity(24)).unwrap().0
    }

    #[test]
    fn a_signed_request_says_what_the_authority_decided() {
        let id: SpiffeId = "spiffe://groundwire.test/tenant/t1/connector/c1".parse().unwrap();
        let key = CertificateKey::generate().unwrap();
        let mut asks_for_more = CertificateParams::new(vec!["directory.example".to_owned()]).unwrap();
        asks_for_more.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let greedy = asks_for_more.serialize_request(&key.0).unwrap().der().to_vec();
        for request in [key.request().unwrap(), greedy] {
            let pem = authority().sign_request(&request, &id, validity(3)).unwrap();
            let der = CertificateDer::from_pem_slice(pem.as_bytes()).unwrap();
            let peer = PeerCertificate::parse(&der).unwrap();
            assert_eq!(peer.spiffe_id(), Some(&id));
            assert_eq!(peer.not_after(), datetime!(2026-01-01 3:00 UTC));
            assert_eq!(peer.not_before(), datetime!(2025-12-31 23:55 UTC));
            assert!(peer.renew_at() > datetime!(2026-01-01 1:55 UTC));
            let (_, parsed) = x509_parser::parse_x509_certificate(&der).unwrap();
            let names = parsed.subject_alternative_name().unwrap().unwrap();
            assert!(!parsed.is_ca());
            assert_eq!(names.value.general_names.len(), 1);
        }
    }

    #[test]
    fn a_request_with_a_wrong_signature_is_refused() {
        let id: SpiffeId = "spiffe://groundwire.test/tenant/t1".parse().unwrap();
        let mut request = CertificateKey::generate().unwrap().request().unwrap();
        let last = request.len() - 1;
        request[last] ^= 1;
        assert!(authority().sign_request(&request, &id, validity(1)).is_err());
        assert!(authority().sign_request(b"nothing", &id, validity(1)).is_err());
    }

    #[test]
    fn an_authority_survives_its_files() {
        let (authority, key) = CertificateAuthority::create("test", validity(24)).unwrap();
        let again = CertificateAuthority::from_pem(authority.certificate_pem(), &key).unwrap();
        assert_eq!(again.fingerprint(), authority.fingerprint());
        let issued = again
            .issue_server(&["localhost".to_owned(), "127.0.0.1".to_owned()], validity(1))
            .unwrap();
        assert_eq!(issued.chain_pem.matches("BEGIN CERTIFICATE").count(), 2);
        let peer = PeerCertificate::parse(&issued.certificate).unwrap();
        assert_eq!(peer.spiffe_id(), None);
    }
}
