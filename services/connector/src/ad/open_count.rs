//! How many connections are open.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The count of open connections. Clones are the same.
#[derive(Clone, Default)]
pub(super) struct OpenCount(Arc<AtomicUsize>);

/// Counts a connection for as long as it is open.
pub(super) struct OpenGuard(OpenCount);

impl OpenCount {
    pub(super) fn is_any(&self) -> bool {
        self.0.load(Ordering::SeqCst) > 0
    }

    pub(super) fn guard(&self) -> OpenGuard {
        self.0.fetch_add(1, Ordering::SeqCst);
        OpenGuard(self.clone())
    }
}

impl Drop for OpenGuard {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::SeqCst);
    }
}
