//! What is to be written.

use groundwire_envelope::SealedKind;

use super::words::words;

words! {
    /// What an operation does to the account.
    OperationKind {
        /// The person proves the current password and sets a new one.
        Change = "CHANGE",
        /// The person forgot the password and was identified in another way.
        SelfReset = "SELF_RESET",
        /// A helpdesk or administrator sets a new password.
        AdminReset = "ADMIN_RESET",
        /// The lockout is cleared.
        Unlock = "UNLOCK",
        /// The password must be changed at the next logon.
        RequireChange = "REQUIRE_CHANGE",
    }
}

impl OperationKind {
    /// How the kind stands in the associated data of a sealed secret; `None` for the kinds that carry no secret.
    #[must_use]
    pub const fn sealed_kind(self) -> Option<SealedKind> {
        match self {
            Self::Change => Some(SealedKind::Change),
            Self::SelfReset => Some(SealedKind::SelfReset),
            Self::AdminReset => Some(SealedKind::AdminReset),
            Self::Unlock | Self::RequireChange => None,
        }
    }

    /// True for the kinds that carry a secret. While they wait, a newer one takes their place; the others queue.
    #[must_use]
    pub const fn sets_password(self) -> bool {
        self.sealed_kind().is_some()
    }

    /// True where the password is replaced without proof of the current one.
    #[must_use]
    pub const fn is_reset(self) -> bool {
        match self {
            Self::SelfReset | Self::AdminReset => true,
            Self::Change | Self::Unlock | Self::RequireChange => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reset_sets_a_password_and_a_change_is_no_reset() {
        let with_secret: Vec<_> = OperationKind::ALL
            .into_iter()
            .filter(|kind| kind.sets_password())
            .collect();
        assert_eq!(
            with_secret,
            [
                OperationKind::Change,
                OperationKind::SelfReset,
                OperationKind::AdminReset
            ]
        );
        assert!(!OperationKind::Change.is_reset());
        assert!(
            OperationKind::ALL
                .into_iter()
                .all(|kind| !kind.is_reset() || kind.sets_password())
        );
    }
}
