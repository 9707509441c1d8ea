//! The account as an aggregate that holds its operations. Pure: no IO, time is passed in.

mod ids;

pub use ids::{AccountAnchor, ConnectorGroupId, ConnectorId, InvalidId, OperationId, TenantId};
