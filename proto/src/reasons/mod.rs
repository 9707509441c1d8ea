//! The one table of reasons: why an operation did not simply succeed.
//!
//! A new cause is a new value of `ReasonCode` in `reason.proto` and a new row in [`TABLE`]; the tests hold the two
//! together, and `proto/REASONS.md` is generated from the table. A code is stable for ever.

mod table;

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

pub use crate::operation::v1::{ReasonClass, ReasonCode};
pub use table::TABLE;

/// Whether trying the same again can succeed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lasting {
    /// It cannot, and Groundwire never does.
    Final,
    /// The cause may pass.
    Passing,
}

/// What is known of a code: a row of the table.
#[derive(Debug)]
pub struct ReasonSpec {
    /// The code that callers and programs go by.
    pub code: ReasonCode,
    /// Its class, the label that metrics use.
    pub class: ReasonClass,
    /// Whether it may pass.
    pub lasting: Lasting,
    /// The fields a reason of this code may carry.
    pub fields: &'static [&'static str],
    /// Words for the person; empty where no person ever reads it.
    pub user: &'static str,
    /// Words for the administrator.
    pub admin: &'static str,
}

/// One cause with its fields. Fields hold the rule's own numbers and names, never a fact about the password and nothing
/// that names a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    code: ReasonCode,
    fields: BTreeMap<String, String>,
}

impl Reason {
    /// A reason without fields yet.
    #[must_use]
    pub const fn new(code: ReasonCode) -> Self {
        Self {
            code,
            fields: BTreeMap::new(),
        }
    }

    /// Adds a field. One that the table does not give to this code is a defect: it fails in tests and is left out
    /// otherwise, so that nothing unforeseen gets into a record.
    #[must_use]
    pub fn with(mut self, field: &'static str, value: impl fmt::Display) -> Self {
        let known = self.spec().fields.contains(&field);
        debug_assert!(known, "{} has no field {field}", self.name());
        if known {
            self.fields.insert(field.to_owned(), value.to_string());
        }
        self
    }

    /// The code that callers and programs go by.
    #[must_use]
    pub const fn code(&self) -> ReasonCode {
        self.code
    }

    /// The code as callers see it, for example `PASSWORD_TOO_SHORT`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        name(self.code)
    }

    /// The value of a field.
    #[must_use]
    pub fn field(&self, field: &str) -> Option<&str> {
        self.fields.get(field).map(String::as_str)
    }

    /// The fields, by name.
    #[must_use]
    pub const fn fields(&self) -> &BTreeMap<String, String> {
        &self.fields
    }

    /// The row of the table.
    #[must_use]
    pub fn spec(&self) -> &'static ReasonSpec {
        spec(self.code)
    }

    /// True where trying the same again may succeed.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        self.spec().lasting == Lasting::Passing
    }

    /// Words for the person.
    #[must_use]
    pub fn user_message(&self) -> String {
        self.fill(self.spec().user)
    }

    /// Words for the administrator.
    #[must_use]
    pub fn admin_message(&self) -> String {
        self.fill(self.spec().admin)
    }

    /// Replaces `{field}`, and leaves out `[parts]` whose fields are absent. A field outside brackets that is absent
    /// shows as a question mark rather than failing an answer.
    fn fill(&self, template: &str) -> String {
        let mut text = String::with_capacity(template.len() + 16);
        let mut rest = template;
        while let Some(open) = rest.find('[') {
            let (before, after) = rest.split_at(open);
            text.push_str(&self.substitute(before).0);
            let Some((optional, tail)) = after[1..].split_once(']') else {
                rest = after;
                break;
            };
            let (filled, complete) = self.substitute(optional);
            if complete {
                text.push_str(&filled);
            }
            rest = tail;
        }
        text.push_str(&self.substitute(rest).0);
        text
    }

    fn substitute(&self, template: &str) -> (String, bool) {
        let (mut text, mut complete) = (String::new(), true);
        let mut rest = template;
        while let Some((before, after)) = rest.split_once('{') {
            text.push_str(before);
            let Some((field, tail)) = after.split_once('}') else {
                rest = after;
                break;
            };
            let (field, is_shown) = match field.strip_suffix('?') {
                Some(field) => (field, false),
                None => (field, true),
            };
            match self.fields.get(field) {
                Some(value) if is_shown => text.push_str(value),
                Some(_) => {}
                None => {
                    complete = false;
                    text.push('?');
                }
            }
            rest = tail;
        }
        text.push_str(rest);
        (text, complete)
    }
}

