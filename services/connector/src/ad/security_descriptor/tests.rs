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
