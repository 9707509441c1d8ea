//! Dry runs: sealed as a check, answered by a connector, never queued and never recorded but as a count.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use groundwire_envelope::SealedKind;
use groundwire_envelope::signed::Domain;
use groundwire_proto::gateway::v1::{CheckRequestPayload, CheckResult};
use groundwire_proto::ids::parse_uuid;
use groundwire_proto::reasons::{Reason, ReasonCode};
use groundwire_proto::time::timestamp_from_ms;
use prost::Message;
use tokio::sync::oneshot;
use uuid::Uuid;

use super::port::{AttachedConnector, Outgoing, RouteRequirements, StreamClosed};
use super::sealing::{Purpose, sealed};
use super::{GivenSecret, Operations, RequestError};
use crate::accounts::Account;
use crate::domain::{ConnectorGroupId, OperationKind, TenantId};

/// What a caller wants to be checked.
pub struct CheckAsk {
    /// The tenant.
    pub tenant: TenantId,
    /// The id, in place of an operation's.
    pub check_id: Uuid,
    /// The account it would be for.
    pub account: Account,
    /// The kind it would be.
    pub kind: OperationKind,
    /// The candidate.
    pub secret: GivenSecret,
    /// W3C trace context.
    pub traceparent: Option<String>,
    /// How long the caller still waits.
    pub patience: Duration,
}

/// The verdict.
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
    answer: oneshot::Sender<CheckResult>,
}

impl Checks {
    /// A connector answered. Nobody may be waiting any more.
    pub(super) fn answered(&self, who: &AttachedConnector, result: CheckResult) {
        let Ok(id) = parse_uuid(&result.check_id) else {
            return;
        };
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Another group's connector cannot answer for this one.
        let expected = waiting
            .get(&(who.tenant, id))
            .is_some_and(|waiting| waiting.group == who.group);
        if expected && let Some(waiting) = waiting.remove(&(who.tenant, id)) {
            let _gone = waiting.answer.send(result);
        }
    }

    fn wait(
        &self,
        tenant: TenantId,
        id: Uuid,
        group: ConnectorGroupId,
    ) -> Option<oneshot::Receiver<CheckResult>> {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.contains_key(&(tenant, id)) {
            return None;
        }
        let (answer, answered) = oneshot::channel();
        waiting.insert((tenant, id), Waiting { group, answer });
        Some(answered)
    }

    fn forget(&self, tenant: TenantId, id: Uuid) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&(tenant, id));
    }
}

/// Takes the entry out also when the caller hangs up.
struct Forget<'a>(&'a Checks, TenantId, Uuid);

impl Drop for Forget<'_> {
    fn drop(&mut self) {
        self.0.forget(self.1, self.2);
    }
}

impl Operations {
    /// Has a candidate checked.
    ///
    /// # Errors
    /// [`RequestError`]; `NO_CONNECTOR` and the like, or `DC_BUSY` if no answer came in time.
    pub async fn check(&self, ask: CheckAsk) -> Result<CheckVerdict, RequestError> {
        let context = &self.0;
        let settings = self.settings(ask.tenant).await?;
        if !settings.enabled {
            return Err(RequestError::Refused(Reason::new(ReasonCode::WritebackDisabled)));
        }
        if settings.require_sealed && matches!(ask.secret, GivenSecret::Plaintext(_)) {
            return Err(RequestError::Invalid {
                field: "plaintext",
                description: "the tenant wants callers to seal; give `sealed` instead",
            });
        }
        let now_ms = context.clock.unix_ms();
        let lifetime_ms = i64::try_from(settings.operation_lifetime_ms).unwrap_or(i64::MAX);
        let purpose = Purpose {
            tenant: ask.tenant,
            group: ask.account.group,
            anchor: ask.account.anchor,
            id: ask.check_id,
            kind: Some(SealedKind::Check),
            latest_ms: now_ms.saturating_add(lifetime_ms),
        };
        let (secret, expires_ms, _seal) = sealed(context, ask.secret, &purpose, now_ms).await?;
        let copies = secret.iter().flat_map(|secret| &secret.copies);
        let requirements = RouteRequirements {
            tenant: ask.tenant,
            group: ask.account.group,
            anchor: ask.account.anchor,
            key_ids: copies.filter_map(|copy| copy.key_id.parse().ok()).collect(),
            only: None,
        };
        let route = context
            .routes
            .reserve(&requirements)
            .map_err(|no_route| RequestError::Refused(no_route.reason))?;
        // A check is not an event: it takes no credit.
        context.routes.give_back(&route);
        let payload = CheckRequestPayload {
            check_id: ask.check_id.to_string(),
            tenant_id: ask.tenant.to_string(),
            connector_group_id: ask.account.group.to_string(),
            connector_id: route.who.connector.to_string(),
            account_anchor: ask.account.anchor.to_string(),
            kind: ask.kind.into(),
            secret,
            expires_at: Some(timestamp_from_ms(expires_ms)),
            traceparent: ask.traceparent.unwrap_or_default(),
        };
        let check = context
            .keys
            .sign(ask.tenant, Domain::Check, payload.encode_to_vec())
            .await?;
        let answered = context.checks.wait(ask.tenant, ask.check_id, ask.account.group);
        let answered = answered.ok_or(RequestError::AlreadyExists)?;
        let _forget = Forget(&context.checks, ask.tenant, ask.check_id);
        let no_connector = || RequestError::Refused(Reason::new(ReasonCode::NoConnector));
        context
            .routes
            .send(&route, Outgoing::Check(check))
            .await
            .map_err(|StreamClosed| no_connector())?;
        match tokio::time::timeout(ask.patience, answered).await {
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
