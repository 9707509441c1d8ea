//! Who a connector is, as its certificate says: `spiffe://groundwire/tenant/<t>/group/<g>/connector/<c>`.
//!
//! A certificate is verified against the CA of the tenant that its URI names, so the CA of one tenant cannot make a
//! connector of another.

use std::fmt;
use std::str::FromStr;

use groundwire_kit::pki::PeerCertificate;
use rustls_pki_types::CertificateDer;

use crate::domain::{ConnectorGroupId, ConnectorId, TenantId};

const TRUST_DOMAIN: &str = "spiffe://groundwire/";

/// The three ids in a connector's certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ConnectorIdentity {
    pub tenant: TenantId,
    pub group: ConnectorGroupId,
    pub connector: ConnectorId,
}

/// A certificate or URI that names no connector.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the identity of a connector")]
pub struct NotAConnector;

impl ConnectorIdentity {
    /// The identity in a certificate (DER) that was verified before.
    pub fn from_certificate(der: &CertificateDer<'_>) -> Result<Self, NotAConnector> {
        let certificate = PeerCertificate::parse(der).map_err(|_| NotAConnector)?;
        certificate.spiffe_id().ok_or(NotAConnector)?.as_str().parse()
    }
}

impl fmt::Display for ConnectorIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            tenant,
            group,
            connector,
        } = self;
        write!(
            f,
            "{TRUST_DOMAIN}tenant/{tenant}/group/{group}/connector/{connector}"
        )
    }
}

impl FromStr for ConnectorIdentity {
    type Err = NotAConnector;

    fn from_str(uri: &str) -> Result<Self, Self::Err> {
        let path = uri.strip_prefix(TRUST_DOMAIN).ok_or(NotAConnector)?;
        let parts: Vec<&str> = path.split('/').collect();
        let ["tenant", tenant, "group", group, "connector", connector] = parts.as_slice() else {
            return Err(NotAConnector);
        };
        let identity = Self {
            tenant: tenant.parse().map_err(|_| NotAConnector)?,
            group: group.parse().map_err(|_| NotAConnector)?,
            connector: connector.parse().map_err(|_| NotAConnector)?,
        };
        // One text per identity: upper-case digits would make a second one.
        if identity.to_string() == uri {
            Ok(identity)
        } else {
            Err(NotAConnector)
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn identity() -> ConnectorIdentity {
        ConnectorIdentity {
            tenant: TenantId::new(Uuid::from_u128(0xa1)),
            group: ConnectorGroupId::new(Uuid::from_u128(0xb2)),
            connector: ConnectorId::new(Uuid::from_u128(0xc3)),
        }
    }

    #[test]
    fn an_identity_survives_its_uri() {
        assert_eq!(identity().to_string().parse(), Ok(identity()));
    }

    #[test]
    fn any_other_uri_names_nobody() {
        let uri = identity().to_string();
        for other in [
            String::new(),
            uri.replace("groundwire", "elsewhere"),
            uri.replace("/group/", "/groups/"),
            format!("{uri}/"),
            format!("{uri}/more"),
            uri.to_uppercase(),
            uri.replace("a1", "A1"),
            uri.replace("spiffe://", "https://"),
        ] {
            assert_eq!(other.parse::<ConnectorIdentity>(), Err(NotAConnector), "{other}");
        }
    }
}
