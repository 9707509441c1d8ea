//! What goes with a reset.

use serde::{Deserialize, Serialize};

use super::v1;

/// An administrator's choices that go with a reset. They have no effect on other kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct OperationFlags {
    /// The person must change the new password at the next logon (ADMIN_RESET).
    pub must_change_at_next_logon: bool,
    /// The account is also unlocked if it is locked (ADMIN_RESET; a SELF_RESET unlocks by itself).
    pub unlock: bool,
    /// The password is written although the account is disabled or expired (ADMIN_RESET).
    pub allow_disabled: bool,
}

impl From<OperationFlags> for v1::OperationFlags {
    fn from(flags: OperationFlags) -> Self {
        Self {
            must_change_at_next_logon: flags.must_change_at_next_logon,
            unlock: flags.unlock,
            allow_disabled: flags.allow_disabled,
        }
    }
}

impl From<v1::OperationFlags> for OperationFlags {
    fn from(wire: v1::OperationFlags) -> Self {
        Self {
            must_change_at_next_logon: wire.must_change_at_next_logon,
            unlock: wire.unlock,
            allow_disabled: wire.allow_disabled,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_flag_survives_the_wire_and_the_record() {
        for bit in 0..3 {
            let flags = OperationFlags {
                must_change_at_next_logon: bit == 0,
                unlock: bit == 1,
                allow_disabled: bit == 2,
            };
            assert_eq!(OperationFlags::from(v1::OperationFlags::from(flags)), flags);
            let stored = serde_json::to_string(&flags).unwrap();
            assert_eq!(serde_json::from_str::<OperationFlags>(&stored).unwrap(), flags);
        }
        assert_eq!(
            serde_json::from_str::<OperationFlags>("{}").unwrap(),
            OperationFlags::default()
        );
    }
}
