//! Settings as a tree that remembers where each value was written.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use serde::Deserialize as _;
use toml::de::{DeTable, DeValue, ValueDeserializer};
use toml::{Spanned, Value};

use super::error::ConfigError;
use super::origin::Origin;

/// Which text is parsed, and so what its places are called.
#[derive(Debug, Clone, Copy)]
pub(super) enum Source<'a> {
    Default,
    File(&'a Path),
}

impl Source<'_> {
    fn origin(self, text: &str, offset: usize) -> Origin {
        match self {
            Self::Default => Origin::Default,
            Self::File(path) => Origin::File {
                path: path.to_owned(),
                line: text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1,
            },
        }
    }
}

/// A section, with its values and the sections in it.
#[derive(Debug, Clone, Default)]
pub(super) struct Section(BTreeMap<String, Entry>);

#[derive(Debug, Clone)]
struct Entry {
    node: Node,
    origin: Origin,
}

#[derive(Debug, Clone)]
enum Node {
    Value(Value),
    Section(Section),
}

impl Section {
    /// Reads TOML and remembers on which line each value stands.
    pub(super) fn parse(text: &str, source: Source<'_>) -> Result<Self, ConfigError> {
        let document = DeTable::parse(text).map_err(|error| ConfigError::Invalid {
            key: None,
            origin: source.origin(text, error.span().map_or(0, |span| span.start)),
            message: error.message().to_owned(),
        })?;
        Self::from_document(document.into_inner(), text, source)
    }

    fn from_document(document: DeTable<'_>, text: &str, source: Source<'_>) -> Result<Self, ConfigError> {
        let mut section = Self::default();
        for (key, value) in document {
            let origin = source.origin(text, key.span().start);
            let name = key.into_inner().into_owned();
            let node = if value.get_ref().is_table() {
                match value.into_inner() {
                    DeValue::Table(table) => Node::Section(Self::from_document(table, text, source)?),
                    DeValue::String(_)
                    | DeValue::Integer(_)
                    | DeValue::Float(_)
                    | DeValue::Boolean(_)
                    | DeValue::Datetime(_)
                    | DeValue::Array(_) => continue,
                }
            } else {
                Node::Value(plain(value, &name, &origin)?)
            };
            section.0.insert(name, Entry { node, origin });
        }
        Ok(section)
    }

    /// The variables that begin with the prefix. `GROUNDWIRE_DIRECTORY__API__LISTEN` is `listen` in `[api]`.
    pub(super) fn from_variables(
        prefix: &str,
        variables: impl Iterator<Item = (String, Option<String>)>,
    ) -> Result<Self, ConfigError> {
        let prefix = format!("{prefix}__").to_ascii_lowercase();
        let mut section = Self::default();
        for (name, value) in variables {
            let lower_case = name.to_ascii_lowercase();
            let Some(key) = lower_case.strip_prefix(&prefix) else {
                continue;
            };
            let key = key.replace("__", ".");
            let origin = Origin::Variable(name);
            let text = value.ok_or_else(|| ConfigError::Invalid {
                key: Some(key.clone()),
                origin: origin.clone(),
                message: "it is not UTF-8".to_owned(),
            })?;
            // Text need not be in quotes: what is no other TOML value is text.
            let value = text.parse().unwrap_or(Value::String(text));
            section.insert(&key, value, origin);
        }
        Ok(section)
    }

    /// Lays another section over this one: its values replace those of the same key.
    pub(super) fn lay_over(&mut self, upper: Self) {
        for (name, entry) in upper.0 {
            match (self.0.get_mut(&name).map(|below| &mut below.node), entry.node) {
                (Some(Node::Section(below)), Node::Section(section)) => below.lay_over(section),
                (Some(_) | None, node) => {
                    let origin = entry.origin;
                    self.0.insert(name, Entry { node, origin });
                }
            }
        }
    }

    /// Sets the value of a key, its sections joined by dots.
    pub(super) fn insert(&mut self, key: &str, value: Value, origin: Origin) {
        let Some((name, rest)) = key.split_once('.') else {
            let node = Node::Value(value);
            self.0.insert(key.to_owned(), Entry { node, origin });
            return;
        };
        let entry = self.0.entry(name.to_owned()).or_insert_with(|| Entry {
            node: Node::Section(Self::default()),
            origin: origin.clone(),
        });
        if matches!(entry.node, Node::Value(_)) {
            entry.node = Node::Section(Self::default());
        }
        match &mut entry.node {
            Node::Section(section) => section.insert(rest, value, origin),
            Node::Value(_) => {}
        }
    }

