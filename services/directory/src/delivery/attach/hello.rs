//! The first frame, checked. Pure.

use groundwire_envelope::signed::VerifyingKey;
use groundwire_proto::eventlog::v1::LogHead;
use groundwire_proto::gateway::v1::attach_request::Frame;
use groundwire_proto::gateway::v1::{
    AttachRequest, DomainController as ReportedDc, Hello, OpenOperation, OpenOperationState,
};
use groundwire_proto::ids::parse_uuid;
use groundwire_proto::log_head::SeenHead;
use groundwire_proto::operation::v1::Reason as WireReason;
use groundwire_proto::reasons::Reason;
use uuid::Uuid;

use super::end::BadFrame;
use crate::delivery::session::Greeting;
use crate::domain::{DomainController, OperationId};
use crate::enrollment::ConnectorIdentity;
use crate::enrollment::key_certificate::{self, MAX_KEYS};

/// Most credit at once (the contract).
pub(super) const MAX_CREDIT: u32 = 1_024;

/// Most operations that can be open at a connector: it takes no more than its credit.
const MAX_OPEN: usize = 10_000;

/// Most complaints at once; there are fewer codes.
const MAX_CONDITIONS: usize = 64;

/// Longest version and host names, in bytes (RFC 1035 2.3.4 for the latter).
const MAX_TEXT: usize = 255;

/// A `Hello` whose shape is good and whose keys are certified.
pub(super) struct CheckedHello {
    pub(super) greeting: Greeting,
    pub(super) audit_store: Uuid,
    pub(super) audit_head: Option<SeenHead>,
    pub(super) directory_head_seen: Option<SeenHead>,
    /// `None`: the connector cannot say, because its audit store does not answer.
    pub(super) open: Option<Vec<OpenOperation>>,
}

/// Takes the first frame.
pub(super) fn check(
    first: AttachRequest,
    who: &ConnectorIdentity,
    root: &VerifyingKey,
) -> Result<CheckedHello, BadFrame> {
    let Some(Frame::Hello(hello)) = first.frame else {
        return Err(BadFrame("the first frame must be Hello"));
    };
    let Hello {
        version,
        capabilities: _,
        credits,
        sealing_keys,
        audit_store_id,
        audit_head,
        directory_head_seen,
        dc,
        open_operations,
        conditions,
        open_operations_unknown,
    } = hello;
    if version.is_empty() || version.len() > MAX_TEXT || !version.bytes().all(|byte| byte.is_ascii_graphic())
    {
        return Err(BadFrame("version must have 1 to 255 visible ASCII characters"));
    }
    if credits == 0 || credits > MAX_CREDIT {
        return Err(BadFrame("credits must be 1 to 1024"));
    }
    if sealing_keys.len() > MAX_KEYS {
        return Err(BadFrame("too many sealing keys"));
    }
    let keys = sealing_keys
        .into_iter()
        .map(|certificate| key_certificate::verify(certificate, root, who.tenant, who.group))
        .collect::<Result<_, _>>()
        .map_err(|_| BadFrame("a sealing key is not certified by the group's root key"))?;
    if open_operations.len() > MAX_OPEN || !open_operations.iter().all(is_open_operation) {
        return Err(BadFrame("open_operations are malformed"));
    }
    Ok(CheckedHello {
        greeting: Greeting {
            version,
            credits,
            keys,
            dc: validate_dc(dc)?,
            conditions: validate_conditions(conditions)?,
        },
        audit_store: parse_uuid(&audit_store_id).map_err(|_| BadFrame("audit_store_id is not a UUID"))?,
        audit_head: validate_head(audit_head.as_ref())?,
        directory_head_seen: validate_head(directory_head_seen.as_ref())?,
        open: (!open_operations_unknown).then_some(open_operations),
    })
}

