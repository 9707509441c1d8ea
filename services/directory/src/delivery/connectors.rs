//! The attached connectors: who gets an account's operations, and the way to them.
//!
//! In memory, rebuilt by the connectors themselves: they dial in and say what they have.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use futures_util::future::BoxFuture;
use groundwire_envelope::SealingPublicKey;
use groundwire_envelope::signed::{Domain, Signed};
use groundwire_proto::envelope::v1::{SealingKeyCertificate, SignedBytes};
use groundwire_proto::gateway::v1::attach_response::Frame;
use groundwire_proto::gateway::v1::{ConnectorSettings, OperationClosed, SettingsChanged};
use groundwire_proto::operation::v1 as wire;
use groundwire_proto::reasons::{Reason, ReasonCode};
use groundwire_proto::time::duration_to_wire;
use parking_lot::{Mutex, RwLock};
use prost::Message;
use time::OffsetDateTime;
use tokio::sync::Notify;
use tokio::time::Instant;

use super::attach::end::Leaving;
use super::config::DeliveryConfig;
use super::group::Group;
use super::routing::{no_connector, no_route};
use super::session::{OnlineConnector, Session};
use super::sync_requests::SyncRequests;
use crate::domain::{ConnectorGroupId, ConnectorId, DomainController, OperationId, TenantId};
use crate::enrollment::{Authorities, ConnectorIdentity};
use crate::operations::port::{
    AttachedConnector, Keys, NoRoute, Outgoing, Place, Route, RouteRequirements, Routes, SessionId,
    StreamClosed,
};
use crate::store::{Store, StoreError};

/// For how long a group's keys are taken from memory: a key that a connector presented to another process is sealed to
/// after this long.
const KEYS_KEPT: Duration = Duration::from_secs(2);

pub(super) type GroupKey = (TenantId, ConnectorGroupId);

/// The registry. One per process.
pub struct Connectors {
    store: Arc<Store>,
    authorities: Arc<Authorities>,
    config: DeliveryConfig,
    pub(super) groups: RwLock<HashMap<GroupKey, Group>>,
    /// One group is moved at a time.
    pub(super) moving: Arc<tokio::sync::Mutex<()>>,
    /// A reserved route was used or given back.
    pub(super) released: Notify,
    sync_requests: SyncRequests,
    keys: Mutex<HashMap<GroupKey, (Instant, Vec<SealingPublicKey>)>>,
    last_session: AtomicU64,
    draining: AtomicBool,
}

impl Connectors {
    /// Nobody is attached yet.
    #[must_use]
    pub fn new(store: Arc<Store>, authorities: Arc<Authorities>, config: DeliveryConfig) -> Self {
        Self {
            store,
            authorities,
            config,
            sync_requests: SyncRequests::default(),
            groups: RwLock::default(),
            moving: Arc::default(),
            released: Notify::new(),
            keys: Mutex::default(),
            last_session: AtomicU64::new(0),
            draining: AtomicBool::new(false),
        }
    }

    /// The tenant's attached connectors.
    #[must_use]
    pub fn online(&self, tenant: TenantId) -> Vec<OnlineConnector> {
        let groups = self.groups.read();
        let of_tenant = groups.iter().filter(|((of, _), _)| *of == tenant);
        let online = |group: &Group, session: &Session| {
            let mut online = session.online();
            online.conditions.extend(session.dc_mismatch(group.dc.as_ref()));
            online
        };
        of_tenant
            .flat_map(|(_, group)| group.sessions.iter().map(move |session| online(group, session)))
            .collect()
    }

    /// Whether an operation of this group would find a connector with a DC behind it now, and if not, why.
    pub fn ready(&self, tenant: TenantId, group: ConnectorGroupId) -> Result<(), NoRoute> {
        let now = self.now();
        let groups = self.groups.read();
        let Some(group) = groups.get(&(tenant, group)) else {
            return Err(no_connector(None));
        };
        let mut refusals = Vec::new();
        for session in &group.sessions {
            match session.eligible(group.dc.as_ref(), &[], now) {
                Ok(()) => return Ok(()),
                Err(why) => refusals.push(why),
            }
        }
        Err(no_route(refusals, group.last_seen))
    }

    /// Tells every stream to leave, and takes no new ones.
    pub fn drain(&self) {
        self.draining.store(true, Ordering::Release);
        let groups = self.groups.read();
        for session in groups.values().flat_map(|group| &group.sessions) {
            session.leave(Leaving::Draining);
        }
    }

