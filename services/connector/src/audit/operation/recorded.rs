//! Words of the contract whose form in an audit record is another than in the contract. A record is for ever: these
//! forms never change.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::domain::{Evidence, OnBehalfOf, OperationFlags};

/// [`OperationFlags`] as recorded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordedFlags {
    /// The person must change the new password at the next logon.
    pub must_change: bool,
    /// The account is also unlocked.
    pub unlock: bool,
    /// The password is written although the account is disabled.
    pub allow_disabled: bool,
}

impl From<OperationFlags> for RecordedFlags {
    fn from(flags: OperationFlags) -> Self {
        Self {
            must_change: flags.must_change_at_next_logon,
            unlock: flags.unlock,
            allow_disabled: flags.allow_disabled,
        }
    }
}

impl From<RecordedFlags> for OperationFlags {
    fn from(recorded: RecordedFlags) -> Self {
        Self {
            must_change_at_next_logon: recorded.must_change,
            unlock: recorded.unlock,
            allow_disabled: recorded.allow_disabled,
        }
    }
}

/// [`Evidence`] as recorded.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordedEvidence {
    /// The domain controller.
    pub dc: String,
    /// Its invocation id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invocation_id: Option<Uuid>,
    /// LDAP result code of the write, if one was answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ldap_result: Option<u32>,
    /// The eight hexadecimal digits before Active Directory's text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ad_code: Option<String>,
    /// Version of `unicodePwd` after the write.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password_version: Option<u32>,
}

impl From<RecordedEvidence> for Evidence {
    fn from(recorded: RecordedEvidence) -> Self {
        Self {
            dc: recorded.dc,
            dc_invocation_id: recorded
                .invocation_id
                .map(|id| id.to_string())
                .unwrap_or_default(),
            ldap_result: recorded.ldap_result,
            ad_code: recorded.ad_code.unwrap_or_default(),
            unicode_pwd_version: recorded.password_version.map(u64::from),
        }
    }
}

/// [`OnBehalfOf`] as recorded, in the erasable part.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordedOnBehalfOf {
    /// Who is at the keyboard.
    pub subject: String,
    /// The address they came from.
    pub client_address: String,
    /// How they were identified.
    pub authentication_methods: Vec<String>,
}

impl fmt::Debug for RecordedOnBehalfOf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecordedOnBehalfOf([personal])")
    }
}

impl From<OnBehalfOf> for RecordedOnBehalfOf {
    fn from(person: OnBehalfOf) -> Self {
        Self {
            subject: person.subject,
            client_address: person.client_address,
            authentication_methods: person.authentication_methods,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_recorded_under_their_own_names() {
        let flags = OperationFlags {
            must_change_at_next_logon: true,
            ..OperationFlags::default()
        };
        let stored = serde_json::to_string(&RecordedFlags::from(flags)).unwrap();
        assert_eq!(
            stored,
            r#"{"must_change":true,"unlock":false,"allow_disabled":false}"#
        );
        let read: RecordedFlags = serde_json::from_str(&stored).unwrap();
        assert_eq!(OperationFlags::from(read), flags);
    }

    #[test]
    fn evidence_is_recorded_under_its_own_names_and_reported_under_the_contracts() {
        let recorded = RecordedEvidence {
            dc: "dc1".to_owned(),
            invocation_id: Some(Uuid::nil()),
            ldap_result: Some(19),
            ad_code: Some("0000052D".to_owned()),
            password_version: Some(7),
        };
        assert_eq!(
            serde_json::to_string(&recorded).unwrap(),
            r#"{"dc":"dc1","invocation_id":"00000000-0000-0000-0000-000000000000","ldap_result":19,"ad_code":"0000052D","password_version":7}"#
        );
        assert_eq!(
            serde_json::to_string(&RecordedEvidence::default()).unwrap(),
            r#"{"dc":""}"#
        );
        assert_eq!(
            Evidence::from(recorded),
            Evidence {
                dc: "dc1".to_owned(),
                dc_invocation_id: "00000000-0000-0000-0000-000000000000".to_owned(),
                ldap_result: Some(19),
                ad_code: "0000052D".to_owned(),
                unicode_pwd_version: Some(7),
            }
        );
    }

    #[test]
    fn a_person_is_recorded_whole_and_never_shows() {
        let person = RecordedOnBehalfOf::from(OnBehalfOf {
            subject: "anna".to_owned(),
            ..OnBehalfOf::default()
        });
        assert_eq!(
            serde_json::to_string(&person).unwrap(),
            r#"{"subject":"anna","client_address":"","authentication_methods":[]}"#
        );
        assert!(!format!("{person:?}").contains("anna"));
    }
}
