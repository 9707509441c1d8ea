//! How Active Directory writes an account's anchor.

use groundwire_proto::ids::AccountAnchor;
use uuid::Uuid;

/// An anchor as `objectGUID`. Active Directory stores the first three fields of a GUID little-endian (MS-DTYP 2.3.4.2),
/// so its 16 bytes are not those of the UUID in text; this is the only place that converts.
pub trait ObjectGuid: Copy {
    /// From the bytes of `objectGUID` as LDAP returns them.
    ///
    /// # Errors
    /// [`WrongLength`] unless there are exactly 16 bytes.
    fn from_object_guid(bytes: &[u8]) -> Result<Self, WrongLength>;

    /// The bytes in Active Directory's order.
    fn to_object_guid(self) -> [u8; 16];

    /// The target of an LDAP request that names the account by its GUID (MS-ADTS 3.1.1.3.1.2.4): the hexadecimal form of
    /// the bytes in Active Directory's order, which every version understands.
    fn ldap_target(self) -> String {
        format!("<GUID={}>", hex::encode(self.to_object_guid()))
    }
}

/// An `objectGUID` is always 16 bytes.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("an objectGUID has 16 bytes, not {0}")]
pub struct WrongLength(pub usize);

impl ObjectGuid for AccountAnchor {
    fn from_object_guid(bytes: &[u8]) -> Result<Self, WrongLength> {
        let bytes: [u8; 16] = bytes.try_into().map_err(|_| WrongLength(bytes.len()))?;
        Ok(Self::new(Uuid::from_bytes_le(bytes)))
    }

    fn to_object_guid(self) -> [u8; 16] {
        self.uuid().to_bytes_le()
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
        assert_eq!(AccountAnchor::from_object_guid(&[0; 15]), Err(WrongLength(15)));
        assert_eq!(AccountAnchor::from_object_guid(&[]), Err(WrongLength(0)));
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
