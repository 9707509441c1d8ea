//! Operations while they run: one task per account with open operations, which alone appends to the account's stream.
//!
//! Promises: an operation runs whether or not its caller waits; what is said to a caller or a connector is committed;
//! after a restart every open operation has its task again. Not promised: that a second process of the directory knows
//! at once what this one decided (it finds out by the stream's version when it appends).

mod account;
mod admission;
mod checks;
mod event;
mod fingerprint;
mod folding;
mod inbound;
mod live;
mod load;
pub mod port;
mod pump;
mod refusals;
mod registry;
mod sealing;
mod settings;
mod stages;
pub(crate) mod units;
mod view;

use std::sync::Arc;
use std::time::Duration;

use groundwire_kit::clock::Clock;

use crate::domain::{OperationId, TenantId};
use crate::metrics::Metrics;
use crate::store::operations::StoredOperation;
use crate::store::{Store, StoreError};
use checks::Checks;
use load::Loads;
use port::{Keys, Routes};
use registry::Registry;
use settings::SettingsCache;
use view::Views;

pub use admission::{Ask, GivenSecret, RequestError};
pub use checks::{CheckAsk, CheckVerdict};
pub use refusals::{RefusalLimits, Refusals, RefusedAttempt};
pub use view::{Following, View};

/// How long an operation that waits behind another one may be without a connector before it fails: longer than a
/// connector's reconnect after a drain (design section 6: 0.2 s, doubling).
pub(crate) const NO_CONNECTOR_PATIENCE: Duration = Duration::from_secs(2);

/// What everything here shares.
pub(crate) struct Context {
    pub(crate) store: Arc<Store>,
    pub(crate) routes: Arc<dyn Routes>,
    pub(crate) keys: Arc<dyn Keys>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) metrics: Metrics,
    pub(crate) settings: SettingsCache,
    pub(crate) views: Views,
    pub(crate) loads: Loads,
    pub(crate) checks: Checks,
    pub(crate) registry: Registry,
}

/// The operations of all tenants. Cheap to clone.
#[derive(Clone)]
pub struct Operations(Arc<Context>);

impl Operations {
    /// Over this store and these connectors. Nothing runs yet: see [`Operations::resume`].
    #[must_use]
    pub fn new<D: Routes + Keys + 'static>(store: Arc<Store>, delivery: Arc<D>, metrics: Metrics) -> Self {
        Self(Arc::new(Context {
            clock: Arc::clone(store.clock()),
            store,
            routes: delivery.clone(),
            keys: delivery,
            metrics,
            settings: SettingsCache::default(),
            views: Views::default(),
            loads: Loads::default(),
            checks: Checks::default(),
            registry: Registry::default(),
        }))
    }

    /// Gives every open operation of every tenant its task again. Call it before callers and connectors are let in.
    ///
    /// # Errors
    /// [`StoreError`] if the tenants or their open operations cannot be read.
    pub async fn resume(&self) -> Result<usize, StoreError> {
        const PAGE: i64 = 500;
        let (mut after, mut resumed) = (None, 0);
        loop {
            let page = self.0.store.tenants(after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.id);
            for tenant in &page {
                let open = self.0.store.open_operations(tenant.id).await?;
                resumed += open.len();
                for (operation, anchor) in open {
                    registry::index(&self.0, tenant.id, operation, anchor);
                    registry::wake(&self.0, tenant.id, anchor).await;
                }
            }
        }
        Ok(resumed)
    }

    /// One operation as it stands.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn get(
        &self,
        tenant: TenantId,
        operation: OperationId,
    ) -> Result<Option<StoredOperation>, StoreError> {
        self.0.store.operation(tenant, operation).await
    }

    /// The tenant's settings, as cached.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn settings(&self, tenant: TenantId) -> Result<crate::domain::WritebackSettings, StoreError> {
        self.0
            .settings
            .get(&self.0.store, tenant, self.0.clock.boot())
            .await
    }

    /// The settings were changed here: the cached ones are forgotten.
    pub fn settings_changed(&self, tenant: TenantId) {
        self.0.settings.forget(tenant);
    }

    /// How many operations of the tenant's group are open in this process.
    #[must_use]
    pub fn queue_depth(&self, tenant: TenantId, group: crate::domain::ConnectorGroupId) -> u32 {
        self.0.loads.of(tenant, group).open()
    }
}
