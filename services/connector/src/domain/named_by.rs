//! By what the caller named an account, and what Active Directory is to compare because of it.

use groundwire_proto::operation::LookupName;
use groundwire_proto::operation::v1 as wire;
use groundwire_proto::operation::v1::account_name::Name;

/// By what the caller named the account. A name changes hands, so what is written to an account that was named by one is
/// written only while the account bears it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NamedBy {
    /// By its anchor, which never changes hands: there is nothing to compare.
    Anchor,
    Name(LookupName),
    /// By a name that is not known (any more): nothing is written.
    ForgottenName,
}

impl From<Option<wire::AccountName>> for NamedBy {
    /// Whatever is not understood is a name that is not known: then nothing is written.
    fn from(name: Option<wire::AccountName>) -> Self {
        let Some(wire::AccountName { name }) = name else {
            return Self::Anchor;
        };
        match name {
            Some(Name::UserPrincipalName(name)) if !name.is_empty() => {
                Self::Name(LookupName::UserPrincipalName(name))
            }
            Some(Name::SamAccountName(name)) if !name.is_empty() => {
                Self::Name(LookupName::SamAccountName(name))
            }
            Some(Name::Anchor(_)) => Self::Anchor,
            Some(Name::UserPrincipalName(_) | Name::SamAccountName(_)) | None => Self::ForgottenName,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_anchor_or_nothing_at_all_leaves_nothing_to_compare() {
        let named_by = |name| NamedBy::from(Some(wire::AccountName { name }));
        assert_eq!(NamedBy::from(None), NamedBy::Anchor);
        assert_eq!(named_by(Some(Name::Anchor("x".to_owned()))), NamedBy::Anchor);
        let sam = "anna".to_owned();
        assert_eq!(
            named_by(Some(Name::SamAccountName(sam.clone()))),
            NamedBy::Name(LookupName::SamAccountName(sam))
        );
        assert_eq!(named_by(None), NamedBy::ForgottenName);
        assert_eq!(
            named_by(Some(Name::UserPrincipalName(String::new()))),
            NamedBy::ForgottenName
        );
    }
}
