//! Page tokens: where the next page begins, bound to the filters that it is a page of.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use groundwire_envelope::KeyId;

/// Where a page begins: after this position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PageToken {
    after: u64,
    filters: KeyId,
}

/// What a listing is filtered by, in one value.
pub(super) fn filters(parts: &[&str]) -> KeyId {
    KeyId::of(parts.join("\n").as_bytes())
}

impl PageToken {
    pub(super) const fn after(after: u64, filters: KeyId) -> Self {
        Self { after, filters }
    }

    pub(super) fn encode(self) -> String {
        let mut bytes = self.after.to_be_bytes().to_vec();
        bytes.extend(self.filters.as_bytes());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The position; `None` if it is no token, or one of another listing.
    pub(super) fn decode(text: &str, filters: KeyId) -> Option<u64> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (position, rest) = bytes.split_first_chunk::<8>()?;
        (rest == filters.as_bytes()).then(|| u64::from_be_bytes(*position))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_good_for_its_own_listing_only() {
        let mine = filters(&["operation", "trace"]);
        let token = PageToken::after(42, mine).encode();
        assert_eq!(PageToken::decode(&token, mine), Some(42));
        assert_eq!(PageToken::decode(&token, filters(&["operation", ""])), None);
        for bad in ["", "x", "!!!"] {
            assert_eq!(PageToken::decode(bad, mine), None);
        }
    }
}
