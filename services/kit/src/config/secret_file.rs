//! Secrets are named in the configuration by the file that holds them, never written into it.

use std::fs::File;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use secrecy::SecretString;
use serde::Deserialize;
use zeroize::Zeroizing;

/// No secret of ours is longer; whatever is longer was named by mistake.
const MAX_SECRET_BYTES: u64 = 256 * 1024;

/// The path of a file that holds a secret.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct SecretFile(PathBuf);

/// Whether a private key may lie in a file that every user of the machine can read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WorldReadable {
    /// No: the default.
    Refused,
    /// Yes: somebody configured it so, for a mount that can't set modes.
    Allowed,
}

/// Why a secret can't be had. Never tells its content.
#[derive(Debug, thiserror::Error)]
pub enum SecretFileError {
    /// The file can't be read.
    #[error("cannot read the secret file {path}: {error}")]
    Unreadable {
        /// The file that was to be read.
        path: PathBuf,
        /// What the system answered.
        error: std::io::Error,
    },
    /// Longer than any secret of ours.
    #[error("the secret file {0} is too large")]
    TooLarge(PathBuf),
    /// The file holds bytes that are not UTF-8.
    #[error("the secret file {0} is not UTF-8")]
    NotText(PathBuf),
    /// Nothing in it.
    #[error("the secret file {0} is empty")]
    Empty(PathBuf),
    /// A private key that every user of the machine can read.
    #[error("the private key file {0} can be read by every user; set its mode to 0600")]
    WorldReadable(PathBuf),
}

impl SecretFile {
    /// Names a file.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// The file's path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Reads the secret, without the one newline that editors put at the end.
    ///
    /// # Errors
    /// [`SecretFileError`] if it cannot be read, is too large, empty, or not UTF-8.
    pub fn read(&self) -> Result<SecretString, SecretFileError> {
        self.read_checked(WorldReadable::Allowed)
    }

    /// Reads a private key, whose file must not be open to everybody.
    ///
    /// # Errors
    /// [`SecretFileError`], [`SecretFileError::WorldReadable`] among them.
    pub fn read_private_key(&self, world_readable: WorldReadable) -> Result<SecretString, SecretFileError> {
        self.read_checked(world_readable)
    }

    fn read_checked(&self, world_readable: WorldReadable) -> Result<SecretString, SecretFileError> {
        let unreadable = |error| SecretFileError::Unreadable {
            path: self.0.clone(),
            error,
        };
        let file = File::open(&self.0).map_err(unreadable)?;
        let metadata = file.metadata().map_err(unreadable)?;
        let mode_is_open = metadata.permissions().mode() & 0o007 != 0;
        if mode_is_open && world_readable == WorldReadable::Refused {
            return Err(SecretFileError::WorldReadable(self.0.clone()));
        }
        if metadata.len() > MAX_SECRET_BYTES {
            return Err(SecretFileError::TooLarge(self.0.clone()));
        }
        // The full capacity at once: a growing buffer would leave unwiped copies behind.
        let capacity = usize::try_from(metadata.len()).unwrap_or(0) + 64;
        let mut bytes = Zeroizing::new(Vec::with_capacity(capacity));
        file.take(MAX_SECRET_BYTES)
            .read_to_end(&mut bytes)
            .map_err(unreadable)?;
        let text = std::str::from_utf8(&bytes).map_err(|_| SecretFileError::NotText(self.0.clone()))?;
        let text = text.strip_suffix('\n').unwrap_or(text);
        let text = text.strip_suffix('\r').unwrap_or(text);
        if text.is_empty() {
            return Err(SecretFileError::Empty(self.0.clone()));
        }
        Ok(SecretString::from(text))
    }
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;

    use secrecy::ExposeSecret;

    use super::*;

    fn secret_file(content: &[u8], mode: u32) -> (tempfile::NamedTempFile, SecretFile) {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), content).unwrap();
        std::fs::set_permissions(file.path(), Permissions::from_mode(mode)).unwrap();
        let secret = SecretFile::new(file.path());
        (file, secret)
    }

    #[test]
    fn one_newline_at_the_end_is_not_part_of_the_secret() {
        for (content, expected) in [("s\n", "s"), ("s\r\n", "s"), ("s\n\n", "s\n"), (" s ", " s ")] {
            let (_file, secret) = secret_file(content.as_bytes(), 0o600);
            assert_eq!(secret.read().unwrap().expose_secret(), expected);
        }
    }

    #[test]
    fn a_private_key_that_everybody_can_read_is_refused_unless_allowed() {
        let (_file, secret) = secret_file(b"key", 0o644);
        let refused = secret.read_private_key(WorldReadable::Refused);
        assert!(matches!(refused, Err(SecretFileError::WorldReadable(_))));
        assert!(secret.read_private_key(WorldReadable::Allowed).is_ok());
        let (_file, secret) = secret_file(b"key", 0o600);
        assert!(secret.read_private_key(WorldReadable::Refused).is_ok());
    }

    #[test]
    fn what_is_no_secret_is_refused() {
        let (_file, secret) = secret_file(b"\n", 0o600);
        assert!(matches!(secret.read(), Err(SecretFileError::Empty(_))));
        let (_file, secret) = secret_file(&[0xff, 0xfe], 0o600);
        assert!(matches!(secret.read(), Err(SecretFileError::NotText(_))));
        let (_file, secret) = secret_file(&vec![b'x'; 300 * 1024], 0o600);
        assert!(matches!(secret.read(), Err(SecretFileError::TooLarge(_))));
        let missing = SecretFile::new("/nonexistent/secret");
        assert!(matches!(missing.read(), Err(SecretFileError::Unreadable { .. })));
    }
}
