//! Whether an account bears the name by which it was looked up: the domain controller compares, by its own rules for what
//! is the same name. Pure; [`reading`](super::reading) sends what is made here.
//!
//! For a userPrincipalName Active Directory accepts two forms (MS-ADTS 5.1.1.1.1): the attribute, and the implicit one,
//! sAMAccountName and the domain's DNS name. An explicit one wins: where another account has the name as its attribute, the
//! implicit form means that account.

use std::fmt::Write as _;

use groundwire_proto::operation::LookupName;

/// The filter (RFC 4515) that only an account with this name meets. `naming_context` is the domain's.
pub(super) fn filter_of(name: &LookupName, naming_context: &str) -> String {
    match name {
        LookupName::SamAccountName(name) => equality("sAMAccountName", name),
        LookupName::UserPrincipalName(name) => {
            let explicit = equality("userPrincipalName", name);
            match implicit_account_name(name, naming_context) {
                Some(account) => format!("(|{explicit}{})", equality("sAMAccountName", account)),
                None => explicit,
            }
        }
    }
}

/// The filter of whoever may have this name before the account that met [`filter_of`]: it met by the implicit form, as far as
/// its own userPrincipalName tells. `None`: nobody has.
pub(super) fn precedence_filter(
    name: &LookupName,
    naming_context: &str,
    own_principal: Option<&str>,
) -> Option<String> {
    let LookupName::UserPrincipalName(name) = name else {
        return None;
    };
    implicit_account_name(name, naming_context)?;
    // Whatever rules the domain controller compares by, this much is the same name.
    let is_explicit = own_principal.is_some_and(|own| own.eq_ignore_ascii_case(name));
    (!is_explicit).then(|| equality("userPrincipalName", name))
}

/// The sAMAccountName that this userPrincipalName means by the implicit form.
fn implicit_account_name<'n>(principal: &'n str, naming_context: &str) -> Option<&'n str> {
    let (account, suffix) = principal.rsplit_once('@')?;
    let domain = domain_name(naming_context)?;
    (!account.is_empty() && suffix.eq_ignore_ascii_case(&domain)).then_some(account)
}

/// The DNS name of the domain with this naming context: `DC=corp,DC=example` is `corp.example`.
pub(super) fn domain_name(naming_context: &str) -> Option<String> {
    let labels = naming_context.split(',').map(|part| {
        let (attribute, label) = part.split_once('=')?;
        let is_label = attribute.trim().eq_ignore_ascii_case("DC") && !label.is_empty();
        is_label.then(|| label.trim())
    });
    labels.collect::<Option<Vec<_>>>().map(|labels| labels.join("."))
}

/// Everything but ASCII letters and digits is escaped: then no character has a meaning of its own.
fn equality(attribute: &str, value: &str) -> String {
    let mut filter = format!("({attribute}=");
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() {
            filter.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(filter, "\\{byte:02x}");
        }
    }
    filter.push(')');
    filter
}

#[cfg(test)]
mod tests {
    use ldap3::asn1::{ASNTag as _, PL, StructureTag};
    use proptest::prelude::*;

    use super::*;

    const CONTEXT: &str = "DC=corp,DC=example";

    fn upn(name: &str) -> LookupName {
        LookupName::UserPrincipalName(name.to_owned())
    }

    #[test]
    fn no_character_of_a_name_has_a_meaning_in_the_filter() {
        let name = LookupName::SamAccountName("a*)(x=\\ \0ü".to_owned());
        assert_eq!(
            filter_of(&name, CONTEXT),
            r"(sAMAccountName=a\2a\29\28x\3d\5c\20\00\c3\bc)"
        );
    }

    proptest! {
        #[test]
        fn any_name_is_one_assertion_with_exactly_its_bytes(name in any::<String>()) {
            let tag = ldap3::parse_filter(equality("sAMAccountName", &name)).unwrap().into_structure();
            let PL::C(parts) = tag.payload else { panic!("not an assertion") };
            let bytes = |part: &StructureTag| match &part.payload {
                PL::P(bytes) => bytes.clone(),
                PL::C(_) => panic!("not a value"),
            };
            prop_assert_eq!((tag.id, parts.len()), (3, 2), "equalityMatch");
            prop_assert_eq!(bytes(&parts[1]), name.into_bytes());
        }
    }

    #[test]
    fn the_implicit_form_has_the_domains_own_dns_name() {
        assert_eq!(
            filter_of(&upn("anna@CORP.example"), CONTEXT),
            r"(|(userPrincipalName=anna\40CORP\2eexample)(sAMAccountName=anna))"
        );
        for other in ["anna@example", "anna@sub.corp.example", "@corp.example", "anna"] {
            assert!(
                !filter_of(&upn(other), CONTEXT).contains("sAMAccountName"),
                "{other}"
            );
        }
        assert!(filter_of(&upn("a@b@corp.example"), CONTEXT).contains(r"(sAMAccountName=a\40b)"));
        assert!(!filter_of(&upn("anna@corp.example"), "").contains("sAMAccountName"));
    }

    #[test]
    fn who_has_the_name_explicitly_is_looked_for_only_where_the_account_itself_may_not() {
        let filter = |name: &str, own| precedence_filter(&upn(name), CONTEXT, own);
        assert_eq!(filter("anna@corp.example", Some("Anna@Corp.Example")), None);
        let explicit = Some(r"(userPrincipalName=anna\40corp\2eexample)".to_owned());
        assert_eq!(filter("anna@corp.example", None), explicit);
        assert_eq!(filter("anna@corp.example", Some("a.a@corp.example")), explicit);
        assert_eq!(filter("anna@other.example", Some("ANNA@other.example")), None);
        let sam = LookupName::SamAccountName("anna".to_owned());
        assert_eq!(precedence_filter(&sam, CONTEXT, None), None);
    }

    #[test]
    fn a_naming_context_is_a_dns_name() {
        assert_eq!(domain_name("DC=Corp,dc=example").as_deref(), Some("Corp.example"));
        assert_eq!(domain_name("O=x"), None);
        assert_eq!(domain_name(""), None);
    }
}
