//! The signed event that a connector receives.

use groundwire_envelope::signed::Domain;
use groundwire_proto::envelope::v1::SignedBytes;
use groundwire_proto::gateway::v1::{Actor, PasswordEventPayload};
use groundwire_proto::time::timestamp_from_us;
use prost::Message;

use super::Context;
use super::port::Route;
use crate::domain::{AccountAnchor, AccountState, Operation, TenantId};
use crate::store::StoreError;
use crate::store::secrets::WaitingSecret;

/// Signs the event of the operation's current attempt for the connector of this route.
pub(crate) async fn password_event(
    context: &Context,
    tenant: TenantId,
    anchor: AccountAnchor,
    state: &AccountState,
    operation: &Operation,
    waiting: &WaitingSecret,
    route: &Route,
) -> Result<SignedBytes, StoreError> {
    let request = &operation.request;
    let payload = PasswordEventPayload {
        operation_id: request.operation_id.to_string(),
        tenant_id: tenant.to_string(),
        connector_group_id: request.group.to_string(),
        connector_id: route.who.connector.to_string(),
        account_anchor: anchor.to_string(),
        kind: request.kind.into(),
        flags: Some(request.flags.into()),
        sequence: request.sequence,
        attempt: operation.attempt,
        last_applied_sequence: state.last_applied.map_or(0, |last| last.sequence),
        last_applied_unicode_pwd_version: state.last_applied.and_then(|last| last.unicode_pwd_version),
        group_dc: route.group_dc.clone(),
        actor: Some(Actor {
            subject: request.requested_by.clone(),
            role: request.role.name().to_owned(),
            on_behalf_of: request.on_behalf_of.clone().map(Into::into),
        }),
        proof: waiting.proof.clone().unwrap_or_default(),
        secret: waiting.secret.clone(),
        expires_at: Some(timestamp_from_us(request.expires_at_us)),
        traceparent: request.traceparent.clone().unwrap_or_default(),
        signed_at: Some(timestamp_from_us(context.clock.unix_us())),
    };
    context
        .keys
        .sign(tenant, Domain::Event, payload.encode_to_vec())
        .await
}
