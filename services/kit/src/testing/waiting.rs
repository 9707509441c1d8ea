//! Waiting with a deadline: a test that waits says for what, and fails by that name.

use std::time::Duration;

use tokio::time::{sleep, timeout};

/// The deadline of everything that a test waits for.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// Waits for what must come.
///
/// # Panics
/// With its name, if it does not come in time.
pub async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    let Ok(value) = timeout(PATIENCE, future).await else {
        panic!("{what} did not come within {PATIENCE:?}")
    };
    value
}

/// Looks again and again until the condition holds.
///
/// # Panics
/// With its name, if it does not hold in time.
pub async fn wait_until(what: &str, mut condition: impl AsyncFnMut() -> bool) {
    let waiting = async {
        while !condition().await {
            sleep(Duration::from_millis(10)).await;
        }
    };
    assert!(
        timeout(PATIENCE, waiting).await.is_ok(),
        "not within {PATIENCE:?}: {what}"
    );
}
