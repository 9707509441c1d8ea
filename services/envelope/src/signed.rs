//! Ed25519 signatures over bytes that travel as they were signed.
//!
//! Protobuf is not canonical, so what is signed travels as `{payload, key id, signature}` and is parsed only after it
//! was verified: [`Signed`] keeps its payload to itself, and only [`VerifyingKey::verify`] turns it into [`Verified`].
//!
//! What is signed: big-endian `u32` length and bytes of the domain's tag, then of the payload. The tag makes a
//! signature over one kind of thing worthless for another.

use std::fmt;

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use zeroize::Zeroizing;

use crate::associated_data::length_prefixed;
use crate::identity::{Fingerprint, KeyId};
use crate::random::{RandomnessUnavailable, fresh_bytes};
use crate::sealing_key::InvalidKey;

const SIGNATURE_BYTES: usize = 64;

/// What a signature is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Domain {
    /// A password event: directory to connector.
    Event,
    /// A dry run: directory to connector. A signature over one is never good for a write.
    Check,
    /// A root key's word that a sealing key belongs to a connector of the group.
    KeyCertificate,
    /// The head of a log at a moment.
    Checkpoint,
    /// The tenant's next event-signing key, signed by the one before.
    SigningKeySuccession,
    /// A root key's word that the holder of the group bundle asks for a certificate: over the request, DER.
    EnrollmentProof,
}

impl Domain {
    /// The tag under the signature; never changes.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Event => "groundwire signed event v1",
            Self::Check => "groundwire signed check v1",
            Self::KeyCertificate => "groundwire signed key certificate v1",
            Self::Checkpoint => "groundwire signed checkpoint v1",
            Self::SigningKeySuccession => "groundwire signed signing key succession v1",
            Self::EnrollmentProof => "groundwire signed enrollment proof v1",
        }
    }

    fn message(self, payload: &[u8]) -> Vec<u8> {
        length_prefixed(&[self.tag().as_bytes(), payload])
    }
}

/// A payload with a signature that nobody has verified yet. Its payload can't be read.
#[derive(Clone, PartialEq, Eq)]
pub struct Signed {
    payload: Vec<u8>,
    key_id: KeyId,
    signature: [u8; SIGNATURE_BYTES],
}

/// [`Signed`] taken apart, to be put on the wire.
#[derive(Clone)]
pub struct SignedParts {
    /// The bytes that are signed.
    pub payload: Vec<u8>,
    /// The name of the key that signed.
    pub key_id: KeyId,
    /// The signature over context and payload.
    pub signature: Vec<u8>,
}

impl Signed {
    /// From the wire.
    ///
    /// # Errors
    /// [`VerifyError::MalformedSignature`] if the signature does not have 64 bytes.
    pub fn from_parts(payload: Vec<u8>, key_id: KeyId, signature: &[u8]) -> Result<Self, VerifyError> {
        let signature = signature
            .try_into()
            .map_err(|_| VerifyError::MalformedSignature)?;
        Ok(Self {
            payload,
            key_id,
            signature,
        })
    }

    /// To the wire.
    #[must_use]
    pub fn into_parts(self) -> SignedParts {
        SignedParts {
            payload: self.payload,
            key_id: self.key_id,
            signature: self.signature.to_vec(),
        }
    }
}

impl fmt::Debug for Signed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signed")
            .field("key_id", &self.key_id)
            .finish_non_exhaustive()
    }
}

/// Bytes that were signed, for this domain, by the key named.
#[derive(Clone, PartialEq, Eq)]
pub struct Verified {
    payload: Vec<u8>,
    key_id: KeyId,
    domain: Domain,
}

impl Verified {
    /// The bytes, now to be parsed.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.payload
    }

    /// The bytes, taken over.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.payload
    }

    /// Whose signature it was.
    #[must_use]
    pub const fn key_id(&self) -> KeyId {
        self.key_id
    }

    /// What it was signed for.
    #[must_use]
    pub const fn domain(&self) -> Domain {
        self.domain
    }
}

impl fmt::Debug for Verified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verified")
            .field("key_id", &self.key_id)
            .field("domain", &self.domain)
            .finish_non_exhaustive()
    }
}

