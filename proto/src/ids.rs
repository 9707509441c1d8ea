//! The ids of the contract: UUIDs that cannot be mistaken for each other.
//!
//! Every id of the contract is text on the wire, in one form only: hyphenated (RFC 9562 section 4). Upper case is taken
//! in, as that section demands; lower case is what is written. The other forms that a UUID library understands (without
//! hyphens, in braces, as a URN) are refused, so that one id has one text for everyone who compares texts.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The text is not a UUID in its hyphenated form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected a UUID")]
pub struct InvalidId;

/// A UUID in its hyphenated form, for the ids that have no type of their own (a check, a log).
///
/// # Errors
/// [`InvalidId`] for anything else.
pub fn parse_uuid(text: &str) -> Result<Uuid, InvalidId> {
    if text.len() != uuid::fmt::Hyphenated::LENGTH {
        return Err(InvalidId);
    }
    Uuid::try_parse(text).map_err(|_| InvalidId)
}

macro_rules! ids {
    ($(#[doc = $doc:literal] $name:ident),+ $(,)?) => { $(
        #[doc = $doc]
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// The id with this UUID.
            #[must_use]
            pub const fn new(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The UUID, for where an id is stored or bound into something signed.
            #[must_use]
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                parse_uuid(text).map(Self)
            }
        }
    )+ };
}

ids! {
    /// A customer organisation.
    TenantId,
    /// The connectors that serve one AD domain of a tenant.
    ConnectorGroupId,
    /// An enrolled connector; the certificate it was given names it.
    ConnectorId,
    /// An account: its `objectGUID` in AD, the one name that survives renames and moves.
    AccountAnchor,
    /// An operation: the UUID that the caller chose.
    OperationId,
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "0190a3b4-1111-7222-8333-444455556666";

    #[test]
    fn an_id_has_one_form_only() {
        let id: TenantId = TEXT.parse().unwrap();
        assert_eq!(id.to_string(), TEXT);
        assert_eq!(TEXT.to_uppercase().parse(), Ok(id));
        assert_eq!(parse_uuid(TEXT), Ok(id.uuid()));
        for bad in [
            "",
            "0190a3b4111172228333444455556666",
            "{0190a3b4-1111-7222-8333-444455556666}",
            "urn:uuid:0190a3b4-1111-7222-8333-444455556666",
            "0190a3b4-1111-7222-8333-44445555666x",
            " 0190a3b4-1111-7222-8333-44445555666",
        ] {
            assert_eq!(bad.parse::<OperationId>(), Err(InvalidId), "{bad}");
            assert_eq!(parse_uuid(bad), Err(InvalidId), "{bad}");
        }
    }

    #[test]
    fn an_id_is_stored_as_its_text() {
        let anchor = AccountAnchor::new(parse_uuid(TEXT).unwrap());
        let stored = serde_json::to_string(&anchor).unwrap();
        assert_eq!(stored, format!("\"{TEXT}\""));
        assert_eq!(serde_json::from_str::<AccountAnchor>(&stored).unwrap(), anchor);
    }
}
