//! Sealing keys: what a connector presents is believed only under the signature of its group's root key, which was made
//! on premises.

use groundwire_envelope::SealingPublicKey;
use groundwire_envelope::signed::{Domain, Signed, VerifyingKey};
use groundwire_proto::envelope::v1::{SealingKeyCertificate, SignedBytes};
use groundwire_proto::time::moment_of;
use prost::Message;
use prost_types::Timestamp;

use crate::domain::{CertifiedKey, ConnectorGroupId, TenantId};

/// Most keys a connector may present: with daily rotation and the longest lifetimes a few overlap.
pub const MAX_KEYS: usize = 16;

/// Why a key certificate is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyRefused {
    /// Not signed by the group's root key, or altered.
    #[error("the certificate is not signed by the group's root key")]
    Signature,
    /// For another tenant or group.
    #[error("the certificate is for another tenant or group")]
    Elsewhere,
    /// Malformed: the key, its id or its times.
    #[error("the certificate is malformed")]
    Malformed,
}

/// Believes a certificate, or not.
pub fn verify(
    certificate: SignedBytes,
    root: &VerifyingKey,
    tenant: TenantId,
    group: ConnectorGroupId,
) -> Result<CertifiedKey, KeyRefused> {
    let signed = Signed::try_from(certificate).map_err(|_| KeyRefused::Signature)?;
    let verified = root
        .verify(Domain::KeyCertificate, signed.clone())
        .map_err(|_| KeyRefused::Signature)?;
    let content = SealingKeyCertificate::decode(verified.bytes()).map_err(|_| KeyRefused::Malformed)?;
    if content.tenant_id != tenant.to_string() || content.connector_group_id != group.to_string() {
        return Err(KeyRefused::Elsewhere);
    }
    let key = SealingPublicKey::from_bytes(&content.public_key).map_err(|_| KeyRefused::Malformed)?;
    let time = |of: Option<Timestamp>| of.as_ref().and_then(moment_of).ok_or(KeyRefused::Malformed);
    let (seal_from, seal_until, open_until) = (
        time(content.seal_from)?,
        time(content.seal_until)?,
        time(content.open_until)?,
    );
    if content.key_id != key.id().to_string() || seal_from >= seal_until || seal_until > open_until {
        return Err(KeyRefused::Malformed);
    }
    Ok(CertifiedKey {
        key,
        seal_from,
        seal_until,
        open_until,
        certificate: signed,
    })
}

#[cfg(test)]
mod tests {
    use groundwire_envelope::signed::SigningKey;
    use groundwire_envelope::{KeyId, SealingPrivateKey};
    use time::OffsetDateTime;
    use uuid::Uuid;

    use super::*;

    const TENANT: TenantId = TenantId::new(Uuid::from_u128(1));
    const GROUP: ConnectorGroupId = ConnectorGroupId::new(Uuid::from_u128(2));

    fn certificate() -> SealingKeyCertificate {
        let key = SealingPrivateKey::generate().unwrap();
        let at = |seconds| Some(Timestamp { seconds, nanos: 0 });
        SealingKeyCertificate {
            tenant_id: TENANT.to_string(),
            connector_group_id: GROUP.to_string(),
            key_id: key.id().to_string(),
            public_key: key.public_key().to_bytes().to_vec(),
            seal_from: at(100),
            seal_until: at(200),
            open_until: at(300),
        }
    }

    fn verified(content: &SealingKeyCertificate, domain: Domain) -> Result<CertifiedKey, KeyRefused> {
        let root = SigningKey::generate().unwrap();
        let certificate = root.sign(domain, content.encode_to_vec()).into();
        verify(certificate, &root.verifying_key(), TENANT, GROUP)
    }

    #[test]
    fn a_key_is_active_while_it_may_be_sealed_to() {
        let key = verified(&certificate(), Domain::KeyCertificate).unwrap();
        let at = |seconds| OffsetDateTime::from_unix_timestamp(seconds).unwrap();
        let active: Vec<bool> = [99, 100, 199, 200].map(|second| key.is_active(at(second))).into();
        assert_eq!(active, [false, true, true, false]);
        assert!(key.can_open(at(299)) && !key.can_open(at(300)));
    }

    #[test]
    fn a_certificate_of_another_root_domain_tenant_or_group_is_refused() {
        let good = certificate();
        assert_eq!(verified(&good, Domain::Event).unwrap_err(), KeyRefused::Signature);
        let other_root = SigningKey::generate().unwrap().verifying_key();
        let signed = SigningKey::generate()
            .unwrap()
            .sign(Domain::KeyCertificate, good.encode_to_vec());
        let refused = verify(signed.into(), &other_root, TENANT, GROUP).unwrap_err();
        assert_eq!(refused, KeyRefused::Signature);
        let elsewhere = SealingKeyCertificate {
            tenant_id: GROUP.to_string(),
            ..certificate()
        };
        assert_eq!(
            verified(&elsewhere, Domain::KeyCertificate).unwrap_err(),
            KeyRefused::Elsewhere
        );
    }

    #[test]
    fn a_certificate_that_contradicts_itself_is_refused() {
        let other_id = SealingKeyCertificate {
            key_id: KeyId::of(b"x").to_string(),
            ..certificate()
        };
        let no_end = SealingKeyCertificate {
            open_until: None,
            ..certificate()
        };
        let backwards = SealingKeyCertificate {
            seal_until: Some(Timestamp {
                seconds: 50,
                nanos: 0,
            }),
            ..certificate()
        };
        for bad in [other_id, no_end, backwards] {
            assert_eq!(
                verified(&bad, Domain::KeyCertificate).unwrap_err(),
                KeyRefused::Malformed
            );
        }
    }
}
