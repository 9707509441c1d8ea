//! What holds of the parsers of this module for any bytes (see [`crate::properties`]).

#![allow(
    clippy::unwrap_used,
    reason = "a panic is how a property tells that it does not hold"
)]

use ldap3::ResultEntry;
use ldap3::asn1::parse_tag;
use uuid::Uuid;

use super::answer::{AdAnswer, Cause, ExplainContext, RequestKind};
use super::entry::Entry;
use super::{attributes, replication};
use crate::domain::{AccountAnchor, AccountSnapshot, FileTime, ObjectGuid};
use crate::policy::{EffectivePolicy, PolicyReading, PolicySource};

const REQUESTS: [RequestKind; 7] = [
    RequestKind::Bind,
    RequestKind::Read,
    RequestKind::Change,
    RequestKind::Reset,
    RequestKind::Unlock,
    RequestKind::RequireChange,
    RequestKind::Fence,
];

const UNICODE_PWD: u32 = 0x0009_005A;

/// Any text of any LDAP result has a cause and at least one reason with words for both readers; codes are read as they
/// are written; and what may name a person (the text) stays out of the short form.
pub fn ad_answer(bytes: &[u8]) {
    let (ldap, text) = bytes
        .split_first()
        .map_or((0, bytes), |(ldap, text)| (u32::from(*ldap), text));
    let answer = AdAnswer::parse(ldap, text);
    assert_eq!(answer.ldap, ldap);
    assert!(answer.text.chars().count() <= 500 && !answer.text.contains(char::is_control));
    if let Some(code) = answer.code {
        assert_eq!(
            text[..9].to_ascii_uppercase(),
            format!("{code:08X}:").into_bytes()
        );
    }
    assert!(answer.to_string().len() <= "255/0000052D data ffffffff".len());
    explained(&answer);

    let word = |at: usize| {
        text.get(at..at + 4)
            .map(|word| u32::from_le_bytes(word.try_into().unwrap()))
    };
    if let (Some(code), Some(data)) = (word(0), word(4)) {
        let written = format!("{code:08X}: LdapErr: DSID-0C09052F, comment: x, data {data:x}, v4f7c\0");
        let read = AdAnswer::parse(ldap, written.as_bytes());
        assert_eq!((read.code, read.data), (Some(code), Some(data)));
    }
}

fn explained(answer: &AdAnswer) {
    let anchor = AccountAnchor::new(Uuid::nil());
    let account = AccountSnapshot::unknown(anchor, "CN=a".to_owned());
    let policies = [
        PolicyReading::Known(EffectivePolicy::unknown(PolicySource::Domain)),
        PolicyReading::Unreadable {
            pso: "CN=p".to_owned(),
        },
    ];
    for request in REQUESTS {
        let cause = answer.cause(request);
        // Costs a bad-password count, so it is never said of a request that proves no password.
        let proves = request == RequestKind::Change;
        assert!(proves || cause != Cause::CurrentPasswordIncorrect);
        for policy in &policies {
            let context = ExplainContext {
                dc: "dc1",
                account: &account,
                policy,
                left_to_controller: &[],
                rights: None,
                now: FileTime(132_223_104_000_000_000),
            };
            let reasons = answer.explain(request, context);
            assert!(!reasons.is_empty());
            for reason in reasons {
                assert!(!reason.user_message().is_empty() && !reason.admin_message().is_empty());
            }
        }
    }
}

/// Any BER element is an entry or none, and what is read of an entry is what it holds.
pub fn ad_entry(bytes: &[u8]) {
    let Ok((_, tag)) = parse_tag(bytes) else {
        return;
    };
    let Some(entry) = Entry::read(ResultEntry::new(tag)) else {
        return;
    };
    let domain = attributes::domain_policy(&entry);
    let fine_grained = attributes::fine_grained_policy(&entry, "CN=p", Some(&domain));
    assert!(fine_grained.is_none_or(|policy| policy.changes_disabled == domain.changes_disabled));
    let marker = attributes::marker(&entry, "extensionAttribute15");
    let listed = attributes::listed(&entry);
    let Some(guid) = entry.bytes("objectGUID") else {
        assert!(listed.is_none());
        return;
    };
    let Ok(anchor) = AccountAnchor::from_object_guid(guid) else {
        assert!(listed.is_none());
        return;
    };
    let other = AccountAnchor::new(Uuid::from_u128(!anchor.uuid().as_u128()));
    assert!(attributes::account(&entry, other, "extensionAttribute15").is_none());
    let account = attributes::account(&entry, anchor, "EXTENSIONattribute15").unwrap();
    assert_eq!(account.marker, marker.marker);
    assert_eq!(account.password_version, marker.password_version);
    assert_eq!(account.lockout_time, marker.lockout_time);
    // All of the groups or none: one that is left out may be a protected one.
    if let Some(groups) = &account.token_groups {
        assert_eq!(groups.len(), entry.all("tokenGroups").count());
        assert!(!groups.is_empty());
    }
    if let Some(listed) = listed {
        assert_eq!(listed.anchor, anchor);
        let names = [
            Some(listed.distinguished_name),
            listed.sam_account_name,
            listed.user_principal_name,
            listed.display_name,
            listed.mail,
        ];
        assert!(names.into_iter().flatten().all(|name| !name.contains('\0')));
    }
}

/// The password's version is found wherever it stands in the metadata; bytes behind the last entry change nothing, and
/// metadata that was cut tells nothing.
pub fn replication_metadata(bytes: &[u8]) {
    let found = replication::from_binary(bytes);
    let _ = replication::from_xml([bytes]);
    if found.is_some() {
        assert_eq!(replication::from_binary(&[bytes, &[0]].concat()), found);
    }

    let others = bytes.chunks_exact(8).take(40).map(|chunk| {
        let (attribute, version) = chunk.split_at(4);
        [attribute, version].map(|word| u32::from_le_bytes(word.try_into().unwrap()))
    });
    let entries: Vec<[u32; 2]> = others.collect();
    let mut blob = [1, 0, u32::try_from(entries.len()).unwrap(), 0]
        .map(u32::to_le_bytes)
        .concat();
    for [attribute, version] in &entries {
        blob.extend([*attribute, *version].map(u32::to_le_bytes).concat());
        blob.extend(u64::from(*version).to_le_bytes());
        blob.extend([7; 32]);
    }
    let password = entries.iter().find(|[attribute, _]| *attribute == UNICODE_PWD);
    let expected = password.map(|[_, version]| replication::PasswordMetadata {
        version: *version,
        changed: Some(FileTime(i64::from(*version) * 10_000_000)),
    });
    assert_eq!(replication::from_binary(&blob), expected);
    blob.pop();
    assert_eq!(replication::from_binary(&blob), None);
    if let Some([_, version]) = password {
        let xml = format!(
            "<DS_REPL_ATTR_META_DATA><pszAttributeName>unicodePwd</pszAttributeName>\
             <dwVersion>{version}</dwVersion></DS_REPL_ATTR_META_DATA>\0"
        );
        // The bytes may be such XML themselves; then they come first.
        let expected = replication::from_xml([bytes]).map_or(*version, |first| first.version);
        let read = replication::from_xml([bytes, xml.as_bytes()]);
        assert_eq!(read.map(|read| read.version), Some(expected));
    }
}