/// The row of a code. `Unspecified` and codes of a newer peer are treated as `Internal`.
#[must_use]
pub fn spec(code: ReasonCode) -> &'static ReasonSpec {
    const INTERNAL: usize = ReasonCode::Internal as usize - 1;
    let row = TABLE.binary_search_by_key(&(code as i32), |row| row.code as i32);
    &TABLE[row.unwrap_or(INTERNAL)]
}

/// The code's name without the prefix that protobuf wants, for example `PASSWORD_TOO_SHORT`.
#[must_use]
pub fn name(code: ReasonCode) -> &'static str {
    let name = code.as_str_name();
    name.strip_prefix("REASON_CODE_").unwrap_or(name)
}

/// The code of a name without prefix.
#[must_use]
pub fn from_name(name: &str) -> Option<ReasonCode> {
    ReasonCode::from_str_name(&format!("REASON_CODE_{name}")).filter(|code| *code != ReasonCode::Unspecified)
}

/// The class as metrics label it, for example `policy`.
#[must_use]
pub fn class_label(class: ReasonClass) -> &'static str {
    match class {
        ReasonClass::Unspecified | ReasonClass::Internal => "internal",
        ReasonClass::Policy => "policy",
        ReasonClass::Credential => "credential",
        ReasonClass::Account => "account",
        ReasonClass::Guardrail => "guardrail",
        ReasonClass::Settings => "settings",
        ReasonClass::Limits => "limits",
        ReasonClass::Availability => "availability",
        ReasonClass::Order => "order",
        ReasonClass::Configuration => "configuration",
        ReasonClass::Trust => "trust",
        ReasonClass::Warning => "warning",
    }
}

impl From<&Reason> for crate::operation::v1::Reason {
    fn from(reason: &Reason) -> Self {
        let spec = reason.spec();
        Self {
            code: reason.code as i32,
            class: spec.class as i32,
            r#final: spec.lasting == Lasting::Final,
            fields: reason.fields.clone().into_iter().collect(),
            user_message: reason.user_message(),
            admin_message: reason.admin_message(),
        }
    }
}

impl From<Reason> for crate::operation::v1::Reason {
    fn from(reason: Reason) -> Self {
        Self::from(&reason)
    }
}

/// From the wire. Words and class are made anew from the table, fields the table does not know are dropped, and a code
/// of a newer peer becomes `Internal`: nothing that a peer sends reaches a person or a record unchecked.
impl From<crate::operation::v1::Reason> for Reason {
    fn from(wire: crate::operation::v1::Reason) -> Self {
        let received = wire.code();
        let code = if received == ReasonCode::Unspecified {
            ReasonCode::Internal
        } else {
            received
        };
        let known = spec(code).fields;
        let fields = wire
            .fields
            .into_iter()
            .filter(|(field, _)| known.contains(&field.as_str()))
            .collect();
        Self { code, fields }
    }
}

#[derive(Serialize, Deserialize)]
struct Recorded<'a> {
    code: std::borrow::Cow<'a, str>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    fields: BTreeMap<String, String>,
}

impl Serialize for Reason {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Recorded {
            code: self.name().into(),
            fields: self.fields.clone(),
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Reason {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let recorded = Recorded::deserialize(deserializer)?;
        let code = from_name(&recorded.code)
            .ok_or_else(|| serde::de::Error::custom(format!("unknown reason {}", recorded.code)))?;
        Ok(Self {
            code,
            fields: recorded.fields,
        })
    }
}

/// The table as Markdown: what `proto/REASONS.md` holds.
#[must_use]
pub fn as_markdown() -> String {
    let mut text = String::from(
        "# Reasons\n\nWhy an operation did not simply succeed. Generated from `proto/src/reasons/table.rs`; a test holds\nthe two together (`GROUNDWIRE_UPDATE_DOCS=1 cargo test -p groundwire-proto` writes it anew).\n\n\
         | code | class | lasting | fields | words for the person | words for the administrator |\n|---|---|---|---|---|---|\n",
    );
    for spec in TABLE {
        let lasting = match spec.lasting {
            Lasting::Final => "final",
            Lasting::Passing => "passing",
        };
        let class = class_label(spec.class);
        let line = [
            name(spec.code),
            class,
            lasting,
            &spec.fields.join(", "),
            spec.user,
            spec.admin,
        ]
        .join(" | ");
        text.push_str(&format!("| {line} |\n"));
    }
    text
}

#[cfg(test)]
mod tests;
