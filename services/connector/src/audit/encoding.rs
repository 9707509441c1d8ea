//! How domain values stand in audit records. A record is for ever: these forms never change.

/// An operation's kind by its word.
pub(super) mod kind {
    use serde::{Deserialize, Deserializer, Serializer};

    use crate::domain::OperationKind;

    pub(crate) fn serialize<S: Serializer>(kind: &OperationKind, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(kind.as_str())
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<OperationKind, D::Error> {
        let word = String::deserialize(deserializer)?;
        word.parse().map_err(serde::de::Error::custom)
    }
}

/// An account's anchor as UUID text.
pub(super) mod anchor {
    use serde::{Deserialize, Deserializer, Serializer};
    use uuid::Uuid;

    use crate::domain::AccountAnchor;

    pub(crate) fn serialize<S: Serializer>(anchor: &AccountAnchor, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(anchor)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<AccountAnchor, D::Error> {
        Ok(AccountAnchor::from_uuid(Uuid::deserialize(deserializer)?))
    }
}
