//! What the types of a configuration cannot say: which keys are required, and between what bounds. Everything that is
//! wrong is said at once, each by its key and the place where it was written.

use std::fmt::{self, Display};
use std::ops::RangeInclusive;
use std::time::Duration;

use super::origin::Origin;
use super::tree::Section;

/// A configuration whose values can be checked.
pub trait Check {
    /// Makes every check that can be made without looking at anything but the configuration.
    fn check(&self, checks: &mut Checks<'_>);
}

/// Collects what is wrong.
#[derive(Debug)]
pub struct Checks<'a> {
    settings: &'a Section,
    complaints: Vec<Complaint>,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Complaint {
    /// The key with its section.
    pub key: String,
    /// What its value must be.
    pub rule: String,
    /// Where the value was written.
    pub origin: Origin,
}

impl Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` {} ({})", self.key, self.rule, self.origin)
    }
}

/// Everything that is wrong with a configuration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the configuration cannot be used: {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
pub struct InvalidConfig(pub Vec<Complaint>);

impl<'a> Checks<'a> {
    pub(super) const fn of(settings: &'a Section) -> Self {
        Self {
            settings,
            complaints: Vec::new(),
        }
    }

    pub(super) fn finish(self) -> Result<(), InvalidConfig> {
        if self.complaints.is_empty() {
            Ok(())
        } else {
            Err(InvalidConfig(self.complaints))
        }
    }

    /// Complains of a key unless its value is good. The rule continues the sentence that begins with the key.
    pub fn require(&mut self, key: &str, is_good: bool, rule: impl Display) {
        if is_good {
            return;
        }
        let origin = self.settings.origin(key.split('.'));
        self.complaints.push(Complaint {
            key: key.to_owned(),
            rule: rule.to_string(),
            origin: origin.cloned().unwrap_or(Origin::Default),
        });
    }

    /// The value must not be empty, or not be missing.
    pub fn required(&mut self, key: &str, is_set: bool) {
        self.require(key, is_set, "is required");
    }

    /// The duration must be more than nothing.
    pub fn positive(&mut self, key: &str, value: Duration) {
        self.require(key, !value.is_zero(), "must be more than 0");
    }

    /// The value must be in the range.
    pub fn within<T: PartialOrd + Display>(&mut self, key: &str, value: &T, range: &RangeInclusive<T>) {
        let rule = format!("must be {} to {}", range.start(), range.end());
        self.require(key, range.contains(value), rule);
    }

    /// The duration must be in the range.
    pub fn duration_within(&mut self, key: &str, value: Duration, range: &RangeInclusive<Duration>) {
        let (from, to) = (
            humantime::format_duration(*range.start()),
            humantime::format_duration(*range.end()),
        );
        self.require(key, range.contains(&value), format!("must be {from} to {to}"));
    }
}