    /// Takes a value out, and with it the sections that it leaves empty.
    pub(super) fn remove(&mut self, key: &str) -> Option<(Value, Origin)> {
        let Some((name, rest)) = key.split_once('.') else {
            return match self.0.remove(key)? {
                Entry {
                    node: Node::Value(value),
                    origin,
                } => Some((value, origin)),
                section @ Entry {
                    node: Node::Section(_),
                    ..
                } => {
                    self.0.insert(key.to_owned(), section);
                    None
                }
            };
        };
        let removed = self.section(name)?.remove(rest);
        self.remove_if_empty(name);
        removed
    }

    /// Takes a section out that has nothing in it.
    pub(super) fn remove_if_empty(&mut self, name: &str) {
        if self.section(name).is_some_and(|section| section.0.is_empty()) {
            self.0.remove(name);
        }
    }

    fn section(&mut self, name: &str) -> Option<&mut Self> {
        match &mut self.0.get_mut(name)?.node {
            Node::Section(section) => Some(section),
            Node::Value(_) => None,
        }
    }

    /// The value of a key.
    pub(super) fn value(&self, key: &str) -> Option<&Value> {
        let mut section = self;
        let mut names = key.split('.').peekable();
        while let Some(name) = names.next() {
            match (&section.0.get(name)?.node, names.peek()) {
                (Node::Value(value), None) => return Some(value),
                (Node::Section(inner), Some(_)) => section = inner,
                (Node::Value(_), Some(_)) | (Node::Section(_), None) => return None,
            }
        }
        None
    }

    /// Where a key was written, or as much of its path as was.
    pub(super) fn origin<'k>(&self, key: impl Iterator<Item = &'k str>) -> Option<&Origin> {
        let (mut section, mut found) = (self, None);
        for name in key {
            let Some(entry) = section.0.get(name) else { break };
            found = Some(&entry.origin);
            match &entry.node {
                Node::Section(inner) => section = inner,
                Node::Value(_) => break,
            }
        }
        found
    }

    /// Without the places.
    pub(super) fn to_table(&self) -> toml::Table {
        let entries = self.0.iter().map(|(name, entry)| {
            let value = match &entry.node {
                Node::Value(value) => value.clone(),
                Node::Section(section) => Value::Table(section.to_table()),
            };
            (name.clone(), value)
        });
        entries.collect()
    }

    /// As TOML, each value that is not the default's with its place.
    pub(super) fn to_toml(&self) -> String {
        let mut text = String::new();
        self.write("", &mut text);
        text
    }

    fn write(&self, path: &str, text: &mut String) {
        for (name, entry) in &self.0 {
            if let Node::Value(value) = &entry.node {
                let value = without_credential(value);
                // Writing to a string does not fail.
                let _ = match &entry.origin {
                    Origin::Default => writeln!(text, "{name} = {value}"),
                    written @ (Origin::File { .. } | Origin::Variable(_)) => {
                        writeln!(text, "{name} = {value} # {written}")
                    }
                };
            }
        }
        for (name, entry) in &self.0 {
            if let Node::Section(section) = &entry.node {
                let path = if path.is_empty() {
                    name.clone()
                } else {
                    format!("{path}.{name}")
                };
                let separator = if text.is_empty() { "" } else { "\n" };
                let _ = writeln!(text, "{separator}[{path}]");
                section.write(&path, text);
            }
        }
    }
}

fn plain(value: Spanned<DeValue<'_>>, name: &str, origin: &Origin) -> Result<Value, ConfigError> {
    Value::deserialize(ValueDeserializer::from(value)).map_err(|error| ConfigError::Invalid {
        key: Some(name.to_owned()),
        origin: origin.clone(),
        message: error.message().to_owned(),
    })
}

/// The value, but a URL without the credential that somebody put into it against the rules: what is printed is pasted into
/// tickets. A user name alone, as in `svc@corp.example`, is none.
fn without_credential(value: &Value) -> Value {
    match value {
        Value::String(text) => match text.rsplit_once('@') {
            Some((before, host)) if before.contains(':') => format!("(not shown)@{host}").into(),
            Some(_) | None => value.clone(),
        },
        Value::Array(values) => values.iter().map(without_credential).collect::<Vec<_>>().into(),
        Value::Integer(_) | Value::Float(_) | Value::Boolean(_) | Value::Datetime(_) | Value::Table(_) => {
            value.clone()
        }
    }
}
