//! The group's bundle: made on premises with the group's first connector, handed to every further one on premises, and
//! never sent anywhere. Who holds it can certify sealing keys and make markers.

use std::path::Path;

use aws_lc_rs::rand;
use groundwire_envelope::signed::SigningKey;
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::folder::{IdentityError, keep_private, key_bytes, read_private};
use crate::domain::MarkerKey;

const VERSION: u32 = 1;
const WHAT: &str = "a group bundle";

pub struct GroupBundle {
    root: SigningKey,
    marker: Zeroizing<[u8; 32]>,
}

/// As it is kept. Wiped when dropped.
#[derive(Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
#[serde(deny_unknown_fields)]
struct BundleFile {
    version: u32,
    root_key_seed: String,
    marker_key: String,
}

impl GroupBundle {
    /// A new bundle, for the first connector of a group.
    pub fn generate() -> Result<Self, IdentityError> {
        let mut marker = Zeroizing::new([0; 32]);
        rand::fill(marker.as_mut()).map_err(|_| groundwire_envelope::RandomnessUnavailable)?;
        Ok(Self {
            root: SigningKey::generate()?,
            marker,
        })
    }

    /// Reads a bundle.
    ///
    /// # Errors
    /// [`IdentityError`] if it cannot be read, others can read it too, or it is no bundle.
    pub fn load(path: &Path) -> Result<Self, IdentityError> {
        let malformed = || IdentityError::Malformed {
            path: path.to_owned(),
            what: WHAT,
        };
        let text = read_private(path)?;
        let file: BundleFile = serde_json::from_str(text.expose_secret()).map_err(|_| malformed())?;
        if file.version != VERSION {
            return Err(malformed());
        }
        let seed = key_bytes(&file.root_key_seed).ok_or_else(malformed)?;
        Ok(Self {
            root: SigningKey::from_seed(seed.as_ref()).map_err(|_| malformed())?,
            marker: key_bytes(&file.marker_key).ok_or_else(malformed)?,
        })
    }

    /// Keeps the bundle in a file of mode 0600. Blocking.
    pub fn keep(&self, path: &Path) -> Result<(), IdentityError> {
        let file = BundleFile {
            version: VERSION,
            root_key_seed: hex::encode(self.root.seed().as_ref()),
            marker_key: hex::encode(self.marker.as_ref()),
        };
        let malformed = |_| IdentityError::Malformed {
            path: path.to_owned(),
            what: WHAT,
        };
        let text = Zeroizing::new(serde_json::to_vec_pretty(&file).map_err(malformed)?);
        keep_private(path, &text)
    }

    /// The key that certifies sealing keys.
    #[must_use]
    pub const fn root(&self) -> &SigningKey {
        &self.root
    }

    /// The key under which markers are authenticated.
    #[must_use]
    pub fn marker_key(&self) -> MarkerKey {
        MarkerKey::new(self.marker.clone())
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_bundle_survives_its_file_and_is_refused_when_others_can_read_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("group-bundle.json");
        let bundle = GroupBundle::generate().unwrap();
        bundle.keep(&path).unwrap();
        let again = GroupBundle::load(&path).map_err(|_| ()).unwrap();
        assert_eq!(again.root().verifying_key(), bundle.root().verifying_key());
        assert_eq!(again.marker_key().id(), bundle.marker_key().id());
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o604)).unwrap();
        assert!(matches!(
            GroupBundle::load(&path),
            Err(IdentityError::Unreadable(_))
        ));
    }

    #[test]
    fn what_is_no_bundle_is_refused_without_being_repeated() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("group-bundle.json");
        for text in [
            "{}",
            "s3cret",
            r#"{"version":2,"root_key_seed":"00","marker_key":"s3cret"}"#,
        ] {
            keep_private(&path, text.as_bytes()).unwrap();
            let error = GroupBundle::load(&path).err().unwrap();
            assert!(matches!(error, IdentityError::Malformed { .. }));
            assert!(!format!("{error} {error:?}").contains("s3cret"));
        }
    }
}
