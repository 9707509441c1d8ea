//! A tenant's settings.

use std::ops::RangeInclusive;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::OperationKind;

/// How long an operation may wait to be written (the contract's `operation_lifetime`).
pub const LIFETIME_RANGE: RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_secs(24 * 3600);
/// Where nothing else is set.
pub const DEFAULT_LIFETIME: Duration = Duration::from_secs(60);
/// How long an operation may be in doubt: from a minute to a year.
pub const UNKNOWN_HORIZON_RANGE: RangeInclusive<Duration> =
    Duration::from_secs(60)..=Duration::from_secs(366 * 86_400);
/// Where nothing else is set.
pub const DEFAULT_UNKNOWN_HORIZON: Duration = Duration::from_secs(24 * 3600);

/// What the tenant wants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WritebackSettings {
    /// On or off.
    pub enabled: bool,
    /// A self-service app may unlock without a reset.
    pub self_service_unlock: bool,
    /// Kinds that are allowed; empty means all.
    pub allowed_kinds: Vec<OperationKind>,
    /// How long an operation may wait to be written, in ms.
    pub operation_lifetime_ms: u64,
    /// Plaintext passwords are refused.
    pub require_sealed: bool,
    /// Self-service operations must carry proof.
    pub require_proof: bool,
    /// How long an operation may be in doubt before it ends as unknown, in ms.
    pub unknown_horizon_ms: u64,
}

impl Default for WritebackSettings {
    /// Off, until an administrator says otherwise.
    fn default() -> Self {
        Self {
            enabled: false,
            self_service_unlock: false,
            allowed_kinds: Vec::new(),
            operation_lifetime_ms: 60_000,
            require_sealed: false,
            require_proof: false,
            unknown_horizon_ms: 86_400_000,
        }
    }
}

/// A setting outside its range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSetting {
    #[error("operation_lifetime must be from 1 s to 24 h")]
    Lifetime,
    #[error("unknown_horizon must be from 1 min to 366 days")]
    Horizon,
    /// A kind twice.
    #[error("allowed_kinds names a kind twice")]
    RepeatedKind,
}

impl WritebackSettings {
    /// Checks the ranges.
    ///
    /// # Errors
    /// [`InvalidSetting`]: the first that does not hold.
    pub fn validate(&self) -> Result<(), InvalidSetting> {
        if !LIFETIME_RANGE.contains(&self.lifetime()) {
            return Err(InvalidSetting::Lifetime);
        }
        if !UNKNOWN_HORIZON_RANGE.contains(&self.horizon()) {
            return Err(InvalidSetting::Horizon);
        }
        let mut kinds = self.allowed_kinds.clone();
        kinds.sort_unstable();
        kinds.dedup();
        if kinds.len() != self.allowed_kinds.len() {
            return Err(InvalidSetting::RepeatedKind);
        }
        Ok(())
    }

    /// How long an operation may wait to be written.
    #[must_use]
    pub const fn lifetime(&self) -> Duration {
        Duration::from_millis(self.operation_lifetime_ms)
    }

    /// How long an operation may be in doubt.
    #[must_use]
    pub const fn horizon(&self) -> Duration {
        Duration::from_millis(self.unknown_horizon_ms)
    }

    /// Whether the kind is among the allowed ones.
    #[must_use]
    pub fn allows(&self, kind: OperationKind) -> bool {
        self.allowed_kinds.is_empty() || self.allowed_kinds.contains(&kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_outside_their_ranges_are_refused() {
        let with = |change: &dyn Fn(&mut WritebackSettings)| {
            let mut settings = WritebackSettings::default();
            change(&mut settings);
            settings.validate()
        };
        assert_eq!(with(&|_| {}), Ok(()));
        assert_eq!(
            with(&|s| s.operation_lifetime_ms = 999),
            Err(InvalidSetting::Lifetime)
        );
        assert_eq!(with(&|s| s.operation_lifetime_ms = 86_400_000), Ok(()));
        assert_eq!(
            with(&|s| s.operation_lifetime_ms = 86_400_001),
            Err(InvalidSetting::Lifetime)
        );
        assert_eq!(with(&|s| s.unknown_horizon_ms = 0), Err(InvalidSetting::Horizon));
        assert_eq!(
            with(&|s| s.allowed_kinds = vec![OperationKind::Change, OperationKind::Change]),
            Err(InvalidSetting::RepeatedKind)
        );
    }

    #[test]
    fn an_empty_list_of_kinds_allows_all() {
        let mut settings = WritebackSettings::default();
        assert!(OperationKind::ALL.into_iter().all(|kind| settings.allows(kind)));
        settings.allowed_kinds = vec![OperationKind::Unlock];
        assert!(settings.allows(OperationKind::Unlock) && !settings.allows(OperationKind::Change));
    }
}
