//! The events of tenants' and connectors' streams that delivery writes. No names of people, no addresses.

use groundwire_eventlog::{ExpectedVersion, InvalidStreamName, Metadata, NewRecord, StreamName, Unit};
use serde::Serialize;
use time::OffsetDateTime;
use uuid::Uuid;

use super::log_heads::{Fork, SeenHead};
use crate::domain::{ConnectorGroupId, ConnectorId, TenantId};

/// The stream of a tenant within its log.
///
/// # Errors
/// Never in fact: a UUID makes a name.
pub fn tenant_stream(tenant: TenantId) -> Result<StreamName, InvalidStreamName> {
    StreamName::of("tenant", tenant.uuid())
}

/// The stream of a connector.
///
/// # Errors
/// Never in fact: a UUID makes a name.
pub fn connector_stream(connector: ConnectorId) -> Result<StreamName, InvalidStreamName> {
    StreamName::of("connector", connector.uuid())
}

/// What happened. Written as JSON; a field is never renamed, a new one is optional.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
pub enum Event {
    /// A token was made. Tenant's stream.
    EnrollmentTokenIssued {
        /// The token.
        token: Uuid,
        /// The group it enrols into.
        group: ConnectorGroupId,
        /// RFC 3339.
        #[serde(with = "time::serde::rfc3339")]
        expires_at: OffsetDateTime,
    },
    /// A token was revoked. Tenant's stream.
    EnrollmentTokenRevoked {
        /// The token.
        token: Uuid,
    },
    /// A connector has an identity.
    ConnectorEnrolled {
        /// The connector.
        connector: ConnectorId,
        /// Its group.
        group: ConnectorGroupId,
        /// The token it used.
        token: Uuid,
        /// The name it gave itself.
        display_name: String,
        /// Its version.
        version: String,
        /// Its certificate's serial number, hex.
        certificate_serial: String,
        /// SHA-256 of its certificate, hex.
        certificate_fingerprint: String,
        /// RFC 3339.
        #[serde(with = "time::serde::rfc3339")]
        certificate_expires_at: OffsetDateTime,
        /// The group's root key (hex), where this connector was the one to set it.
        #[serde(skip_serializing_if = "Option::is_none")]
        group_root_key: Option<String>,
    },
    /// A stream opened.
    ConnectorAttached {
        /// The connector.
        connector: ConnectorId,
        /// Its group.
        group: ConnectorGroupId,
        /// Its version.
        version: String,
        /// The audit store it writes to.
        audit_store: String,
        /// The DC it writes to.
        dc: String,
        /// Its sealing keys.
        keys: Vec<String>,
        /// What it complained of, as reason codes.
        conditions: Vec<String>,
    },
    /// A stream ended.
    ConnectorDetached {
        /// The connector.
        connector: ConnectorId,
        /// Why, one of a closed set of words.
        why: &'static str,
    },
    /// A key was presented for the first time.
    SealingKeyRotated {
        /// The connector.
        connector: ConnectorId,
        /// Its group.
        group: ConnectorGroupId,
        /// The new key.
        key: String,
        /// RFC 3339.
        #[serde(with = "time::serde::rfc3339")]
        seal_from: OffsetDateTime,
        /// RFC 3339.
        #[serde(with = "time::serde::rfc3339")]
        seal_until: OffsetDateTime,
        /// RFC 3339.
        #[serde(with = "time::serde::rfc3339")]
        open_until: OffsetDateTime,
    },
    /// The DC that all connectors of the group write to is set, or its invocation id changed (it was restored).
    GroupDcChosen {
        /// The group.
        group: ConnectorGroupId,
        /// The connector that told it.
        connector: ConnectorId,
        /// DNS name.
        host: String,
        /// Invocation id.
        invocation_id: String,
        /// Whether it supports policy hints.
        policy_hints: bool,
    },
    /// A sync ended.
    AccountsSynced {
        /// The connector that synced.
        connector: ConnectorId,
        /// Its group.
        group: ConnectorGroupId,
        /// Which sync.
        sync: Uuid,
        /// Accounts that were new.
        added: u64,
        /// Accounts that changed.
        updated: u64,
        /// Accounts that were removed.
        removed: u64,
        /// Accounts of the group now.
        total: u64,
        /// False: removals were held back.
        removals: bool,
    },
    /// Alarm: a log is not the one that was seen.
    LogForked {
        /// The connector whose view disagrees.
        connector: ConnectorId,
        /// Which log: `audit` (the connector's) or `directory` (ours, as the connector saw it).
        which: &'static str,
        /// How.
        fork: Fork,
        /// The log.
        log: Uuid,
        /// The incarnation that was told.
        told_incarnation: Uuid,
        /// The position that was told.
        told_position: u64,
        /// The position that was seen before.
        #[serde(skip_serializing_if = "Option::is_none")]
        seen_position: Option<u64>,
    },
}

