//! What the code logs and names its spans while a test listens.

use std::collections::BTreeSet;
use std::fmt::{Debug, Write as _};
use std::sync::{Arc, LazyLock};

use parking_lot::Mutex;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::DefaultGuard;
use tracing::{Dispatch, Event, Metadata, Subscriber};

/// Every line and every span of ours at any level, with its fields; ids are masked.
#[derive(Debug, Clone, Default)]
pub struct LogLines(Arc<Mutex<BTreeSet<String>>>);

/// Where there is just one subscriber, `tracing` takes the interest in a line from the thread that first comes by it, and
/// that may be another test's, which has none: the line is then off for all. With a second one it asks all subscribers.
static SECOND: LazyLock<Dispatch> = LazyLock::new(|| Dispatch::new(LogLines::default()));

impl LogLines {
    /// Listens to this thread until the guard is dropped.
    #[must_use]
    pub fn listen(&self) -> DefaultGuard {
        LazyLock::force(&SECOND);
        tracing::subscriber::set_default(self.clone())
    }

    /// What was logged so far, each once.
    #[must_use]
    pub fn lines(&self) -> BTreeSet<String> {
        self.0.lock().clone()
    }

    fn note(&self, fields: Fields) {
        self.0.lock().insert(fields.0);
    }
}

/// Fields as text.
struct Fields(String);

impl Fields {
    fn of(metadata: &Metadata<'_>) -> Self {
        Self(format!(
            "{} {} {}",
            metadata.level(),
            metadata.target(),
            metadata.name()
        ))
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let value = format!("{value:?}");
        let masked: Vec<&str> = value
            .split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '-')
            .map(|word| if is_id(word) { "id" } else { word })
            .collect();
        let _never_fails = write!(self.0, " {field}={}", masked.join(" "));
    }
}

/// UUIDs, key ids, hashes.
fn is_id(word: &str) -> bool {
    word.len() >= 16
        && word
            .chars()
            .all(|letter| letter == '-' || letter.is_ascii_hexdigit())
}

impl Subscriber for LogLines {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("groundwire")
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut fields = Fields::of(span.metadata());
        span.record(&mut fields);
        self.note(fields);
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        let mut fields = Fields("recorded later".to_owned());
        values.record(&mut fields);
        self.note(fields);
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut fields = Fields::of(event.metadata());
        event.record(&mut fields);
        self.note(fields);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}
