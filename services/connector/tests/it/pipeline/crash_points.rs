//! Where a test stops the pipeline: kills it there, holds it there, or does something in between.

use std::collections::HashMap;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use groundwire_connector::pipeline::{CrashPoint, CrashPoints};
use groundwire_kit::testing::soon;
use parking_lot::Mutex;
use tokio::sync::Notify;

/// Stops at a place, or does something there.
#[derive(Default)]
pub(crate) struct TestCrashPoints {
    stops: Mutex<HashMap<CrashPoint, Stop>>,
    reached: Notify,
}

enum Stop {
    ForEver,
    Until(Arc<Notify>),
    Do(Box<dyn Fn() -> BoxFuture<'static, ()> + Send + Sync>),
}

impl TestCrashPoints {
    /// Never goes on from here: the task is then killed.
    pub(crate) fn stop_at(&self, point: CrashPoint) {
        self.stops.lock().insert(point, Stop::ForEver);
    }

    /// Waits at this place until the answer is notified.
    pub(crate) fn pause_at(&self, point: CrashPoint) -> Arc<Notify> {
        let go_on = Arc::new(Notify::new());
        self.stops.lock().insert(point, Stop::Until(Arc::clone(&go_on)));
        go_on
    }

    pub(crate) fn do_at(
        &self,
        point: CrashPoint,
        act: impl Fn() -> BoxFuture<'static, ()> + Send + Sync + 'static,
    ) {
        self.stops.lock().insert(point, Stop::Do(Box::new(act)));
    }

    /// Waits until a stop was reached.
    pub(crate) async fn wait_until_reached(&self) {
        soon("the place to stop at", self.reached.notified()).await;
    }
}

impl CrashPoints for TestCrashPoints {
    fn reached(&self, point: CrashPoint) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            let stop = self.stops.lock().remove(&point);
            match stop {
                None => {}
                Some(Stop::Do(act)) => act().await,
                Some(Stop::Until(go_on)) => {
                    self.reached.notify_one();
                    go_on.notified().await;
                }
                Some(Stop::ForEver) => {
                    self.reached.notify_one();
                    std::future::pending().await
                }
            }
        })
    }
}
