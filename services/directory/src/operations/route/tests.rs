use std::sync::atomic::{AtomicI32, Ordering};

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use groundwire_proto::envelope::v1::SignedBytes;
use groundwire_proto::gateway::v1::OperationClosed;
use uuid::Uuid;

use super::*;
use crate::domain::{AccountAnchor, ConnectorGroupId, OperationId, TenantId};
use crate::operations::port::{AttachedConnector, SessionId};

const TENANT: TenantId = TenantId::new(Uuid::from_u128(1));
const GROUP: ConnectorGroupId = ConnectorGroupId::new(Uuid::from_u128(2));

/// One connector whose queue is always full. Counts the credits that are reserved.
#[derive(Default)]
struct FullQueue(AtomicI32);

impl Routes for FullQueue {
    fn reserve(&self, _: &RouteRequirements) -> Result<Route, NoRoute> {
        self.0.fetch_add(1, Ordering::SeqCst);
        Ok(Route {
            who: AttachedConnector {
                tenant: TENANT,
                group: GROUP,
                connector: ConnectorId::new(Uuid::from_u128(3)),
                session: SessionId(1),
            },
            group_dc: None,
            lost_before_us: None,
        })
    }

    fn line_up(&self, requirements: &RouteRequirements) -> Result<Route, Place> {
        Ok(self.reserve(requirements).unwrap())
    }

    fn leave_line(&self, _: &RouteRequirements, _: u64) {}

    fn give_back(&self, _: &Route) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }

    fn send<'a>(&'a self, _: &'a Route, _: Outgoing) -> BoxFuture<'a, Result<(), StreamClosed>> {
        Box::pin(std::future::pending())
    }

    fn send_closed(
        &self,
        _: TenantId,
        _: ConnectorGroupId,
        _: ConnectorId,
        _: OperationId,
        _: OperationClosed,
    ) -> BoxFuture<'_, Result<(), StreamClosed>> {
        Box::pin(std::future::pending())
    }
}

/// A connector, and how many credits of it are reserved.
fn reserve() -> (ReservedRoute, impl Fn() -> i32) {
    let queue = Arc::new(FullQueue::default());
    let requirements = RouteRequirements {
        tenant: TENANT,
        group: GROUP,
        anchor: AccountAnchor::new(Uuid::from_u128(4)),
        key_ids: Vec::new(),
        only: None,
    };
    let routes: Arc<dyn Routes> = queue.clone();
    let reserved = ReservedRoute::reserve(&routes, &requirements).unwrap();
    (reserved, move || queue.0.load(Ordering::SeqCst))
}

#[test]
fn a_holder_that_is_cancelled_midway_gives_the_credit_back() {
    let (reserved, taken) = reserve();
    let mut holder = Box::pin(async move {
        std::future::pending::<()>().await;
        drop(reserved);
    });
    assert!(holder.as_mut().now_or_never().is_none());
    assert_eq!(taken(), 1);
    drop(holder);
    assert_eq!(taken(), 0);
}

#[test]
fn what_may_have_been_sent_keeps_its_credit() {
    let (reserved, taken) = reserve();
    assert!(
        reserved
            .send(Outgoing::Check(SignedBytes::default()))
            .now_or_never()
            .is_none()
    );
    assert_eq!(taken(), 1);
}

#[test]
fn what_takes_no_credit_gives_it_back_at_once() {
    let (reserved, taken) = reserve();
    let route = reserved.without_credit();
    assert_eq!((route.who.tenant, taken()), (TENANT, 0));
}
