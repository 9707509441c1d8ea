//! Whom a gateway under test trusts.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use parking_lot::RwLock;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;

use crate::pki::PeerCertificate;
use crate::tls::ClientTrust;

/// Trust kept in memory: one CA for each tenant, found by the `tenant` segment of the certificate's SPIFFE URI, and the
/// fingerprints of what was revoked.
#[derive(Debug, Default)]
pub struct TrustedClients {
    tenants: RwLock<HashMap<String, Arc<RootCertStore>>>,
    revoked: RwLock<HashSet<[u8; 32]>>,
}

impl TrustedClients {
    /// Trusts nobody yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Trusts a tenant's CA from the next handshake on, in place of those it had. Two during a succession.
    ///
    /// # Panics
    /// If a certificate can't be a root.
    pub fn set_tenant(&self, tenant: &str, authorities: &[CertificateDer<'_>]) {
        let mut roots = RootCertStore::empty();
        for authority in authorities {
            roots.add(authority.clone().into_owned()).unwrap();
        }
        self.tenants.write().insert(tenant.to_owned(), Arc::new(roots));
    }

    /// Trusts none of the tenant's certificates any more.
    pub fn remove_tenant(&self, tenant: &str) {
        self.tenants.write().remove(tenant);
    }

    /// Refuses the certificate with this SHA-256 from the next handshake on.
    pub fn revoke(&self, fingerprint: [u8; 32]) {
        self.revoked.write().insert(fingerprint);
    }
}

impl ClientTrust for TrustedClients {
    fn roots_for(&self, peer: &PeerCertificate) -> Option<Arc<RootCertStore>> {
        let tenant = peer.spiffe_id()?.segment_after("tenant")?;
        self.tenants.read().get(tenant).cloned()
    }

    fn is_revoked(&self, peer: &PeerCertificate) -> bool {
        self.revoked.read().contains(peer.fingerprint())
    }
}
