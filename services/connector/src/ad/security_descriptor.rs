//! Who may change the password of an account, from its security descriptor (MS-DTYP 2.4.4, 2.4.5, 2.4.6; self-relative).
//! Total: any bytes in, an answer out.

use crate::domain::Sid;

/// The extended right Change Password, in the byte order of the wire.
const CHANGE_PASSWORD: [u8; 16] = [
    0x53, 0x1a, 0x72, 0xab, 0x2f, 0x1e, 0xd0, 0x11, 0x98, 0x19, 0x00, 0xaa, 0x00, 0x40, 0x52, 0x9b,
];
/// Everyone, and Authenticated Users: the service account is both.
const EVERYBODY: [&str; 2] = ["S-1-1-0", "S-1-5-11"];
/// The account itself, which the service account is not.
const SELF: &str = "S-1-5-10";

const DACL_PRESENT: u16 = 0x0004;
const DACL_OFFSET: usize = 16;
const ACL_HEADER: usize = 8;
const INHERIT_ONLY: u8 = 0x08;
const CONTROL_ACCESS: u32 = 0x100;
const GENERIC_ALL: u32 = 0x1000_0000;
const OBJECT_TYPE_PRESENT: u32 = 0x1;
const INHERITED_TYPE_PRESENT: u32 = 0x2;

/// Whether something is permitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permission {
    Granted,
    Denied,
    /// It rests on groups that are not known here, or may not be read.
    NotKnown,
}

/// Whether the service account may change the password.
pub(super) fn change_password(descriptor: &[u8]) -> Permission {
    judge(descriptor).unwrap_or(Permission::NotKnown)
}

/// The entries in their order: the first that concerns everybody decides, unless one for a group denied before.
fn judge(descriptor: &[u8]) -> Option<Permission> {
    if half(descriptor, 2)? & DACL_PRESENT == 0 {
        // Without a DACL everything is granted to everybody.
        return Some(Permission::Granted);
    }
    let offset = usize::try_from(word(descriptor, DACL_OFFSET)?).ok()?;
    if offset == 0 {
        return Some(Permission::Granted);
    }
    let acl = descriptor.get(offset..)?;
    let mut rest = acl.get(ACL_HEADER..)?;
    for _ in 0..half(acl, 4)? {
        let size = usize::from(half(rest, 2)?);
        let (entry, after) = rest.split_at_checked(size)?;
        rest = after;
        let Some((is_denial, trustee)) = relevant_entry(entry)? else {
            continue;
        };
        let trustee = trustee.to_string();
        match (is_denial, EVERYBODY.contains(&trustee.as_str())) {
            (true, true) => return Some(Permission::Denied),
            (false, true) => return Some(Permission::Granted),
            (true, false) if trustee != SELF => return Some(Permission::NotKnown),
            (true | false, false) => {}
        }
    }
    Some(Permission::NotKnown)
}

/// Whether an entry denies, and whom it concerns, if it is about changing the password. The outer `None`: it cannot be read.
fn relevant_entry(entry: &[u8]) -> Option<Option<(bool, Sid)>> {
    let (kind, flags) = (*entry.first()?, *entry.get(1)?);
    let (is_denial, is_typed) = match kind {
        0 => (false, false),
        1 => (true, false),
        5 => (false, true),
        6 => (true, true),
        _ => return Some(None),
    };
    let is_about = word(entry, 4)? & (CONTROL_ACCESS | GENERIC_ALL) != 0;
    if flags & INHERIT_ONLY != 0 || !is_about {
        return Some(None);
    }
    let mut at = 8;
    if is_typed {
        let present = word(entry, at)?;
        at += 4;
        if present & OBJECT_TYPE_PRESENT != 0 {
            if entry.get(at..at + 16)? != CHANGE_PASSWORD {
                return Some(None);
            }
            at += 16;
        }
        if present & INHERITED_TYPE_PRESENT != 0 {
            at += 16;
        }
    }
    let length = 8 + 4 * usize::from(*entry.get(at + 1)?);
    let trustee = Sid::from_bytes(entry.get(at..at + length)?).ok()?;
    Some(Some((is_denial, trustee)))
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    let bytes = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_le_bytes(bytes.try_into().ok()?))
}

