//! What a verification found, for a person at 80 columns and for a program.

use std::fmt::Write as _;

use serde::Serialize;

use crate::verify::Defect;
use crate::{Head, KnownHead, LogId, UnreadableRecord, Verified};

const WIDTH: usize = 80;

/// Where the values of a log's lines begin.
const INDENT: usize = 17;

/// What was found in one log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LogReport {
    /// Which log it is.
    pub name: String,
    /// The name of its owner, where there is one.
    pub display_name: Option<String>,
    /// The id of the log.
    pub log: LogId,
    /// Whether it is proved to its end and can be read.
    pub is_whole: bool,
    /// How far it is proved: none if there is no such log.
    pub proved: Option<ShownHead>,
    /// How many proved records had a personal part that was erased since.
    pub erased: u64,
    /// What the log was compared with.
    pub compared: Vec<String>,
    /// The first break.
    pub chain_break: Option<ShownBreak>,
    /// The first records whose event cannot be read.
    pub unreadable: Vec<ShownUnreadable>,
    /// How many there are of them.
    pub unreadable_count: u64,
    /// Findings that are not of the chain.
    pub problems: Vec<String>,
}

/// A head, for who compares it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ShownHead {
    incarnation: String,
    position: u64,
    hash: String,
}

/// A break of the chain, in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ShownBreak {
    position: u64,
    defect: &'static str,
    what: &'static str,
    advice: &'static str,
}

/// A record whose event cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ShownUnreadable {
    position: u64,
    event_type: String,
    problem: String,
}

/// A head of another party's log, as it was last seen here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WitnessedHead {
    /// Whose log it is.
    pub of: String,
    /// The id of that log.
    pub log: LogId,
    /// The head, as `--expect` reads it.
    pub head: String,
}

/// What a whole run found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VerificationReport {
    /// One for each log.
    pub logs: Vec<LogReport>,
    /// Heads of others' logs, for the other side's `--expect`.
    pub witnessed: Vec<WitnessedHead>,
}

impl From<Head> for ShownHead {
    fn from(head: Head) -> Self {
        Self {
            incarnation: head.incarnation.to_string(),
            position: head.position.0,
            hash: head.hash.to_string(),
        }
    }
}

impl From<UnreadableRecord> for ShownUnreadable {
    fn from(record: UnreadableRecord) -> Self {
        Self {
            position: record.position.0,
            event_type: record.event_type,
            problem: record.problem,
        }
    }
}

impl LogReport {
    /// Of a log that was read.
    #[must_use]
    pub fn new(name: impl Into<String>, verified: Verified, compared: Vec<String>) -> Self {
        Self {
            name: name.into(),
            display_name: None,
            log: verified.proved.log,
            is_whole: verified.is_whole(),
            proved: Some(verified.proved.into()),
            erased: verified.erased,
            compared,
            chain_break: verified.chain_break.map(|found| ShownBreak {
                position: found.position.0,
                defect: name_of(found.defect),
                what: words_of(found.defect),
                advice: advice_on(found.defect),
            }),
            unreadable: verified.unreadable.into_iter().map(Into::into).collect(),
            unreadable_count: verified.unreadable_count,
            problems: Vec::new(),
        }
    }

    /// Of a log that is not there. Whether it should be, the caller knows.
    #[must_use]
    pub fn absent(name: impl Into<String>, log: LogId, problem: Option<&str>) -> Self {
        Self {
            name: name.into(),
            display_name: None,
            log,
            is_whole: problem.is_none(),
            proved: None,
            erased: 0,
            compared: Vec::new(),
            chain_break: None,
            unreadable: Vec::new(),
            unreadable_count: 0,
            problems: problem.map(str::to_owned).into_iter().collect(),
        }
    }

    /// Adds a finding that is not one of the chain.
    pub fn add_problem(&mut self, problem: impl Into<String>) {
        self.is_whole = false;
        self.problems.push(problem.into());
    }

    fn verdict(&self) -> String {
        match &self.chain_break {
            Some(found) => format!("BROKEN at position {}", found.position),
            None if self.is_whole && self.proved.is_none() => "nothing was recorded yet".to_owned(),
            None if self.is_whole => "whole".to_owned(),
            None if self.proved.is_none() => "MISSING".to_owned(),
            None => "NOT AS IT SHOULD BE".to_owned(),
        }
    }

    fn write_to(&self, text: &mut String) {
        let _ = writeln!(text, "{}: {}", self.name, self.verdict());
        if let Some(name) = &self.display_name {
            line(text, "name", name);
        }
        line(text, "log", &self.log.to_string());
        if let Some(head) = &self.proved {
            line(text, "incarnation", &head.incarnation);
            let erased = match self.erased {
                0 => String::new(),
                erased => format!(", the personal parts of {erased} erased"),
            };
            line(text, "proved", &format!("{} records{erased}", head.position));
        }
        for (number, compared) in self.compared.iter().enumerate() {
            line(text, if number == 0 { "compared with" } else { "" }, compared);
        }
        if let Some(found) = &self.chain_break {
            line(text, "what is wrong", found.what);
            line(text, "what to do", found.advice);
        }
        for record in &self.unreadable {
            let event = format!(
                "position {}, {}: {}",
                record.position, record.event_type, record.problem
            );
            line(text, "unreadable", &event);
        }
        if self.unreadable_count > 0 {
            line(text, "in all", &format!("{} unreadable", self.unreadable_count));
            line(text, "what to do", UNREADABLE);
        }
        for problem in &self.problems {
            line(text, "problem", problem);
        }
        if let Some(head) = &self.proved {
            let _ = writeln!(text, "  the head that is proved, as `--expect` reads it:");
            let _ = writeln!(text, "  {}:{}", head.position, head.hash);
        }
    }
}

