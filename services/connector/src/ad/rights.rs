//! The rights of the service account on an account: which are needed, what of them can be seen, which one is missing, and
//! the command that grants exactly that one.
//!
//! What may be written shows in `allowedAttributesEffective`. Extended rights show nowhere: of a refused reset whose
//! marker may be written, Reset Password is what is left. Who may change the password stands in the security descriptor.

use groundwire_proto::reasons::{Reason, ReasonCode};

use super::entry::Entry;
use super::request_kind::RequestKind;
use super::security_descriptor::{Permission, change_password};
use crate::domain::{AccountAnchor, ObjectGuid};

const WRITABLE: &str = "allowedAttributesEffective";
const SECURITY_DESCRIPTOR: &str = "nTSecurityDescriptor";
/// What is read to know the rights.
pub(super) const READ: [&str; 2] = [WRITABLE, SECURITY_DESCRIPTOR];

const USER_CLASS: &str = "bf967aba-0de6-11d0-a285-00aa003049e2";
/// The attribute that holds the marker unless the company names another one, and its GUID in the schema.
const DEFAULT_MARKER: (&str, &str) = (
    "msDS-cloudExtensionAttribute20",
    "f5446328-8b6e-498d-95a8-211748d5acdc",
);

/// What the service account may do with an account, as far as it shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rights {
    /// Which attributes it may write. `None`: not shown.
    pub writable: Option<WritableAttributes>,
    /// Whether it may send a change of the password.
    pub change_password: Permission,
    /// The attribute that holds the marker.
    pub marker_attribute: String,
}

/// Which of the attributes that operations write may be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WritableAttributes {
    pub marker: bool,
    pub password_last_set: bool,
    pub lockout_time: bool,
}

/// One right that operations need.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Right {
    ResetPassword,
    ChangePassword,
    WritePasswordLastSet,
    WriteLockoutTime,
    WriteMarker,
}

impl Right {
    fn words(self, marker_attribute: &str) -> String {
        match self {
            Self::ResetPassword => "Reset Password".to_owned(),
            Self::ChangePassword => "Change Password".to_owned(),
            Self::WritePasswordLastSet => "write pwdLastSet".to_owned(),
            Self::WriteLockoutTime => "write lockoutTime".to_owned(),
            Self::WriteMarker => format!("write {marker_attribute}"),
        }
    }

    /// How it is granted on an organisational unit, on Windows. What stands in `<…>` is for the administrator to fill in.
    fn windows_command(self, marker_attribute: &str) -> String {
        let right = match self {
            Self::ResetPassword => "CA;Reset Password".to_owned(),
            Self::ChangePassword => "CA;Change Password".to_owned(),
            Self::WritePasswordLastSet => "WP;pwdLastSet".to_owned(),
            Self::WriteLockoutTime => "WP;lockoutTime".to_owned(),
            Self::WriteMarker => format!("WP;{marker_attribute}"),
        };
        format!(r#"dsacls "<OU>" /I:S /G "<account>:{right};user""#)
    }

    /// The same for Samba's own tool, which names rights by their GUIDs; `None` for an attribute whose GUID is not known
    /// here.
    fn samba_command(self, marker_attribute: &str) -> Option<String> {
        let (access, guid) = match self {
            Self::ResetPassword => ("CR", "00299570-246d-11d0-a768-00aa006e0529"),
            Self::ChangePassword => ("CR", "ab721a53-1e2f-11d0-9819-00aa0040529b"),
            Self::WritePasswordLastSet => ("WP", "bf967a0a-0de6-11d0-a285-00aa003049e2"),
            Self::WriteLockoutTime => ("WP", "28630ebf-41d5-11d1-a9c1-0000f80367c1"),
            Self::WriteMarker if marker_attribute.eq_ignore_ascii_case(DEFAULT_MARKER.0) => {
                ("WP", DEFAULT_MARKER.1)
            }
            Self::WriteMarker => return None,
        };
        Some(format!(
            r#"samba-tool dsacl set --objectdn="<OU>" --sddl="(OA;CIIO;{access};{guid};{USER_CLASS};<SID of the account>)""#
        ))
    }

    /// Adds the commands that grant it.
    pub(crate) fn add_commands(self, reason: Reason, marker_attribute: &str) -> Reason {
        let reason = reason.with("command", self.windows_command(marker_attribute));
        match self.samba_command(marker_attribute) {
            Some(command) => reason.with("samba_command", command),
            None => reason,
        }
    }
}

/// The right beside the marker's that a request needs.
const fn own_right(request: RequestKind) -> Option<Right> {
    match request {
        RequestKind::Bind | RequestKind::Read | RequestKind::Fence => None,
        RequestKind::Change => Some(Right::ChangePassword),
        RequestKind::Reset => Some(Right::ResetPassword),
        RequestKind::Unlock => Some(Right::WriteLockoutTime),
        RequestKind::RequireChange => Some(Right::WritePasswordLastSet),
    }
}

const fn writes(request: RequestKind) -> bool {
    match request {
        RequestKind::Bind | RequestKind::Read => false,
        RequestKind::Change
        | RequestKind::Reset
        | RequestKind::Unlock
        | RequestKind::RequireChange
        | RequestKind::Fence => true,
    }
}

impl Rights {
    pub(super) fn of(entry: &Entry, marker_attribute: &str) -> Self {
        let may_write = |attribute: &str| {
            entry
                .all(WRITABLE)
                .any(|shown| shown.eq_ignore_ascii_case(attribute.as_bytes()))
        };
        Self {
            // Nothing at all is shown alike where nothing may be written and where that may not be read.
            writable: entry.has(WRITABLE).then(|| WritableAttributes {
                marker: may_write(marker_attribute),
                password_last_set: may_write("pwdLastSet"),
                lockout_time: may_write("lockoutTime"),
            }),
            change_password: entry
                .bytes(SECURITY_DESCRIPTOR)
                .map_or(Permission::NotKnown, change_password),
            marker_attribute: marker_attribute.to_owned(),
        }
    }

