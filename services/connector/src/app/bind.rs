//! Binds the local endpoints, by address or by a name that only one network knows.

use std::time::Duration;

use tokio::net::TcpListener;

const LOOK_UP_DEADLINE: Duration = Duration::from_secs(5);

/// Why an endpoint is not bound.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {listen}: {problem}")]
pub struct BindError {
    /// What was configured.
    pub listen: String,
    /// Why.
    pub problem: String,
}

/// Binds to the first address of `host:port`.
///
/// # Errors
/// [`BindError`].
pub async fn bind(listen: &str) -> Result<TcpListener, BindError> {
    let failed = |problem: String| BindError {
        listen: listen.to_owned(),
        problem,
    };
    // The first address only: a name with several must not open more than one place.
    let mut addresses = tokio::time::timeout(LOOK_UP_DEADLINE, tokio::net::lookup_host(listen))
        .await
        .map_err(|_| failed("the name was not resolved in time".to_owned()))?
        .map_err(|error| failed(error.to_string()))?;
    let address = addresses
        .next()
        .ok_or_else(|| failed("the name has no address".to_owned()))?;
    TcpListener::bind(address)
        .await
        .map_err(|error| failed(error.to_string()))
}
