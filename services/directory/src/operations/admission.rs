//! Admission: what never becomes an operation is refused here, at once and with its reason; what is admitted is sealed
//! and handed to the account's task.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use groundwire_envelope::SecretPayload;
use groundwire_kit::clock::BootInstant;
use groundwire_proto::envelope::v1::SealedSecret;
use groundwire_proto::reasons::{Reason, ReasonCode};
use tokio::sync::oneshot;

use super::account::{Account, Message, NotAppended, TRIES};
use super::fingerprint::fingerprint;
use super::live::{AskAgain, Live};
use super::port::{NoRoute, RouteRequirements};
use super::sealing::{Purpose, sealed};
use super::view::{Following, View};
use super::{NO_CONNECTOR_PATIENCE, Operations, registry, stages};
use crate::accounts::Account as SyncedAccount;
use crate::domain::{
    AccountAnchor, Command, Event, OnBehalfOf, OperationFlags, OperationId, OperationKind, Principal,
    Refusal, Request, Role, Stage, TenantId, WritebackSettings, decide, evolve,
};
use crate::store::StoreError;
use crate::store::secrets::WaitingSecret;

/// A secret as the caller gave it. No `Debug`: it may be plaintext.
pub enum GivenSecret {
    /// The kind has none.
    None,
    /// In the clear; sealed here and dropped.
    Plaintext(SecretPayload),
    /// Sealed by the caller.
    Sealed(SealedSecret),
}

/// What a caller asks for.
pub struct Ask {
    /// The tenant.
    pub tenant: TenantId,
    /// Who asks.
    pub principal: Principal,
    /// The id that the caller chose.
    pub operation_id: OperationId,
    /// The account; one that is not synced never gets here.
    pub account: SyncedAccount,
    /// What is to be written.
    pub kind: OperationKind,
    /// What goes with it.
    pub flags: OperationFlags,
    /// The password(s).
    pub secret: GivenSecret,
    /// On whose behalf.
    pub on_behalf_of: Option<OnBehalfOf>,
    /// The person's proof.
    pub proof: Option<String>,
    /// W3C trace context.
    pub traceparent: Option<String>,
    /// When the call came in.
    pub started: BootInstant,
    /// How long the caller still waits.
    pub patience: Duration,
}

/// Why a call does not become an operation.
#[derive(Debug, thiserror::Error)]
pub enum RequestError {
    /// For a reason of the table.
    #[error("refused: {}", .0.name())]
    Refused(Reason),
    /// The id belongs to an operation with other content.
    #[error("the operation id belongs to another operation")]
    AlreadyExists,
    /// A field that cannot be.
    #[error("{field}: {description}")]
    Invalid {
        /// The field, as in the contract.
        field: &'static str,
        /// What is wrong.
        description: &'static str,
    },
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// An operation that was admitted, on its way to the account's task.
pub(crate) struct NewOperation {
    pub(super) request: Request,
    pub(super) secret: WaitingSecret,
    pub(super) started: BootInstant,
    pub(super) seal: Duration,
}

impl Operations {
    /// Admits an operation, or finds the one that the same request made before. What comes back runs whether or not it is
    /// followed.
    ///
    /// # Errors
    /// [`RequestError`]: nothing was recorded.
    pub async fn request(&self, ask: Ask) -> Result<Following, RequestError> {
        let (tenant, id, principal) = (ask.tenant, ask.operation_id, ask.principal.clone());
        let (kind, flags, anchor) = (ask.kind, ask.flags, ask.account.anchor);
        let refused = match self.admit(ask).await {
            Ok(following) => return Ok(following),
            Err(error @ (RequestError::Refused(_) | RequestError::Invalid { .. })) => error,
            Err(error @ (RequestError::AlreadyExists | RequestError::Store(_))) => return Err(error),
        };
        // A retry of what was accepted before is that operation, also where it would be refused today.
        match self
            .accepted_before(tenant, &principal, id, kind, flags, Some(anchor))
            .await?
        {
            Some(following) => Ok(following),
            None => Err(refused),
        }
    }

    /// The operation that the same request made before, if it did; for callers whose account is gone since, without one.
    ///
    /// # Errors
    /// [`RequestError::AlreadyExists`] if the id belongs to another one.
    pub async fn accepted_before(
        &self,
        tenant: TenantId,
        principal: &Principal,
        id: OperationId,
        kind: OperationKind,
        flags: OperationFlags,
        anchor: Option<AccountAnchor>,
    ) -> Result<Option<Following>, RequestError> {
        let Some(stored) = self.0.store.operation(tenant, id).await? else {
            return Ok(None);
        };
        let same_account = anchor.is_none_or(|anchor| anchor == stored.anchor);
        let expected = fingerprint(principal, stored.anchor, kind, flags);
        if !same_account || stored.operation.request.fingerprint != expected {
            return Err(RequestError::AlreadyExists);
        }
        Ok(self.follow(tenant, id).await?)
    }

