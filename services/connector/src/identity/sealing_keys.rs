//! The connector's sealing keys: private halves in a file of mode 0600, public halves certified by the group's root.
//!
//! Until rotation is released, one key is made at enrolment and a new one when the service starts within the last third
//! of the newest key's time; keys whose `open_until` has passed are left out of the file then, which destroys them.

use std::path::Path;

use groundwire_envelope::signed::Domain;
use groundwire_envelope::{KeyId, SealingPrivateKey};
use groundwire_proto::envelope::v1::{SealingKeyCertificate, SignedBytes};
use groundwire_proto::time::timestamp_from;
use prost::Message as _;
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::bundle::GroupBundle;
use super::connector_file::ConnectorIdentity;
use super::folder::{IdentityError, keep_private, key_bytes, read_private};

const VERSION: u32 = 1;
const WHAT: &str = "sealing keys";
/// How long a key opens after it was last sealed to: the longest lifetime of an operation is a day, and clocks differ.
const OPENS_LONGER: Duration = Duration::days(2);
/// Callers' clocks may be behind.
const BACKDATED: Duration = Duration::minutes(5);

struct HeldKey {
    key: SealingPrivateKey,
    certificate: SignedBytes,
    seal_until: OffsetDateTime,
    open_until: OffsetDateTime,
}

/// All keys that still open something.
pub struct CertifiedKeys {
    keys: Vec<HeldKey>,
}

#[derive(Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
#[serde(deny_unknown_fields)]
struct KeysFile {
    version: u32,
    keys: Vec<KeyEntry>,
}

#[derive(Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
#[serde(deny_unknown_fields)]
struct KeyEntry {
    private_key: String,
    certificate_payload: String,
    certificate_key_id: String,
    certificate_signature: String,
    seal_until: i64,
    open_until: i64,
}

impl CertifiedKeys {
    /// No key yet.
    #[must_use]
    pub const fn none() -> Self {
        Self { keys: Vec::new() }
    }

    /// Reads the keys.
    ///
    /// # Errors
    /// [`IdentityError`] if they cannot be read, others can read them too, or they are none.
    pub fn load(path: &Path) -> Result<Self, IdentityError> {
        let text = read_private(path)?;
        let malformed = || IdentityError::Malformed {
            path: path.to_owned(),
            what: WHAT,
        };
        let file: KeysFile = serde_json::from_str(text.expose_secret()).map_err(|_| malformed())?;
        if file.version != VERSION {
            return Err(malformed());
        }
        let keys: Option<Vec<_>> = file.keys.iter().map(HeldKey::from_entry).collect();
        Ok(Self {
            keys: keys.ok_or_else(malformed)?,
        })
    }

    /// Keeps the keys that still open something in a file of mode 0600. Blocking.
    pub fn keep(&self, path: &Path) -> Result<(), IdentityError> {
        let file = KeysFile {
            version: VERSION,
            keys: self.keys.iter().map(HeldKey::to_entry).collect(),
        };
        let malformed = |_| IdentityError::Malformed {
            path: path.to_owned(),
            what: WHAT,
        };
        let text = Zeroizing::new(serde_json::to_vec_pretty(&file).map_err(malformed)?);
        keep_private(path, &text)
    }

    /// Forgets keys whose time has passed, and makes a new one if the newest is in its last third. Tells whether
    /// anything changed, so that it is to be kept.
    pub fn refresh(
        &mut self,
        identity: &ConnectorIdentity,
        bundle: &GroupBundle,
        lifetime: Duration,
        now: OffsetDateTime,
    ) -> Result<bool, IdentityError> {
        let before = self.keys.len();
        self.keys.retain(|held| held.open_until > now);
        let newest = self.keys.iter().map(|held| held.seal_until).max();
        let fresh_until = now.saturating_add(lifetime / 3);
        if newest.is_some_and(|until| until > fresh_until) {
            return Ok(self.keys.len() != before);
        }
        // Whole seconds, as the file keeps them.
        let seal_until = now.saturating_add(lifetime).truncate_to_second();
        let open_until = seal_until.saturating_add(OPENS_LONGER);
        let key = SealingPrivateKey::generate()?;
        let certificate = SealingKeyCertificate {
            tenant_id: identity.tenant.to_string(),
            connector_group_id: identity.group.to_string(),
            key_id: key.id().to_string(),
            public_key: key.public_key().to_bytes().to_vec(),
            seal_from: Some(timestamp_from(now.saturating_sub(BACKDATED).truncate_to_second())),
            seal_until: Some(timestamp_from(seal_until)),
            open_until: Some(timestamp_from(open_until)),
        };
        let signed = bundle
            .root()
            .sign(Domain::KeyCertificate, certificate.encode_to_vec());
        self.keys.push(HeldKey {
            key,
            certificate: signed.into(),
            seal_until,
            open_until,
        });
        Ok(true)
    }

