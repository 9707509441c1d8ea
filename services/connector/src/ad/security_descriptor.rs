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
mod tests;
