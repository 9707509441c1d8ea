//! Admission: what never becomes an operation is refused here, at once and with its reason; what is admitted is sealed.

use groundwire_proto::reasons::{Reason, ReasonCode};

use super::account::timings::record_span;
use super::context::Context;
use super::request::{Call, GivenSecret, NewOperation, OperationRequest, RequestError, fingerprint};
use super::sealing::{Purpose, sealed};
use super::waiting_secret::WaitingSecret;
use crate::domain::{OperationKind, Request, Role, Stage, SyncedAccount, WritebackSettings};

/// Admits a request for this account. What may be there only once is moved out of it: the secret, the proof and on whose
/// behalf it is.
///
/// # Errors
/// [`RequestError`]: it does not become an operation.
pub(super) async fn admit(
    context: &Context,
    call: &Call,
    account: &SyncedAccount,
    request: &mut OperationRequest,
) -> Result<NewOperation, RequestError> {
    let settings = context.settings(call.tenant).await?;
    check_permission(&settings, call, request)?;
    check_load(context, call, account)?;
    let now_ms = context.clock.unix_ms();
    let purpose = Purpose {
        tenant: call.tenant,
        group: account.group,
        anchor: account.anchor,
        id: request.operation_id.uuid(),
        kind: request.kind.sealed_kind(),
        latest_ms: latest_ms(&settings, now_ms),
    };
    let given = std::mem::take(&mut request.secret);
    let (secret, expires_ms, seal) = sealed(context, given, &purpose, now_ms).await?;
    record_span(&*context.clock, call.traceparent.as_deref(), Stage::Seal, seal);
    let copies = secret.iter().flat_map(|secret| &secret.copies);
    Ok(NewOperation {
        request: Request {
            operation_id: request.operation_id,
            kind: request.kind,
            flags: request.flags,
            group: account.group,
            fingerprint: fingerprint(&call.principal, account.anchor, request.kind, request.flags),
            requested_by: call.principal.subject.clone(),
            role: call.principal.role,
            expires_at_us: expires_ms.saturating_mul(1_000),
            key_ids: copies.map(|copy| copy.key_id.clone()).collect(),
            traceparent: call.traceparent.clone(),
            on_behalf_of: request.on_behalf_of.take(),
            lookup_name: request.account.lookup_name(),
        },
        secret: WaitingSecret {
            secret,
            proof: request.proof.take(),
        },
        started: call.started,
        seal,
    })
}

/// Plaintext is taken only where the tenant's settings allow it.
pub(super) fn require_sealed(settings: &WritebackSettings, secret: &GivenSecret) -> Result<(), RequestError> {
    if settings.require_sealed && matches!(secret, GivenSecret::Plaintext(_)) {
        return Err(RequestError::Invalid {
            field: "plaintext",
            description: "the tenant wants callers to seal; give `sealed` instead",
        });
    }
    Ok(())
}

/// The latest moment (unix ms) at which a secret that is sealed now may be opened.
pub(super) fn latest_ms(settings: &WritebackSettings, now_ms: i64) -> i64 {
    let lifetime_ms = i64::try_from(settings.operation_lifetime_ms).unwrap_or(i64::MAX);
    now_ms.saturating_add(lifetime_ms)
}

/// What role and settings allow.
fn check_permission(
    settings: &WritebackSettings,
    call: &Call,
    request: &OperationRequest,
) -> Result<(), RequestError> {
    let (role, kind) = (call.principal.role, request.kind);
    let refuse = |code| Err(RequestError::Refused(Reason::new(code)));
    let not_permitted = || {
        let reason = Reason::new(ReasonCode::OperationNotPermitted).with("kind", kind.as_str());
        Err(RequestError::Refused(reason))
    };
    if !role.may_request(kind) {
        return not_permitted();
    }
    if !settings.enabled {
        return refuse(ReasonCode::WritebackDisabled);
    }
    if !settings.allows(kind) {
        return not_permitted();
    }
    let is_self_service = role == Role::SelfServiceApp;
    if is_self_service && kind == OperationKind::Unlock && !settings.self_service_unlock {
        return refuse(ReasonCode::UnlockDisabled);
    }
    if is_self_service && settings.require_proof && request.proof.is_none() {
        return refuse(ReasonCode::ProofMissing);
    }
    require_sealed(settings, &request.secret)
}

/// Whether the group's queue leaves time for one more.
fn check_load(context: &Context, call: &Call, account: &SyncedAccount) -> Result<(), RequestError> {
    let load = context.loads.of(call.tenant, account.group);
    load.check(call.wait_timeout).map_err(|overload| {
        let reason = Reason::new(ReasonCode::Overloaded)
            .with("queue", overload.queue)
            .with("retry_after_seconds", overload.retry_after.as_secs().max(1));
        RequestError::Refused(reason)
    })
}
