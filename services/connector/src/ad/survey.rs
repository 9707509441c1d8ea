//! Which domain controllers a name leads to: what `doctor` tells.

use std::collections::BTreeSet;
use std::sync::Arc;

use tokio::net::lookup_host;
use tokio::time::timeout;

use super::pool::Pool;
use super::{AdError, Step};

/// Connections to a name with one address: a balancer behind it may lead each one elsewhere.
const CONNECTIONS: usize = 4;

/// The names that the domain controllers give themselves, each once.
pub(super) async fn find_controllers(pool: &Arc<Pool>) -> Result<Vec<String>, AdError> {
    let url = &pool.settings().url;
    let addresses = timeout(
        pool.settings().timeouts.connect,
        lookup_host((url.host.as_str(), url.port)),
    );
    let addresses: Vec<_> = match addresses.await {
        Ok(Ok(addresses)) => addresses.collect(),
        Ok(Err(error)) => {
            return Err(AdError::Unreachable {
                dc: url.host.clone(),
                detail: error.to_string(),
            });
        }
        Err(_) => {
            return Err(AdError::TimedOut {
                dc: url.host.clone(),
                step: Step::Connect,
            });
        }
    };
    let mut names = BTreeSet::new();
    for index in 0..CONNECTIONS.max(addresses.len()) {
        let preferred = addresses.get(index % addresses.len().max(1)).copied();
        let connection = pool.open_anywhere(preferred).await?;
        names.insert(connection.facts().name.to_ascii_lowercase());
    }
    Ok(names.into_iter().collect())
}
