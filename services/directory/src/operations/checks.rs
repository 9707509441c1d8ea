//! Dry runs: sealed as a check, answered by a connector, never queued and never recorded but as a count.

use std::collections::HashMap;

use groundwire_envelope::SealedKind;
use groundwire_envelope::signed::Domain;
use groundwire_proto::envelope::v1::SealedSecret;
use groundwire_proto::gateway::v1::{CheckRequestPayload, CheckResult};
use groundwire_proto::ids::parse_uuid;
use groundwire_proto::reasons::{Reason, ReasonCode};
use groundwire_proto::time::timestamp_from_ms;
use parking_lot::Mutex;
use prost::Message;
use tokio::sync::oneshot;
use uuid::Uuid;

use super::admission::{latest_ms, require_sealed};
use super::context::Context;
use super::port::{AttachedConnector, Outgoing, Route, RouteRequirements, StreamClosed};
use super::request::{Call, GivenSecret, RequestError};
use super::route::ReservedRoute;
use super::sealing::{Purpose, sealed};
use crate::domain::{AccountName, ConnectorGroupId, OperationKind, SyncedAccount, TenantId};

/// What a caller wants to have checked.
pub struct PasswordCheck {
    /// The id, in place of an operation's.
    pub check_id: Uuid,
    /// The kind it would be.
    pub kind: OperationKind,
    /// The account, as the caller names it.
    pub account: AccountName,
    pub secret: GivenSecret,
}

pub struct CheckVerdict {
    /// Every cause why it would be refused.
    pub reasons: Vec<Reason>,
    /// What could not be checked without writing.
    pub not_checked: Vec<ReasonCode>,
}

/// The checks that wait for a connector's answer.
#[derive(Default)]
pub(crate) struct Checks(Mutex<HashMap<(TenantId, Uuid), Waiting>>);

struct Waiting {
    group: ConnectorGroupId,
    reply: oneshot::Sender<CheckResult>,
}

impl Checks {
    /// A connector answered. Nobody may be waiting any more.
    pub(super) fn answer(&self, who: &AttachedConnector, result: CheckResult) {
        let Ok(id) = parse_uuid(&result.check_id) else {
            return;
        };
        let mut waiting = self.0.lock();
        // Another group's connector cannot answer for this one.
        let expected = waiting
            .get(&(who.tenant, id))
            .is_some_and(|waiting| waiting.group == who.group);
        if expected && let Some(waiting) = waiting.remove(&(who.tenant, id)) {
            let _gone = waiting.reply.send(result);
        }
    }

    fn wait(
        &self,
        tenant: TenantId,
        id: Uuid,
        group: ConnectorGroupId,
    ) -> Option<oneshot::Receiver<CheckResult>> {
        let mut waiting = self.0.lock();
        if waiting.contains_key(&(tenant, id)) {
            return None;
        }
        let (reply, answer) = oneshot::channel();
        waiting.insert((tenant, id), Waiting { group, reply });
        Some(answer)
    }

    fn forget(&self, tenant: TenantId, id: Uuid) {
        self.0.lock().remove(&(tenant, id));
    }
}

/// Takes the entry out also when the caller hangs up.
struct Forget<'a>(&'a Checks, TenantId, Uuid);

impl Drop for Forget<'_> {
    fn drop(&mut self) {
        self.0.forget(self.1, self.2);
    }
}

impl Checks {
    /// Has a candidate for this account checked by a connector.
    pub(super) async fn check(
        &self,
        context: &Context,
        call: &Call,
        account: &SyncedAccount,
        check: PasswordCheck,
    ) -> Result<CheckVerdict, RequestError> {
        let settings = context.settings(call.tenant).await?;
        if !settings.enabled {
            return Err(RequestError::Refused(Reason::new(ReasonCode::WritebackDisabled)));
        }
        require_sealed(&settings, &check.secret)?;
        let now_ms = context.clock.unix_ms();
        let purpose = Purpose {
            tenant: call.tenant,
            group: account.group,
            anchor: account.anchor,
            id: check.check_id,
            kind: Some(SealedKind::Check),
            latest_ms: latest_ms(&settings, now_ms),
        };
        let (secret, expires_ms, _seal) = sealed(context, check.secret, &purpose, now_ms).await?;
        let route = route_for(context, &purpose, secret.as_ref())?;
        let payload = CheckRequestPayload {
            check_id: check.check_id.to_string(),
            tenant_id: call.tenant.to_string(),
            connector_group_id: account.group.to_string(),
            connector_id: route.who.connector.to_string(),
            account_anchor: account.anchor.to_string(),
            kind: check.kind.into(),
            secret,
            expires_at: Some(timestamp_from_ms(expires_ms)),
            traceparent: call.traceparent.clone().unwrap_or_default(),
            account_name: check.account.lookup_name().map(Into::into),
        };
        let signed = context
            .keys
            .sign(call.tenant, Domain::Check, payload.encode_to_vec())
            .await?;
        let answer = self.wait(call.tenant, check.check_id, account.group);
        let answer = answer.ok_or(RequestError::AlreadyExists)?;
        let _forget = Forget(self, call.tenant, check.check_id);
        let no_connector = || RequestError::Refused(Reason::new(ReasonCode::NoConnector));
        let sent = context.routes.send(&route, Outgoing::Check(signed)).await;
        sent.map_err(|StreamClosed| no_connector())?;
        match tokio::time::timeout(call.remaining(&*context.clock), answer).await {
            Ok(Ok(result)) => {
                context.metrics.checked();
                Ok(CheckVerdict {
                    not_checked: result.not_checked().collect(),
                    reasons: result.reasons.into_iter().map(Reason::from).collect(),
                })
            }
            Ok(Err(_)) => Err(no_connector()),
            Err(_elapsed) => Err(RequestError::Refused(Reason::new(ReasonCode::DcBusy))),
        }
    }
}

/// A connector that can open the candidate. A check is not an event: it takes no credit.
fn route_for(
    context: &Context,
    purpose: &Purpose,
    secret: Option<&SealedSecret>,
) -> Result<Route, RequestError> {
    let copies = secret.into_iter().flat_map(|secret| &secret.copies);
    let requirements = RouteRequirements {
        tenant: purpose.tenant,
        group: purpose.group,
        anchor: purpose.anchor,
        key_ids: copies.filter_map(|copy| copy.key_id.parse().ok()).collect(),
        only: None,
    };
    let reserved = ReservedRoute::reserve(&context.routes, &requirements);
    let reserved = reserved.map_err(|no_route| RequestError::Refused(no_route.reason))?;
    Ok(reserved.without_credit())
}
