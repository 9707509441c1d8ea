//! What Active Directory showed.

use serde::{Deserialize, Serialize};

use super::v1;

/// What Active Directory showed. Nothing here names a person.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Evidence {
    /// DNS name of the domain controller.
    pub dc: String,
    /// The domain controller's invocation id; empty where it could not be read.
    pub dc_invocation_id: String,
    /// LDAP result code of the write, if one was answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ldap_result: Option<u32>,
    /// The eight hexadecimal digits before AD's text; empty where there were none.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub ad_code: String,
    /// Version of `unicodePwd` after the write, where it could be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unicode_pwd_version: Option<u64>,
}

impl From<Evidence> for v1::DirectoryEvidence {
    fn from(evidence: Evidence) -> Self {
        Self {
            dc: evidence.dc,
            dc_invocation_id: evidence.dc_invocation_id,
            ldap_result: evidence.ldap_result,
            ad_code: evidence.ad_code,
            unicode_pwd_version: evidence.unicode_pwd_version,
        }
    }
}

impl From<v1::DirectoryEvidence> for Evidence {
    fn from(wire: v1::DirectoryEvidence) -> Self {
        Self {
            dc: wire.dc,
            dc_invocation_id: wire.dc_invocation_id,
            ldap_result: wire.ldap_result,
            ad_code: wire.ad_code,
            unicode_pwd_version: wire.unicode_pwd_version,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn evidence_survives_the_wire_and_the_record() {
        let evidence = Evidence {
            dc: "dc1.corp.example".to_owned(),
            dc_invocation_id: "0190a3b4-1111-7222-8333-444455556666".to_owned(),
            ldap_result: Some(19),
            ad_code: "0000052D".to_owned(),
            unicode_pwd_version: Some(7),
        };
        for evidence in [evidence, Evidence::default()] {
            let wire = v1::DirectoryEvidence::from(evidence.clone());
            assert_eq!(Evidence::from(wire), evidence);
            let stored = serde_json::to_string(&evidence).unwrap();
            assert_eq!(serde_json::from_str::<Evidence>(&stored).unwrap(), evidence);
        }
    }
}
