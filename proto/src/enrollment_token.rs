//! The text of an enrolment token: `gwe1.<token id>.<secret>.<fingerprint of the gateway's CA>`.
//!
//! The secret is 128 random bits in hex and is kept as its SHA-256 only: with that many bits a plain hash cannot be
//! searched. The fingerprint tells the connector which CA to trust before it trusts anything.

use std::fmt;
use std::str::FromStr;

use groundwire_envelope::{Fingerprint, RandomnessUnavailable, fresh_bytes};
use secrecy::SecretString;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::ids::parse_uuid;

const PREFIX: &str = "gwe1";
const SECRET_BYTES: usize = 16;

/// Text that is not a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an enrolment token")]
pub struct MalformedToken;

/// The secret part of a token. No `Debug`, `Clone` or `Serialize`; wiped when dropped.
pub struct TokenSecret(Zeroizing<[u8; SECRET_BYTES]>);

impl TokenSecret {
    /// A new secret that nobody can guess.
    ///
    /// # Errors
    /// [`RandomnessUnavailable`] if the system gives no randomness.
    pub fn generate() -> Result<Self, RandomnessUnavailable> {
        fresh_bytes().map(Self)
    }

    /// What the directory stores of it.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        *Fingerprint::of(self.0.as_ref()).as_bytes()
    }
}

/// A token, taken apart. It is checked in full wherever it is read: the directory and the connector take the same texts.
pub struct EnrollmentToken {
    /// Names the token's row at the directory.
    pub id: Uuid,
    /// Proves that whoever sends the token was given it.
    pub secret: TokenSecret,
    /// The CA of the gateway's certificate.
    pub authority: Fingerprint,
}

impl FromStr for EnrollmentToken {
    type Err = MalformedToken;

    fn from_str(text: &str) -> Result<Self, MalformedToken> {
        let mut parts = text.split('.');
        let (Some(PREFIX), Some(id), Some(secret), Some(authority), None) = (
            parts.next(),
            parts.next(),
            parts.next(),
            parts.next(),
            parts.next(),
        ) else {
            return Err(MalformedToken);
        };
        let mut bytes = Zeroizing::new([0; SECRET_BYTES]);
        hex::decode_to_slice(secret, bytes.as_mut()).map_err(|_| MalformedToken)?;
        Ok(Self {
            id: parse_uuid(id).map_err(|_| MalformedToken)?,
            secret: TokenSecret(bytes),
            authority: authority.parse().map_err(|_| MalformedToken)?,
        })
    }
}

impl EnrollmentToken {
    /// Its text, which is shown to a person once.
    #[must_use]
    pub fn text(&self) -> SecretString {
        let secret = Zeroizing::new(hex::encode(self.secret.0.as_ref()));
        SecretString::from(format!("{PREFIX}.{}.{}.{}", self.id, *secret, self.authority))
    }
}

impl fmt::Debug for EnrollmentToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EnrollmentToken")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn a_token_survives_its_text() {
        let token = EnrollmentToken {
            id: Uuid::from_u128(7),
            secret: TokenSecret::generate().unwrap(),
            authority: Fingerprint::of(b"ca"),
        };
        let again: EnrollmentToken = token.text().expose_secret().parse().unwrap();
        assert_eq!(
            (again.id, again.secret.hash(), again.authority),
            (token.id, token.secret.hash(), token.authority)
        );
        assert!(!format!("{token:?}").contains(&hex::encode(token.secret.0.as_ref())));
    }

    #[test]
    fn other_text_is_no_token() {
        let authority = Fingerprint::of(b"ca");
        let id = Uuid::from_u128(7);
        for text in [
            String::new(),
            format!("gwe2.{id}.{}.{authority}", "00".repeat(16)),
            format!("gwe1.{id}..{authority}"),
            format!("gwe1.{id}.{}.{authority}", "00".repeat(15)),
            format!("gwe1.{id}.{}.{authority}", "00".repeat(17)),
            format!("gwe1.{id}.{}.{authority}", "zz".repeat(16)),
            format!("gwe1.{id}.{}.abcd", "00".repeat(16)),
            format!(" gwe1.{id}.{}.{authority}", "00".repeat(16)),
            format!("gwe1.{id}.{}.{authority}.", "00".repeat(16)),
            format!("gwe1.{id}.{}", "00".repeat(16)),
            format!("gwe1.x.{}.{authority}", "00".repeat(16)),
            format!("gwe1.{}.{}.{authority}", id.simple(), "00".repeat(16)),
        ] {
            assert!(text.parse::<EnrollmentToken>().is_err(), "{text}");
        }
    }
}
