//! Names for keys and certificates that are derived from their bytes, so that nobody can choose them.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::digest;

/// The name of a public key: the first 16 bytes of the SHA-256 of its raw bytes, written as 32 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyId([u8; 16]);

impl KeyId {
    /// The id of a raw public key.
    #[must_use]
    pub fn of(public_key: &[u8]) -> Self {
        let hash = Fingerprint::of(public_key);
        let mut id = [0; 16];
        id.copy_from_slice(&hash.0[..16]);
        Self(id)
    }

    /// The 16 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// From the 16 bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyId({self})")
    }
}

impl FromStr for KeyId {
    type Err = MalformedIdentity;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        decode_hex(text).map(Self)
    }
}

/// The SHA-256 of something (a certificate in DER, a raw root key), written as 64 hexadecimal digits: what a person
/// compares, or a caller pins.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// The fingerprint of these bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        let mut hash = [0; 32];
        hash.copy_from_slice(digest::digest(&digest::SHA256, bytes).as_ref());
        Self(hash)
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// From the 32 bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({self})")
    }
}

impl FromStr for Fingerprint {
    type Err = MalformedIdentity;

    /// Takes lower or upper case, with or without colons between the bytes (as openssl prints them).
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        decode_hex(&text.replace(':', "")).map(Self)
    }
}

/// Text that is not a key id or fingerprint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected_digits} hexadecimal digits")]
pub struct MalformedIdentity {
    /// How many digits it must have.
    pub expected_digits: usize,
}

fn decode_hex<const N: usize>(text: &str) -> Result<[u8; N], MalformedIdentity> {
    let mut bytes = [0; N];
    hex::decode_to_slice(text, &mut bytes).map_err(|_| MalformedIdentity {
        expected_digits: N * 2,
    })?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_id_is_the_first_half_of_the_sha256() {
        // SHA-256("abc"), FIPS 180-4 example.
        assert_eq!(
            Fingerprint::of(b"abc").to_string(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        assert_eq!(KeyId::of(b"abc").to_string(), "ba7816bf8f01cfea414140de5dae2223");
    }

    #[test]
    fn identities_survive_their_text() {
        let id = KeyId::of(b"key");
        assert_eq!(id.to_string().parse::<KeyId>(), Ok(id));
        let fingerprint = Fingerprint::of(b"certificate");
        assert_eq!(fingerprint.to_string().parse::<Fingerprint>(), Ok(fingerprint));
        let with_colons: Vec<String> = fingerprint
            .as_bytes()
            .iter()
            .map(|byte| format!("{byte:02X}"))
            .collect();
        assert_eq!(with_colons.join(":").parse::<Fingerprint>(), Ok(fingerprint));
    }

    #[test]
    fn text_of_another_length_is_refused() {
        assert_eq!(
            "abcd".parse::<KeyId>(),
            Err(MalformedIdentity { expected_digits: 32 })
        );
        assert_eq!(
            "zz".repeat(32).parse::<Fingerprint>(),
            Err(MalformedIdentity { expected_digits: 64 })
        );
    }
}
