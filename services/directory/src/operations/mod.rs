//! Operations while they run: one task per account with open operations, which alone appends to the account's stream.
//!
//! Promises: an operation runs whether or not its caller waits; what is answered to a caller or a connector is committed;
//! after a restart every open operation has its task again. Not promised: that a second process of the directory knows
//! at once what this one decided (it finds out by the stream's version when it appends).

mod account;
mod admission;
mod checks;
mod context;
mod error;
mod handover;
mod inbound;
mod lanes;
mod load;
mod mailbox;
pub mod port;
mod refusals;
mod registry;
mod report;
mod request;
mod route;
mod sealing;
mod settings;
mod undecided;
pub(crate) mod units;
mod view;
pub(crate) mod waiting_secret;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use self::account::message::Message;
use self::checks::Checks;
use self::context::Context;
use self::handover::Handover;
use self::load::Loads;
use self::port::{Keys, Routes};
use self::registry::Registry;
use self::request::fingerprint;
use self::settings::SettingsCache;
use self::undecided::Undecided;
use self::view::Views;
use crate::domain::{AccountAnchor, OperationId, Principal, SyncedAccount, TenantId};
use crate::metrics::Metrics;
use crate::store::operations::StoredOperation;
use crate::store::{Store, StoreError};

pub use checks::{CheckVerdict, PasswordCheck};
pub use error::CommitError;
pub use refusals::{RefusalLimits, Refusals, RefusedAttempt};
pub use request::{Call, GivenSecret, OperationRequest, RequestError};
pub use view::{Following, View};

/// The operations of all tenants. Cheap to clone.
#[derive(Clone)]
pub struct Operations {
    context: Arc<Context>,
    checks: Arc<Checks>,
}