impl VerificationReport {
    /// Whether every log is whole.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.logs.iter().all(|log| log.is_whole)
    }

    /// For a person, at 80 columns.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        for log in &self.logs {
            log.write_to(&mut text);
        }
        for seen in &self.witnessed {
            let _ = writeln!(text, "seen here, of {}:", seen.of);
            line(&mut text, "log", &seen.log.to_string());
            let _ = writeln!(text, "  {}", seen.head);
        }
        text
    }

    /// For a program.
    ///
    /// # Errors
    /// Never for these types; serde's signature says so.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        #[derive(Serialize)]
        struct Shown<'a> {
            is_whole: bool,
            #[serde(flatten)]
            report: &'a VerificationReport,
        }
        let shown = Shown {
            is_whole: self.is_whole(),
            report: self,
        };
        Ok(serde_json::to_string_pretty(&shown)? + "\n")
    }
}

impl WitnessedHead {
    /// The head of this log, as it was seen here.
    #[must_use]
    pub fn new(of: impl Into<String>, head: Head) -> Self {
        Self {
            of: of.into(),
            log: head.log,
            head: KnownHead::from(head).to_string(),
        }
    }
}

/// A label and its words, wrapped under each other. What is not printable is escaped: the words may be somebody's who wants
/// to write lines of his own.
fn line(text: &mut String, label: &str, words: &str) {
    let mut column = INDENT;
    let _ = write!(text, "  {label:width$}", width = INDENT - 2);
    let words = words
        .escape_debug()
        .to_string()
        .replace("\\\"", "\"")
        .replace("\\'", "'");
    for word in words.split(' ').flat_map(parts) {
        let length = word.chars().count();
        if column > INDENT && column + 1 + length > WIDTH {
            let _ = write!(text, "\n{:INDENT$}", "");
            column = INDENT;
        }
        if column > INDENT {
            text.push(' ');
            column += 1;
        }
        text.push_str(word);
        column += length;
    }
    text.push('\n');
}

/// A word in parts that fit a line.
fn parts(word: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(word);
    std::iter::from_fn(move || {
        let word = rest?;
        let end = word
            .char_indices()
            .nth(WIDTH - INDENT)
            .map_or(word.len(), |(at, _)| at);
        let (part, after) = word.split_at(end);
        rest = Some(after).filter(|after| !after.is_empty());
        Some(part)
    })
}

const fn name_of(defect: Defect) -> &'static str {
    match defect {
        Defect::ForeignLog => "FOREIGN_LOG",
        Defect::OtherIncarnation => "OTHER_INCARNATION",
        Defect::Missing => "MISSING",
        Defect::Malformed => "MALFORMED",
        Defect::NotLinked => "NOT_LINKED",
        Defect::Altered => "ALTERED",
        Defect::StreamBroken => "STREAM_BROKEN",
        Defect::ErasableAltered => "ERASABLE_ALTERED",
        Defect::Truncated => "TRUNCATED",
        Defect::Rewritten => "REWRITTEN",
        Defect::BeyondHead => "BEYOND_HEAD",
    }
}

const fn words_of(defect: Defect) -> &'static str {
    match defect {
        Defect::ForeignLog => "The record is of another log.",
        Defect::OtherIncarnation => {
            "A head that was seen is of another incarnation: the log was begun anew since, as after a restore."
        }
        Defect::Missing => "The record is not there although later ones are: it was removed.",
        Defect::Malformed => "The record has a field that was never written so: it was changed.",
        Defect::NotLinked => {
            "The record does not follow the one before it: one of the two was put there, or its hash was changed."
        }
        Defect::Altered => {
            "The fields of the record do not give its hash: it was changed after it was written."
        }
        Defect::StreamBroken => {
            "The record does not continue its stream although its hash is right: no service of ours wrote it so."
        }
        Defect::ErasableAltered => "The personal part is not the one that the record was written with.",
        Defect::Truncated => {
            "The log ends before a head that it is compared with: records were removed from its end, or an older state was restored."
        }
        Defect::Rewritten => {
            "Another record stands there than the one that a head names which the log is compared with: the log was \
             rewritten, or the stored head was changed."
        }
        Defect::BeyondHead => {
            "A record stands beyond the head that is stored beside the log: it was not appended by the service, or the head \
             was set back."
        }
    }
}

const TAMPERED: &str = "Only the owner of the tables can do this. What is before this position is proved, what follows is \
     not. Keep the database as it is, stop the service, and find out who had the owner's rights. Then restore a backup \
     whose head agrees with the one that the other side saw.";

const RESTORED: &str = "If a backup was restored, what was recorded after it is lost here: the other side still has its part. \
     If none was, keep the database as it is, stop the service, and find out who had the owner's rights.";

const UNREADABLE: &str = "A later version wrote these: verify with that version. If none was ever used here, keep the \
     database as it is and report it.";

const fn advice_on(defect: Defect) -> &'static str {
    match defect {
        Defect::OtherIncarnation | Defect::Truncated => RESTORED,
        Defect::ForeignLog
        | Defect::Missing
        | Defect::Malformed
        | Defect::NotLinked
        | Defect::Altered
        | Defect::StreamBroken
        | Defect::ErasableAltered
        | Defect::Rewritten
        | Defect::BeyondHead => TAMPERED,
    }
}

#[cfg(test)]
mod tests;
