//! When a group's connector is asked for a sync out of turn. Pure: the time is passed in.

use std::collections::HashMap;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;

use crate::domain::{ConnectorGroupId, TenantId};

/// When each group's syncer was asked last, or will be.
#[derive(Default)]
pub(super) struct SyncRequests(Mutex<HashMap<(TenantId, ConnectorGroupId), Instant>>);

impl SyncRequests {
    /// When the next request is to be sent: at once, or when the last one is `apart` ago. `None`: one that will be sent
    /// serves this one, too.
    pub(super) fn plan(
        &self,
        group: (TenantId, ConnectorGroupId),
        now: Instant,
        apart: Duration,
    ) -> Option<Instant> {
        let mut planned = self.0.lock();
        let at = match planned.get(&group) {
            Some(last) if *last > now => return None,
            Some(last) => now.max(*last + apart),
            None => now,
        };
        planned.insert(group, at);
        Some(at)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[tokio::test]
    async fn the_first_request_is_sent_at_once_and_one_more_serves_all_that_come_meanwhile() {
        let group = |id| {
            (
                TenantId::new(Uuid::from_u128(1)),
                ConnectorGroupId::new(Uuid::from_u128(id)),
            )
        };
        let (requests, start, apart) = (SyncRequests::default(), Instant::now(), Duration::from_secs(5));
        let plan = |of, seconds| {
            let at = requests.plan(group(of), start + Duration::from_secs(seconds), apart);
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
        assert_eq!(plan(2, 16), Some(20));
        assert_eq!(plan(2, 60), Some(60));
    }
}