    /// Follows an operation; `None` if there is none with this id.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn follow(&self, tenant: TenantId, id: OperationId) -> Result<Option<Following>, StoreError> {
        if let Some(following) = self.0.views.follow(tenant, id) {
            return Ok(Some(following));
        }
        let Some(stored) = self.0.store.operation(tenant, id).await? else {
            return Ok(None);
        };
        if !stored.operation.is_ended() {
            // It is open and nobody here cares for it: its account's task does, as soon as it runs.
            registry::wake(&self.0, tenant, stored.anchor).await;
            for _ in 0..20 {
                if let Some(following) = self.0.views.follow(tenant, id) {
                    return Ok(Some(following));
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
        let stored = self.0.store.operation(tenant, id).await?.unwrap_or(stored);
        let view = View {
            anchor: stored.anchor,
            operation: stored.operation,
            afterwards_us: BTreeMap::new(),
        };
        Ok(Some(super::view::finished(view)))
    }

    /// Asks for the end of an operation that is not handed out yet; then it stands as it stands.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn cancel(
        &self,
        tenant: TenantId,
        principal: &Principal,
        id: OperationId,
    ) -> Result<Option<Arc<View>>, StoreError> {
        let Some(anchor) = registry::account_of(&self.0, tenant, id).await? else {
            return Ok(None);
        };
        let (answer, answered) = oneshot::channel();
        let message = Message::Cancel(id, principal.subject.clone(), answer);
        registry::send(&self.0, tenant, anchor, message).await?;
        answered.await.map_err(|_| StoreError::Stopping)??;
        Ok(self.follow(tenant, id).await?.map(|following| following.now()))
    }

    async fn admit(&self, ask: Ask) -> Result<Following, RequestError> {
        let context = &self.0;
        let settings = self.settings(ask.tenant).await?;
        permitted(&settings, &ask)?;
        let load = context.loads.of(ask.tenant, ask.account.group);
        if let Err(overload) = load.check(ask.patience) {
            let reason = Reason::new(ReasonCode::Overloaded)
                .with("queue", overload.queue)
                .with("retry_after_seconds", overload.retry_after.as_secs().max(1));
            return Err(RequestError::Refused(reason));
        }
        let now_ms = context.clock.unix_ms();
        let lifetime_ms = i64::try_from(settings.operation_lifetime_ms).unwrap_or(i64::MAX);
        let purpose = Purpose {
            tenant: ask.tenant,
            group: ask.account.group,
            anchor: ask.account.anchor,
            id: ask.operation_id.uuid(),
            kind: ask.kind.sealed_kind(),
            latest_ms: now_ms.saturating_add(lifetime_ms),
        };
        let (secret, expires_ms, seal) = sealed(context, ask.secret, &purpose, now_ms).await?;
        stages::span(&*context.clock, ask.traceparent.as_deref(), Stage::Seal, seal);
        let request = Request {
            operation_id: ask.operation_id,
            kind: ask.kind,
            flags: ask.flags,
            group: ask.account.group,
            fingerprint: fingerprint(&ask.principal, ask.account.anchor, ask.kind, ask.flags),
            requested_by: ask.principal.subject,
            role: ask.principal.role,
            expires_at_us: expires_ms.saturating_mul(1_000),
            key_ids: secret
                .iter()
                .flat_map(|secret| &secret.copies)
                .map(|copy| copy.key_id.clone())
                .collect(),
            traceparent: ask.traceparent,
            on_behalf_of: ask.on_behalf_of,
        };
        let secret = WaitingSecret {
            secret,
            proof: ask.proof,
        };
        let new = Box::new(NewOperation {
            request,
            secret,
            started: ask.started,
            seal,
        });
        let (answer, answered) = oneshot::channel();
        registry::send(
            context,
            ask.tenant,
            ask.account.anchor,
            Message::Request(new, answer),
        )
        .await?;
        answered.await.map_err(|_| StoreError::Stopping)?
    }
}

/// What role, settings and account allow.
fn permitted(settings: &WritebackSettings, ask: &Ask) -> Result<(), RequestError> {
    let refuse = |code| Err(RequestError::Refused(Reason::new(code)));
    let not_permitted = || Reason::new(ReasonCode::OperationNotPermitted).with("kind", ask.kind.as_str());
    if !ask.principal.role.may_request(ask.kind) {
        return Err(RequestError::Refused(not_permitted()));
    }
    if !settings.enabled {
        return refuse(ReasonCode::WritebackDisabled);
    }
    if !settings.allows(ask.kind) {
        return Err(RequestError::Refused(not_permitted()));
    }
    let self_service = ask.principal.role == Role::SelfServiceApp;
    if self_service && ask.kind == OperationKind::Unlock && !settings.self_service_unlock {
        return refuse(ReasonCode::UnlockDisabled);
    }
    if self_service && settings.require_proof && ask.proof.is_none() {
        return refuse(ReasonCode::ProofMissing);
    }
    if settings.require_sealed && matches!(ask.secret, GivenSecret::Plaintext(_)) {
        return Err(RequestError::Invalid {
            field: "plaintext",
            description: "the tenant wants callers to seal; give `sealed` instead",
        });
    }
    Ok(())
}

impl Account {
    /// Takes a new operation: recorded, and where nothing is ahead also handed out, in one commit.
    pub(super) async fn request(&mut self, new: NewOperation) -> Result<Following, RequestError> {
        let id = new.request.operation_id;
        for _ in 0..TRIES {
            self.fold().await?;
            if let Some(before) = self.state.operations.get(&id) {
                return if before.request.fingerprint == new.request.fingerprint {
                    self.follow(id).ok_or(RequestError::AlreadyExists)
                } else {
                    Err(RequestError::AlreadyExists)
                };
            }
            // Without a connector it would only wait to fail; with one, it may have to wait for its turn or for credit.
            let route = match self.context.routes.reserve(&self.wanted_by(&new)) {
                Ok(route) if self.state.open.is_empty() => Some(route),
                Ok(route) => {
                    self.context.routes.give_back(&route);
                    None
                }
                Err(NoRoute { busy: true, .. }) => None,
                Err(NoRoute { reason, .. }) => return Err(RequestError::Refused(reason)),
            };
            let give_back = |account: &Self| {
                if let Some(route) = &route {
                    account.context.routes.give_back(route);
                }
            };
            let connector = route.as_ref().map(|route| route.who.connector);
            let events = match self.decide_new(&new, connector) {
                Ok(events) => events,
                Err(refusal) => {
                    give_back(self);
                    return Err(refused_by_domain(refusal));
                }
            };
            let secret = (!new.secret.is_empty()).then(|| (id, new.secret.clone()));
            match self.append(&events, secret, None).await {
                Ok(_commit) => {
                    self.accepted(&new, &events);
                    let following = self.follow(id).ok_or(RequestError::AlreadyExists);
                    if let Some(route) = &route {
                        self.queued(id);
                        self.send(id, &new.secret, route).await?;
                    }
                    return following;
                }
                Err(NotAppended::Stale) => give_back(self),
                Err(NotAppended::IdTaken) => {
                    give_back(self);
                    self.fold().await?;
                    if !self.state.operations.contains_key(&id) {
                        // Another account of the tenant has it.
                        return Err(RequestError::AlreadyExists);
                    }
                }
                Err(NotAppended::Failed(error)) => {
                    give_back(self);
                    return Err(error.into());
                }
            }
        }
        Err(RequestError::Store(StoreError::Append(
            groundwire_eventlog::AppendError::VersionConflict { actual: self.version },
        )))
    }

