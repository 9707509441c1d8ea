//! Which connector an account's operations go to, and the reason where there is none. Pure.

use groundwire_envelope::Fingerprint;
use groundwire_proto::reasons::{Reason, ReasonCode};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::session::Ineligible;
use crate::domain::{AccountAnchor, ConnectorId};
use crate::operations::port::NoRoute;

/// Rendezvous hashing: the connector with the highest weight gets the account, so that when one comes or goes only its
/// own accounts move. The same in every process.
pub(super) fn weight(anchor: AccountAnchor, connector: ConnectorId) -> [u8; 32] {
    let mut both = [0; 32];
    both[..16].copy_from_slice(anchor.uuid().as_bytes());
    both[16..].copy_from_slice(connector.uuid().as_bytes());
    *Fingerprint::of(&both).as_bytes()
}

/// The most helpful of the reasons: what waiting mends first, then what sealing again mends, then what the connector
/// itself complains of.
pub(super) fn no_route(refusals: Vec<Ineligible>, last_seen: Option<OffsetDateTime>) -> NoRoute {
    if refusals.contains(&Ineligible::NoCredit) {
        return NoRoute {
            reason: Reason::new(ReasonCode::Overloaded),
            busy: true,
        };
    }
    if refusals.contains(&Ineligible::NoKey) {
        return NoRoute {
            reason: Reason::new(ReasonCode::ResealNeeded),
            busy: false,
        };
    }
    // One at the group's DC that cannot write says more than one that is elsewhere.
    let rank = |why: &Ineligible| match why {
        Ineligible::Condition(_) => 0,
        Ineligible::OtherDc(_) | Ineligible::Leaving | Ineligible::NoKey | Ineligible::NoCredit => 1,
    };
    let mut refusals = refusals;
    refusals.sort_by_key(rank);
    let complaint = refusals.into_iter().find_map(|why| match why {
        Ineligible::Condition(reason) | Ineligible::OtherDc(reason) => Some(reason),
        Ineligible::Leaving | Ineligible::NoKey | Ineligible::NoCredit => None,
    });
    match complaint {
        Some(reason) => NoRoute { reason, busy: false },
        None => no_connector(last_seen),
    }
}

pub(super) fn no_connector(last_seen: Option<OffsetDateTime>) -> NoRoute {
    let reason = Reason::new(ReasonCode::NoConnector);
    let reason = match last_seen.and_then(|at| at.format(&Rfc3339).ok()) {
        Some(at) => reason.with("last_seen", at),
        None => reason,
    };
    NoRoute { reason, busy: false }
}

/// The group is held back for a moment, while its DC is moved: waiting helps.
pub(super) fn held_back() -> NoRoute {
    NoRoute {
        reason: Reason::new(ReasonCode::Overloaded),
        busy: true,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use uuid::Uuid;

    use super::*;

    #[test]
    fn when_a_connector_goes_only_its_own_accounts_move() {
        let connectors: Vec<ConnectorId> = (1..=4).map(|id| ConnectorId::new(Uuid::from_u128(id))).collect();
        let chosen = |anchor, among: &[ConnectorId]| {
            among
                .iter()
                .copied()
                .max_by_key(|connector| weight(AccountAnchor::new(Uuid::from_u128(anchor)), *connector))
        };
        let mut counts = HashMap::new();
        for anchor in 0..400 {
            let before = chosen(anchor, &connectors);
            let after = chosen(anchor, &connectors[1..]);
            *counts.entry(before).or_insert(0) += 1;
            if before != Some(connectors[0]) {
                assert_eq!(before, after);
            }
        }
        assert!(counts.values().all(|count| *count > 50), "{counts:?}");
    }

    #[test]
    fn the_reason_is_the_one_that_helps_most() {
        let down = Reason::new(ReasonCode::DcUnreachable);
        let elsewhere = || Ineligible::OtherDc(Reason::new(ReasonCode::DcMismatch));
        let code = |refusals| no_route(refusals, None).reason.code();
        assert_eq!(code(vec![]), ReasonCode::NoConnector);
        assert_eq!(code(vec![Ineligible::Leaving]), ReasonCode::NoConnector);
        assert_eq!(
            code(vec![Ineligible::Leaving, Ineligible::Condition(down.clone())]),
            ReasonCode::DcUnreachable
        );
        assert_eq!(
            code(vec![Ineligible::Condition(down.clone()), Ineligible::NoKey]),
            ReasonCode::ResealNeeded
        );
        assert!(no_route(vec![Ineligible::NoKey, Ineligible::NoCredit], None).busy);
        assert_eq!(
            code(vec![Ineligible::Leaving, elsewhere()]),
            ReasonCode::DcMismatch
        );
        assert_eq!(
            code(vec![elsewhere(), Ineligible::Condition(down)]),
            ReasonCode::DcUnreachable
        );
    }
}
