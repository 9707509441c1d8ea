//! What a stream says of both logs, held to what was seen of them. A log that is not the one that was seen was cut,
//! rewritten or restored; it is alarmed once for what was seen, whichever side finds it and however often.

use groundwire_envelope::signed::Domain;
use groundwire_eventlog::{AppendError, Head, Position, ReadError};
use groundwire_proto::eventlog::v1::LogHead;
use groundwire_proto::gateway::v1::Checkpoint;
use groundwire_proto::gateway::v1::attach_response::Frame;
use groundwire_proto::log_head::{Fork, SeenHead, compare};
use groundwire_proto::reasons::{Reason, ReasonCode};
use prost::Message;

use super::Attach;
use super::end::{End, unavailable};
use super::hello::CheckedHello;
use crate::delivery::log_heads::Remembered;
use crate::delivery::session::Session;
use crate::domain::{ConnectorEvent, TenantId};
use crate::metrics::delivery::why;
use crate::operations::port::AttachedConnector;
use crate::store::streams::connector_unit;
use crate::store::{Store, StoreError};

/// The claim by which a fork is alarmed once.
pub(crate) const FORK_CLAIM: &str = "log_fork";

/// A log that is not the one that was seen.
pub(super) struct FoundFork {
    /// Whose: `audit` (the connector's) or `directory` (ours).
    pub(super) which: &'static str,
    pub(super) fork: Fork,
    /// As it was reported now.
    pub(super) reported: SeenHead,
    /// As it was seen before.
    pub(super) seen: SeenHead,
}

impl Attach {
    /// What was stored of the connector's log.
    pub(super) async fn load_heads(
        &self,
        who: &AttachedConnector,
        hello: &CheckedHello,
    ) -> Result<Remembered, End> {
        // A store that is away at `Hello` tells its head later; it is held to the same.
        let log = hello.audit_head.map_or(hello.audit_store, |head| head.log);
        let seen = self
            .store
            .audit_head(who.tenant, who.connector, log)
            .await
            .map_err(unavailable)?;
        Ok(Remembered::from_store(seen))
    }

    /// Holds both logs to what was seen of them. An audit log that lost its end and has grown since is found by the
    /// connector: `Welcome` tells it what was stored before.
    pub(super) async fn compare_heads(
        &self,
        who: &AttachedConnector,
        hello: &CheckedHello,
        remembered: &mut Remembered,
    ) -> Result<(), End> {
        if let Some(reported) = hello.audit_head {
            let seen = remembered.head();
            // While an old stream of this connector is open, its frames may have reported a later head than this `Hello`.
            let has_old = self
                .connectors
                .online(who.tenant)
                .iter()
                .any(|other| other.who.connector == who.connector);
            let fork = if has_old {
                remembered.on_frame(reported)
            } else {
                remembered.on_hello(reported)
            };
            if let (Some(fork), Some(seen)) = (fork, seen) {
                let found = FoundFork {
                    which: "audit",
                    fork,
                    reported,
                    seen,
                };
                self.alarm(who, found).await.map_err(unavailable)?;
            }
        }
        if let Some(seen) = hello.directory_head_seen
            && let Some(fork) = own_fork(&self.store, who.tenant, seen)
                .await
                .map_err(unavailable)?
        {
            let found = FoundFork {
                which: "directory",
                fork,
                reported: seen,
                seen,
            };
            self.alarm(who, found).await.map_err(unavailable)?;
        }
        Ok(())
    }

    /// Records a fork and raises the alarm, unless that was done before. Without a database it is alarmed all the same.
    pub(super) async fn alarm(&self, who: &AttachedConnector, found: FoundFork) -> Result<(), StoreError> {
        let FoundFork {
            which,
            fork,
            reported,
            seen,
        } = found;
        let before = (which == "audit").then_some(seen);
        let event = ConnectorEvent::forked(who.connector, which, fork, (reported, before));
        let key = format!(
            "{}/{which}/{}/{}",
            who.connector,
            seen.position,
            hex::encode(seen.hash)
        );
        let unit = connector_unit(who.connector, &[event])?.claiming(FORK_CLAIM, key);
        let appended = match self.store.log(who.tenant).await {
            Ok(log) => log.append(unit).await.map(drop).map_err(StoreError::from),
            Err(error) => Err(error),
        };
        if let Err(StoreError::Append(AppendError::ClaimTaken { .. })) = appended {
            return Ok(());
        }
        self.metrics.forked.get_or_create(&why(which)).inc();
        tracing::error!(
            reason = "LOG_FORKED", which, ?fork, position = seen.position, log = %reported.log,
            tenant = %who.tenant, connector = %who.connector,
            "a log is not the one that was seen before"
        );
        appended
    }

    /// Our signed statement of the connector's log: what it can prove a rewriting of ours with, and we of its.
    pub(super) async fn send_checkpoint(&self, session: &Session, remembered: &Remembered) {
        let Some(seen) = remembered.head() else {
            return;
        };
        let payload = LogHead::from(seen).encode_to_vec();
        match self
            .authorities
            .sign(session.who.tenant, Domain::Checkpoint, payload)
            .await
        {
            // Without a place on the queue the next one does.
            Ok(head) => drop(session.try_send(Frame::Checkpoint(Checkpoint { head: Some(head) }))),
            Err(error) => tracing::error!(%error, "the tenant's signing key is not usable"),
        }
    }
}

/// The fork of its own log that a connector complains of; it alone has the record that stands there now. (One of ours is
/// found here, at `Hello`.)
pub(super) fn complained_of(conditions: &[Reason], reported: SeenHead) -> Option<FoundFork> {
    let complaint = conditions
        .iter()
        .find(|reason| reason.code() == ReasonCode::LogForked && reason.field("log") == Some("audit"))?;
    let hash = hex::decode(complaint.field("hash")?).ok()?;
    Some(FoundFork {
        which: "audit",
        fork: Fork::Rewritten,
        reported,
        seen: SeenHead {
            position: complaint.field("position")?.parse().ok()?,
            hash: hash.try_into().ok()?,
            ..reported
        },
    })
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

/// What our own log holds now where a connector saw this record; `None` if it does not reach there, or cannot be read now.
pub(super) async fn directory_head_at(store: &Store, tenant: TenantId, seen: SeenHead) -> Option<LogHead> {
    let reader = store.reader(tenant);
    let before = Position(seen.position.checked_sub(1)?);
    let (head, record) = match (reader.head().await, reader.read_log(before, 1).await) {
        (Ok(head), Ok(mut records)) => (head, records.pop()?),
        (Err(error), _) | (_, Err(error)) => {
            tracing::warn!(%error, %tenant, "cannot read what the log holds where a connector saw it");
            return None;
        }
    };
    Some(
        SeenHead {
            position: record.position.0,
            hash: record.hash.0,
            ..seen_head(head)
        }
        .into(),
    )
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