    fn wanted_by(&self, new: &NewOperation) -> RouteRequirements {
        RouteRequirements {
            tenant: self.tenant,
            group: new.request.group,
            anchor: self.anchor,
            key_ids: new
                .request
                .key_ids
                .iter()
                .filter_map(|id| id.parse().ok())
                .collect(),
            only: None,
        }
    }

    fn decide_new(
        &self,
        new: &NewOperation,
        connector: Option<crate::domain::ConnectorId>,
    ) -> Result<Vec<Event>, Refusal> {
        let now_us = self.context.clock.unix_us();
        let mut events = decide(
            &self.state,
            Command::Request(Box::new(new.request.clone())),
            now_us,
        )?;
        if let Some(connector) = connector {
            let requested = events.iter().fold(self.state.clone(), evolve);
            let deliver = Command::Deliver {
                operation: new.request.operation_id,
                connector,
            };
            events.extend(decide(&requested, deliver, now_us)?);
        }
        Ok(events)
    }

    fn accepted(&mut self, new: &NewOperation, events: &[Event]) {
        let now = self.context.clock.boot();
        let admit = now.since(new.started).saturating_sub(new.seal);
        let mut live = Live {
            secret: Some(new.secret.clone()),
            patience: Some(now.plus(NO_CONNECTOR_PATIENCE)),
            hand_out_again: false,
            ask_again: AskAgain::default(),
            recorded_at: now,
            sent_at: None,
            durations_us: BTreeMap::new(),
        };
        live.took(Stage::Admit, admit);
        if new.request.kind.sets_password() {
            live.took(Stage::Seal, new.seal);
        }
        stages::span(
            &*self.context.clock,
            new.request.traceparent.as_deref(),
            Stage::Admit,
            admit,
        );
        if let Some(operation) = self.state.operations.get(&new.request.operation_id).cloned() {
            self.adopt(&operation, live);
        }
        self.show(events, &BTreeMap::new());
    }
}

fn refused_by_domain(refusal: Refusal) -> RequestError {
    match refusal {
        Refusal::IdTaken | Refusal::AlreadyRequested => RequestError::AlreadyExists,
        Refusal::TimePassed => {
            RequestError::Refused(Reason::new(ReasonCode::RequestExpired).with("stage", "admit"))
        }
        Refusal::NotKnown
        | Refusal::Ended
        | Refusal::InFlight
        | Refusal::NotInFlight
        | Refusal::NotItsTurn
        | Refusal::NotYet
        | Refusal::ReportedBefore => RequestError::Refused(Reason::new(ReasonCode::Internal)),
    }
}
