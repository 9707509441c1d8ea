//! Names of things: UUIDs that cannot be mistaken for each other.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Text that is not a UUID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected a UUID")]
pub struct InvalidId;

macro_rules! id {
    ($(#[$doc:meta] $name:ident),* $(,)?) => { $(
        #[$doc]
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// The UUID.
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

            /// Takes the hyphenated form only (RFC 9562 section 4): one text per id.
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                if text.len() != uuid::fmt::Hyphenated::LENGTH {
                    return Err(InvalidId);
                }
                Uuid::try_parse(text).map(Self).map_err(|_| InvalidId)
            }
        }
    )* };
}

id! {
    /// A customer organisation.
    TenantId,
    /// The connectors that serve one AD domain of a tenant.
    ConnectorGroupId,
    /// One connector.
    ConnectorId,
    /// An account: its `objectGUID` in AD.
    AccountAnchor,
    /// An operation: the UUID that the caller chose.
    OperationId,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_has_one_form_only() {
        let text = "0190a3b4-1111-7222-8333-444455556666";
        assert_eq!(text.parse::<TenantId>().unwrap().to_string(), text);
        for bad in [
            "",
            "0190a3b4111172228333444455556666",
            "{0190a3b4-1111-7222-8333-444455556666}",
        ] {
            assert_eq!(bad.parse::<OperationId>(), Err(InvalidId), "{bad}");
        }
    }
}
