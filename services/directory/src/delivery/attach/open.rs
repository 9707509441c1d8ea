//! From the first frame to `Welcome`.

use std::sync::Arc;

use groundwire_envelope::signed::{Domain, VerifyingKey};
use groundwire_eventlog::{Head, Position, ReadError};
use groundwire_proto::capability;
use groundwire_proto::eventlog::v1::LogHead;
use groundwire_proto::gateway::v1::attach_response::Frame;
use groundwire_proto::gateway::v1::{AttachRequest, AttachResponse, Checkpoint, OperationFate, Welcome};
use groundwire_proto::log_head::{Fork, SeenHead, compare};
use groundwire_proto::time::{duration_to_wire, timestamp_from};
use prost::Message;
use tokio::sync::mpsc;
use tonic::Streaming;

use super::Attach;
use super::end::{BadFrame, End};
use super::hello::{self, CheckedHello};
use crate::delivery::log_heads::Remembered;
use crate::delivery::session::Session;
use crate::domain::{
    ConnectorAttached, ConnectorEvent, ConnectorRefusal, DomainController, GroupDcChosen, SealingKeyRotated,
    TenantId,
};
use crate::enrollment::ConnectorIdentity;
use crate::metrics::delivery::why;
use crate::operations::port::AttachedConnector;
use crate::store::connectors::ConnectorChange;
use crate::store::sealing_keys::KeyPresented;
use crate::store::streams::{EventError, connector_unit};
use crate::store::{Store, StoreError};

/// A stream that was welcomed.
pub(super) struct Opened {
    pub(super) session: Arc<Session>,
    pub(super) root: VerifyingKey,
    pub(super) remembered: Remembered,
    pub(super) group_dc: Option<DomainController>,
}

type Queue = mpsc::Sender<Result<AttachResponse, End>>;

impl Attach {
    pub(super) async fn open(
        &self,
        who: ConnectorIdentity,
        inbound: &mut Streaming<AttachRequest>,
        queue: Queue,
    ) -> Result<Opened, End> {
        let first = match tokio::time::timeout(self.config.hello_deadline, inbound.message()).await {
            Err(_elapsed) => return Err(End::NoHello),
            Ok(Err(_)) => return Err(End::Broken),
            Ok(Ok(None)) => return Err(End::Finished),
            Ok(Ok(Some(first))) => first,
        };
        let (root, group_dc) = self.admit(&who).await?;
        let hello = hello::check(first, &who, &root)?;
        let attached = AttachedConnector {
            tenant: who.tenant,
            group: who.group,
            connector: who.connector,
            session: self.connectors.next_session(),
        };
        let mut remembered = self.load_heads(&attached, &hello).await?;
        let mut forks = Vec::new();
        self.compare_heads(&attached, &hello, &mut remembered, &mut forks)
            .await?;
        let group_dc = self.record_attached(&attached, &hello, group_dc, &forks).await?;
        let CheckedHello { greeting, open, .. } = hello;
        let limits = (self.config.received_deadline, self.config.send_deadline);
        let session = Arc::new(Session::new(
            attached,
            greeting,
            queue,
            self.store.clock().now(),
            limits,
        ));
        // It takes its old stream's place; events are routed to it once Welcome is on its way.
        let syncs = self.connectors.attach(&session, group_dc.clone());
        let fates = async {
            match open {
                Some(open) => self.operations.connector_attached(&attached, open).await,
                // What was delivered to it stays as it is until its store is back.
                None => Ok(Vec::new()),
            }
        };
        let fates = match tokio::time::timeout(self.config.work_deadline, fates).await {
            Ok(Ok(fates)) => fates,
            failed => {
                tracing::warn!(connector = %who.connector, failed = ?failed.map(|done| done.err()), "no reconciliation");
                self.detached(&session, End::Unavailable).await;
                return Err(End::Unavailable);
            }
        };
        let seen = remembered.head();
        let opened = Opened {
            session,
            root,
            remembered,
            group_dc,
        };
        if let Err(end) = self.welcome(&opened, fates, syncs, seen).await {
            self.detached(&opened.session, end).await;
            return Err(end);
        }
        Ok(opened)
    }

    /// What its group's first connector set, if it may attach at all.
    async fn admit(&self, who: &ConnectorIdentity) -> Result<(VerifyingKey, Option<DomainController>), End> {
        let row = self
            .store
            .connector(who.tenant, who.connector)
            .await
            .map_err(unavailable)?;
        let is_its_own = row.is_some_and(|row| row.group == who.group && row.revoked_at.is_none());
        if !is_its_own {
            return Err(End::Revoked);
        }
        let binding = self
            .store
            .group_binding(who.tenant, who.group)
            .await
            .map_err(unavailable)?;
        let root = binding.root_key.ok_or(End::Revoked)?;
        Ok((
            VerifyingKey::from_bytes(&root).map_err(|_| End::Revoked)?,
            binding.dc,
        ))
    }

