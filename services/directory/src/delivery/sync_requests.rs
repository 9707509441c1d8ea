//! Asks a group's connector for a sync out of turn, where an outcome or a verdict shows that the synced names are old.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use groundwire_proto::gateway::v1::SettingsChanged;
use groundwire_proto::gateway::v1::attach_response::Frame;
use groundwire_proto::operation::v1 as wire;
use groundwire_proto::reasons::ReasonCode;
use parking_lot::Mutex;
use tokio::time::Instant;

use super::connectors::{Connectors, GroupKey};
use crate::operations::port::AttachedConnector;

/// When each group's syncer was asked last, or will be.
#[derive(Default)]
pub(super) struct SyncRequests(Mutex<HashMap<GroupKey, Instant>>);

impl SyncRequests {
    /// When the next request is to be sent: at once, or when the last one is `apart` ago. `None`: one that will be sent
    /// serves this one, too.
    fn plan(&self, group: GroupKey, now: Instant, apart: Duration) -> Option<Instant> {
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

impl Connectors {
    /// Has the group's accounts synced soon, so that the next look-up of a name that has moved is right. Whoever reports it,
    /// the connector that syncs the group is asked; not too often, since a name may differ between here and there for good.
    pub(super) fn sync_if_name_moved(self: &Arc<Self>, who: &AttachedConnector, reasons: &[wire::Reason]) {
        let has_moved = |reason: &wire::Reason| reason.code() == ReasonCode::AccountNameMoved;
        if !reasons.iter().any(has_moved) {
            return;
        }
        let group = (who.tenant, who.group);
        let apart = self.config.sync_requests_apart;
        let Some(at) = self.sync_requests.plan(group, Instant::now(), apart) else {
            return;
        };
        let connectors = Arc::clone(self);
        tokio::spawn(async move {
            tokio::time::sleep_until(at).await;
            // Whoever becomes the syncer later syncs when it does.
            let Some(syncer) = connectors.syncer(group) else {
                return;
            };
            let changed = SettingsChanged {
                settings: Some(connectors.settings()),
                sync_accounts: true,
            };
            let _ = syncer.send_frame(Frame::SettingsChanged(changed)).await;
        });
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::domain::{ConnectorGroupId, TenantId};

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
