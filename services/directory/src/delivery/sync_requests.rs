//! When a group's connector is asked for a sync out of turn. Pure: the time is passed in.

use std::collections::HashMap;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;

use crate::domain::{ConnectorGroupId, TenantId};

/// When each group's syncer was asked last, or will be.
#[derive(Default)]
pub(super) struct SyncRequests(Mutex<HashMap<(TenantId, ConnectorGroupId), Requests>>);

/// How often a group may sync out of turn. A name that differs for good is reported with every use of it, and no sync helps: the
/// pauses double from one to the other, until nobody has reported any for as long as the longest.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pauses {
    pub(super) first: Duration,
    pub(super) longest: Duration,
}

struct Requests {
    /// The last one was sent then, or will be.
    at: Instant,
    /// How long after it the next one may be sent.
    pause: Duration,
    /// When a name that has moved was reported last.
    reported_at: Instant,
}

impl SyncRequests {
    /// When the next request is to be sent: at once, or when the pause after the last one is over. `None`: one that will be
    /// sent serves this one, too.
    pub(super) fn plan(
        &self,
        group: (TenantId, ConnectorGroupId),
        now: Instant,
        pauses: Pauses,
    ) -> Option<Instant> {
        let mut groups = self.0.lock();
        let requests = groups.entry(group).or_insert(Requests {
            at: now,
            pause: Duration::ZERO,
            reported_at: now,
        });
        let quiet = now.saturating_duration_since(requests.reported_at);
        requests.reported_at = now;
        if requests.at > now {
            return None;
        }
        if quiet >= pauses.longest {
            requests.pause = Duration::ZERO;
        }
        requests.at = now.max(requests.at + requests.pause);
        requests.pause = (requests.pause * 2).max(pauses.first).min(pauses.longest);
        Some(requests.at)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const PAUSES: Pauses = Pauses {
        first: Duration::from_secs(5),
        longest: Duration::from_secs(3_600),
    };

    /// Before, each use of such a name led to a sync of all accounts, every 5 s.
    #[tokio::test]
    async fn a_name_that_differs_for_good_leads_to_ever_fewer_syncs_until_nobody_uses_it_for_long() {
        let group = (TenantId::new(Uuid::nil()), ConnectorGroupId::new(Uuid::nil()));
        let (requests, start) = (SyncRequests::default(), Instant::now());
        let plan = |seconds| {
            let at = requests.plan(group, start + Duration::from_secs(seconds), PAUSES);
            at.map(|at| (at - start).as_secs())
        };
        let planned: Vec<u64> = (0..4 * 3_600).filter_map(plan).collect();
        let last = 5 + 10 + 20 + 40 + 80 + 160 + 320 + 640 + 1_280 + 2_560 + 3 * 3_600;
        assert_eq!(planned.len(), 14, "{planned:?}");
        assert_eq!((planned[1], planned[2], planned.last()), (5, 15, Some(&last)));
        assert_eq!(plan(last), Some(last + 3_600));
        assert_eq!(plan(last + 3_599), None, "it is reported still");
        let quiet = last + 2 * 3_600;
        assert_eq!((plan(quiet), plan(quiet + 1)), (Some(quiet), Some(quiet + 5)));
    }

    #[tokio::test]
    async fn the_first_request_is_sent_at_once_and_one_more_serves_all_that_come_meanwhile() {
        let group = |id| {
            (
                TenantId::new(Uuid::from_u128(1)),
                ConnectorGroupId::new(Uuid::from_u128(id)),
            )
        };
        let (requests, start) = (SyncRequests::default(), Instant::now());
        let plan = |of, seconds| {
            let at = requests.plan(group(of), start + Duration::from_secs(seconds), PAUSES);
            at.map(|at| (at - start).as_secs())
        };
        assert_eq!(plan(2, 10), Some(10));
        assert_eq!(
            plan(2, 11),
            Some(15),
            "the first may have begun before this name moved"
        );
        assert_eq!(plan(2, 12), None);
        assert_eq!(plan(3, 12), Some(12), "another group");
        assert_eq!(plan(2, 16), Some(25));
        assert_eq!(plan(2, 60), Some(60));
    }
}