fn half(bytes: &[u8], at: usize) -> Option<u16> {
    let bytes = bytes.get(at..at.checked_add(2)?)?;
    Some(u16::from_le_bytes(bytes.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const EVERYONE: &[u8] = &[1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0];
    const OWN: &[u8] = &[1, 1, 0, 0, 0, 0, 0, 5, 10, 0, 0, 0];
    const GROUP: &[u8] = &[1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 33, 2, 0, 0];
    const OTHER_RIGHT: [u8; 16] = [7; 16];

    /// An entry of a kind: with a type if `right` is given.
    fn entry(kind: u8, flags: u8, mask: u32, right: Option<[u8; 16]>, trustee: &[u8]) -> Vec<u8> {
        let mut body = mask.to_le_bytes().to_vec();
        if kind >= 5 {
            body.extend(u32::from(right.is_some()).to_le_bytes());
            body.extend(right.iter().flatten());
        }
        body.extend(trustee);
        let size = u16::try_from(body.len() + 4).unwrap();
        let mut entry = vec![kind, flags];
        entry.extend(size.to_le_bytes());
        entry.extend(body);
        entry
    }

    fn descriptor(entries: &[Vec<u8>]) -> Vec<u8> {
        let mut bytes = vec![1, 0, 0x04, 0x80];
        bytes.extend([0; 12]);
        bytes.extend(20u32.to_le_bytes());
        let body = entries.concat();
        bytes.extend([4, 0]);
        bytes.extend(u16::try_from(body.len() + 8).unwrap().to_le_bytes());
        bytes.extend(u16::try_from(entries.len()).unwrap().to_le_bytes());
        bytes.extend([0, 0]);
        bytes.extend(body);
        bytes
    }

    #[test]
    fn the_entries_decide_in_their_order() {
        use Permission::{Denied, Granted, NotKnown};
        let change = Some(CHANGE_PASSWORD);
        let allow = entry(5, 0, CONTROL_ACCESS, change, EVERYONE);
        let deny = entry(6, 0, CONTROL_ACCESS, change, EVERYONE);
        let rows = [
            (vec![allow.clone()], Granted),
            (vec![deny.clone(), allow.clone()], Denied),
            (
                vec![entry(6, 0, CONTROL_ACCESS, change, OWN), allow.clone()],
                Granted,
            ),
            (
                vec![entry(6, 0, CONTROL_ACCESS, change, GROUP), allow.clone()],
                NotKnown,
            ),
            (
                vec![
                    entry(6, INHERIT_ONLY, CONTROL_ACCESS, change, EVERYONE),
                    allow.clone(),
                ],
                Granted,
            ),
            (
                vec![
                    entry(6, 0, CONTROL_ACCESS, Some(OTHER_RIGHT), EVERYONE),
                    allow.clone(),
                ],
                Granted,
            ),
            (vec![entry(6, 0, 0x10, change, EVERYONE), allow.clone()], Granted),
            (
                vec![entry(6, 0, CONTROL_ACCESS, None, EVERYONE), allow.clone()],
                Denied,
            ),
            (
                vec![entry(1, 0, CONTROL_ACCESS, None, EVERYONE), allow.clone()],
                Denied,
            ),
            (vec![entry(0, 0, GENERIC_ALL, None, GROUP), allow], Granted),
            (vec![entry(0, 0, GENERIC_ALL, None, GROUP)], NotKnown),
            (vec![], NotKnown),
        ];
        for (entries, expected) in rows {
            assert_eq!(change_password(&descriptor(&entries)), expected, "{entries:?}");
        }
        let mut without = descriptor(&[deny]);
        without[2] = 0;
        assert_eq!(change_password(&without), Granted, "no DACL");
        assert_eq!(change_password(&[]), NotKnown);
    }

    proptest! {
        #[test]
        fn any_bytes_are_judged(mut bytes: Vec<u8>, offset in 0u32..64) {
            let _ = change_password(&bytes);
            if bytes.len() >= 20 {
                bytes[2] = 4;
                bytes[16..20].copy_from_slice(&offset.to_le_bytes());
                let _ = change_password(&bytes);
            }
        }

        #[test]
        fn a_descriptor_that_was_cut_never_grants(cut in 0usize..36) {
            let allow = entry(5, 0, CONTROL_ACCESS, Some(CHANGE_PASSWORD), EVERYONE);
            let whole = descriptor(&[allow]);
            let kept = whole.len() - 1 - cut.min(whole.len() - 1);
            prop_assert_eq!(change_password(&whole[..kept]), Permission::NotKnown);
        }
    }
}