    /// Whether a right shows; `None`: it does not.
    fn has(&self, right: Right) -> Option<bool> {
        let writable = self.writable;
        match right {
            Right::ResetPassword => None,
            Right::ChangePassword => match self.change_password {
                Permission::Granted => Some(true),
                Permission::Denied => Some(false),
                Permission::NotKnown => None,
            },
            Right::WritePasswordLastSet => writable.map(|writable| writable.password_last_set),
            Right::WriteLockoutTime => writable.map(|writable| writable.lockout_time),
            Right::WriteMarker => writable.map(|writable| writable.marker),
        }
    }

    /// The rights that a request needs and that certainly are missing, and those of which it does not show.
    #[must_use]
    pub fn look_for(&self, request: RequestKind) -> (Vec<Right>, Vec<Right>) {
        let marker = writes(request).then_some(Right::WriteMarker);
        let needed = own_right(request).into_iter().chain(marker);
        let (mut missing, mut not_shown) = (Vec::new(), Vec::new());
        for right in needed {
            match self.has(right) {
                Some(true) => {}
                Some(false) => missing.push(right),
                None => not_shown.push(right),
            }
        }
        (missing, not_shown)
    }
}

/// The reasons of a request that was refused for a right. `rights` as they were read afterwards, if they could be.
pub(super) fn explain_missing(
    request: RequestKind,
    anchor: AccountAnchor,
    rights: Option<&Rights>,
) -> Vec<Reason> {
    let reason = || Reason::new(ReasonCode::RightMissing).with("object", anchor.ldap_target());
    let named = |right: Right, marker_attribute: &str| {
        let reason = reason().with("right", right.words(marker_attribute));
        right.add_commands(reason, marker_attribute)
    };
    let Some(rights) = rights else {
        let right = match own_right(request) {
            Some(right) => format!("{}, or write the marker attribute", right.words("")),
            None if writes(request) => "write the marker attribute".to_owned(),
            None => return vec![reason()],
        };
        return vec![reason().with("right", right)];
    };
    let (missing, not_shown) = rights.look_for(request);
    let found = if missing.is_empty() { not_shown } else { missing };
    let reasons: Vec<Reason> = found
        .into_iter()
        .map(|right| named(right, &rights.marker_attribute))
        .collect();
    if reasons.is_empty() {
        // Everything shows as granted: it was granted a moment ago, or the refusal is about something else.
        return vec![reason()];
    }
    reasons
}

/// `RIGHT_MISSING` for what shows as missing before anything is sent.
pub(crate) fn missing_reasons(request: RequestKind, anchor: AccountAnchor, rights: &Rights) -> Vec<Reason> {
    if rights.look_for(request).0.is_empty() {
        return Vec::new();
    }
    explain_missing(request, anchor, Some(rights))
}

#[cfg(test)]
mod tests;
