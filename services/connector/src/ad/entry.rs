//! One search result entry, read without the panics of the library's own reader: any shape in, an entry or `None`.

use std::collections::HashMap;

use ldap3::ResultEntry;
use ldap3::asn1::{PL, StructureTag};
use uuid::Uuid;

use crate::domain::FileTime;

/// `SearchResultEntry` (RFC 4511 4.5.2).
const SEARCH_RESULT_ENTRY: u64 = 4;

/// An entry. Names of attributes are compared without regard to case.
#[derive(Debug, Default)]
pub(super) struct Entry {
    pub(super) distinguished_name: String,
    values: HashMap<String, Vec<Vec<u8>>>,
}

impl Entry {
    /// Reads an entry. `None` for references and for whatever does not have the form.
    pub(super) fn read(result: ResultEntry) -> Option<Self> {
        if result.0.id != SEARCH_RESULT_ENTRY {
            return None;
        }
        let mut parts = constructed(result.0)?.into_iter();
        let distinguished_name = String::from_utf8_lossy(&primitive(parts.next()?)?).into_owned();
        let mut values = HashMap::new();
        for attribute in constructed(parts.next()?)? {
            let mut pair = constructed(attribute)?.into_iter();
            let name = String::from_utf8(primitive(pair.next()?)?)
                .ok()?
                .to_ascii_lowercase();
            let all: Option<Vec<_>> = constructed(pair.next()?)?.into_iter().map(primitive).collect();
            values.insert(name, all?);
        }
        Some(Self {
            distinguished_name,
            values,
        })
    }

    pub(super) fn all(&self, name: &str) -> impl Iterator<Item = &[u8]> {
        self.values
            .get(&name.to_ascii_lowercase())
            .into_iter()
            .flatten()
            .map(Vec::as_slice)
    }

    /// Whether the attribute was returned.
    pub(super) fn has(&self, name: &str) -> bool {
        self.all(name).next().is_some()
    }

    /// The first value.
    pub(super) fn bytes(&self, name: &str) -> Option<&[u8]> {
        self.all(name).next()
    }

    /// The first value as text.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        std::str::from_utf8(self.bytes(name)?).ok()
    }

    /// The first value as a number.
    pub(super) fn integer(&self, name: &str) -> Option<i64> {
        self.text(name)?.parse().ok()
    }

    /// The first value as flags: Active Directory writes 32 bits as a signed number.
    #[expect(
        clippy::cast_sign_loss,
        clippy::cast_possible_truncation,
        reason = "the bits are what counts"
    )]
    pub(super) fn flags(&self, name: &str) -> Option<u32> {
        let value = self.integer(name)?;
        (i64::from(i32::MIN)..=i64::from(u32::MAX))
            .contains(&value)
            .then_some(value as u32)
    }

    /// The first value as a count that cannot be negative.
    pub(super) fn count(&self, name: &str) -> Option<u32> {
        u32::try_from(self.integer(name)?).ok()
    }

    /// The first value as a time.
    pub(super) fn time(&self, name: &str) -> Option<FileTime> {
        self.integer(name).map(FileTime)
    }

    /// The first value as a GUID in Active Directory's byte order.
    pub(super) fn guid(&self, name: &str) -> Option<Uuid> {
        Some(Uuid::from_bytes_le(self.bytes(name)?.try_into().ok()?))
    }

    #[cfg(test)]
    pub(super) fn of(distinguished_name: &str, values: &[(&str, &[&[u8]])]) -> Self {
        let values = values
            .iter()
            .map(|(name, all)| {
                (
                    name.to_ascii_lowercase(),
                    all.iter().map(|value| value.to_vec()).collect(),
                )
            })
            .collect();
        Self {
            distinguished_name: distinguished_name.to_owned(),
            values,
        }
    }
}

fn constructed(tag: StructureTag) -> Option<Vec<StructureTag>> {
    match tag.payload {
        PL::C(parts) => Some(parts),
        PL::P(_) => None,
    }
}

fn primitive(tag: StructureTag) -> Option<Vec<u8>> {
    match tag.payload {
        PL::P(bytes) => Some(bytes),
        PL::C(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ldap3::asn1::TagClass;
    use proptest::prelude::*;

    fn leaf(bytes: &[u8]) -> StructureTag {
        StructureTag {
            class: TagClass::Universal,
            id: 4,
            payload: PL::P(bytes.to_vec()),
        }
    }

    fn node(id: u64, parts: Vec<StructureTag>) -> StructureTag {
        StructureTag {
            class: TagClass::Universal,
            id,
            payload: PL::C(parts),
        }
    }

    #[test]
    fn an_entry_is_read_with_binary_and_text_values() {
        let attribute = node(16, vec![leaf(b"objectGUID"), node(17, vec![leaf(&[0xFF; 16])])]);
        let number = node(
            16,
            vec![leaf(b"userAccountControl"), node(17, vec![leaf(b"-2147483136")])],
        );
        let tag = node(
            4,
            vec![leaf("CN=ü".as_bytes()), node(16, vec![attribute, number])],
        );
        let entry = Entry::read(ResultEntry::new(tag)).unwrap();
        assert_eq!(entry.distinguished_name, "CN=ü");
        assert_eq!(entry.guid("OBJECTguid"), Some(Uuid::from_bytes([0xFF; 16])));
        assert_eq!(entry.flags("useraccountcontrol"), Some(0x8000_0200));
        assert_eq!(entry.text("objectGUID"), None);
        assert_eq!(entry.count("userAccountControl"), None);
        assert!(!entry.has("pwdLastSet"));
        assert_eq!(entry.time("pwdLastSet"), None);
    }

    #[test]
    fn references_and_broken_shapes_are_not_entries() {
        assert!(Entry::read(ResultEntry::new(node(19, vec![leaf(b"ldap://x")]))).is_none());
        assert!(Entry::read(ResultEntry::new(node(4, vec![]))).is_none());
        assert!(Entry::read(ResultEntry::new(leaf(b""))).is_none());
        assert!(Entry::read(ResultEntry::new(node(4, vec![leaf(b"CN=a"), leaf(b"x")]))).is_none());
    }

    #[test]
    fn a_name_that_is_not_utf_8_hides_no_account() {
        let odd = node(4, vec![leaf(b"CN=\xff,DC=x"), node(16, vec![])]);
        let entry = Entry::read(ResultEntry::new(odd)).unwrap();
        assert_eq!(entry.distinguished_name, "CN=\u{FFFD},DC=x");
    }

    fn tags() -> impl Strategy<Value = StructureTag> {
        let leaves = (0u64..32, any::<Vec<u8>>()).prop_map(|(id, bytes)| StructureTag {
            class: TagClass::Universal,
            id,
            payload: PL::P(bytes),
        });
        leaves.prop_recursive(4, 32, 4, |inner| {
            (0u64..32, prop::collection::vec(inner, 0..4)).prop_map(|(id, parts)| node(id, parts))
        })
    }

    proptest! {
        #[test]
        fn any_shape_is_read_or_refused(mut tag in tags()) {
            tag.id = SEARCH_RESULT_ENTRY;
            if let Some(entry) = Entry::read(ResultEntry::new(tag)) {
                let _ = (entry.text("a"), entry.integer("a"), entry.flags("a"), entry.guid("a"));
            }
        }
    }
}
