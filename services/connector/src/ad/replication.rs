//! The version of `unicodePwd` from the replication metadata: evidence beside the marker. Samba shows the binary
//! `replPropertyMetaData` only, Windows both; on Windows the XML form is the documented one. Total parsers.

use crate::domain::FileTime;

/// `unicodePwd` in replication metadata (MS-DRSR: ATTRTYP with the default prefix table).
const UNICODE_PWD_ATTRIBUTE: u32 = 0x0009_005A;
/// version + reserved, count + reserved (MS-DRSR 4.1.10.2.22, and Samba's drsblobs.idl).
const HEADER_BYTES: usize = 16;
/// attid, version, time, invocation id, originating USN, local USN.
const ENTRY_BYTES: usize = 48;

/// What the metadata says about the password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PasswordMetadata {
    /// How often it was written.
    pub(super) version: u32,
    /// When it was written last.
    pub(super) changed: Option<FileTime>,
}

pub(super) fn from_binary(blob: &[u8]) -> Option<PasswordMetadata> {
    let (header, entries) = blob.split_at_checked(HEADER_BYTES)?;
    if word(header, 0)? != 1 {
        return None;
    }
    let count = usize::try_from(word(header, 8)?).ok()?;
    let entries = entries.get(..count.checked_mul(ENTRY_BYTES)?)?;
    let entry = entries
        .chunks_exact(ENTRY_BYTES)
        .find(|entry| word(entry, 0) == Some(UNICODE_PWD_ATTRIBUTE))?;
    // The time counts seconds since 1601.
    let seconds = u64::from(word(entry, 8)?) | (u64::from(word(entry, 12)?) << 32);
    let changed = i64::try_from(seconds)
        .ok()
        .and_then(|seconds| seconds.checked_mul(10_000_000))
        .map(FileTime);
    Some(PasswordMetadata {
        version: word(entry, 4)?,
        changed,
    })
}

/// From the values of `msDS-ReplAttributeMetaData`, each a piece of XML about one attribute.
pub(super) fn from_xml<'a>(values: impl IntoIterator<Item = &'a [u8]>) -> Option<PasswordMetadata> {
    values.into_iter().find_map(|value| {
        let text = std::str::from_utf8(value).ok()?;
        if element(text, "pszAttributeName")? != "unicodePwd" {
            return None;
        }
        let version = element(text, "dwVersion")?.parse().ok()?;
        Some(PasswordMetadata {
            version,
            changed: None,
        })
    })
}

fn element<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let (_, after) = text.split_once(&format!("<{name}>"))?;
    let (inside, _) = after.split_once(&format!("</{name}>"))?;
    Some(inside.trim())
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    let bytes = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_le_bytes(bytes.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn blob(entries: &[(u32, u32)]) -> Vec<u8> {
        let mut blob = [1u32, 0, u32::try_from(entries.len()).unwrap(), 0]
            .map(u32::to_le_bytes)
            .concat();
        for (attribute, version) in entries {
            blob.extend(attribute.to_le_bytes());
            blob.extend(version.to_le_bytes());
            blob.extend(13_222_310_400u64.to_le_bytes());
            blob.extend([7; 32]);
        }
        blob
    }

    #[test]
    fn the_passwords_version_is_found_among_others() {
        let found = from_binary(&blob(&[(0, 1), (0x9_005A, 7), (0x9_0060, 9)])).unwrap();
        assert_eq!(
            found,
            PasswordMetadata {
                version: 7,
                changed: Some(FileTime(132_223_104_000_000_000))
            }
        );
        assert_eq!(from_binary(&blob(&[(0, 1)])), None);
        assert_eq!(from_binary(&[]), None);
        let mut cut = blob(&[(0x9_005A, 7)]);
        cut.pop();
        assert_eq!(from_binary(&cut), None);
        let mut other_version = blob(&[(0x9_005A, 7)]);
        other_version[0] = 2;
        assert_eq!(from_binary(&other_version), None);
    }

    #[test]
    fn windows_xml_is_understood() {
        let other = "<DS_REPL_ATTR_META_DATA>\n\t<pszAttributeName>pwdLastSet</pszAttributeName>\n\t<dwVersion>4</dwVersion>\n</DS_REPL_ATTR_META_DATA>\n\0";
        let ours = other.replace("pwdLastSet", "unicodePwd").replace('4', "12");
        let found = from_xml([other.as_bytes(), ours.as_bytes()]).unwrap();
        assert_eq!(found.version, 12);
        assert_eq!(from_xml([other.as_bytes()]), None);
        assert_eq!(from_xml([&b"\xff"[..]]), None);
    }

    proptest! {
        #[test]
        fn any_bytes_can_be_read(bytes: Vec<u8>, text: String) {
            let _ = (from_binary(&bytes), from_xml([bytes.as_slice(), text.as_bytes()]));
            let mut with_header = [1u32, 0, 3, 0].map(u32::to_le_bytes).concat();
            with_header.extend(bytes);
            let _ = from_binary(&with_header);
        }
    }
}
