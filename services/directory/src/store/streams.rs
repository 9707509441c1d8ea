//! The streams of a tenant's log, and how events become their records. A name is stored for ever (`tests/golden`).

use groundwire_eventlog::{ExpectedVersion, InvalidStreamName, Metadata, NewRecord, StreamName, Unit};

use super::StoreError;
use crate::domain::{AccountAnchor, ConnectorEvent, ConnectorId, TenantEvent, TenantId};

/// A defect of ours: an event that cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum EventError {
    #[error("a stream's name is not valid")]
    Stream(#[from] InvalidStreamName),
    #[error("an event does not become JSON")]
    Body(#[from] serde_json::Error),
}

impl From<EventError> for StoreError {
    fn from(error: EventError) -> Self {
        match error {
            EventError::Stream(_) => Self::Malformed("a stream's name"),
            EventError::Body(_) => Self::Malformed("an event"),
        }
    }
}

/// The stream of a tenant's own events.
///
/// # Errors
/// Never in fact: a UUID makes a name.
pub fn tenant_stream(tenant: TenantId) -> Result<StreamName, EventError> {
    Ok(StreamName::of("tenant", tenant.uuid())?)
}

/// The stream of a connector.
///
/// # Errors
/// Never in fact: a UUID makes a name.
pub fn connector_stream(connector: ConnectorId) -> Result<StreamName, EventError> {
    Ok(StreamName::of("connector", connector.uuid())?)
}

/// The stream of an account.
///
/// # Errors
/// Never in fact: a UUID makes a name.
pub fn account_stream(anchor: AccountAnchor) -> Result<StreamName, EventError> {
    Ok(StreamName::of("account", anchor.uuid())?)
}

/// A unit of these events on a connector's stream, which they are said to be caused by.
pub fn connector_unit(connector: ConnectorId, events: &[ConnectorEvent]) -> Result<Unit, EventError> {
    let records = events
        .iter()
        .map(|event| record(event, connector.to_string()))
        .collect::<Result<_, _>>()?;
    Ok(Unit::new(
        connector_stream(connector)?,
        ExpectedVersion::Any,
        records,
    ))
}

/// A unit of one event that stands on the tenant's stream. `actor` is the subject of who caused it.
pub fn administered_unit(tenant: TenantId, event: &ConnectorEvent, actor: &str) -> Result<Unit, EventError> {
    let records = vec![record(event, actor.to_owned())?];
    Ok(Unit::new(tenant_stream(tenant)?, ExpectedVersion::Any, records))
}

/// A unit of one of the tenant's own events. `actor` is the subject of who caused it, if anybody did.
pub fn tenant_unit(
    tenant: TenantId,
    expected: ExpectedVersion,
    event: &TenantEvent,
    actor: Option<String>,
) -> Result<Unit, EventError> {
    let record = NewRecord {
        event_type: event.event_type().into(),
        schema_version: TenantEvent::SCHEMA_VERSION,
        body: event.body()?,
        metadata: caused_by(actor),
        erasable: None,
    };
    Ok(Unit::new(tenant_stream(tenant)?, expected, vec![record]))
}

fn record(event: &ConnectorEvent, actor: String) -> Result<NewRecord, EventError> {
    Ok(NewRecord {
        event_type: event.event_type().into(),
        schema_version: ConnectorEvent::SCHEMA_VERSION,
        body: event.body()?,
        metadata: caused_by(Some(actor)),
        erasable: None,
    })
}

fn caused_by(actor: Option<String>) -> Metadata {
    Metadata {
        actor,
        ..Metadata::default()
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::domain::ConnectorDetached;

    #[test]
    fn a_body_holds_the_fields_and_nothing_else() {
        let event = ConnectorEvent::ConnectorDetached(ConnectorDetached {
            connector: ConnectorId::new(Uuid::from_u128(1)),
            why: "replaced".into(),
        });
        let record = record(&event, "somebody".to_owned()).unwrap();
        assert_eq!(
            String::from_utf8(record.body).unwrap(),
            r#"{"connector":"00000000-0000-0000-0000-000000000001","why":"replaced"}"#
        );
        assert_eq!(record.event_type, "ConnectorDetached");
        assert_eq!(record.metadata.actor.as_deref(), Some("somebody"));
    }
}