fn is_open_operation(open: &OpenOperation) -> bool {
    open.operation_id.parse::<OperationId>().is_ok()
        && open.attempt > 0
        && OpenOperationState::try_from(open.state)
            .is_ok_and(|state| state != OpenOperationState::Unspecified)
}

pub(super) fn validate_head(head: Option<&LogHead>) -> Result<Option<SeenHead>, BadFrame> {
    SeenHead::from_frame(head).map_err(|_| BadFrame("a log head is malformed"))
}

/// The connector's DC; `None` while it has found none.
pub(super) fn validate_dc(dc: Option<ReportedDc>) -> Result<Option<DomainController>, BadFrame> {
    let Some(dc) = dc.filter(|dc| !dc.host.is_empty()) else {
        return Ok(None);
    };
    let is_text = dc.host.len() <= MAX_TEXT && dc.host.bytes().all(|byte| byte.is_ascii_graphic());
    let is_id = dc.invocation_id.is_empty() || parse_uuid(&dc.invocation_id).is_ok();
    if is_text && is_id {
        Ok(Some(dc.into()))
    } else {
        Err(BadFrame("dc is malformed"))
    }
}

pub(super) fn validate_conditions(conditions: Vec<WireReason>) -> Result<Vec<Reason>, BadFrame> {
    if conditions.len() > MAX_CONDITIONS {
        return Err(BadFrame("too many conditions"));
    }
    Ok(conditions.into_iter().map(Reason::from).collect())
}

#[cfg(test)]
mod tests {
    use groundwire_envelope::signed::SigningKey;
    use groundwire_proto::envelope::v1::SignedBytes;

    use super::*;
    use crate::domain::{ConnectorGroupId, ConnectorId, TenantId};

    fn hello() -> Hello {
        Hello {
            version: "0.1.0".to_owned(),
            credits: 8,
            audit_store_id: Uuid::from_u128(9).to_string(),
            ..Hello::default()
        }
    }

    fn validate(hello: Hello) -> Result<CheckedHello, BadFrame> {
        let who = ConnectorIdentity {
            tenant: TenantId::new(Uuid::from_u128(1)),
            group: ConnectorGroupId::new(Uuid::from_u128(2)),
            connector: ConnectorId::new(Uuid::from_u128(3)),
        };
        let root = SigningKey::generate().unwrap().verifying_key();
        check(
            AttachRequest {
                frame: Some(Frame::Hello(hello)),
            },
            &who,
            &root,
        )
    }

    #[test]
    fn a_bare_hello_is_enough() {
        let checked = validate(hello()).map_err(|bad| bad.0).unwrap();
        assert_eq!(checked.greeting.credits, 8);
        assert!(checked.greeting.dc.is_none() && checked.audit_head.is_none());
    }

    #[test]
    fn each_malformed_field_is_refused() {
        let open = OpenOperation {
            operation_id: "x".to_owned(),
            attempt: 1,
            state: 1,
            secret_gone: false,
        };
        let odd_dc = ReportedDc {
            host: "dc 1".to_owned(),
            ..ReportedDc::default()
        };
        let head = LogHead {
            log_id: "x".to_owned(),
            ..LogHead::default()
        };
        for bad in [
            Hello {
                version: String::new(),
                ..hello()
            },
            Hello {
                credits: 0,
                ..hello()
            },
            Hello {
                credits: MAX_CREDIT + 1,
                ..hello()
            },
            Hello {
                audit_store_id: "store".to_owned(),
                ..hello()
            },
            Hello {
                sealing_keys: vec![SignedBytes::default()],
                ..hello()
            },
            Hello {
                sealing_keys: vec![SignedBytes::default(); MAX_KEYS + 1],
                ..hello()
            },
            Hello {
                open_operations: vec![open],
                ..hello()
            },
            Hello {
                dc: Some(odd_dc),
                ..hello()
            },
            Hello {
                audit_head: Some(head),
                ..hello()
            },
        ] {
            assert!(validate(bad).is_err());
        }
    }
}