    async fn load_heads(&self, who: &AttachedConnector, hello: &CheckedHello) -> Result<Remembered, End> {
        let Some(head) = hello.audit_head else {
            return Ok(Remembered::default());
        };
        let seen = self
            .store
            .audit_head(who.tenant, who.connector, head.log)
            .await
            .map_err(unavailable)?;
        Ok(Remembered::from_store(seen))
    }

    /// Holds both logs to what was seen of them.
    async fn compare_heads(
        &self,
        who: &AttachedConnector,
        hello: &CheckedHello,
        remembered: &mut Remembered,
        forks: &mut Vec<ConnectorEvent>,
    ) -> Result<(), End> {
        if let Some(head) = hello.audit_head {
            let seen = remembered.head();
            // While an old stream of this connector is open, its frames may have reported a later head than this `Hello`.
            let has_old = self
                .connectors
                .online(who.tenant)
                .iter()
                .any(|other| other.who.connector == who.connector);
            let fork = if has_old {
                remembered.on_frame(head)
            } else {
                remembered.on_hello(head)
            };
            if let Some(fork) = fork {
                self.alarm(who, "audit", fork, head);
                forks.push(ConnectorEvent::forked(who.connector, "audit", fork, (head, seen)));
            }
        }
        if let Some(head) = hello.directory_head_seen
            && let Some(fork) = own_fork(&self.store, who.tenant, head)
                .await
                .map_err(unavailable)?
        {
            self.alarm(who, "directory", fork, head);
            forks.push(ConnectorEvent::forked(
                who.connector,
                "directory",
                fork,
                (head, None),
            ));
        }
        Ok(())
    }

    pub(super) fn alarm(&self, who: &AttachedConnector, which: &'static str, fork: Fork, head: SeenHead) {
        self.metrics.forked.get_or_create(&why(which)).inc();
        tracing::error!(
            reason = "LOG_FORKED", which, ?fork, position = head.position, log = %head.log,
            tenant = %who.tenant, connector = %who.connector,
            "a log is not the one that was seen before"
        );
    }

    /// Records the stream, the keys that are new, and the group's DC if this connector is the first to tell one.
    async fn record_attached(
        &self,
        who: &AttachedConnector,
        hello: &CheckedHello,
        recorded: Option<DomainController>,
        forks: &[ConnectorEvent],
    ) -> Result<Option<DomainController>, End> {
        let AttachedConnector {
            tenant,
            group,
            connector,
            ..
        } = *who;
        let greeting = &hello.greeting;
        let ids: Vec<_> = greeting.keys.iter().map(|key| key.id()).collect();
        let new = self
            .store
            .unknown_sealing_keys(tenant, group, &ids)
            .await
            .map_err(unavailable)?;
        let mut events = vec![ConnectorEvent::ConnectorAttached(ConnectorAttached {
            connector,
            group,
            version: greeting.version.clone(),
            audit_store: hello.audit_store.to_string(),
            dc: greeting.dc.as_ref().map(|dc| dc.host.clone()).unwrap_or_default(),
            keys: ids.iter().map(ToString::to_string).collect(),
            conditions: greeting
                .conditions
                .iter()
                .map(|reason| reason.name().to_owned())
                .collect(),
        })];
        let new_keys = || greeting.keys.iter().filter(|key| new.contains(&key.id()));
        events.extend(new_keys().map(|key| {
            ConnectorEvent::SealingKeyRotated(SealingKeyRotated {
                connector,
                group,
                key: key.id().to_string(),
                seal_from: key.seal_from,
                seal_until: key.seal_until,
                open_until: key.open_until,
            })
        }));
        events.extend_from_slice(forks);
        let mut unit = connector_unit(connector, &events)
            .map_err(defect)?
            .changing(ConnectorChange::Seen {
                tenant,
                connector,
                version: greeting.version.clone(),
                dc: greeting.dc.as_ref().map(|dc| dc.host.clone()).unwrap_or_default(),
                at: self.store.clock().now(),
            });
        for key in new_keys() {
            unit = unit.changing(KeyPresented {
                tenant,
                group,
                connector,
                key: key.clone(),
            });
        }
        let log = self.store.log(tenant).await.map_err(unavailable)?;
        log.append(unit)
            .await
            .map_err(|error| unavailable(error.into()))?;
        match &greeting.dc {
            Some(dc) => self.choose_group_dc(who, dc, recorded).await,
            None => Ok(recorded),
        }
    }

