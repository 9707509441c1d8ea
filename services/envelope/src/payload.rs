//! The plaintext of a sealed secret: one size for everything, so that a ciphertext tells nothing about its content.
//!
//! Layout (version 1), all integers big-endian:
//!
//! ```text
//! u8   version = 1
//! u8   current: 0 absent, 1 present
//! u16  current: length in bytes (0 if absent)
//!      current: UTF-8
//! u8   new: 0 absent, 1 present
//! u16  new: length in bytes (0 if absent)
//!      new: UTF-8
//!      zeroes up to PADDED_PAYLOAD_BYTES
//! ```

use zeroize::Zeroizing;

use crate::associated_data::SealedKind;
use crate::password::Password;

/// The longest password that can be sealed, in bytes of UTF-8. AD takes 256 UTF-16 units, and one unit is at
/// most three bytes of UTF-8.
pub const MAX_PASSWORD_BYTES: usize = 256 * 3;

/// The size of every plaintext in bytes: two longest passwords and their framing, rounded up to 16.
pub const PADDED_PAYLOAD_BYTES: usize = 1552;

const VERSION: u8 = 1;
const ABSENT: u8 = 0;
const PRESENT: u8 = 1;
const FRAMING_BYTES: usize = 1 + 2 * (1 + 2);
const _: () = assert!(FRAMING_BYTES + 2 * MAX_PASSWORD_BYTES <= PADDED_PAYLOAD_BYTES);

/// The password(s) of one operation.
///
/// A change has both; a reset has the new one; a check has the new one and, for a change, the current one.
pub struct SecretPayload {
    /// The password that the account has now; only a change (or the check of one) proves it.
    pub current: Option<Password>,
    /// The password that the account shall have.
    pub new: Option<Password>,
}

/// Why a secret can't be sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SecretRefused {
    /// Longer than [`MAX_PASSWORD_BYTES`]: no AD would take it (`PASSWORD_TOO_LONG`).
    #[error("a password is longer than any that Active Directory takes")]
    TooLong,
    /// The kind of operation needs another set of passwords.
    #[error("the passwords given do not fit the kind of operation")]
    WrongForKind,
}

/// Why an authenticated plaintext is not one of ours: a defect (or malice) of whoever sealed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MalformedPayload {
    /// Not [`PADDED_PAYLOAD_BYTES`] long.
    #[error("the plaintext does not have the one size that is allowed")]
    Size,
    /// A version that this code does not know.
    #[error("the plaintext has an unknown version")]
    Version,
    /// A presence byte other than 0 or 1, a length beyond the limit, or an absent field with a length.
    #[error("a field of the plaintext is malformed")]
    Field,
    /// A password that is not UTF-8.
    #[error("a password is not valid UTF-8")]
    NotUtf8,
    /// Padding that is not zero.
    #[error("the padding is not zero")]
    Padding,
    /// The kind of operation needs another set of passwords.
    #[error("the passwords do not fit the kind of operation")]
    WrongForKind,
}

impl SecretPayload {
    /// For a change.
    #[must_use]
    pub fn change(current: Password, new: Password) -> Self {
        Self {
            current: Some(current),
            new: Some(new),
        }
    }

    /// For a reset, or the check of one.
    #[must_use]
    pub fn reset(new: Password) -> Self {
        Self {
            current: None,
            new: Some(new),
        }
    }

    /// Whether these passwords are the ones that the kind needs.
    #[must_use]
    pub fn fits(&self, kind: SealedKind) -> bool {
        match kind {
            SealedKind::Change => self.current.is_some() && self.new.is_some(),
            SealedKind::SelfReset | SealedKind::AdminReset => self.current.is_none() && self.new.is_some(),
            SealedKind::Check => self.new.is_some(),
        }
    }

    pub(crate) fn encode(&self) -> Result<Zeroizing<Vec<u8>>, SecretRefused> {
        // The full capacity at once: a growing vector would leave unwiped copies behind.
        let mut bytes = Zeroizing::new(Vec::with_capacity(PADDED_PAYLOAD_BYTES));
        bytes.push(VERSION);
        for password in [&self.current, &self.new] {
            match password {
                None => bytes.extend_from_slice(&[ABSENT, 0, 0]),
                Some(password) => {
                    let text = password.expose().as_bytes();
                    if text.len() > MAX_PASSWORD_BYTES {
                        return Err(SecretRefused::TooLong);
                    }
                    let length = u16::try_from(text.len()).map_err(|_| SecretRefused::TooLong)?;
                    bytes.push(PRESENT);
                    bytes.extend_from_slice(&length.to_be_bytes());
                    bytes.extend_from_slice(text);
                }
            }
        }
        bytes.resize(PADDED_PAYLOAD_BYTES, 0);
        Ok(bytes)
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, MalformedPayload> {
        if bytes.len() != PADDED_PAYLOAD_BYTES {
            return Err(MalformedPayload::Size);
        }
        let (version, rest) = bytes.split_first().ok_or(MalformedPayload::Size)?;
        if *version != VERSION {
            return Err(MalformedPayload::Version);
        }
        let (current, rest) = decode_field(rest)?;
        let (new, padding) = decode_field(rest)?;
        // Every byte is looked at: the time must not tell where the padding starts.
        if padding.iter().fold(0, |seen, byte| seen | byte) != 0 {
            return Err(MalformedPayload::Padding);
        }
        Ok(Self { current, new })
    }
}

fn decode_field(bytes: &[u8]) -> Result<(Option<Password>, &[u8]), MalformedPayload> {
    let (head, rest) = bytes.split_first_chunk::<3>().ok_or(MalformedPayload::Field)?;
    let [presence, high, low] = *head;
    let length = usize::from(u16::from_be_bytes([high, low]));
    if length > MAX_PASSWORD_BYTES {
        return Err(MalformedPayload::Field);
    }
    match presence {
        ABSENT if length == 0 => Ok((None, rest)),
        PRESENT => {
            let (text, rest) = rest.split_at_checked(length).ok_or(MalformedPayload::Field)?;
            let password = Password::from_utf8(text.to_vec()).map_err(|_| MalformedPayload::NotUtf8)?;
            Ok((Some(password), rest))
        }
        _ => Err(MalformedPayload::Field),
    }
}

#[cfg(test)]
mod tests;
