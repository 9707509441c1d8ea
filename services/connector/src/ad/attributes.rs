//! Which attributes are read, and what becomes of them. Absent stays absent.

use super::entry::Entry;
use super::{ListedAccount, MarkerSnapshot, replication};
use crate::domain::{
    AccountAnchor, AccountSnapshot, ComputedFlags, Interval, ObjectGuid, Sid, UserAccountControl,
};
use crate::policy::effective::PasswordProperties;
use crate::policy::{EffectivePolicy, PolicySource};

/// What an operation needs of the account, beside the marker attribute.
pub(super) const ACCOUNT: [&str; 19] = [
    "objectGUID",
    "objectSid",
    "objectClass",
    "sAMAccountName",
    "userPrincipalName",
    "displayName",
    "userAccountControl",
    "msDS-User-Account-Control-Computed",
    "pwdLastSet",
    "lockoutTime",
    "badPwdCount",
    "badPasswordTime",
    "adminCount",
    "accountExpires",
    "tokenGroups",
    "msDS-ResultantPSO",
    "replPropertyMetaData",
    "msDS-ReplAttributeMetaData",
    "distinguishedName",
];

/// What recovery looks at, beside the marker attribute.
pub(super) const MARKER: [&str; 5] = [
    "objectGUID",
    "pwdLastSet",
    "lockoutTime",
    "replPropertyMetaData",
    "msDS-ReplAttributeMetaData",
];

/// What the account sync lists.
pub(super) const LISTED: [&str; 7] = [
    "objectGUID",
    "objectClass",
    "sAMAccountName",
    "userPrincipalName",
    "displayName",
    "mail",
    "userAccountControl",
];

/// The domain head's policy.
pub(super) const DOMAIN_POLICY: [&str; 8] = [
    "minPwdLength",
    "pwdHistoryLength",
    "pwdProperties",
    "minPwdAge",
    "maxPwdAge",
    "lockoutThreshold",
    "lockoutDuration",
    "lockOutObservationWindow",
];

/// A fine-grained policy.
pub(super) const PSO: [&str; 8] = [
    "msDS-MinimumPasswordLength",
    "msDS-PasswordHistoryLength",
    "msDS-PasswordComplexityEnabled",
    "msDS-MinimumPasswordAge",
    "msDS-MaximumPasswordAge",
    "msDS-LockoutThreshold",
    "msDS-LockoutDuration",
    "msDS-LockoutObservationWindow",
];

/// `None` if the entry is not the account that was requested.
pub(super) fn account(
    entry: &Entry,
    anchor: AccountAnchor,
    marker_attribute: &str,
) -> Option<AccountSnapshot> {
    if anchor_of(entry) != Some(anchor) {
        return None;
    }
    let owned = |name: &str| entry.text(name).map(str::to_owned);
    let sids: Result<Vec<Sid>, _> = entry.all("tokenGroups").map(Sid::from_bytes).collect();
    Some(AccountSnapshot {
        anchor,
        distinguished_name: entry.distinguished_name.clone(),
        sid: entry.bytes("objectSid").and_then(|sid| Sid::from_bytes(sid).ok()),
        sam_account_name: owned("sAMAccountName"),
        user_principal_name: owned("userPrincipalName"),
        display_name: owned("displayName"),
        object_classes: object_classes(entry),
        control: entry.flags("userAccountControl").map(UserAccountControl),
        computed: entry
            .flags("msDS-User-Account-Control-Computed")
            .map(ComputedFlags),
        password_last_set: entry.time("pwdLastSet"),
        lockout_time: entry.time("lockoutTime"),
        bad_password_count: entry.count("badPwdCount"),
        bad_password_time: entry.time("badPasswordTime"),
        admin_count: entry.flags("adminCount"),
        account_expires: entry.time("accountExpires"),
        // Everybody is in the primary group at least: none means not readable. One that cannot be parsed may be a
        // protected one.
        token_groups: sids.ok().filter(|groups| !groups.is_empty()),
        resultant_pso: owned("msDS-ResultantPSO"),
        marker: entry.bytes(marker_attribute).map(<[u8]>::to_vec),
        password_version: password_version(entry),
    })
}

/// What recovery looks at.
pub(super) fn marker(entry: &Entry, marker_attribute: &str) -> MarkerSnapshot {
    MarkerSnapshot {
        marker: entry.bytes(marker_attribute).map(<[u8]>::to_vec),
        password_version: password_version(entry),
        password_last_set: entry.time("pwdLastSet"),
        lockout_time: entry.time("lockoutTime"),
    }
}

/// `None` for what is not a user account with an anchor.
pub(super) fn listed(entry: &Entry) -> Option<ListedAccount> {
    let classes = object_classes(entry);
    let is = |name: &str| classes.iter().any(|class| class.eq_ignore_ascii_case(name));
    if is("computer") || !(classes.is_empty() || is("user")) {
        return None;
    }
    let clean = |name: &str| entry.text(name).map(|text| text.replace('\0', "\u{FFFD}"));
    let control = entry.flags("userAccountControl").map(UserAccountControl);
    Some(ListedAccount {
        anchor: anchor_of(entry)?,
        distinguished_name: entry.distinguished_name.replace('\0', "\u{FFFD}"),
        sam_account_name: clean("sAMAccountName"),
        user_principal_name: clean("userPrincipalName"),
        display_name: clean("displayName"),
        mail: clean("mail"),
        enabled: control.map(|control| !control.has(UserAccountControl::DISABLED)),
    })
}

