//! A connector that enrolled, and what binds the connectors of its group together. Pure.

use groundwire_proto::gateway::v1 as wire;
use time::OffsetDateTime;

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
}

/// What the first connector of a group set.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GroupBinding {
    /// The public half of the group's root key.
    pub root_key: Option<[u8; 32]>,
    /// The DC that all its connectors write to.
    pub dc: Option<DomainController>,
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
}

impl GroupBinding {
    /// Whether this may be the group's root key: it is set once.
    pub fn decide_root_key(&self, key: &[u8; 32]) -> Result<(), ConnectorRefusal> {
        match &self.root_key {
            Some(set) if set != key => Err(ConnectorRefusal::OtherRootKey),
            Some(_) | None => Ok(()),
        }
    }

    /// Whether this may be the group's DC: it is set once; afterwards only what else is known of the same host changes.
    pub fn decide_dc(&self, dc: &DomainController) -> Result<(), ConnectorRefusal> {
        match &self.dc {
            Some(set) if !set.host.eq_ignore_ascii_case(&dc.host) => {
                Err(ConnectorRefusal::OtherDomainController)
            }
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
        }
    }
}

impl From<DomainController> for wire::DomainController {
    fn from(dc: DomainController) -> Self {
        Self {
            host: dc.host,
            invocation_id: dc.invocation_id,
            policy_hints: dc.policy_hints,
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
        }
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
