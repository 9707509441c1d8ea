//! The one type that holds a password. It has no `Debug`, `Clone`, `Display` or `Serialize`, and is wiped on drop.

use zeroize::{Zeroize, Zeroizing};

/// A password in memory, as UTF-8.
///
/// Any text is accepted: whether it is a good password is for policy to say. Nothing about it (not its length either)
/// may be recorded.
pub struct Password(Zeroizing<String>);

impl Password {
    /// Takes over the string: its buffer is wiped when the password is dropped, and it was not copied.
    ///
    /// Copies that the caller's own code made before (a request buffer, say) are the caller's to wipe.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// Takes over bytes that must be UTF-8.
    ///
    /// # Errors
    /// [`NotUtf8`], without a word about the content. The bytes are wiped then, too.
    pub fn from_utf8(bytes: Vec<u8>) -> Result<Self, NotUtf8> {
        match String::from_utf8(bytes) {
            Ok(text) => Ok(Self::new(text)),
            Err(error) => {
                error.into_bytes().zeroize();
                Err(NotUtf8)
            }
        }
    }

    /// The text itself. The name is long to read in a review: who calls this keeps no copy that is not wiped.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether there is no character in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<String> for Password {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

/// The bytes of a password were not UTF-8.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the password is not valid UTF-8")]
pub struct NotUtf8;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_empty_only_without_any_character() {
        assert!(Password::new(String::new()).is_empty());
        assert!(!Password::new(" ".to_owned()).is_empty());
    }

    #[test]
    fn bytes_that_are_no_text_are_refused() {
        assert_eq!(Password::from_utf8(vec![0xff, 0xfe]).err(), Some(NotUtf8));
        assert_eq!(
            Password::from_utf8("s p".into()).map(|p| p.expose().to_owned()),
            Ok("s p".to_owned())
        );
    }
}
