//! The name by which an account was looked up.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::v1;
use super::v1::account_name::Name;

/// The name by which a caller named an account. Names change hands, so it travels with the operation and is compared in
/// Active Directory before the write. It is personal: it stands in the erasable part of records only and never shows in
/// a `Debug`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LookupName {
    /// The userPrincipalName: the attribute, or sAMAccountName and the domain's DNS name.
    UserPrincipalName(String),
    /// The sAMAccountName of the account.
    SamAccountName(String),
}

impl fmt::Debug for LookupName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LookupName([personal])")
    }
}

impl From<LookupName> for v1::AccountName {
    fn from(name: LookupName) -> Self {
        let name = match name {
            LookupName::UserPrincipalName(name) => Name::UserPrincipalName(name),
            LookupName::SamAccountName(name) => Name::SamAccountName(name),
        };
        Self { name: Some(name) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_travels_and_never_shows() {
        let upn = LookupName::UserPrincipalName("anna@corp.example".to_owned());
        assert!(!format!("{upn:?} {upn:#?}").contains("anna"));
        let sam = LookupName::SamAccountName("anna".to_owned());
        let wire = v1::AccountName::from(sam.clone());
        assert_eq!(wire.name, Some(Name::SamAccountName("anna".to_owned())));
        assert_eq!(
            [upn, sam].map(|name| serde_json::to_string(&name).unwrap()),
            [
                r#"{"user_principal_name":"anna@corp.example"}"#,
                r#"{"sam_account_name":"anna"}"#
            ]
        );
    }
}
