//! Fields of requests: as the types that they stand for, or refused by name.

use std::str::FromStr;

use groundwire_proto::operation::v1 as proto;
use groundwire_proto::operation::v1::account_name::Name;
use groundwire_proto::time::duration_of;

use super::status::Refused;
use crate::domain::{AccountName, OperationKind};

/// Longest name of an account that is looked up, in characters: AD holds UPNs of up to 1,024 (MS-ADA3 2.349).
const LONGEST_NAME: usize = 1024;

/// Longest name of a host, in bytes (RFC 1035 2.3.4).
const LONGEST_HOST: usize = 255;

/// The named account.
///
/// # Errors
/// `account` as a field violation.
pub fn account_name(name: Option<proto::AccountName>) -> Result<AccountName, Refused> {
    let text = |text: String| {
        // Phones add spaces; a domain controller passes over them, too.
        let name = text.trim();
        let fits = !name.is_empty() && name.chars().count() <= LONGEST_NAME && !name.contains('\0');
        fits.then(|| name.to_owned())
            .ok_or_else(|| Refused::invalid("account", "a name of 1 to 1024 characters without NUL"))
    };
    match name.and_then(|name| name.name) {
        Some(Name::UserPrincipalName(name)) => text(name).map(AccountName::UserPrincipalName),
        Some(Name::SamAccountName(name)) => text(name).map(AccountName::SamAccountName),
        Some(Name::Anchor(anchor)) => id("account.anchor", &anchor).map(AccountName::Anchor),
        None => Err(Refused::invalid(
            "account",
            "a user_principal_name, sam_account_name or anchor",
        )),
    }
}

/// An id that must be there.
///
/// # Errors
/// The field as a violation.
pub fn id<T: FromStr>(field: &'static str, text: &str) -> Result<T, Refused> {
    text.parse().map_err(|_| Refused::invalid(field, "a UUID"))
}

/// An id that may be left out.
///
/// # Errors
/// The field as a violation.
pub fn optional_id<T: FromStr>(field: &'static str, text: &str) -> Result<Option<T>, Refused> {
    if text.is_empty() {
        Ok(None)
    } else {
        id(field, text).map(Some)
    }
}

/// A host's DNS name.
///
/// # Errors
/// The field as a violation.
pub fn host(field: &'static str, text: String) -> Result<String, Refused> {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    let fits = (1..=LONGEST_HOST).contains(&text.len()) && text.bytes().all(is_part);
    fits.then_some(text)
        .ok_or_else(|| Refused::invalid(field, "a DNS name of 1 to 255 letters, digits, hyphens and dots"))
}

/// The size of a page.
///
/// # Errors
/// `page_size` as a violation.
pub fn page_size(requested: i32, default: u32, most: u32) -> Result<u32, Refused> {
    match u32::try_from(requested) {
        Ok(0) => Ok(default),
        Ok(size) if size <= most => Ok(size),
        Ok(_) | Err(_) => Err(Refused::invalid(
            "page_size",
            format!("0 (for {default}) to {most}"),
        )),
    }
}

/// Where a page begins.
///
/// # Errors
/// `page_token` as a violation.
pub fn page_token<T>(text: &str, parse: impl FnOnce(&str) -> Option<T>) -> Result<Option<T>, Refused> {
    if text.is_empty() {
        return Ok(None);
    }
    let token =
        parse(text).ok_or_else(|| Refused::invalid("page_token", "the token of the previous answer"))?;
    Ok(Some(token))
}

/// A name for people.
///
/// # Errors
/// `display_name` as a violation.
pub fn display_name(text: String) -> Result<String, Refused> {
    let fits = (1..=200).contains(&text.chars().count()) && !text.chars().any(char::is_control);
    fits.then_some(text).ok_or_else(|| {
        Refused::invalid(
            "display_name",
            "1 to 200 characters, none of them a control character",
        )
    })
}

/// A kind that may be requested.
///
/// # Errors
/// The field as a violation.
pub fn kind(field: &str, number: i32) -> Result<OperationKind, Refused> {
    OperationKind::try_from(number)
        .map_err(|_| Refused::invalid(field, "a kind other than OPERATION_KIND_UNSPECIFIED"))
}

/// A duration in milliseconds; zero if it is left out.
///
/// # Errors
/// The field as a violation, if it is negative or beyond all bounds.
pub fn milliseconds(field: &str, duration: Option<prost_types::Duration>) -> Result<u64, Refused> {
    duration_of(&duration.unwrap_or_default())
        .and_then(|duration| u64::try_from(duration.as_millis()).ok())
        .ok_or_else(|| Refused::invalid(field, "a duration that is not negative"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn page_sizes_have_a_default_and_an_upper_limit() {
        assert_eq!(page_size(0, 50, 500).unwrap(), 50);
        assert_eq!(page_size(500, 50, 500).unwrap(), 500);
        assert!(page_size(501, 50, 500).is_err());
        assert!(page_size(-1, 50, 500).is_err());
    }

    #[test]
    fn names_that_no_account_can_have_are_refused_at_the_edge() {
        let name = |name| account_name(Some(proto::AccountName { name: Some(name) }));
        assert!(name(Name::SamAccountName("anna".into())).is_ok());
        let spaced = name(Name::UserPrincipalName(" anna@corp.example\u{a0}\n".into())).ok();
        let upn = AccountName::UserPrincipalName("anna@corp.example".into());
        assert!(spaced.is_some_and(|name| name == upn));
        assert!(name(Name::SamAccountName(" \t".into())).is_err());
        assert!(name(Name::SamAccountName(String::new())).is_err());
        assert!(name(Name::UserPrincipalName("a\0b".into())).is_err());
        assert!(name(Name::Anchor("x".into())).is_err());
        assert!(account_name(None).is_err());
    }
}
