use uuid::Uuid;

use super::*;

const ANCHOR: AccountAnchor = AccountAnchor::new(Uuid::nil());

fn rights(writable: Option<[bool; 3]>, change_password: Permission) -> Rights {
    Rights {
        writable: writable.map(|[marker, password_last_set, lockout_time]| WritableAttributes {
            marker,
            password_last_set,
            lockout_time,
        }),
        change_password,
        marker_attribute: DEFAULT_MARKER.0.to_owned(),
    }
}

fn named(request: RequestKind, rights: Option<&Rights>) -> Vec<String> {
    explain_missing(request, ANCHOR, rights)
        .iter()
        .map(|reason| reason.field("right").unwrap_or_default().to_owned())
        .collect()
}

#[test]
fn the_right_that_is_missing_is_named_and_no_other() {
    use Permission::{Denied, Granted, NotKnown};
    use RequestKind::{Change, Fence, RequireChange, Reset, Unlock};
    const MARKER: &str = "write msDS-cloudExtensionAttribute20";
    type Row = (RequestKind, Option<[bool; 3]>, Permission, Vec<&'static str>);
    let rows: Vec<Row> = vec![
        (Reset, Some([true, true, true]), Granted, vec!["Reset Password"]),
        (Reset, Some([false, true, true]), Granted, vec![MARKER]),
        (Reset, None, Granted, vec!["Reset Password", MARKER]),
        (Change, Some([false, true, true]), Granted, vec![MARKER]),
        (Change, Some([true, true, true]), Denied, vec!["Change Password"]),
        (
            Change,
            Some([true, true, true]),
            NotKnown,
            vec!["Change Password"],
        ),
        (
            Unlock,
            Some([true, true, false]),
            Granted,
            vec!["write lockoutTime"],
        ),
        (Unlock, Some([false, true, true]), Granted, vec![MARKER]),
        (
            Unlock,
            Some([false, true, false]),
            Granted,
            vec!["write lockoutTime", MARKER],
        ),
        (
            RequireChange,
            Some([true, false, true]),
            Granted,
            vec!["write pwdLastSet"],
        ),
        (Fence, Some([false, false, false]), Granted, vec![MARKER]),
        (Unlock, Some([true, true, true]), Granted, vec![""]),
    ];
    for (request, writable, change, expected) in rows {
        let seen = rights(writable, change);
        assert_eq!(named(request, Some(&seen)), expected, "{request:?} {seen:?}");
    }
    assert_eq!(
        named(Reset, None),
        ["Reset Password, or write the marker attribute"]
    );
    assert_eq!(named(RequestKind::Read, None), [""]);
}

#[test]
fn both_commands_grant_what_was_named() {
    let seen = rights(Some([false, true, true]), Permission::Granted);
    let reason = &explain_missing(RequestKind::Reset, ANCHOR, Some(&seen))[0];
    assert_eq!(
        reason.field("command"),
        Some(r#"dsacls "<OU>" /I:S /G "<account>:WP;msDS-cloudExtensionAttribute20;user""#)
    );
    assert_eq!(
        reason.field("samba_command"),
        Some(
            r#"samba-tool dsacl set --objectdn="<OU>" --sddl="(OA;CIIO;WP;f5446328-8b6e-498d-95a8-211748d5acdc;bf967aba-0de6-11d0-a285-00aa003049e2;<SID of the account>)""#
        )
    );
    let own = Rights {
        marker_attribute: "extensionAttribute15".to_owned(),
        ..seen
    };
    let reason = &explain_missing(RequestKind::Reset, ANCHOR, Some(&own))[0];
    assert_eq!(reason.field("samba_command"), None, "its GUID is not known here");
}

#[test]
fn what_is_not_shown_is_not_taken_as_missing() {
    let bare = Entry::of("CN=a", &[]);
    let seen = Rights::of(&bare, "marker");
    assert_eq!(
        (seen.writable, seen.change_password),
        (None, Permission::NotKnown)
    );
    assert!(missing_reasons(RequestKind::Reset, ANCHOR, &seen).is_empty());
    let entry = Entry::of("CN=a", &[(WRITABLE, &[b"PWDLASTSET", b"marker"])]);
    let seen = Rights::of(&entry, "Marker");
    let expected = WritableAttributes {
        marker: true,
        password_last_set: true,
        lockout_time: false,
    };
    assert_eq!(seen.writable, Some(expected));
    assert_eq!(missing_reasons(RequestKind::Unlock, ANCHOR, &seen).len(), 1);
}