    /// The certificates, for the directory and its callers.
    #[must_use]
    pub fn certificates(&self) -> Vec<SignedBytes> {
        self.keys.iter().map(|held| held.certificate.clone()).collect()
    }

    /// The ids of the keys.
    pub fn ids(&self) -> impl Iterator<Item = KeyId> {
        self.keys.iter().map(|held| held.key.id())
    }

    /// The private halves, to be handed to whoever opens secrets.
    #[must_use]
    pub fn into_private_keys(self) -> Vec<SealingPrivateKey> {
        self.keys.into_iter().map(|held| held.key).collect()
    }
}

impl HeldKey {
    fn from_entry(entry: &KeyEntry) -> Option<Self> {
        let private = key_bytes(&entry.private_key)?;
        Some(Self {
            key: SealingPrivateKey::from_bytes(private.as_ref()).ok()?,
            certificate: SignedBytes {
                payload: hex::decode(&entry.certificate_payload).ok()?,
                key_id: entry.certificate_key_id.clone(),
                signature: hex::decode(&entry.certificate_signature).ok()?,
            },
            seal_until: OffsetDateTime::from_unix_timestamp(entry.seal_until).ok()?,
            open_until: OffsetDateTime::from_unix_timestamp(entry.open_until).ok()?,
        })
    }

    fn to_entry(&self) -> KeyEntry {
        KeyEntry {
            private_key: hex::encode(self.key.to_bytes().as_ref()),
            certificate_payload: hex::encode(&self.certificate.payload),
            certificate_key_id: self.certificate.key_id.clone(),
            certificate_signature: hex::encode(&self.certificate.signature),
            seal_until: self.seal_until.unix_timestamp(),
            open_until: self.open_until.unix_timestamp(),
        }
    }
}

#[cfg(test)]
mod tests {
    use groundwire_envelope::signed::{Signed, VerifyingKey};
    use secrecy::SecretString;
    use time::macros::datetime;
    use uuid::Uuid;

    use super::*;
    use crate::domain::{ConnectorGroupId, ConnectorId, TenantId};

    const NOW: OffsetDateTime = datetime!(2026-11-22 12:00 UTC);

    fn identity() -> ConnectorIdentity {
        ConnectorIdentity {
            tenant: TenantId::new(Uuid::from_u128(1)),
            group: ConnectorGroupId::new(Uuid::from_u128(2)),
            connector: ConnectorId::new(Uuid::from_u128(3)),
            key: SecretString::from("key"),
            chain_pem: String::new(),
            event_key: VerifyingKey::from_bytes(&[7; 32]).unwrap(),
            gateway_ca_pem: String::new(),
        }
    }

    fn refreshed(keys: &mut CertifiedKeys, bundle: &GroupBundle, now: OffsetDateTime) -> bool {
        keys.refresh(&identity(), bundle, Duration::days(90), now)
            .unwrap()
    }

    #[test]
    fn keys_are_certified_by_the_groups_root_and_survive_their_file() {
        let bundle = GroupBundle::generate().unwrap();
        let mut keys = CertifiedKeys::none();
        assert!(refreshed(&mut keys, &bundle, NOW));
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sealing-keys.json");
        keys.keep(&path).unwrap();
        let keys = CertifiedKeys::load(&path).map_err(|_| ()).unwrap();
        let signed = Signed::try_from(keys.certificates().remove(0)).unwrap();
        let verified = bundle
            .root()
            .verifying_key()
            .verify(Domain::KeyCertificate, signed)
            .unwrap();
        let certificate = SealingKeyCertificate::decode(verified.bytes()).unwrap();
        let id: KeyId = certificate.key_id.parse().unwrap();
        assert_eq!(id, KeyId::of(&certificate.public_key));
        assert_eq!(certificate.connector_group_id, Uuid::from_u128(2).to_string());
        let held = keys.into_private_keys().remove(0);
        assert_eq!(held.public_key().to_bytes().to_vec(), certificate.public_key);
    }

    #[test]
    fn a_key_is_replaced_in_its_last_third_and_forgotten_after_its_time() {
        let bundle = GroupBundle::generate().unwrap();
        let mut keys = CertifiedKeys::none();
        assert!(refreshed(&mut keys, &bundle, NOW));
        assert!(!refreshed(&mut keys, &bundle, NOW + Duration::days(59)));
        assert!(refreshed(&mut keys, &bundle, NOW + Duration::days(61)));
        let first = keys.ids().next().unwrap();
        assert!(!refreshed(&mut keys, &bundle, NOW + Duration::days(91)));
        assert!(keys.ids().any(|id| id == first));
        assert!(refreshed(&mut keys, &bundle, NOW + Duration::days(93)));
        assert_eq!(keys.ids().count(), 1);
        assert!(keys.ids().all(|id| id != first));
    }
}
