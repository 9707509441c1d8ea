//! The folder: which file is where, and how each is read and written.

use std::io;
use std::path::{Path, PathBuf};

use groundwire_kit::config::{SecretFile, SecretFileError, WorldReadable};
use groundwire_kit::pki::{write_private, write_public};
use secrecy::SecretString;

/// Why the identity cannot be read or kept.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// A private file cannot be read, or others can read it too.
    #[error(transparent)]
    Unreadable(#[from] SecretFileError),
    /// A file cannot be written.
    #[error("cannot write {path}: {error}")]
    Unwritable { path: PathBuf, error: io::Error },
    /// A file does not hold what it should. Its content is not repeated.
    #[error("{path} does not hold {what}")]
    Malformed {
        path: PathBuf,
        /// What it should hold.
        what: &'static str,
    },
    /// The operating system gave no randomness.
    #[error("the operating system gave no randomness")]
    Randomness(#[from] groundwire_envelope::RandomnessUnavailable),
}

/// The folder named by `identity.folder`.
#[derive(Debug, Clone)]
pub struct IdentityFolder(PathBuf);

impl IdentityFolder {
    /// Names the folder; it must exist.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// The folder itself.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The group's root key and marker key.
    #[must_use]
    pub fn bundle(&self) -> PathBuf {
        self.0.join("group-bundle.json")
    }

    /// This connector's key and certificate, and what it pinned at enrolment.
    #[must_use]
    pub fn connector(&self) -> PathBuf {
        self.0.join("connector.json")
    }

    /// The sealing keys with their certificates.
    #[must_use]
    pub fn sealing_keys(&self) -> PathBuf {
        self.0.join("sealing-keys.json")
    }

    /// What the last confirmed account sync held.
    #[must_use]
    pub fn sync_state(&self) -> PathBuf {
        self.0.join("account-sync.json")
    }

    /// The last head of the directory's log that was seen.
    #[must_use]
    pub fn directory_head(&self) -> PathBuf {
        self.0.join("directory-head.json")
    }

    /// Whether enrolment was completed.
    #[must_use]
    pub fn is_enrolled(&self) -> bool {
        self.connector().exists()
    }
}

/// Reads a private file; other users must not be able to.
pub(super) fn read_private(path: &Path) -> Result<SecretString, IdentityError> {
    Ok(SecretFile::new(path).read_private_key(WorldReadable::Refused)?)
}

/// Writes a private file, whole or not at all. Blocking.
pub(super) fn keep_private(path: &Path, content: &[u8]) -> Result<(), IdentityError> {
    write_private(path, content).map_err(|error| IdentityError::Unwritable {
        path: path.to_owned(),
        error,
    })
}

/// Writes a certificate, whole or not at all. Blocking.
pub(super) fn keep_public(path: &Path, content: &[u8]) -> Result<(), IdentityError> {
    write_public(path, content).map_err(|error| IdentityError::Unwritable {
        path: path.to_owned(),
        error,
    })
}

/// 32 bytes from their hexadecimal text.
pub(super) fn key_bytes(text: &str) -> Option<zeroize::Zeroizing<[u8; 32]>> {
    let mut bytes = zeroize::Zeroizing::new([0; 32]);
    hex::decode_to_slice(text, bytes.as_mut()).ok()?;
    Some(bytes)
}
