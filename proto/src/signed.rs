//! Signed bytes: between the contract's message and the type that signs and verifies.

use groundwire_envelope::signed::Signed;

use crate::envelope::v1::SignedBytes;

/// Signed bytes that no key could have signed. Whether a key did sign them, verifying tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MalformedSignedBytes {
    /// The key id has another form than key ids have, or there is none.
    #[error("the id of the signing key is malformed")]
    KeyId,
    /// The signature has another length than signatures have.
    #[error("the signature is malformed")]
    Signature,
}

impl From<Signed> for SignedBytes {
    fn from(signed: Signed) -> Self {
        let parts = signed.into_parts();
        Self {
            payload: parts.payload,
            key_id: parts.key_id.to_string(),
            signature: parts.signature,
        }
    }
}

impl TryFrom<SignedBytes> for Signed {
    type Error = MalformedSignedBytes;

    fn try_from(bytes: SignedBytes) -> Result<Self, Self::Error> {
        let key_id = bytes.key_id.parse().map_err(|_| MalformedSignedBytes::KeyId)?;
        Self::from_parts(bytes.payload, key_id, &bytes.signature).map_err(|_| MalformedSignedBytes::Signature)
    }
}

#[cfg(test)]
mod tests {
    use groundwire_envelope::signed::{Domain, SigningKey};

    use super::*;

    #[test]
    fn what_was_signed_survives_the_way_there_and_back() {
        let key = SigningKey::generate().unwrap();
        let bytes = SignedBytes::from(key.sign(Domain::Checkpoint, b"head".to_vec()));
        let signed = Signed::try_from(bytes).unwrap();
        let verified = key.verifying_key().verify(Domain::Checkpoint, signed).unwrap();
        assert_eq!(verified.bytes(), b"head");
    }

    #[test]
    fn it_is_told_apart_what_is_malformed() {
        let key = SigningKey::generate().unwrap();
        let good = SignedBytes::from(key.sign(Domain::Checkpoint, b"head".to_vec()));
        let no_key = SignedBytes {
            key_id: String::new(),
            ..good.clone()
        };
        assert_eq!(Signed::try_from(no_key), Err(MalformedSignedBytes::KeyId));
        let short = SignedBytes {
            signature: vec![0; 63],
            ..good
        };
        assert_eq!(Signed::try_from(short), Err(MalformedSignedBytes::Signature));
    }
}
