//! Which client certificates a gateway trusts. Tenants come while it runs, so every handshake looks here.
//!
//! Each tenant has a CA of its own, and a certificate is verified against the one CA of the tenant that it names: so
//! one tenant's CA can't make certificates for another.

use std::fmt;
use std::sync::Arc;

use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{CryptoProvider, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, Error, PeerIncompatible, RootCertStore,
    SignatureScheme,
};

use super::provider;
use crate::pki::PeerCertificate;

/// Says whom to trust. Asked at every handshake, on the runtime's threads: answer from memory.
pub trait ClientTrust: fmt::Debug + Send + Sync {
    /// The roots that this certificate must lead to; what it says is not verified yet. `None`: nobody can vouch for it.
    fn roots_for(&self, peer: &PeerCertificate) -> Option<Arc<RootCertStore>>;

    /// Whether it was revoked. Asked after the chain was verified.
    fn is_revoked(&self, peer: &PeerCertificate) -> bool;
}

/// Makes a client certificate optional, and a wrong one fatal.
#[derive(Debug)]
pub(super) struct OptionalClientVerifier {
    trust: Arc<dyn ClientTrust>,
    provider: Arc<CryptoProvider>,
}

impl OptionalClientVerifier {
    pub(super) fn new(trust: Arc<dyn ClientTrust>) -> Self {
        Self {
            trust,
            provider: provider(),
        }
    }
}

impl ClientCertVerifier for OptionalClientVerifier {
    fn client_auth_mandatory(&self) -> bool {
        false
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        // No hints: they would tell every stranger which tenants there are.
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        let peer = PeerCertificate::parse(end_entity)
            .map_err(|_| Error::InvalidCertificate(CertificateError::BadEncoding))?;
        let roots = self
            .trust
            .roots_for(&peer)
            .ok_or(Error::InvalidCertificate(CertificateError::UnknownIssuer))?;
        let verified = WebPkiClientVerifier::builder_with_provider(roots, Arc::clone(&self.provider))
            .build()
            .map_err(|_| Error::InvalidCertificate(CertificateError::UnknownIssuer))?
            .verify_client_cert(end_entity, intermediates, now)?;
        if self.trust.is_revoked(&peer) {
            return Err(Error::InvalidCertificate(CertificateError::Revoked));
        }
        Ok(verified)
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(Error::PeerIncompatible(PeerIncompatible::Tls12NotOffered))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}