    /// True once [`Connectors::drain`] was called.
    #[must_use]
    pub fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Acquire)
    }

    /// True if this connector is the one of its group that syncs the accounts.
    #[must_use]
    pub fn syncs(&self, who: &ConnectorIdentity) -> bool {
        let groups = self.groups.read();
        groups
            .get(&(who.tenant, who.group))
            .is_some_and(|group| group.syncer == Some(who.connector))
    }

    pub(super) fn next_session(&self) -> SessionId {
        SessionId(self.last_session.fetch_add(1, Ordering::Relaxed) + 1)
    }

    /// Puts a stream in place of the connector's old one. Answers whether it syncs the accounts.
    pub(super) fn attach(&self, session: &Arc<Session>) -> bool {
        let who = session.who;
        let mut groups = self.groups.write();
        let group = groups.entry((who.tenant, who.group)).or_default();
        group.sessions.retain(|old| {
            let is_replaced = old.who.connector == who.connector;
            if is_replaced {
                old.leave(Leaving::Replaced);
            }
            !is_replaced
        });
        group.sessions.push(Arc::clone(session));
        let syncs = *group.syncer.get_or_insert(who.connector) == who.connector;
        group.serve_all(self.now());
        drop(groups);
        if self.is_draining() {
            session.leave(Leaving::Draining);
        }
        self.keys.lock().remove(&(who.tenant, who.group));
        syncs
    }

    /// Takes a stream out. Answers whether it was still the connector's current one. If it synced the accounts, another
    /// connector of the group does from now on.
    pub(super) fn detach(&self, who: &AttachedConnector, at: OffsetDateTime) -> bool {
        let mut groups = self.groups.write();
        let Some(group) = groups.get_mut(&(who.tenant, who.group)) else {
            return false;
        };
        let before = group.sessions.len();
        group.sessions.retain(|session| session.who != *who);
        let was_current = group.sessions.len() < before;
        group.last_seen = Some(at);
        group.serve_all(at);
        if !was_current || group.syncer != Some(who.connector) {
            return was_current;
        }
        let heir = group.sessions.first().cloned();
        group.syncer = heir.as_ref().map(|session| session.who.connector);
        drop(groups);
        if let Some(heir) = heir {
            let request = self.sync_request();
            tokio::spawn(async move {
                // If it is gone, too, its own end passes the task on.
                let _ = heir.send_frame(request).await;
            });
        }
        was_current
    }

    pub(super) fn settings(&self) -> ConnectorSettings {
        ConnectorSettings {
            sync_interval: Some(duration_to_wire(self.config.sync_interval)),
        }
    }

    /// `Welcome` is on its way: the stream takes events from now on.
    pub(super) fn welcome(&self, session: &Session) {
        self.change(&session.who, |group, now| {
            session.welcome();
            group.serve_all(now);
        });
    }

    /// A stream may take more events.
    pub(super) fn credit(&self, session: &Session, events: u32) {
        self.change(&session.who, |group, now| {
            session.credit(events);
            group.serve_credit(now);
        });
    }

    /// A connector says what it complains of now.
    pub(super) fn update_conditions(
        &self,
        session: &Session,
        dc: Option<DomainController>,
        conditions: Vec<Reason>,
    ) {
        if session.update_conditions(dc, conditions) {
            self.look_anew(&session.who);
        }
    }

    /// A stream is to leave, or something else of it changed for those who wait.
    pub(super) fn look_anew(&self, who: &AttachedConnector) {
        self.change(who, Group::serve_all);
    }

    fn change(&self, who: &AttachedConnector, change: impl FnOnce(&mut Group, OffsetDateTime)) {
        let now = self.now();
        let mut groups = self.groups.write();
        if let Some(group) = groups.get_mut(&(who.tenant, who.group)) {
            change(group, now);
        }
    }

    pub(super) fn now(&self) -> OffsetDateTime {
        self.store.clock().now()
    }

    /// A reserved route was used or given back.
    fn release(&self, route: &Route) {
        let groups = self.groups.read();
        if let Some(group) = groups.get(&(route.who.tenant, route.who.group)) {
            group.reserved.fetch_sub(1, Ordering::AcqRel);
        }
        drop(groups);
        self.released.notify_waiters();
    }

    /// Has the group's accounts synced soon, so that the next look-up of a name that has moved is right. Whoever reports it,
    /// the connector that syncs the group is asked; not too often, since a name may differ between here and there for good.
    pub(super) fn sync_if_name_moved(self: &Arc<Self>, who: &AttachedConnector, reasons: &[wire::Reason]) {
        let has_moved = |reason: &wire::Reason| reason.code() == ReasonCode::AccountNameMoved;
        let (group, apart) = ((who.tenant, who.group), self.config.sync_requests_apart);
        if !reasons.iter().any(has_moved) {
            return;
        }
        let Some(at) = self.sync_requests.plan(group, Instant::now(), apart) else {
            return;
        };
        let connectors = Arc::clone(self);
        tokio::spawn(async move {
            tokio::time::sleep_until(at).await;
            // Whoever becomes the syncer later syncs when it does.
            if let Some(syncer) = connectors.syncer(group) {
                // If it is gone, its end passes the task on.
                let _ = syncer.send_frame(connectors.sync_request()).await;
            }
        });
    }

    /// What has a connector sync the accounts at once.
    fn sync_request(&self) -> Frame {
        Frame::SettingsChanged(SettingsChanged {
            settings: Some(self.settings()),
            sync_accounts: true,
        })
    }

    /// The stream of the connector that syncs the group's accounts.
    fn syncer(&self, (tenant, group): GroupKey) -> Option<Arc<Session>> {
        let syncer = self.groups.read().get(&(tenant, group))?.syncer?;
        self.session_of(tenant, group, syncer)
    }

    fn session(&self, who: &AttachedConnector) -> Option<Arc<Session>> {
        let groups = self.groups.read();
        let group = groups.get(&(who.tenant, who.group))?;
        group.sessions.iter().find(|session| session.who == *who).cloned()
    }

    fn session_of(
        &self,
        tenant: TenantId,
        group: ConnectorGroupId,
        connector: ConnectorId,
    ) -> Option<Arc<Session>> {
        let groups = self.groups.read();
        let mut sessions = groups.get(&(tenant, group))?.sessions.iter();
        sessions
            .find(|session| session.who.connector == connector)
            .cloned()
    }

    async fn active_keys(&self, key: GroupKey) -> Result<Vec<SealingPublicKey>, StoreError> {
        let kept = self.keys.lock().get(&key).cloned();
        if let Some((until, keys)) = kept
            && Instant::now() < until
        {
            return Ok(keys);
        }
        let now = self.store.clock().now();
        let certificates = self.store.sealing_certificates(key.0, key.1, now).await?;
        let keys = certificates
            .into_iter()
            .map(public_key)
            .collect::<Result<Vec<_>, _>>()?;
        let entry = (Instant::now() + KEYS_KEPT, keys.clone());
        self.keys.lock().insert(key, entry);
        Ok(keys)
    }
}

