//! This connector's own identity: who the directory says it is, its TLS key and certificate, and what it pinned.

use std::path::Path;

use groundwire_envelope::signed::VerifyingKey;
use groundwire_kit::tls::{ClientIdentity, ServerTrust};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::folder::{IdentityError, keep_private, read_private};
use crate::domain::{ConnectorGroupId, ConnectorId, TenantId};

const VERSION: u32 = 1;
const WHAT: &str = "a connector's identity";

/// Who this connector is.
pub struct ConnectorIdentity {
    pub tenant: TenantId,
    /// The connector group.
    pub group: ConnectorGroupId,
    pub connector: ConnectorId,
    /// Its TLS key (PKCS #8, PEM).
    pub key: SecretString,
    /// Its certificate and issuer (PEM, leaf first).
    pub chain_pem: String,
    /// The tenant's key that signs events, pinned at enrolment.
    pub event_key: VerifyingKey,
    /// The CA (PEM) that the gateway's certificate must come from.
    pub gateway_ca_pem: String,
}

/// As it is kept. Wiped when dropped.
#[derive(Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
#[serde(deny_unknown_fields)]
struct ConnectorFile {
    version: u32,
    tenant_id: String,
    connector_group_id: String,
    connector_id: String,
    event_signing_key: String,
    gateway_ca: String,
    certificate_chain: String,
    private_key: String,
}

impl ConnectorIdentity {
    /// Reads the identity.
    ///
    /// # Errors
    /// [`IdentityError`] if it cannot be read, others can read it too, or it is none.
    pub fn load(path: &Path) -> Result<Self, IdentityError> {
        let text = read_private(path)?;
        Self::parse(text.expose_secret()).ok_or_else(|| IdentityError::Malformed {
            path: path.to_owned(),
            what: WHAT,
        })
    }

    fn parse(text: &str) -> Option<Self> {
        let file: ConnectorFile = serde_json::from_str(text).ok()?;
        if file.version != VERSION {
            return None;
        }
        let event_key = hex::decode(&file.event_signing_key).ok()?;
        Some(Self {
            tenant: file.tenant_id.parse().ok()?,
            group: file.connector_group_id.parse().ok()?,
            connector: file.connector_id.parse().ok()?,
            key: SecretString::from(file.private_key.as_str()),
            chain_pem: file.certificate_chain.clone(),
            event_key: VerifyingKey::from_bytes(&event_key).ok()?,
            gateway_ca_pem: file.gateway_ca.clone(),
        })
    }

    /// Keeps the identity in a file of mode 0600. Blocking.
    pub fn keep(&self, path: &Path) -> Result<(), IdentityError> {
        let file = ConnectorFile {
            version: VERSION,
            tenant_id: self.tenant.to_string(),
            connector_group_id: self.group.to_string(),
            connector_id: self.connector.to_string(),
            event_signing_key: hex::encode(self.event_key.to_bytes()),
            gateway_ca: self.gateway_ca_pem.clone(),
            certificate_chain: self.chain_pem.clone(),
            private_key: self.key.expose_secret().to_owned(),
        };
        let malformed = |_| IdentityError::Malformed {
            path: path.to_owned(),
            what: WHAT,
        };
        let text = Zeroizing::new(serde_json::to_vec_pretty(&file).map_err(malformed)?);
        keep_private(path, &text)
    }

    /// What it shows to the gateway.
    #[must_use]
    pub fn client_identity(&self) -> ClientIdentity {
        ClientIdentity {
            chain: self.chain_pem.clone(),
            key: self.key.clone(),
        }
    }

    /// Whom it trusts as the gateway: certificates of that one CA.
    #[must_use]
    pub fn gateway_trust(&self) -> ServerTrust {
        ServerTrust::RootsPem(self.gateway_ca_pem.clone())
    }
}
