//! A connector that enrolled, and what binds the connectors of its group together. Pure.

use groundwire_proto::gateway::v1 as wire;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{ConnectorGroupId, ConnectorId};

/// A connector as the log knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnrolledConnector {
    pub connector: ConnectorId,
    pub group: ConnectorGroupId,
    /// The name it gave itself.
    pub display_name: String,
    pub version: String,
    /// When it enrolled.
    pub enrolled_at: OffsetDateTime,
    /// When its certificate ends.
    pub certificate_expires_at: OffsetDateTime,
    /// When its last frame came; coarse while it is attached.
    pub last_seen_at: Option<OffsetDateTime>,
    /// The DC it wrote to when its last frame came.
    pub dc: Option<String>,
    /// When its certificate was revoked.
    pub revoked_at: Option<OffsetDateTime>,
}

/// A domain controller, as a connector reported it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DomainController {
    /// Its DNS name.
    pub host: String,
    /// Its invocation id, a UUID; empty while it cannot be reached.
    pub invocation_id: String,
    /// Whether it supports policy hints.
    pub policy_hints: bool,
    /// How many writable DCs its domain has, itself included, where that is known.
    pub domain_controllers: Option<u32>,
}

/// The DC that an administrator names for a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedDc {
    pub host: String,
    /// Its invocation id, where it was named.
    pub invocation_id: Option<Uuid>,
    /// What the DC before did not pass on to it, or it lost when it was restored, is lost for good.
    pub accept_lost_writes: bool,
}

/// What the first connector of a group set.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GroupBinding {
    /// The public half of the group's root key.
    pub root_key: Option<[u8; 32]>,
    /// The DC that all its connectors write to.
    pub dc: Option<DomainController>,
    /// What was delivered up to this moment (unix µs) may be lost.
    pub lost_before_us: Option<i64>,
    /// When a sync last finished.
    pub synced_at: Option<OffsetDateTime>,
}

/// Why what a connector brings is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ConnectorRefusal {
    #[error("there is no such connector")]
    Unknown,
    #[error("the group has another root key")]
    OtherRootKey,
    #[error("the group writes to another domain controller")]
    OtherDomainController,
    /// The group's DC is not moved under these.
    #[error("{delivered} operations of the group are with a connector, {in_doubt} are in doubt")]
    OperationsInFlight { delivered: u32, in_doubt: u32 },
}

impl DomainController {
    /// Whether it has this name.
    #[must_use]
    pub fn is_at(&self, host: &str) -> bool {
        same_host(&self.host, host)
    }

    /// What is known after a connector reported this of the same host; `None` if that is nothing new. What could not be
    /// read this time stays.
    #[must_use]
    pub fn updated_by(&self, reported: &Self) -> Option<Self> {
        let now = Self {
            host: self.host.clone(),
            domain_controllers: reported.domain_controllers.or(self.domain_controllers),
            ..reported.clone()
        };
        (now != *self).then_some(now)
    }

    /// Whether this is the same DC after a restore that lost writes which nobody else has: it has another invocation id,
    /// and it is the only one of its domain, before and after. (With partners what it lost may replicate back.)
    #[must_use]
    pub fn lost_writes_since(&self, before: &Self) -> bool {
        let is_restored = !before.invocation_id.is_empty() && before.invocation_id != self.invocation_id;
        is_restored && [self, before].map(|dc| dc.domain_controllers) == [Some(1); 2]
    }
}

/// Whether two names mean the same host.
#[must_use]
pub fn same_host(one: &str, other: &str) -> bool {
    one.trim_end_matches('.')
        .eq_ignore_ascii_case(other.trim_end_matches('.'))
}

impl GroupBinding {
    /// Whether this may be the group's root key: it is set once.
    pub fn decide_root_key(&self, key: &[u8; 32]) -> Result<(), ConnectorRefusal> {
        match &self.root_key {
            Some(set) if set != key => Err(ConnectorRefusal::OtherRootKey),
            Some(_) | None => Ok(()),
        }
    }

    /// Whether a connector may report this as the group's DC: the first one sets it; afterwards only what else is known of
    /// the same host changes.
    pub fn decide_dc(&self, dc: &DomainController) -> Result<(), ConnectorRefusal> {
        match &self.dc {
            Some(set) if !set.is_at(&dc.host) => Err(ConnectorRefusal::OtherDomainController),
            Some(_) | None => Ok(()),
        }
    }
}

impl From<wire::DomainController> for DomainController {
    fn from(dc: wire::DomainController) -> Self {
        Self {
            host: dc.host,
            invocation_id: dc.invocation_id,
            policy_hints: dc.policy_hints,
            domain_controllers: dc.domain_controllers,
        }
    }
}

impl From<DomainController> for wire::DomainController {
    fn from(dc: DomainController) -> Self {
        Self {
            host: dc.host,
            invocation_id: dc.invocation_id,
            policy_hints: dc.policy_hints,
            domain_controllers: dc.domain_controllers,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dc(host: &str, invocation_id: &str) -> DomainController {
        DomainController {
            host: host.to_owned(),
            invocation_id: invocation_id.to_owned(),
            policy_hints: true,
            domain_controllers: None,
        }
    }

    #[test]
    fn a_restored_dc_goes_on_at_once_only_where_it_is_the_only_one() {
        let of = |id, domain_controllers| DomainController {
            domain_controllers,
            ..dc("dc1.corp.example", id)
        };
        assert!(of("b", Some(1)).lost_writes_since(&of("a", Some(1))));
        for (before, now) in [
            (of("a", Some(1)), of("a", Some(1))),
            (of("", Some(1)), of("b", Some(1))),
            (of("a", Some(2)), of("b", Some(2))),
            // Its backup is from before the second one was there, or from after it was gone.
            (of("a", Some(2)), of("b", Some(1))),
            (of("a", Some(1)), of("b", Some(2))),
            (of("a", None), of("b", Some(1))),
            (of("a", Some(1)), of("b", None)),
        ] {
            assert!(!now.lost_writes_since(&before), "{before:?} {now:?}");
        }
    }

    #[test]
    fn only_what_is_new_of_a_dc_is_recorded() {
        let known = DomainController {
            domain_controllers: Some(2),
            ..dc("dc1.corp.example", "a")
        };
        assert_eq!(known.updated_by(&dc("DC1.corp.example.", "a")), None);
        let restored = known.updated_by(&dc("dc1.corp.example", "b")).unwrap();
        assert_eq!(
            (restored.invocation_id.as_str(), restored.domain_controllers),
            ("b", Some(2))
        );
    }

    #[test]
    fn a_group_takes_one_root_key() {
        let mut binding = GroupBinding::default();
        assert_eq!(binding.decide_root_key(&[1; 32]), Ok(()));
        binding.root_key = Some([1; 32]);
        assert_eq!(binding.decide_root_key(&[1; 32]), Ok(()));
        let other = binding.decide_root_key(&[2; 32]);
        assert_eq!(other, Err(ConnectorRefusal::OtherRootKey));
    }

    #[test]
    fn a_group_takes_one_domain_controller_and_what_is_new_of_it() {
        let mut binding = GroupBinding::default();
        assert_eq!(binding.decide_dc(&dc("dc1.corp.example", "a")), Ok(()));
        binding.dc = Some(dc("dc1.corp.example", "a"));
        assert_eq!(binding.decide_dc(&dc("DC1.corp.example", "b")), Ok(()));
        let other = binding.decide_dc(&dc("dc2.corp.example", "a"));
        assert_eq!(other, Err(ConnectorRefusal::OtherDomainController));
    }
}