/// The route over which an event is being sent: it is used whatever becomes of that.
struct InUse<'a>(&'a Connectors, &'a Route);

impl Drop for InUse<'_> {
    fn drop(&mut self) {
        self.0.release(self.1);
    }
}

impl Routes for Connectors {
    fn reserve(&self, requirements: &RouteRequirements) -> Result<Route, NoRoute> {
        let groups = self.groups.read();
        match groups.get(&(requirements.tenant, requirements.group)) {
            Some(group) => group.reserve(requirements, self.now()),
            None => Err(no_connector(None)),
        }
    }

    fn line_up(&self, requirements: &RouteRequirements) -> Result<Route, Place> {
        let now = self.now();
        let mut groups = self.groups.write();
        let key = (requirements.tenant, requirements.group);
        let group = groups.entry(key).or_default();
        group
            .reserve(requirements, now)
            .map_err(|why| group.line.join(requirements.clone(), why))
    }

    fn leave_line(&self, requirements: &RouteRequirements, number: u64) {
        let mut groups = self.groups.write();
        if let Some(group) = groups.get_mut(&(requirements.tenant, requirements.group)) {
            group.line.leave(number);
        }
    }

    fn give_back(&self, route: &Route) {
        if let Some(session) = self.session(&route.who) {
            self.credit(&session, 1);
        }
        self.release(route);
    }

    fn send<'a>(&'a self, route: &'a Route, outgoing: Outgoing) -> BoxFuture<'a, Result<(), StreamClosed>> {
        // A check gave its route back before.
        let in_use = matches!(outgoing, Outgoing::Event { .. }).then(|| InUse(self, route));
        Box::pin(async move {
            let _in_use = in_use;
            let session = self.session(&route.who).ok_or(StreamClosed)?;
            session.send(outgoing).await
        })
    }

    fn send_closed(
        &self,
        tenant: TenantId,
        group: ConnectorGroupId,
        connector: ConnectorId,
        operation: OperationId,
        closed: OperationClosed,
    ) -> BoxFuture<'_, Result<(), StreamClosed>> {
        Box::pin(async move {
            let session = self.session_of(tenant, group, connector).ok_or(StreamClosed)?;
            session.settled(operation);
            let frame = Frame::OperationClosed(closed);
            if session.is_welcomed() {
                return session.send_frame(frame).await;
            }
            // Its `Hello` may have listed the operation before it ended. Whoever tells it does not wait for `Welcome`.
            tokio::spawn(async move {
                // If the stream is not welcomed after all, the next `Hello` settles it.
                let _ = session.send_frame(frame).await;
            });
            Ok(())
        })
    }
}

impl Keys for Connectors {
    fn sealing_keys(
        &self,
        tenant: TenantId,
        group: ConnectorGroupId,
    ) -> BoxFuture<'_, Result<Vec<SealingPublicKey>, StoreError>> {
        Box::pin(self.active_keys((tenant, group)))
    }

    fn sign(
        &self,
        tenant: TenantId,
        domain: Domain,
        payload: Vec<u8>,
    ) -> BoxFuture<'_, Result<SignedBytes, StoreError>> {
        Box::pin(async move {
            self.authorities
                .sign(tenant, domain, payload)
                .await
                .map_err(|error| {
                    tracing::error!(%error, %tenant, "the tenant's event signing key is not usable");
                    StoreError::Malformed("the tenant's keys folder")
                })
        })
    }
}

/// The certificates in the store were verified before they got there.
fn public_key(certificate: Signed) -> Result<SealingPublicKey, StoreError> {
    let malformed = || StoreError::Malformed("sealing_keys");
    let payload = certificate.into_parts().payload;
    let certificate = SealingKeyCertificate::decode(payload.as_slice()).map_err(|_| malformed())?;
    SealingPublicKey::from_bytes(&certificate.public_key).map_err(|_| malformed())
}