/// The domain head's policy.
pub(super) fn domain_policy(entry: &Entry) -> EffectivePolicy {
    let properties = entry.flags("pwdProperties").map(PasswordProperties);
    let interval = |name: &str| entry.integer(name).map(Interval::from_attribute);
    EffectivePolicy {
        source: PolicySource::Domain,
        minimum_length: entry.count("minPwdLength"),
        complex: properties.map(|properties| properties.has(PasswordProperties::COMPLEX)),
        history_length: entry.count("pwdHistoryLength"),
        minimum_age: interval("minPwdAge"),
        maximum_age: interval("maxPwdAge"),
        lockout_threshold: entry.count("lockoutThreshold"),
        lockout_window: interval("lockOutObservationWindow"),
        lockout_duration: interval("lockoutDuration"),
        changes_disabled: properties.map(|properties| properties.has(PasswordProperties::REFUSE_CHANGE)),
    }
}

/// A fine-grained policy, `None` if its rules may not be read. Only the domain head says whether changes are
/// refused.
pub(super) fn fine_grained_policy(
    entry: &Entry,
    name: &str,
    domain: Option<&EffectivePolicy>,
) -> Option<EffectivePolicy> {
    if !PSO.iter().any(|attribute| entry.has(attribute)) {
        return None;
    }
    let interval = |name: &str| entry.integer(name).map(Interval::from_attribute);
    Some(EffectivePolicy {
        source: PolicySource::FineGrained(name.to_owned()),
        minimum_length: entry.count("msDS-MinimumPasswordLength"),
        complex: entry
            .text("msDS-PasswordComplexityEnabled")
            .map(|value| value.eq_ignore_ascii_case("TRUE")),
        history_length: entry.count("msDS-PasswordHistoryLength"),
        minimum_age: interval("msDS-MinimumPasswordAge"),
        maximum_age: interval("msDS-MaximumPasswordAge"),
        lockout_threshold: entry.count("msDS-LockoutThreshold"),
        lockout_window: interval("msDS-LockoutObservationWindow"),
        lockout_duration: interval("msDS-LockoutDuration"),
        changes_disabled: domain.and_then(|domain| domain.changes_disabled),
    })
}

pub(super) fn anchor_of(entry: &Entry) -> Option<AccountAnchor> {
    AccountAnchor::from_object_guid(entry.bytes("objectGUID")?).ok()
}

fn object_classes(entry: &Entry) -> Vec<String> {
    entry
        .all("objectClass")
        .filter_map(|class| std::str::from_utf8(class).ok())
        .map(str::to_owned)
        .collect()
}

fn password_version(entry: &Entry) -> Option<u32> {
    let xml = replication::from_xml(entry.all("msDS-ReplAttributeMetaData"));
    let binary = || {
        entry
            .bytes("replPropertyMetaData")
            .and_then(replication::from_binary)
    };
    xml.or_else(binary).map(|metadata| metadata.version)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::FileTime;
    use uuid::Uuid;

    #[test]
    fn absent_is_not_known_and_never_zero() {
        let anchor = AccountAnchor::new(Uuid::from_u128(1));
        let guid = anchor.to_object_guid();
        let bare = Entry::of("CN=a", &[("objectGUID", &[&guid])]);
        let read = account(&bare, anchor, "marker").unwrap();
        assert_eq!(read, AccountSnapshot::unknown(anchor, "CN=a".to_owned()));
        assert_eq!(account(&bare, AccountAnchor::new(Uuid::nil()), "marker"), None);
        assert_eq!(fine_grained_policy(&bare, "CN=p", None), None);
        assert!(!domain_policy(&bare).is_complete());
    }

    #[test]
    fn a_group_that_cannot_be_parsed_makes_the_membership_unknown() {
        let anchor = AccountAnchor::new(Uuid::from_u128(1));
        let guid = anchor.to_object_guid();
        let group = [1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 33, 2, 0, 0];
        let good = Entry::of("CN=a", &[("objectGUID", &[&guid]), ("tokenGroups", &[&group])]);
        assert_eq!(
            account(&good, anchor, "m").unwrap().token_groups.unwrap().len(),
            1
        );
        let broken = Entry::of(
            "CN=a",
            &[("objectGUID", &[&guid]), ("tokenGroups", &[&group, b"x"])],
        );
        assert_eq!(account(&broken, anchor, "m").unwrap().token_groups, None);
    }

    #[test]
    fn an_account_reads_as_stored() {
        let anchor = AccountAnchor::new(Uuid::from_u128(1));
        let guid = anchor.to_object_guid();
        let entry = Entry::of(
            "CN=a",
            &[
                ("objectGUID", &[&guid]),
                ("userAccountControl", &[b"514"]),
                ("pwdLastSet", &[b"0"]),
                ("Marker", &[b"gw1 x"]),
                ("objectClass", &[b"top", b"user"]),
            ],
        );
        let read = account(&entry, anchor, "marker").unwrap();
        assert_eq!(read.is_disabled(), Some(true));
        assert_eq!(read.password_last_set, Some(FileTime::ZERO));
        assert_eq!(read.marker.as_deref(), Some(&b"gw1 x"[..]));
        assert_eq!(listed(&entry).unwrap().enabled, Some(false));
    }

    #[test]
    fn computers_are_not_listed_and_names_hold_no_nul() {
        let guid = [1; 16];
        let computer = Entry::of(
            "CN=a",
            &[("objectGUID", &[&guid]), ("objectClass", &[b"user", b"computer"])],
        );
        assert_eq!(listed(&computer), None);
        let odd = Entry::of("CN=a", &[("objectGUID", &[&guid]), ("displayName", &[b"a\0b"])]);
        assert_eq!(listed(&odd).unwrap().display_name.as_deref(), Some("a\u{FFFD}b"));
    }
}
