//! What is asked of the domain controller.

use crate::domain::OperationKind;

/// What kind of request was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RequestKind {
    /// The service account's bind.
    Bind,
    Read,
    /// A password change.
    Change,
    /// A password reset.
    Reset,
    /// `lockoutTime` = 0.
    Unlock,
    /// `pwdLastSet` = 0.
    RequireChange,
    /// The marker alone.
    Fence,
}

impl RequestKind {
    /// The request that an operation of this kind sends.
    #[must_use]
    pub const fn of(kind: OperationKind) -> Self {
        match kind {
            OperationKind::Change => Self::Change,
            OperationKind::SelfReset | OperationKind::AdminReset => Self::Reset,
            OperationKind::Unlock => Self::Unlock,
            OperationKind::RequireChange => Self::RequireChange,
        }
    }

    pub(super) const fn sets_password(self) -> bool {
        match self {
            Self::Change | Self::Reset => true,
            Self::Bind | Self::Read | Self::Unlock | Self::RequireChange | Self::Fence => false,
        }
    }
}