/// Why signed bytes are not to be believed (`SIGNATURE_INVALID`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// Not 64 bytes.
    #[error("the signature is malformed")]
    MalformedSignature,
    /// Signed by a key that is not trusted here.
    #[error("the signing key {0} is not known")]
    UnknownKey(KeyId),
    /// Altered, for another domain, or by another key than it says.
    #[error("the signature does not match")]
    WrongSignature,
}

/// An Ed25519 private key. No `Debug`, `Clone` or `Serialize`; the seed is wiped when dropped, and so is AWS-LC's copy of
/// it, since AWS-LC wipes all memory that it frees.
pub struct SigningKey {
    seed: Zeroizing<[u8; 32]>,
    pair: Ed25519KeyPair,
    public: VerifyingKey,
}

impl SigningKey {
    /// A new key.
    ///
    /// # Errors
    /// [`RandomnessUnavailable`] if the system gives no randomness.
    pub fn generate() -> Result<Self, RandomnessUnavailable> {
        let seed = fresh_bytes::<32>()?;
        Self::from_seed(seed.as_ref()).map_err(|_| RandomnessUnavailable)
    }

    /// From the 32 bytes of its seed (RFC 8032).
    ///
    /// # Errors
    /// [`InvalidKey`] if there are not 32 bytes.
    pub fn from_seed(seed: &[u8]) -> Result<Self, InvalidKey> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| InvalidKey)?;
        let seed: [u8; 32] = seed.try_into().map_err(|_| InvalidKey)?;
        let public = VerifyingKey::from_bytes(pair.public_key().as_ref())?;
        Ok(Self {
            seed: Zeroizing::new(seed),
            pair,
            public,
        })
    }

    /// The 32 bytes of its seed, to be kept in a 0600 file and nowhere else.
    #[must_use]
    pub fn seed(&self) -> Zeroizing<[u8; 32]> {
        self.seed.clone()
    }

    /// The public half.
    #[must_use]
    pub const fn verifying_key(&self) -> VerifyingKey {
        self.public
    }

    /// Signs the bytes for this domain.
    #[must_use]
    pub fn sign(&self, domain: Domain, payload: Vec<u8>) -> Signed {
        let mut signature = [0; SIGNATURE_BYTES];
        signature.copy_from_slice(self.pair.sign(&domain.message(&payload)).as_ref());
        Signed {
            payload,
            key_id: self.public.id(),
            signature,
        }
    }
}

/// An Ed25519 public key.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct VerifyingKey {
    bytes: [u8; 32],
    id: KeyId,
}

impl VerifyingKey {
    /// From the 32 raw bytes.
    ///
    /// # Errors
    /// [`InvalidKey`] if there are not 32 bytes. Bytes that are no point verify nothing.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, InvalidKey> {
        let bytes: [u8; 32] = bytes.try_into().map_err(|_| InvalidKey)?;
        Ok(Self {
            bytes,
            id: KeyId::of(&bytes),
        })
    }

    /// The 32 raw bytes.
    #[must_use]
    pub const fn to_bytes(&self) -> [u8; 32] {
        self.bytes
    }

    /// The name of this key, made from its public half.
    #[must_use]
    pub const fn id(&self) -> KeyId {
        self.id
    }

    /// What callers pin.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(&self.bytes)
    }

    /// Turns signed bytes into bytes that can be parsed.
    ///
    /// # Errors
    /// [`VerifyError`]; the payload is gone then.
    pub fn verify(&self, domain: Domain, signed: Signed) -> Result<Verified, VerifyError> {
        if signed.key_id != self.id {
            return Err(VerifyError::UnknownKey(signed.key_id));
        }
        UnparsedPublicKey::new(&ED25519, &self.bytes)
            .verify(&domain.message(&signed.payload), &signed.signature)
            .map_err(|_| VerifyError::WrongSignature)?;
        Ok(Verified {
            payload: signed.payload,
            key_id: self.id,
            domain,
        })
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifyingKey({})", self.id)
    }
}

/// Verifies with whichever of the trusted keys signed it (during a succession there are two).
///
/// # Errors
/// [`VerifyError`]; the payload is gone then.
pub fn verify_with_any(
    trusted: &[VerifyingKey],
    domain: Domain,
    signed: Signed,
) -> Result<Verified, VerifyError> {
    match trusted.iter().find(|key| key.id == signed.key_id) {
        Some(key) => key.verify(domain, signed),
        None => Err(VerifyError::UnknownKey(signed.key_id)),
    }
}

#[cfg(test)]
mod tests;
