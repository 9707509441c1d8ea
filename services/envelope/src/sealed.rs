//! Sealing and opening: HPKE (RFC 9180) base mode with X25519, HKDF-SHA256 and ChaCha20-Poly1305, an empty `info`,
//! the associated data of [`SealContext`] as `aad`, one message per encapsulation, one copy per recipient.

use std::collections::HashSet;
use std::fmt;

use hpke::aead::{AeadTag, ChaCha20Poly1305};
use hpke::inout::InOutBuf;
use hpke::kdf::HkdfSha256;
use hpke::{Deserializable, OpModeR, OpModeS, Serializable};
use zeroize::Zeroizing;

use crate::associated_data::SealContext;
use crate::identity::KeyId;
use crate::payload::{MalformedPayload, PADDED_PAYLOAD_BYTES, SecretPayload, SecretRefused};
use crate::random::{PreparedRandom, RandomnessUnavailable, fresh_bytes};
use crate::sealing_key::{Kem, SealingPrivateKey, SealingPublicKey};

const TAG_BYTES: usize = 16;
const INFO: &[u8] = b"";

/// The size of every encapsulated key in bytes (RFC 9180, table 2).
pub const ENCAPSULATED_KEY_BYTES: usize = 32;

/// The size of every ciphertext in bytes, with its tag.
pub const CIPHERTEXT_BYTES: usize = PADDED_PAYLOAD_BYTES + TAG_BYTES;

/// The password(s) of one operation, for every connector that may open them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedSecret {
    /// One for each recipient.
    pub copies: Vec<SealedCopy>,
    /// As in the associated data of each copy; milliseconds since 1970 UTC.
    pub not_after_unix_ms: i64,
}

impl SealedSecret {
    /// The copy for this key, if there is one.
    #[must_use]
    pub fn copy_for(&self, key: KeyId) -> Option<&SealedCopy> {
        self.copies.iter().find(|copy| copy.key_id == key)
    }
}

/// The secret for one recipient.
#[derive(Clone, PartialEq, Eq)]
pub struct SealedCopy {
    /// Whose key opens it.
    pub key_id: KeyId,
    /// HPKE's encapsulated key, [`ENCAPSULATED_KEY_BYTES`] long.
    pub enc: Vec<u8>,
    /// Ciphertext with tag, [`CIPHERTEXT_BYTES`] long.
    pub ciphertext: Vec<u8>,
}

impl fmt::Debug for SealedCopy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SealedCopy")
            .field("key_id", &self.key_id)
            .finish_non_exhaustive()
    }
}

/// Why a secret could not be sealed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// Nobody to seal for.
    #[error("there is no key to seal to")]
    NoRecipients,
    /// The same key twice.
    #[error("the key {0} is given twice")]
    DuplicateRecipient(KeyId),
    /// A key that can't be sealed to (a point of small order).
    #[error("the key {0} is not usable")]
    UnusableKey(KeyId),
    /// The passwords themselves.
    #[error(transparent)]
    Secret(#[from] SecretRefused),
    /// The system gave no randomness to seal with.
    #[error(transparent)]
    Randomness(#[from] RandomnessUnavailable),
}

/// Why a copy could not be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// The copy is for another key.
    #[error("the copy is sealed for the key {0}")]
    OtherKey(KeyId),
    /// Sizes that no sealer of ours makes.
    #[error("the copy is malformed")]
    MalformedCopy,
    /// Altered, sealed to another key, or bound to another context: which of them, nobody can say.
    #[error("the copy does not open for this operation")]
    NotAuthentic,
    /// It opened, but what is in it is not a secret of ours.
    #[error(transparent)]
    Payload(#[from] MalformedPayload),
}

/// Seals the secret for every recipient.
///
/// # Errors
/// See [`SealError`]; nothing was sealed then.
pub fn seal(
    secret: &SecretPayload,
    context: &SealContext,
    recipients: &[SealingPublicKey],
) -> Result<SealedSecret, SealError> {
    if recipients.is_empty() {
        return Err(SealError::NoRecipients);
    }
    if !secret.fits(context.kind) {
        return Err(SecretRefused::WrongForKind.into());
    }
    let plaintext = secret.encode()?;
    let mut seen = HashSet::with_capacity(recipients.len());
    let mut copies = Vec::with_capacity(recipients.len());
    for recipient in recipients {
        if !seen.insert(recipient.id()) {
            return Err(SealError::DuplicateRecipient(recipient.id()));
        }
        copies.push(seal_copy(
            &plaintext,
            context,
            recipient,
            PreparedRandom::new(fresh_bytes()?),
        )?);
    }
    Ok(SealedSecret {
        copies,
        not_after_unix_ms: context.not_after_unix_ms,
    })
}

/// Opens one copy. Whether it is still in time is for the caller to compare.
///
/// # Errors
/// See [`OpenError`]. Total: any bytes in the copy give one of them, never a panic.
pub fn open(
    copy: &SealedCopy,
    context: &SealContext,
    key: &SealingPrivateKey,
) -> Result<SecretPayload, OpenError> {
    if copy.key_id != key.id() {
        return Err(OpenError::OtherKey(copy.key_id));
    }
    if copy.ciphertext.len() != CIPHERTEXT_BYTES {
        return Err(OpenError::MalformedCopy);
    }
    let encapsulated =
        <Kem as hpke::Kem>::EncappedKey::from_bytes(&copy.enc).map_err(|_| OpenError::MalformedCopy)?;
    let (body, tag) = copy
        .ciphertext
        .split_at_checked(PADDED_PAYLOAD_BYTES)
        .ok_or(OpenError::MalformedCopy)?;
    let tag = AeadTag::<ChaCha20Poly1305>::from_bytes(tag).map_err(|_| OpenError::MalformedCopy)?;
    let mut buffer = Zeroizing::new(body.to_vec());
    hpke::single_shot_open_inout_detached::<ChaCha20Poly1305, HkdfSha256, Kem>(
        &OpModeR::Base,
        &key.key,
        &encapsulated,
        INFO,
        InOutBuf::from(buffer.as_mut_slice()),
        &context.associated_data(key.id()),
        &tag,
    )
    .map_err(|_| OpenError::NotAuthentic)?;
    let payload = SecretPayload::decode(&buffer)?;
    if payload.fits(context.kind) {
        Ok(payload)
    } else {
        Err(MalformedPayload::WrongForKind.into())
    }
}

fn seal_copy(
    plaintext: &[u8],
    context: &SealContext,
    recipient: &SealingPublicKey,
    mut random: PreparedRandom,
) -> Result<SealedCopy, SealError> {
    // Room for the tag at once: a vector that grows would leave a copy of the plaintext behind.
    let mut buffer = Zeroizing::new(Vec::with_capacity(CIPHERTEXT_BYTES));
    buffer.extend_from_slice(plaintext);
    let (encapsulated, tag) =
        hpke::single_shot_seal_inout_detached_with_rng::<ChaCha20Poly1305, HkdfSha256, Kem>(
            &OpModeS::Base,
            &recipient.key,
            INFO,
            InOutBuf::from(buffer.as_mut_slice()),
            &context.associated_data(recipient.id()),
            &mut random,
        )
        .map_err(|_| SealError::UnusableKey(recipient.id()))?;
    if !random.was_enough() {
        return Err(RandomnessUnavailable.into());
    }
    buffer.extend_from_slice(&tag.to_bytes());
    Ok(SealedCopy {
        key_id: recipient.id(),
        enc: encapsulated.to_bytes().to_vec(),
        ciphertext: std::mem::take(&mut *buffer),
    })
}

#[cfg(test)]
mod tests;
