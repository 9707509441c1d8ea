//! Security identifiers (MS-DTYP 2.4.2): parsed from their bytes, compared, and checked for the groups that make
//! an account protected.

use std::fmt;

/// A security identifier.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Sid {
    authority: u64,
    sub_authorities: Vec<u32>,
}

/// The bytes are not a SID.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("not a security identifier")]
pub struct InvalidSid;

/// Domain-relative RIDs of protected groups (MS-ADTS 3.1.1.6.1.1, and Key Admins, which the operating system's
/// newer versions create without protecting them).
const PROTECTED_GROUP_RIDS: [(u32, &str); 8] = [
    (498, "Enterprise Read-only Domain Controllers"),
    (512, "Domain Admins"),
    (516, "Domain Controllers"),
    (518, "Schema Admins"),
    (519, "Enterprise Admins"),
    (521, "Read-only Domain Controllers"),
    (526, "Key Admins"),
    (527, "Enterprise Key Admins"),
];

/// Protected groups of the built-in domain, S-1-5-32.
const PROTECTED_BUILTIN_RIDS: [(u32, &str); 6] = [
    (544, "Administrators"),
    (548, "Account Operators"),
    (549, "Server Operators"),
    (550, "Print Operators"),
    (551, "Backup Operators"),
    (552, "Replicator"),
];

const NT_AUTHORITY: u64 = 5;
const BUILTIN_DOMAIN: u32 = 32;
const DOMAIN_PREFIX: u32 = 21;

impl Sid {
    /// From the bytes of `objectSid` or a value of `tokenGroups`.
    ///
    /// # Errors
    /// [`InvalidSid`] if revision, count or length do not fit.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, InvalidSid> {
        let (&[revision, count, a, b, c, d, e, f], rest) =
            bytes.split_first_chunk::<8>().ok_or(InvalidSid)?;
        if revision != 1 || count > 15 || rest.len() != usize::from(count) * 4 {
            return Err(InvalidSid);
        }
        let sub_authorities = rest
            .chunks_exact(4)
            .map(|chunk| {
                chunk
                    .iter()
                    .rev()
                    .fold(0u32, |value, byte| (value << 8) | u32::from(*byte))
            })
            .collect();
        Ok(Self {
            authority: u64::from_be_bytes([0, 0, a, b, c, d, e, f]),
            sub_authorities,
        })
    }

    /// The last sub-authority of a SID that belongs to a domain (S-1-5-21-…), else `None`.
    #[must_use]
    pub fn domain_rid(&self) -> Option<u32> {
        match (self.authority, self.sub_authorities.as_slice()) {
            (NT_AUTHORITY, &[DOMAIN_PREFIX, _, _, _, rid]) => Some(rid),
            _ => None,
        }
    }

    /// The name of the protected group that this SID is, of whatever domain: Enterprise and Schema Admins live in
    /// the forest's root domain, whose SID differs from the account's.
    #[must_use]
    pub fn protected_group(&self) -> Option<&'static str> {
        let find = |table: &[(u32, &'static str)], rid: u32| {
            table
                .iter()
                .find(|(known, _)| *known == rid)
                .map(|(_, name)| *name)
        };
        if let Some(rid) = self.domain_rid() {
            return find(&PROTECTED_GROUP_RIDS, rid);
        }
        match (self.authority, self.sub_authorities.as_slice()) {
            (NT_AUTHORITY, &[BUILTIN_DOMAIN, rid]) => find(&PROTECTED_BUILTIN_RIDS, rid),
            _ => None,
        }
    }
}

impl fmt::Display for Sid {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "S-1-{}", self.authority)?;
        self.sub_authorities
            .iter()
            .try_for_each(|part| write!(formatter, "-{part}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The bytes of a SID, for tests here and beside.
    pub(crate) fn bytes_of(authority: u8, parts: &[u32]) -> Vec<u8> {
        let mut bytes = vec![1, u8::try_from(parts.len()).unwrap(), 0, 0, 0, 0, 0, authority];
        parts.iter().for_each(|part| bytes.extend(part.to_le_bytes()));
        bytes
    }

    #[test]
    fn a_sid_reads_as_in_active_directorys_tools() {
        let sid = Sid::from_bytes(&bytes_of(5, &[21, 1, 4_294_967_295, 3, 1104])).unwrap();
        assert_eq!(sid.to_string(), "S-1-5-21-1-4294967295-3-1104");
        assert_eq!(sid.domain_rid(), Some(1104));
        assert_eq!(sid.protected_group(), None);
    }

    #[test]
    fn protected_groups_are_known_in_every_domain() {
        for (rid, name) in PROTECTED_GROUP_RIDS {
            let sid = Sid::from_bytes(&bytes_of(5, &[21, 9, 9, 9, rid])).unwrap();
            assert_eq!(sid.protected_group(), Some(name));
        }
        for (rid, name) in PROTECTED_BUILTIN_RIDS {
            let sid = Sid::from_bytes(&bytes_of(5, &[32, rid])).unwrap();
            assert_eq!(sid.protected_group(), Some(name));
            assert_eq!(sid.domain_rid(), None);
        }
        let users = Sid::from_bytes(&bytes_of(5, &[32, 545])).unwrap();
        assert_eq!(users.protected_group(), None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_sid_or_an_error(bytes: Vec<u8>) {
            if let Ok(sid) = Sid::from_bytes(&bytes) {
                let _ = (sid.to_string(), sid.protected_group());
                prop_assert_eq!(bytes.len(), 8 + usize::from(bytes[1]) * 4);
            }
        }
    }
}
