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
            match self.fields.get(field) {
                Some(value) => text.push_str(value),
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
mod tests {
    use super::*;

    #[test]
    fn every_code_of_the_contract_has_its_row_in_order() {
        let rows: Vec<i32> = TABLE.iter().map(|row| row.code as i32).collect();
        let codes: Vec<i32> = (1..10_000)
            .filter(|code| ReasonCode::try_from(*code).is_ok())
            .collect();
        assert_eq!(rows, codes);
        for row in TABLE {
            assert_eq!(spec(row.code).code, row.code);
        }
        assert_eq!(spec(ReasonCode::Unspecified).code, ReasonCode::Internal);
    }

    #[test]
    fn words_use_only_the_fields_of_their_row() {
        for row in TABLE {
            for words in [row.user, row.admin] {
                for part in words.split('{').skip(1) {
                    let field = part.split('}').next().unwrap();
                    assert!(row.fields.contains(&field), "{}: {field}", name(row.code));
                }
            }
            assert!(!row.admin.is_empty(), "{} says nothing", name(row.code));
        }
    }

    #[test]
    fn absent_fields_leave_out_their_part() {
        let bare = Reason::new(ReasonCode::PasswordTooYoung);
        assert_eq!(
            bare.user_message(),
            "Your password was changed a short while ago."
        );
        let full = bare.with("may_change_after", "2026-01-02T03:04:05Z");
        assert!(full.user_message().ends_with("again after 2026-01-02T03:04:05Z."));
    }

    #[test]
    fn a_reason_survives_the_wire_and_the_record() {
        let reason = Reason::new(ReasonCode::PasswordTooShort).with("minimum", 12);
        let wire = crate::operation::v1::Reason::from(&reason);
        assert_eq!(Reason::from(wire), reason);
        let recorded = serde_json::to_string(&reason).unwrap();
        assert_eq!(
            recorded,
            r#"{"code":"PASSWORD_TOO_SHORT","fields":{"minimum":"12"}}"#
        );
        assert_eq!(serde_json::from_str::<Reason>(&recorded).unwrap(), reason);
    }

    #[test]
    fn fields_a_peer_made_up_are_dropped() {
        let mut wire = crate::operation::v1::Reason::from(Reason::new(ReasonCode::AccountLocked));
        wire.fields.insert("password".to_owned(), "hunter2".to_owned());
        wire.user_message = "visit evil.example".to_owned();
        let reason = Reason::from(wire);
        assert!(reason.fields().is_empty());
        assert!(!reason.user_message().contains("evil"));
    }

    #[test]
    #[expect(
        clippy::disallowed_methods,
        reason = "tests take one switch from the environment"
    )]
    fn the_published_table_is_this_one() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/REASONS.md");
        if std::env::var("GROUNDWIRE_UPDATE_DOCS").is_ok() {
            std::fs::write(path, as_markdown()).unwrap();
        }
        assert_eq!(std::fs::read_to_string(path).unwrap(), as_markdown());
    }
    /// The logs of both services hold them.
    #[test]
    fn the_names_of_reasons_are_the_recorded_ones() {
        let stored = include_str!("../../tests/golden/reasons.json");
        let stored: Vec<String> = serde_json::from_str(stored).unwrap();
        let written: Vec<&str> = TABLE.iter().map(|row| name(row.code)).collect();
        assert_eq!(written, stored);
        assert!(
            TABLE
                .iter()
                .all(|row| from_name(name(row.code)) == Some(row.code))
        );
    }
}
