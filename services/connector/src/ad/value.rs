//! The value of `unicodePwd` (MS-ADTS 3.1.1.3.1.5): the password in quotation marks, UTF-16LE, without BOM or NUL.
//! Inner quotation marks are not escaped. The buffer is wiped when it is dropped.

use zeroize::Zeroizing;

/// A password as it goes over the wire. No `Debug`, no `Clone`.
pub struct UnicodePwd(Zeroizing<Vec<u8>>);

impl UnicodePwd {
    /// Encodes a password. Any text can be encoded; which texts may be passwords is the policy's business.
    #[must_use]
    pub fn encode(password: &str) -> Self {
        // The exact capacity: a vector that grows leaves unwiped copies behind.
        let units = password.encode_utf16().count() + 2;
        let mut bytes = Zeroizing::new(Vec::with_capacity(units * 2));
        let quote = u16::from(b'"');
        for unit in std::iter::once(quote)
            .chain(password.encode_utf16())
            .chain(std::iter::once(quote))
        {
            bytes.extend(unit.to_le_bytes());
        }
        Self(bytes)
    }

    pub(super) fn expose(&self) -> &[u8] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine as _;
    use proptest::prelude::*;

    #[test]
    fn the_published_example_encodes_as_published() {
        let encoded = UnicodePwd::encode("password");
        let text = base64::engine::general_purpose::STANDARD.encode(encoded.expose());
        assert_eq!(text, "IgBwAGEAcwBzAHcAbwByAGQAIgA=");
    }

    #[test]
    fn inner_quotes_and_characters_beyond_the_basic_plane_survive() {
        let encoded = UnicodePwd::encode("a\"😀");
        assert_eq!(
            encoded.expose(),
            [0x22, 0, b'a', 0, 0x22, 0, 0x3D, 0xD8, 0x00, 0xDE, 0x22, 0]
        );
    }

    proptest! {
        #[test]
        fn every_text_can_be_decoded_again_and_the_buffer_never_grew(password: String) {
            let encoded = UnicodePwd::encode(&password);
            prop_assert_eq!(encoded.0.len(), encoded.0.capacity());
            let units: Vec<u16> =
                encoded.expose().chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
            let text = String::from_utf16(&units).unwrap();
            prop_assert_eq!(text, format!("\"{password}\""));
        }
    }
}