    /// The group's DC: the first that was reached by a connector of the group. Afterwards only what else is known of the
    /// same host changes (its invocation id, when it was restored from a backup).
    pub(super) async fn choose_group_dc(
        &self,
        who: &AttachedConnector,
        dc: &DomainController,
        recorded: Option<DomainController>,
    ) -> Result<Option<DomainController>, End> {
        let is_news = match &recorded {
            None => true,
            Some(recorded) => recorded.host.eq_ignore_ascii_case(&dc.host) && recorded != dc,
        };
        if dc.invocation_id.is_empty() || !is_news {
            return Ok(recorded);
        }
        let AttachedConnector {
            tenant,
            group,
            connector,
            ..
        } = *who;
        let event = ConnectorEvent::GroupDcChosen(GroupDcChosen {
            group,
            connector,
            host: dc.host.clone(),
            invocation_id: dc.invocation_id.clone(),
            policy_hints: dc.policy_hints,
        });
        let change = ConnectorChange::GroupDc {
            tenant,
            group,
            dc: dc.clone(),
        };
        let unit = connector_unit(connector, &[event])
            .map_err(defect)?
            .changing(change);
        let log = self.store.log(tenant).await.map_err(unavailable)?;
        match log.append(unit).await {
            Ok(_) => {
                if recorded.is_some() {
                    tracing::warn!(%tenant, %group, dc = dc.host, "the group's DC is known by other properties now");
                }
                Ok(Some(dc.clone()))
            }
            // Another connector of the group was first.
            Err(error) if error.refusal::<ConnectorRefusal>().is_some() => Ok(self
                .store
                .group_binding(tenant, group)
                .await
                .map_err(unavailable)?
                .dc),
            Err(error) => Err(unavailable(error.into())),
        }
    }

    async fn welcome(
        &self,
        opened: &Opened,
        fates: Vec<OperationFate>,
        syncs: bool,
        seen: Option<SeenHead>,
    ) -> Result<(), End> {
        let tenant = opened.session.who.tenant;
        let welcome = Welcome {
            heartbeat_interval: Some(duration_to_wire(self.config.heartbeat_interval)),
            server_time: Some(timestamp_from(self.store.clock().now())),
            group_dc: opened.group_dc.clone().map(Into::into),
            fates,
            directory_head: directory_head(&self.store, tenant).await,
            audit_head_seen: seen.map(LogHead::from),
            settings: Some(self.connectors.settings()),
            sync_accounts: syncs,
            capabilities: vec![capability::NOT_TAKEN.to_owned()],
        };
        opened
            .session
            .try_send(Frame::Welcome(welcome))
            .map_err(|_| End::Broken)?;
        self.connectors.welcome(&opened.session);
        self.send_checkpoint(opened).await;
        Ok(())
    }

    /// Our signed statement of the connector's log: what it can prove a rewriting of ours with, and we of its.
    pub(super) async fn send_checkpoint(&self, opened: &Opened) {
        let Some(seen) = opened.remembered.head() else {
            return;
        };
        let payload = LogHead::from(seen).encode_to_vec();
        match self
            .authorities
            .sign(opened.session.who.tenant, Domain::Checkpoint, payload)
            .await
        {
            // Without a place on the queue the next one does.
            Ok(head) => drop(
                opened
                    .session
                    .try_send(Frame::Checkpoint(Checkpoint { head: Some(head) })),
            ),
            Err(error) => tracing::error!(%error, "the tenant's signing key is not usable"),
        }
    }
}

/// Where the tenant's log stands; `None` if it cannot be read now: what carries it goes without.
pub(super) async fn directory_head(store: &Store, tenant: TenantId) -> Option<LogHead> {
    match store.reader(tenant).head().await {
        Ok(head) => Some(seen_head(head).into()),
        Err(error) => {
            tracing::warn!(%error, %tenant, "cannot read the head of the log");
            None
        }
    }
}

/// Whether our own log is not the one that a connector saw: we were restored from a backup, or lost a failover's tail.
pub(super) async fn own_fork(
    store: &Store,
    tenant: TenantId,
    seen: SeenHead,
) -> Result<Option<Fork>, StoreError> {
    let reader = store.reader(tenant);
    let ours = match reader.head().await {
        Ok(head) => seen_head(head),
        Err(ReadError::NoSuchLog(_)) => return Ok(Some(Fork::Truncated)),
        Err(error) => return Err(error.into()),
    };
    if seen.log != tenant.uuid() || seen.position == 0 {
        return Ok(None);
    }
    if let Some(fork) = compare(seen, ours) {
        return Ok(Some(fork));
    }
    let record = reader.read_log(Position(seen.position - 1), 1).await?.pop();
    let is_same = record.is_some_and(|record| record.hash.0 == seen.hash);
    Ok((!is_same).then_some(Fork::Rewritten))
}

const fn seen_head(head: Head) -> SeenHead {
    SeenHead {
        log: head.log.0,
        incarnation: head.incarnation.0,
        position: head.position.0,
        hash: head.hash.0,
    }
}

pub(super) fn unavailable(error: StoreError) -> End {
    tracing::warn!(%error, cause = error.cause(), "a stream needs the database");
    End::Unavailable
}

fn defect(error: EventError) -> End {
    tracing::error!(%error, "an event cannot be written");
    End::BadFrame(BadFrame("internal"))
}
