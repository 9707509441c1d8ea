//! The one name of an account that survives renames and moves: its `objectGUID`.

use std::fmt;
use std::str::FromStr;

use uuid::Uuid;

/// An account's `objectGUID`. Active Directory stores the first three fields of a GUID little-endian (MS-DTYP
/// 2.3.4.2), so its 16 bytes are not those of the UUID in text; this type is the only place that converts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AccountAnchor(Uuid);

/// Why something is not an anchor.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum InvalidAnchor {
    /// `objectGUID` is always 16 bytes.
    #[error("an objectGUID has 16 bytes, not {0}")]
    WrongLength(usize),
    /// The text is not a UUID.
    #[error("not a UUID")]
    NotAUuid,
}

impl AccountAnchor {
    /// From the bytes of `objectGUID` as LDAP returns them.
    ///
    /// # Errors
    /// [`InvalidAnchor::WrongLength`] unless there are exactly 16 bytes.
    pub fn from_object_guid(bytes: &[u8]) -> Result<Self, InvalidAnchor> {
        let bytes: [u8; 16] = bytes
            .try_into()
            .map_err(|_| InvalidAnchor::WrongLength(bytes.len()))?;
        Ok(Self(Uuid::from_bytes_le(bytes)))
    }

    /// From the UUID as it stands in text.
    #[must_use]
    pub const fn from_uuid(uuid: Uuid) -> Self {
        Self(uuid)
    }

    /// The bytes in Active Directory's order.
    #[must_use]
    pub fn to_object_guid(self) -> [u8; 16] {
        self.0.to_bytes_le()
    }

    /// The UUID as it stands in text.
    #[must_use]
    pub const fn as_uuid(self) -> Uuid {
        self.0
    }

    /// The target of an LDAP request that names the account by its GUID (MS-ADTS 3.1.1.3.1.2.4): the hexadecimal
    /// form of the bytes in Active Directory's order, which every version understands.
    #[must_use]
    pub fn ldap_target(self) -> String {
        format!("<GUID={}>", hex::encode(self.to_object_guid()))
    }
}

impl fmt::Display for AccountAnchor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl FromStr for AccountAnchor {
    type Err = InvalidAnchor;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Uuid::try_parse(text)
            .map(Self)
            .map_err(|_| InvalidAnchor::NotAUuid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn bytes_of_active_directory_become_the_uuid_that_its_tools_show() {
        let stored = hex::decode("bdbfd4b3453c42ee98e27b4a698a61b8").unwrap();
        let anchor = AccountAnchor::from_object_guid(&stored).unwrap();
        assert_eq!(anchor.to_string(), "b3d4bfbd-3c45-ee42-98e2-7b4a698a61b8");
        assert_eq!(anchor.ldap_target(), "<GUID=bdbfd4b3453c42ee98e27b4a698a61b8>");
    }

    #[test]
    fn anything_but_sixteen_bytes_is_refused() {
        assert_eq!(
            AccountAnchor::from_object_guid(&[0; 15]),
            Err(InvalidAnchor::WrongLength(15))
        );
        assert_eq!(
            AccountAnchor::from_object_guid(&[]),
            Err(InvalidAnchor::WrongLength(0))
        );
    }

    proptest! {
        #[test]
        fn both_directions_agree(bytes: [u8; 16]) {
            let anchor = AccountAnchor::from_object_guid(&bytes).unwrap();
            prop_assert_eq!(anchor.to_object_guid(), bytes);
            prop_assert_eq!(anchor.to_string().parse::<AccountAnchor>().unwrap(), anchor);
        }
    }
}
