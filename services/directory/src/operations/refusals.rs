//! `AttemptRefused`: calls that never became an operation are audited too. The first few of a subject, method and
//! reason in a minute have a record each; the rest of that minute share one. Recording is beside the answer: it never
//! delays or changes it, and where the log is away it is a line in the service's own log.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use groundwire_kit::telemetry::LineLimit;
use tokio::sync::mpsc;
use tokio::time::{Instant, interval};

use crate::domain::{AttemptRefused, TenantEvent, TenantId};
use crate::metrics::Metrics;
use crate::store::{SYSTEM_LOG, Store};

/// Bounds of the recording.
#[derive(Debug, Clone, Copy)]
pub struct RefusalLimits {
    /// Records of their own per subject, method and reason in a window.
    pub single: u64,
    pub window: Duration,
}

impl Default for RefusalLimits {
    fn default() -> Self {
        Self {
            single: 10,
            window: Duration::from_secs(60),
        }
    }
}

/// A call that never became an operation.
#[derive(Debug, Clone)]
pub struct RefusedAttempt {
    /// The tenant; none where it is not known (the system log then).
    pub tenant: Option<TenantId>,
    /// Subject of the credential, if there was one.
    pub subject: Option<String>,
    pub method: &'static str,
    pub reason: String,
}

/// How many attempts wait to be recorded; more are counted and logged only.
const QUEUE: usize = 1_024;
/// How many different subjects, methods and reasons are counted apart in a window.
const BUCKETS: usize = 4_096;

/// Takes refused attempts. Cheap to clone.
#[derive(Clone)]
pub struct Refusals {
    queue: mpsc::Sender<RefusedAttempt>,
    metrics: Metrics,
    lines: Arc<LineLimit>,
}

impl Refusals {
    /// Begins recording. Must be called on a runtime; ends when the last clone is gone.
    #[must_use]
    pub fn new(store: Arc<Store>, metrics: Metrics, limits: RefusalLimits) -> Self {
        let (queue, attempts) = mpsc::channel(QUEUE);
        tokio::spawn(
            Recorder {
                store,
                limits,
                buckets: HashMap::new(),
                tenants: HashSet::new(),
            }
            .run(attempts),
        );
        Self {
            queue,
            metrics,
            lines: Arc::default(),
        }
    }

    /// Notes an attempt.
    pub fn note(&self, attempt: RefusedAttempt) {
        self.metrics.refused(&attempt.reason);
        if let Err(error) = self.queue.try_send(attempt)
            && let Some(left_out) = self.lines.admit()
        {
            let attempt = error.into_inner();
            tracing::warn!(
                method = attempt.method,
                reason = attempt.reason,
                left_out,
                "a refused attempt is not in the log"
            );
        }
    }
}

#[derive(PartialEq, Eq, Hash, Clone)]
struct Key {
    tenant: TenantId,
    subject: Option<String>,
    method: &'static str,
    reason: String,
}

struct Bucket {
    since: Instant,
    seen: u64,
    /// Those beyond the first few: how many, first and last (unix µs).
    rest: Option<(u64, i64, i64)>,
}

struct Recorder {
    store: Arc<Store>,
    limits: RefusalLimits,
    buckets: HashMap<Key, Bucket>,
    /// Tenants that exist for sure.
    tenants: HashSet<TenantId>,
}

impl Recorder {
    async fn run(mut self, mut attempts: mpsc::Receiver<RefusedAttempt>) {
        let mut tick = interval((self.limits.window / 4).max(Duration::from_millis(10)));
        loop {
            tokio::select! {
                attempt = attempts.recv() => match attempt {
                    Some(attempt) => self.handle(attempt).await,
                    None => break,
                },
                _ = tick.tick() => self.flush(false).await,
            }
        }
        self.flush(true).await;
    }

    async fn handle(&mut self, attempt: RefusedAttempt) {
        let mut key = Key {
            tenant: self.log_of(attempt.tenant).await,
            subject: attempt.subject,
            method: attempt.method,
            reason: attempt.reason,
        };
        if self.buckets.len() >= BUCKETS && !self.buckets.contains_key(&key) {
            // Somebody tries many subjects: they are counted together from now on.
            key.subject = None;
        }
        let now_us = self.store.clock().unix_us();
        let bucket = self.buckets.entry(key.clone()).or_insert_with(|| Bucket {
            since: Instant::now(),
            seen: 0,
            rest: None,
        });
        bucket.seen += 1;
        if bucket.seen > self.limits.single {
            let (count, first, _) = bucket.rest.unwrap_or((0, now_us, now_us));
            bucket.rest = Some((count + 1, first, now_us));
            return;
        }
        self.record(&key, (1, now_us, now_us)).await;
    }

    /// A credential may name a tenant that was never made (an operator's, a token file's): no log is begun for it.
    async fn log_of(&mut self, tenant: Option<TenantId>) -> TenantId {
        let Some(tenant) = tenant else { return SYSTEM_LOG };
        if !self.tenants.contains(&tenant) {
            match self.store.tenant(tenant).await {
                Ok(Some(_)) => self.tenants.insert(tenant),
                Ok(None) | Err(_) => return SYSTEM_LOG,
            };
        }
        tenant
    }

    async fn flush(&mut self, all: bool) {
        let window = self.limits.window;
        let over: Vec<Key> = self
            .buckets
            .iter()
            .filter(|(_, bucket)| all || bucket.since.elapsed() >= window)
            .map(|(key, _)| key.clone())
            .collect();
        for key in over {
            if let Some(rest) = self.buckets.remove(&key).and_then(|bucket| bucket.rest) {
                self.record(&key, rest).await;
            }
        }
    }

    async fn record(&self, key: &Key, (count, first_at_us, last_at_us): (u64, i64, i64)) {
        let event = TenantEvent::AttemptRefused(AttemptRefused {
            method: key.method.to_owned(),
            reason: key.reason.clone(),
            count,
            first_at_us,
            last_at_us,
        });
        if let Err(error) = self
            .store
            .append_tenant_event(key.tenant, event, key.subject.clone(), None)
            .await
        {
            tracing::warn!(method = key.method, reason = key.reason, count, %error, cause = error.cause(), "refused attempts are not in the log");
        }
    }
}
