//! Puts the directory together: the same for production and for tests.

mod keys;
mod observed;
mod parts;
mod serve;

use std::net::SocketAddr;
use std::sync::Arc;

use groundwire_kit::supervision::{Shutdown, TaskSet};

use crate::config::Config;
use crate::delivery::Connectors;
use crate::operations::Operations;
use crate::store::Store;
use parts::Parts;

pub use keys::ServerKeys;
pub use observed::Observed;

/// A directory that serves.
pub struct App {
    /// Where the API is bound.
    pub api: SocketAddr,
    /// Where the gateway is bound.
    pub gateway: SocketAddr,
    store: Arc<Store>,
    operations: Operations,
    connectors: Arc<Connectors>,
}

/// Reads every file, waits for the database, takes up what a restart left, and lets callers in.
///
/// # Errors
/// Whatever is missing, in words.
pub async fn start(
    config: Config,
    observed: Observed,
    tasks: &mut TaskSet,
    shutdown: &Shutdown,
) -> anyhow::Result<App> {
    let parts = Parts::build(&config, &observed).await?;
    // Before anybody is let in: what was open goes on.
    let resumed = parts.operations.resume().await?;
    tracing::info!(resumed, "open operations have their tasks again");
    let api = config.api.listen.bind("api.listen").await?;
    let gateway = config.gateway.listen.bind("gateway.listen").await?;
    let app = App {
        api: api.local_addr()?,
        gateway: gateway.local_addr()?,
        store: Arc::clone(&parts.store),
        operations: parts.operations.clone(),
        connectors: Arc::clone(&parts.connectors),
    };
    serve::spawn(parts, &config, (api, gateway), observed.database, tasks, shutdown)?;
    tracing::info!(api = %app.api, gateway = %app.gateway, "letting callers in");
    Ok(app)
}

impl App {
    /// Tells streams that are still there to leave, lets the tasks of accounts end, and closes the log last.
    pub async fn close(self) {
        self.connectors.drain();
        self.operations.stop().await;
        self.store.close().await;
    }
}
