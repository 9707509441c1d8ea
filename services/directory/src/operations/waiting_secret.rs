//! What waits beside an operation until it is delivered, between the contract's message and what is stored.

use groundwire_proto::envelope::v1::SealedSecret;
use prost::Message;

use crate::store::StoreError;
use crate::store::secrets::StoredSecret;

/// What waits beside an operation. No `Debug`: the proof is a credential.
#[derive(Clone, Default)]
pub(crate) struct WaitingSecret {
    /// The sealed password(s); none for kinds without one.
    pub(crate) secret: Option<SealedSecret>,
    /// The person's proof, where one was given.
    pub(crate) proof: Option<String>,
}

impl WaitingSecret {
    /// Nothing to keep.
    #[must_use]
    pub(crate) const fn is_empty(&self) -> bool {
        self.secret.is_none() && self.proof.is_none()
    }
}

impl From<WaitingSecret> for StoredSecret {
    fn from(waiting: WaitingSecret) -> Self {
        Self {
            ciphertext: waiting.secret.map(|secret| secret.encode_to_vec()),
            proof: waiting.proof,
        }
    }
}

impl TryFrom<StoredSecret> for WaitingSecret {
    type Error = StoreError;

    fn try_from(stored: StoredSecret) -> Result<Self, StoreError> {
        let secret = stored
            .ciphertext
            .map(|bytes| SealedSecret::decode(bytes.as_slice()))
            .transpose();
        Ok(Self {
            secret: secret.map_err(|_| StoreError::Malformed("a sealed secret"))?,
            proof: stored.proof,
        })
    }
}