impl Operations {
    /// Over this store and these connectors. Nothing runs yet: see [`Operations::resume`].
    #[must_use]
    pub fn new<D: Routes + Keys + 'static>(store: Arc<Store>, delivery: Arc<D>, metrics: Metrics) -> Self {
        let context = Context {
            clock: Arc::clone(store.clock()),
            store,
            routes: delivery.clone(),
            keys: delivery,
            metrics,
            settings: SettingsCache::default(),
            views: Views::default(),
            loads: Loads::default(),
            registry: Registry::default(),
            undecided: Undecided::default(),
            tasks: TaskTracker::new(),
            stopping: CancellationToken::new(),
        };
        Self {
            context: Arc::new(context),
            checks: Arc::default(),
        }
    }

    /// Gives every open operation of every tenant its task again. Call it before callers and connectors are let in.
    ///
    /// # Errors
    /// [`StoreError`] if the tenants or their open operations cannot be read.
    pub async fn resume(&self) -> Result<usize, StoreError> {
        const PAGE: i64 = 500;
        let context = &self.context;
        let (mut after, mut resumed) = (None, 0);
        loop {
            let page = context.store.tenants(after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.id);
            for tenant in &page {
                let open = context.store.open_operations(tenant.id).await?;
                resumed += open.len();
                for (operation, anchor) in open {
                    context.registry.index(tenant.id, operation, anchor);
                    mailbox::wake(context, tenant.id, anchor).await;
                }
            }
        }
        Ok(resumed)
    }

    /// Stops the accounts' tasks: each finishes what it is at and takes nothing more. What is open goes on at the next
    /// start.
    pub async fn stop(&self) {
        self.context.stopping.cancel();
        self.context.tasks.close();
        self.context.tasks.wait().await;
    }

    /// Admits an operation, or finds the one that the same request made before. What comes back runs whether or not it is
    /// followed. When the call's time is over, what its account's task has not taken by then is withdrawn; so it is when
    /// this future is dropped.
    pub async fn request(
        &self,
        call: &Call,
        account: &SyncedAccount,
        mut request: OperationRequest,
    ) -> Result<Following, RequestError> {
        let handover = Handover::new();
        let remaining = call.remaining(&*self.context.clock);
        // An earlier call of the same request may be recorded yet.
        let mut is_undecided = self.is_undecided(call.tenant, request.operation_id);
        let recorded = self.record_or_find(call, account, &mut request, &handover);
        if let Ok(answer) = tokio::time::timeout(remaining, recorded).await {
            return answer;
        }
        is_undecided |= !handover.withdraw();
        // It may be recorded by now, of this call or of an earlier one that was faster: then this is it.
        match self.running(call, account, &request) {
            Some(following) => Ok(following),
            None if is_undecided => Err(RequestError::RecordingUnknown(request.operation_id)),
            None => Err(RequestError::TooLate),
        }
    }

    async fn record_or_find(
        &self,
        call: &Call,
        account: &SyncedAccount,
        request: &mut OperationRequest,
        handover: &Handover,
    ) -> Result<Following, RequestError> {
        let refused = match self.record(call, account, request, handover).await {
            Ok(following) => return Ok(following),
            Err(error @ (RequestError::Refused(_) | RequestError::Invalid { .. })) => error,
            Err(
                error @ (RequestError::AlreadyExists
                | RequestError::Contended
                | RequestError::TooLate
                | RequestError::RecordingUnknown(_)
                | RequestError::Store(_)),
            ) => {
                return Err(error);
            }
        };
        // A retry of what was accepted before is that operation, also where it would be refused today.
        match self.find_same(call, request, Some(account.anchor)).await? {
            Some(following) => Ok(following),
            None => Err(refused),
        }
    }

    async fn record(
        &self,
        call: &Call,
        account: &SyncedAccount,
        request: &mut OperationRequest,
        handover: &Handover,
    ) -> Result<Following, RequestError> {
        let new = admission::admit(&self.context, call, account, request).await?;
        let (new, taker) = (Box::new(new), handover.taker());
        let noted = self
            .context
            .undecided
            .note(call.tenant, request.operation_id, account.anchor);
        let message = |reply| Message::Request {
            new,
            taker,
            noted,
            reply,
        };
        match mailbox::call(&self.context, call.tenant, account.anchor, message).await {
            Ok(answer) => answer,
            // The task went without an answer: what it took may be recorded.
            Err(_) if !handover.withdraw() => Err(RequestError::RecordingUnknown(request.operation_id)),
            Err(error) => Err(error.into()),
        }
    }

    /// The operation that the same request made before, if it runs in this process. It takes no time.
    fn running(&self, call: &Call, account: &SyncedAccount, request: &OperationRequest) -> Option<Following> {
        let following = self.context.views.follow(call.tenant, request.operation_id)?;
        let expected = fingerprint(&call.principal, account.anchor, request.kind, request.flags);
        let is_same = following.now().operation.request.fingerprint == expected;
        is_same.then_some(following)
    }

    /// The operation that the same request made before, if it did; without an anchor for callers whose account is gone
    /// since.
    ///
    /// # Errors
    /// [`RequestError::AlreadyExists`] if the id belongs to another one, and [`RequestError::RecordingUnknown`] where it is
    /// not known in the call's time whether it did.
    pub async fn find_accepted(
        &self,
        call: &Call,
        request: &OperationRequest,
        anchor: Option<AccountAnchor>,
    ) -> Result<Option<Following>, RequestError> {
        let remaining = call.remaining(&*self.context.clock);
        let finding = self.find_same(call, request, anchor);
        self.known_within(remaining, call.tenant, request.operation_id, finding)
            .await
    }

    async fn find_same(
        &self,
        call: &Call,
        request: &OperationRequest,
        anchor: Option<AccountAnchor>,
    ) -> Result<Option<Following>, RequestError> {
        let id = request.operation_id;
        let Some(stored) = self.find_recorded(call.tenant, id).await? else {
            return Ok(None);
        };
        let is_same_account = anchor.is_none_or(|anchor| anchor == stored.anchor);
        let expected = fingerprint(&call.principal, stored.anchor, request.kind, request.flags);
        if !is_same_account || stored.operation.request.fingerprint != expected {
            return Err(RequestError::AlreadyExists);
        }
        self.follow(call.tenant, id).await
    }

    /// An operation as it is recorded. Where that is not decided yet, the account's task says it: it answers behind the
    /// request, and when it knows. `None` is therefore the truth for what was requested before, in this process.
    async fn find_recorded(
        &self,
        tenant: TenantId,
        id: OperationId,
    ) -> Result<Option<StoredOperation>, RequestError> {
        // Before the store is read: what is decided meanwhile is to be found there.
        let undecided = self.context.undecided.accounts_of(tenant, id);
        if let Some(stored) = self.context.store.operation(tenant, id).await? {
            return Ok(Some(stored));
        }
        for anchor in undecided {
            let message = |reply| Message::Follow { operation: id, reply };
            match mailbox::call(&self.context, tenant, anchor, message).await {
                Ok(Ok(Some(following))) => {
                    let view = following.now();
                    return Ok(Some(StoredOperation {
                        anchor: view.anchor,
                        operation: view.operation.clone(),
                    }));
                }
                Ok(Ok(None)) => {}
                Ok(Err(_)) | Err(_) => return Err(RequestError::RecordingUnknown(id)),
            }
        }
        Ok(None)
    }

    fn is_undecided(&self, tenant: TenantId, id: OperationId) -> bool {
        !self.context.undecided.accounts_of(tenant, id).is_empty()
    }

    /// What is found out about an operation in this time.
    async fn known_within<T>(
        &self,
        within: Duration,
        tenant: TenantId,
        id: OperationId,
        finding: impl Future<Output = Result<T, RequestError>>,
    ) -> Result<T, RequestError> {
        match tokio::time::timeout(within, finding).await {
            Ok(found) => found,
            Err(_elapsed) if self.is_undecided(tenant, id) => Err(RequestError::RecordingUnknown(id)),
            Err(_elapsed) => Err(RequestError::TooLate),
        }
    }

    /// Follows an operation; `None` if there is none with this id.
    ///
    /// # Errors
    /// [`RequestError`]; [`RequestError::RecordingUnknown`] where it may be recorded, or not.
    pub async fn follow(&self, tenant: TenantId, id: OperationId) -> Result<Option<Following>, RequestError> {
        if let Some(following) = self.context.views.follow(tenant, id) {
            return Ok(Some(following));
        }
        let Some(stored) = self.find_recorded(tenant, id).await? else {
            return Ok(None);
        };
        if !stored.operation.is_ended() {
            // It is open and nobody in this process cares for it yet. Its account's task does from now on.
            let message = |reply| Message::Follow { operation: id, reply };
            let following = mailbox::call(&self.context, tenant, stored.anchor, message).await??;
            if following.is_some() {
                return Ok(following);
            }
        }
        Ok(Some(Following::of_last(View {
            anchor: stored.anchor,
            operation: stored.operation,
            afterwards_us: BTreeMap::new(),
        })))
    }

    /// Asks for the end of an operation that is not delivered yet. The answer is how it stands then; `None` if there is
    /// none with this id. When the time is over, a cancel that the account's task has not taken by then is withdrawn.
    ///
    /// # Errors
    /// [`RequestError`]; [`RequestError::RecordingUnknown`] where the cancel may be recorded, or not.
    pub async fn cancel(
        &self,
        tenant: TenantId,
        principal: &Principal,
        id: OperationId,
        within: Duration,
    ) -> Result<Option<Arc<View>>, RequestError> {
        let handover = Handover::new();
        let cancelled = tokio::time::timeout(within, self.record_cancel(tenant, principal, id, &handover));
        match cancelled.await {
            Ok(Ok(following)) => Ok(following.map(|following| following.now())),
            Ok(Err(RequestError::Store(StoreError::Stopping))) | Err(_) if !handover.withdraw() => {
                Err(RequestError::RecordingUnknown(id))
            }
            Ok(Err(error)) => Err(error),
            Err(_elapsed) => Err(RequestError::TooLate),
        }
    }

    async fn record_cancel(
        &self,
        tenant: TenantId,
        principal: &Principal,
        id: OperationId,
        handover: &Handover,
    ) -> Result<Option<Following>, RequestError> {
        let anchor = match self.context.registry.account_of(tenant, id) {
            Some(anchor) => anchor,
            None => match self.find_recorded(tenant, id).await? {
                Some(stored) => stored.anchor,
                None => return Ok(None),
            },
        };
        let message = |reply| Message::Cancel {
            operation: id,
            actor: principal.subject.clone(),
            taker: handover.taker(),
            reply,
        };
        let cancelled = mailbox::call(&self.context, tenant, anchor, message).await?;
        cancelled.map_err(|error| RequestError::of_commit(error, id))
    }

    /// Has a candidate password checked.
    ///
    /// # Errors
    /// [`RequestError`]; `NO_CONNECTOR` and the like, or `DC_BUSY` if no answer came in time.
    pub async fn check(
        &self,
        call: &Call,
        account: &SyncedAccount,
        check: PasswordCheck,
    ) -> Result<CheckVerdict, RequestError> {
        self.checks.check(&self.context, call, account, check).await
    }

    /// One operation as it stands; `None` if there is none with this id.
    ///
    /// # Errors
    /// [`RequestError::RecordingUnknown`] where it is not known in this time whether it is recorded.
    pub async fn get(
        &self,
        tenant: TenantId,
        operation: OperationId,
        within: Duration,
    ) -> Result<Option<StoredOperation>, RequestError> {
        let finding = self.find_recorded(tenant, operation);
        self.known_within(within, tenant, operation, finding).await
    }

    /// The settings were changed here: the cached ones are forgotten.
    pub fn settings_changed(&self, tenant: TenantId) {
        self.context.settings.forget(tenant);
    }
}
