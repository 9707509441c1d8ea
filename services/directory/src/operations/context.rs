//! What operations share: the way to the database and to the connectors, caches, and the tasks that run.

use std::sync::Arc;

use groundwire_kit::clock::Clock;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::load::Loads;
use super::port::{Keys, Routes};
use super::registry::Registry;
use super::settings::SettingsCache;
use super::undecided::Undecided;
use super::view::Views;
use crate::domain::{TenantId, WritebackSettings};
use crate::metrics::Metrics;
use crate::store::{Store, StoreError};

/// One per process.
pub(crate) struct Context {
    pub(crate) store: Arc<Store>,
    pub(crate) routes: Arc<dyn Routes>,
    pub(crate) keys: Arc<dyn Keys>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) metrics: Metrics,
    pub(crate) settings: SettingsCache,
    pub(crate) views: Views,
    pub(crate) loads: Loads,
    pub(crate) registry: Registry,
    pub(crate) undecided: Undecided,
    /// The accounts' tasks.
    pub(crate) tasks: TaskTracker,
    /// Cancelled when they are to stop.
    pub(crate) stopping: CancellationToken,
}

impl Context {
    /// The tenant's settings, as cached.
    pub(crate) async fn settings(&self, tenant: TenantId) -> Result<WritebackSettings, StoreError> {
        self.settings.get(&self.store, tenant, self.clock.boot()).await
    }
}