impl Event {
    /// Its name in the log.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::EnrollmentTokenIssued { .. } => "EnrollmentTokenIssued",
            Self::EnrollmentTokenRevoked { .. } => "EnrollmentTokenRevoked",
            Self::ConnectorEnrolled { .. } => "ConnectorEnrolled",
            Self::ConnectorAttached { .. } => "ConnectorAttached",
            Self::ConnectorDetached { .. } => "ConnectorDetached",
            Self::SealingKeyRotated { .. } => "SealingKeyRotated",
            Self::GroupDcChosen { .. } => "GroupDcChosen",
            Self::AccountsSynced { .. } => "AccountsSynced",
            Self::LogForked { .. } => "LogForked",
        }
    }

    /// A fork of a log.
    #[must_use]
    pub fn forked(
        connector: ConnectorId,
        which: &'static str,
        fork: Fork,
        (told, seen): (SeenHead, Option<SeenHead>),
    ) -> Self {
        Self::LogForked {
            connector,
            which,
            fork,
            log: told.log,
            told_incarnation: told.incarnation,
            told_position: told.position,
            seen_position: seen.map(|seen| seen.position),
        }
    }

    /// As a record. `actor` is the subject that caused it (a caller's, or a connector's id).
    ///
    /// # Errors
    /// Never in fact: every field can be written as JSON.
    pub fn record(&self, actor: impl Into<String>) -> Result<NewRecord, serde_json::Error> {
        Ok(NewRecord {
            event_type: self.name().into(),
            schema_version: 1,
            body: serde_json::to_vec(self)?,
            metadata: Metadata {
                actor: Some(actor.into()),
                ..Metadata::default()
            },
            erasable: None,
        })
    }
}

/// A defect of ours: an event that cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum EventError {
    /// The stream's name.
    #[error(transparent)]
    Stream(#[from] InvalidStreamName),
    /// The body.
    #[error(transparent)]
    Body(#[from] serde_json::Error),
}

/// A unit of these events on a connector's stream.
///
/// # Errors
/// [`EventError`].
pub fn connector_unit(connector: ConnectorId, events: &[Event]) -> Result<Unit, EventError> {
    let records = events
        .iter()
        .map(|event| event.record(connector.to_string()))
        .collect::<Result<_, _>>()?;
    Ok(Unit::new(
        connector_stream(connector)?,
        ExpectedVersion::Any,
        records,
    ))
}

/// A unit of one event on the tenant's stream.
///
/// # Errors
/// [`EventError`].
pub fn tenant_unit(tenant: TenantId, event: &Event, actor: &str) -> Result<Unit, EventError> {
    let records = vec![event.record(actor)?];
    Ok(Unit::new(tenant_stream(tenant)?, ExpectedVersion::Any, records))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_holds_the_fields_and_nothing_else() {
        let event = Event::ConnectorDetached {
            connector: ConnectorId(Uuid::from_u128(1)),
            why: "replaced",
        };
        let record = event.record("somebody").unwrap();
        assert_eq!(
            String::from_utf8(record.body).unwrap(),
            r#"{"connector":"00000000-0000-0000-0000-000000000001","why":"replaced"}"#
        );
        assert_eq!(record.event_type, "ConnectorDetached");
        assert_eq!(record.metadata.actor.as_deref(), Some("somebody"));
    }
}
