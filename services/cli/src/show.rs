//! How answers look: for people in 80 columns, for programs as canonical protobuf JSON.

use std::time::Duration;

use anyhow::Context;
use groundwire_proto::operation::v1::{
    Operation, OperationState, Outcome, Reason, ReasonCode, StageDuration,
};
use groundwire_proto::operation::{OperationKind, OutcomeCode, Stage};
use groundwire_proto::reasons;
use groundwire_proto::time::moment_of;
use prost::{Message, Name};
use prost_reflect::{DescriptorPool, DynamicMessage};
use time::format_description::well_known::Rfc3339;

use crate::exit::Exit;

/// Columns a line may have.
const COLUMNS: usize = 80;

/// What a newer server says and this version has no word for.
const UNKNOWN: &str = "UNSPECIFIED";

/// The message as canonical protobuf JSON.
pub(crate) fn json<M: Message + Name>(message: &M) -> anyhow::Result<()> {
    let pool =
        DescriptorPool::decode(groundwire_proto::FILE_DESCRIPTOR_SET).context("the contract is damaged")?;
    let name = M::full_name();
    let descriptor = pool
        .get_message_by_name(&name)
        .with_context(|| format!("{name} is not in the contract"))?;
    let dynamic = DynamicMessage::decode(descriptor, message.encode_to_vec().as_slice())?;
    println!("{}", serde_json::to_string_pretty(&dynamic)?);
    Ok(())
}

/// One operation in full.
pub(crate) fn operation(operation: &Operation) {
    let state = match &operation.outcome {
        Some(outcome) => outcome_name(outcome),
        None => trim(operation.state().as_str_name(), "OPERATION_STATE_").to_owned(),
    };
    println!("operation  {}", operation.operation_id);
    println!(
        "account    {}  sequence {}",
        operation.account_anchor, operation.sequence
    );
    println!("kind       {}", kind_name(operation));
    println!("state      {state}  attempt {}", operation.attempt);
    println!("trace      {}", operation.trace_id);
    let Some(outcome) = &operation.outcome else { return };
    if let Some(evidence) = &outcome.evidence {
        let answer = evidence
            .ldap_result
            .map_or_else(String::new, |code| format!("  LDAP result {code}"));
        println!("DC         {}{answer} {}", evidence.dc, evidence.ad_code);
    }
    reasons_of("reason", &outcome.reasons);
    reasons_of("warning", &outcome.warnings);
    stages(&outcome.durations);
}

/// Reasons in the words of both readers.
pub(crate) fn reasons_of(label: &str, found: &[Reason]) {
    for reason in found {
        println!("{label:<9}  {}", reasons::name(reason.code()));
        if !reason.user_message.is_empty() {
            wrapped("           ", &reason.user_message);
        }
        wrapped("           admin: ", &reason.admin_message);
    }
}

/// Durations of the stages, in milliseconds.
pub(crate) fn stages(durations: &[StageDuration]) {
    if durations.is_empty() {
        return;
    }
    println!("stages     {:<10} {:>9}", "", "ms");
    let known: Vec<_> = durations.iter().filter_map(StageDuration::known).collect();
    let longest = known
        .iter()
        .filter(|(stage, _)| *stage != Stage::Total)
        .map(|(_, took)| milliseconds(*took))
        .fold(0.0, f64::max);
    for (stage, took) in known {
        let value = milliseconds(took);
        let bar = if stage == Stage::Total {
            String::new()
        } else {
            bar(value, longest)
        };
        println!("           {:<10} {value:>9.3}  {bar}", stage.as_str());
    }
}

/// A table whose columns are as wide as their widest cell; the last one takes what is left.
pub(crate) fn table(head: &[&str], rows: &[Vec<String>]) {
    let width = |column: usize| {
        let cells = rows
            .iter()
            .filter_map(|row| row.get(column))
            .map(|cell| cell.chars().count());
        cells.chain([head[column].chars().count()]).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..head.len()).map(width).collect();
    let line = |cells: &[String]| {
        let padded = cells
            .iter()
            .zip(&widths)
            .map(|(cell, width)| format!("{cell:<width$}"));
        println!("{}", padded.collect::<Vec<_>>().join("  ").trim_end());
    };
    line(&head.iter().map(|&cell| cell.to_owned()).collect::<Vec<_>>());
    rows.iter().for_each(|row| line(row));
}

/// The kind as callers write it.
pub(crate) fn kind_name(operation: &Operation) -> &'static str {
    OperationKind::try_from(operation.kind).map_or(UNKNOWN, OperationKind::as_str)
}

/// `APPLIED`, with what is worth knowing beside it.
pub(crate) fn outcome_name(outcome: &Outcome) -> String {
    let name = code_name(outcome);
    let recovered = if outcome.recovered {
        " (found out afterwards)"
    } else {
        ""
    };
    format!("{name}{recovered}")
}

/// A state and, where ended, the outcome, in short.
pub(crate) fn short_state(operation: &Operation) -> String {
    match (&operation.outcome, operation.state()) {
        (Some(outcome), OperationState::Ended) => code_name(outcome).to_owned(),
        (_, state) => trim(state.as_str_name(), "OPERATION_STATE_").to_owned(),
    }
}

/// What the exit status tells.
pub(crate) fn ended(operation: &Operation) -> Exit {
    match operation
        .outcome
        .as_ref()
        .map(|outcome| OutcomeCode::try_from(outcome.code))
    {
        Some(Ok(OutcomeCode::Applied)) => Exit::Done,
        Some(_) => Exit::Refused,
        None => Exit::Open,
    }
}

/// Names of codes.
pub(crate) fn codes(codes: impl Iterator<Item = ReasonCode>) -> String {
    codes.map(reasons::name).collect::<Vec<_>>().join(", ")
}

/// A time in UTC to the second, or a dash.
pub(crate) fn when(timestamp: Option<&prost_types::Timestamp>) -> String {
    let moment = timestamp.and_then(moment_of);
    moment
        .and_then(|moment| moment.truncate_to_second().format(&Rfc3339).ok())
        .unwrap_or_else(|| "-".to_owned())
}

/// Prints words in lines of at most 80 columns, each below the first.
pub(crate) fn wrapped(lead: &str, words: &str) {
    let indent = " ".repeat(lead.chars().count());
    let mut line = lead.to_owned();
    let mut empty = true;
    for word in words.split_whitespace() {
        if !empty && line.chars().count() + 1 + word.chars().count() > COLUMNS {
            println!("{line}");
            line.clone_from(&indent);
            empty = true;
        }
        if !empty {
            line.push(' ');
        }
        line.push_str(word);
        empty = false;
    }
    println!("{line}");
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

fn code_name(outcome: &Outcome) -> &'static str {
    OutcomeCode::try_from(outcome.code).map_or(UNKNOWN, OutcomeCode::as_str)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "0 to 40 columns"
)]
fn bar(value: f64, longest: f64) -> String {
    if longest <= 0.0 {
        String::new()
    } else {
        "▇".repeat((value / longest * 40.0).round() as usize)
    }
}

fn trim<'a>(name: &'a str, prefix: &str) -> &'a str {
    name.strip_prefix(prefix).unwrap_or(name)
}
