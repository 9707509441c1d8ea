//! From the first frame to `Welcome`.

use std::sync::Arc;

use groundwire_envelope::signed::VerifyingKey;
use groundwire_proto::capability;
use groundwire_proto::eventlog::v1::LogHead;
use groundwire_proto::gateway::v1::attach_response::Frame;
use groundwire_proto::gateway::v1::{AttachRequest, AttachResponse, OperationFate, Welcome};
use groundwire_proto::log_head::SeenHead;
use groundwire_proto::time::{duration_to_wire, timestamp_from};
use tokio::sync::mpsc;
use tonic::Streaming;

use super::Attach;
use super::end::{BadFrame, End, unavailable};
use super::heads::{directory_head, directory_head_at};
use super::hello::{self, CheckedHello};
use crate::delivery::log_heads::Remembered;
use crate::delivery::session::Session;
use crate::domain::{
    ConnectorAttached, ConnectorEvent, ConnectorRefusal, DomainController, GroupBinding, GroupDcChosen,
    SealingKeyRotated,
};
use crate::enrollment::ConnectorIdentity;
use crate::operations::port::AttachedConnector;
use crate::store::connectors::ConnectorChange;
use crate::store::sealing_keys::KeyPresented;
use crate::store::streams::{EventError, connector_unit};

/// A stream that was welcomed.
pub(super) struct Opened {
    pub(super) session: Arc<Session>,
    pub(super) root: VerifyingKey,
    pub(super) remembered: Remembered,
}

/// What each side saw of the other's log before this `Hello`.
struct HeadsSeen {
    audit: Option<SeenHead>,
    directory: Option<SeenHead>,
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
        let (root, binding) = self.admit(&who).await?;
        let hello = hello::check(first, &who, &root)?;
        let attached = AttachedConnector {
            tenant: who.tenant,
            group: who.group,
            connector: who.connector,
            session: self.connectors.next_session(),
        };
        self.connectors.learn_group_dc(&attached, binding);
        let mut remembered = self.load_heads(&attached, &hello).await?;
        let audit_head_seen = remembered.head();
        self.compare_heads(&attached, &hello, &mut remembered).await?;
        self.record_attached(&attached, &hello).await?;
        let CheckedHello {
            greeting,
            open,
            directory_head_seen,
            ..
        } = hello;
        let limits = (self.config.received_deadline, self.config.send_deadline);
        let session = Arc::new(Session::new(
            attached,
            greeting,
            queue,
            self.store.clock().now(),
            limits,
        ));
        // It takes its old stream's place; events are routed to it once Welcome is on its way.
        let syncs = self.connectors.attach(&session);
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
        let heads = HeadsSeen {
            audit: audit_head_seen,
            directory: directory_head_seen,
        };
        let opened = Opened {
            session,
            root,
            remembered,
        };
        if let Err(end) = self.welcome(&opened, fates, syncs, heads).await {
            self.detached(&opened.session, end).await;
            return Err(end);
        }
        Ok(opened)
    }

    /// What binds its group, if it may attach at all.
    async fn admit(&self, who: &ConnectorIdentity) -> Result<(VerifyingKey, GroupBinding), End> {
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
            binding,
        ))
    }

    /// Records the stream, the keys that are new, and the group's DC if this connector is the first to tell one.
    async fn record_attached(&self, who: &AttachedConnector, hello: &CheckedHello) -> Result<(), End> {
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
            Some(dc) => self.choose_group_dc(who, dc).await,
            None => Ok(()),
        }
    }

    /// The group's DC: the first that was reached by a connector of the group, or the one that an administrator named.
    /// What else is known of the same host changes: its invocation id, when it was restored from a backup.
    pub(super) async fn choose_group_dc(
        &self,
        who: &AttachedConnector,
        reported: &DomainController,
    ) -> Result<(), End> {
        let recorded = self.connectors.group_dc(who);
        let news = match &recorded {
            None => Some(reported.clone()),
            Some(recorded) if recorded.is_at(&reported.host) => recorded.updated_by(reported),
            Some(_) => None,
        };
        let Some(dc) = news.filter(|dc| !dc.invocation_id.is_empty()) else {
            return Ok(());
        };
        let AttachedConnector {
            tenant,
            group,
            connector,
            ..
        } = *who;
        let is_lost = recorded
            .as_ref()
            .is_some_and(|before| reported.lost_writes_since(before));
        let lost_before_us = is_lost.then(|| self.store.clock().unix_us());
        let event = ConnectorEvent::GroupDcChosen(GroupDcChosen {
            group,
            connector,
            host: dc.host.clone(),
            invocation_id: dc.invocation_id.clone(),
            policy_hints: dc.policy_hints,
            domain_controllers: dc.domain_controllers,
            lost_before_us,
        });
        let change = ConnectorChange::GroupDc {
            tenant,
            group,
            dc: dc.clone(),
            lost_before_us,
        };
        let unit = connector_unit(connector, &[event])
            .map_err(defect)?
            .changing(change);
        let log = self.store.log(tenant).await.map_err(unavailable)?;
        let binding = match log.append(unit).await {
            Ok(_) => {
                if recorded.is_some() {
                    tracing::warn!(%tenant, %group, dc = dc.host, is_lost, "the group's DC is known by other properties now");
                }
                GroupBinding {
                    dc: Some(dc),
                    lost_before_us,
                    ..GroupBinding::default()
                }
            }
            // Another connector of the group was first, or an administrator.
            Err(error) if error.refusal::<ConnectorRefusal>().is_some() => self
                .store
                .group_binding(tenant, group)
                .await
                .map_err(unavailable)?,
            Err(error) => return Err(unavailable(error.into())),
        };
        self.connectors.learn_group_dc(who, binding);
        Ok(())
    }

    async fn welcome(
        &self,
        opened: &Opened,
        fates: Vec<OperationFate>,
        syncs: bool,
        seen: HeadsSeen,
    ) -> Result<(), End> {
        let tenant = opened.session.who.tenant;
        let directory_head_at_seen = match seen.directory {
            Some(seen) => directory_head_at(&self.store, tenant, seen).await,
            None => None,
        };
        let welcome = Welcome {
            heartbeat_interval: Some(duration_to_wire(self.config.heartbeat_interval)),
            server_time: Some(timestamp_from(self.store.clock().now())),
            group_dc: self.connectors.group_dc(&opened.session.who).map(Into::into),
            fates,
            directory_head: directory_head(&self.store, tenant).await,
            audit_head_seen: seen.audit.map(LogHead::from),
            directory_head_at_seen,
            settings: Some(self.connectors.settings()),
            sync_accounts: syncs,
            capabilities: vec![capability::NOT_TAKEN.to_owned()],
        };
        opened
            .session
            .try_send(Frame::Welcome(welcome))
            .map_err(|_| End::Broken)?;
        self.connectors.welcome(&opened.session);
        self.send_checkpoint(&opened.session, &opened.remembered).await;
        Ok(())
    }
}

fn defect(error: EventError) -> End {
    tracing::error!(%error, "an event cannot be written");
    End::BadFrame(BadFrame("internal"))
}
