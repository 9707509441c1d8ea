//! What is asked for: the kind of an operation, its flags, its numbers.

use std::fmt;
use std::str::FromStr;

use uuid::Uuid;

/// The UUID that the caller chose for its operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OperationId(pub Uuid);

impl fmt::Display for OperationId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// The number of an operation within its account, given by the directory, rising by one, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Sequence(pub u64);

/// How many times an operation was handed to a connector, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Attempt(pub u32);

impl Attempt {
    /// The first hand-over: nobody else can have sent a write for this operation before.
    pub const FIRST: Self = Self(1);
}

/// Counts the fences of one attempt, so that no fence marker ever has the value of an earlier one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct FenceCount(pub u32);

impl FenceCount {
    /// No fence yet: what a W marker of an attempt that never fenced carries.
    pub const NONE: Self = Self(0);

    /// The next count. Saturates: after 4 billion fences of one attempt the compare-and-set fails instead of
    /// repeating a value.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

/// What an operation does to the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum OperationKind {
    /// A new password, proved by the current one.
    Change,
    /// A new password for oneself, proved by other means.
    SelfReset,
    /// A new password set by an administrator or the helpdesk.
    AdminReset,
    /// Clears a lockout.
    Unlock,
    /// The password must be changed at the next logon.
    RequireChange,
}

impl OperationKind {
    /// All kinds, for tables and configuration.
    pub const ALL: [Self; 5] = [
        Self::Change,
        Self::SelfReset,
        Self::AdminReset,
        Self::Unlock,
        Self::RequireChange,
    ];

    /// The word of the contract, configuration, logs and metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Change => "CHANGE",
            Self::SelfReset => "SELF_RESET",
            Self::AdminReset => "ADMIN_RESET",
            Self::Unlock => "UNLOCK",
            Self::RequireChange => "REQUIRE_CHANGE",
        }
    }

    /// Whether a password travels with it.
    #[must_use]
    pub const fn sets_password(self) -> bool {
        match self {
            Self::Change | Self::SelfReset | Self::AdminReset => true,
            Self::Unlock | Self::RequireChange => false,
        }
    }

    /// Whether the password is replaced without proof of the current one.
    #[must_use]
    pub const fn is_reset(self) -> bool {
        match self {
            Self::SelfReset | Self::AdminReset => true,
            Self::Change | Self::Unlock | Self::RequireChange => false,
        }
    }
}

impl fmt::Display for OperationKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// The text is not one of the five kinds.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("not a kind of operation")]
pub struct UnknownKind;

impl FromStr for OperationKind {
    type Err = UnknownKind;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.as_str().eq_ignore_ascii_case(text))
            .ok_or(UnknownKind)
    }
}

/// Choices of an administrator that go with a reset. For other kinds they have no effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct OperationFlags {
    /// The user must change the password at the next logon (ADMIN_RESET).
    pub must_change: bool,
    /// Unlock the account if it is locked (ADMIN_RESET; a SELF_RESET unlocks by itself).
    pub unlock: bool,
    /// Write although the account is disabled or expired (ADMIN_RESET).
    pub allow_disabled: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_found_by_its_word() {
        for kind in OperationKind::ALL {
            assert_eq!(kind.as_str().parse(), Ok(kind));
            assert_eq!(kind.as_str().to_lowercase().parse(), Ok(kind));
        }
        assert_eq!("RESET".parse::<OperationKind>(), Err(UnknownKind));
    }

    #[test]
    fn a_fence_count_never_wraps_to_an_earlier_value() {
        assert_eq!(FenceCount(u32::MAX).next(), FenceCount(u32::MAX));
        assert_eq!(FenceCount::NONE.next(), FenceCount(1));
    }
}
