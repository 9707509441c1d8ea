//! The invariants of the aggregate, under any sequence of commands.

mod not_taken;

use std::collections::BTreeMap;
use std::time::Duration;

use groundwire_proto::reasons::{Reason, ReasonCode};
use proptest::prelude::*;
use uuid::Uuid;

use super::{Judgement, judge};
use crate::domain::*;

const SECOND: i64 = 1_000_000;

fn id(number: u8) -> OperationId {
    OperationId::new(Uuid::from_u128(u128::from(number)))
}

fn connector(number: u8) -> ConnectorId {
    ConnectorId::new(Uuid::from_u128(1000 + u128::from(number)))
}

fn request(number: u8, kind: OperationKind, role: Role) -> Command {
    request_by(number, kind, role, None)
}

fn request_by(number: u8, kind: OperationKind, role: Role, lookup_name: Option<LookupName>) -> Command {
    Command::Request(Box::new(Request {
        operation_id: id(number),
        kind,
        flags: OperationFlags::default(),
        group: ConnectorGroupId::new(Uuid::from_u128(7)),
        requested_by: "app".to_owned(),
        role,
        expires_at_us: 60 * SECOND,
        fingerprint: format!("{kind:?}"),
        key_ids: Vec::new(),
        traceparent: None,
        on_behalf_of: None,
        lookup_name,
    }))
}

fn applied(attempt: u32) -> Outcome {
    Outcome::decided_here(OutcomeCode::Applied, Vec::new(), attempt, 0)
}

fn report(number: u8, outcome: Outcome) -> Command {
    Command::RecordOutcome {
        operation: id(number),
        connector: connector(1),
        outcome: Box::new(outcome),
        measured_us: BTreeMap::new(),
    }
}

fn not_taken(number: u8, attempt: u32, cause: NotTakenCause) -> Command {
    Command::RecordNotTaken {
        operation: id(number),
        connector: connector(1),
        attempt,
        cause,
    }
}

fn deliver(number: u8) -> Command {
    Command::Deliver {
        operation: id(number),
        connector: connector(1),
    }
}

struct Account {
    state: AccountState,
    now: i64,
}

impl Account {
    fn new() -> Self {
        Self {
            state: AccountState::default(),
            now: SECOND,
        }
    }

    fn run(&mut self, command: Command) -> Result<Vec<AccountEvent>, Refusal> {
        let events = decide(&self.state, command, self.now)?;
        for event in &events {
            let (body, erasable) = (event.body().unwrap(), event.erasable().unwrap());
            let again = AccountEvent::parse(event.event_type(), 1, &body, None, erasable.as_deref()).unwrap();
            assert_eq!(&again, event, "an event survives its record");
            self.state = evolve(std::mem::take(&mut self.state), event);
        }
        Ok(events)
    }

    fn outcome(&self, number: u8) -> Option<OutcomeCode> {
        self.state.operations[&id(number)]
            .outcome()
            .map(|outcome| outcome.code)
    }
}

#[test]
fn a_newer_password_takes_the_place_of_one_that_waits_but_not_of_one_in_flight() {
    let mut account = Account::new();
    account
        .run(request(1, OperationKind::Change, Role::SelfServiceApp))
        .unwrap();
    account.run(deliver(1)).unwrap();
    account
        .run(request(2, OperationKind::Change, Role::SelfServiceApp))
        .unwrap();
    account
        .run(request(3, OperationKind::Unlock, Role::SelfServiceApp))
        .unwrap();
    account
        .run(request(4, OperationKind::AdminReset, Role::Helpdesk))
        .unwrap();
    assert_eq!(account.outcome(1), None);
    assert_eq!(account.outcome(2), Some(OutcomeCode::Superseded));
    assert_eq!(account.outcome(3), None, "an unlock queues");
    // A lower role does not take a higher one's place; it waits behind it.
    account
        .run(request(5, OperationKind::SelfReset, Role::SelfServiceApp))
        .unwrap();
    assert_eq!(account.outcome(4), None);
    assert_eq!(account.run(deliver(3)), Err(Refusal::NotItsTurn));
}

#[test]
fn a_request_by_another_name_takes_no_place_since_that_name_may_be_somebody_elses_by_now() {
    let upn = |name: &str| LookupName::UserPrincipalName(name.to_owned());
    let sam = |name: &str| LookupName::SamAccountName(name.to_owned());
    let reset = |number, name| request_by(number, OperationKind::SelfReset, Role::SelfServiceApp, name);
    for (waiting, newer, is_superseded) in [
        (
            Some(upn("anna@corp.example")),
            Some(upn("x23@corp.example")),
            false,
        ),
        (Some(upn("anna@corp.example")), Some(sam("anna")), false),
        (None, Some(sam("anna")), false),
        (
            Some(upn("anna@corp.example")),
            Some(upn(" Anna@CORP.example")),
            true,
        ),
        (Some(sam("anna")), Some(sam("Anna")), true),
        (Some(sam("anna")), None, true),
    ] {
        let mut account = Account::new();
        account.run(reset(1, waiting)).unwrap();
        account.run(reset(2, newer)).unwrap();
        let expected = is_superseded.then_some(OutcomeCode::Superseded);
        assert_eq!(account.outcome(1), expected);
        assert_eq!(account.outcome(2), None);
    }
}

#[test]
fn the_next_waits_until_the_one_in_doubt_is_settled() {
    let mut account = Account::new();
    account
        .run(request(1, OperationKind::Change, Role::SelfServiceApp))
        .unwrap();
    account.run(deliver(1)).unwrap();
    account
        .run(request(2, OperationKind::Unlock, Role::SelfServiceApp))
        .unwrap();
    assert_eq!(
        account.run(Command::MarkInDoubt { operation: id(1) }),
        Err(Refusal::NotYet)
    );
    account.now = 60 * SECOND;
    account.run(Command::MarkInDoubt { operation: id(1) }).unwrap();
    assert_eq!(account.run(deliver(2)), Err(Refusal::TimePassed));
    account.run(deliver(1)).unwrap();
    assert!(matches!(
        account.state.operations[&id(1)].state,
        OperationState::InDoubt { .. }
    ));
    account.run(report(1, applied(2))).unwrap();
    assert_eq!(account.outcome(1), Some(OutcomeCode::Applied));
    account.run(Command::Expire { operation: id(2) }).unwrap();
    assert_eq!(account.outcome(2), Some(OutcomeCode::Expired));
}

#[test]
fn what_the_directory_measured_is_in_the_outcome_and_in_no_evidence() {
    let measured = BTreeMap::from([(Stage::Queue, 7)]);
    let report = |outcome| Command::RecordOutcome {
        operation: id(1),
        connector: connector(1),
        outcome: Box::new(outcome),
        measured_us: measured.clone(),
    };
    let mut account = Account::new();
    account
        .run(request(1, OperationKind::Change, Role::SelfServiceApp))
        .unwrap();
    account.run(deliver(1)).unwrap();
    let events = account.run(report(applied(1))).unwrap();
    assert!(
        matches!(&events[..], [AccountEvent::Ended(ended)] if ended.outcome.durations_us == measured),
        "{events:?}"
    );
    let events = account.run(report(applied(9))).unwrap();
    assert!(
        matches!(&events[..], [AccountEvent::OutcomeKept(kept)] if kept.outcome.durations_us.is_empty()),
        "{events:?}"
    );
    // A repeated report is told apart by what became of it before.
    let repeated = |kept| Err(Refusal::ReportedBefore { kept });
    assert_eq!(account.run(report(applied(1))), repeated(None));
    assert_eq!(
        account.run(report(applied(9))),
        repeated(Some(EvidenceKept::Conflicting))
    );
}

#[test]
fn an_attempt_that_was_taken_over_counts_only_with_the_proof_of_a_write() {
    let mut account = Account::new();
    account
        .run(request(1, OperationKind::Change, Role::SelfServiceApp))
        .unwrap();
    account.run(deliver(1)).unwrap();
    account.run(deliver(1)).unwrap();
    let mut rejected = applied(1);
    rejected.code = OutcomeCode::Rejected;
    assert!(matches!(
        account.run(report(1, rejected)).unwrap()[..],
        [AccountEvent::OutcomeKept(_)]
    ));
    assert!(matches!(
        account.run(report(1, applied(1))).unwrap()[..],
        [AccountEvent::OutcomeKept(_)]
    ));
    let kept = Some(EvidenceKept::TakenOver);
    assert_eq!(
        account.run(report(1, applied(1))),
        Err(Refusal::ReportedBefore { kept })
    );
    let mut proved = applied(1);
    proved.recovered = true;
    proved.warnings = vec![Reason::new(ReasonCode::AccountNotLocked)];
    account.run(report(1, proved)).unwrap();
    assert_eq!(account.outcome(1), Some(OutcomeCode::Applied));
}

#[test]
fn the_same_report_is_repeated_and_another_one_is_kept_as_evidence() {
    let mut account = Account::new();
    account
        .run(request(1, OperationKind::Change, Role::SelfServiceApp))
        .unwrap();
    account.run(deliver(1)).unwrap();
    account.run(report(1, applied(1))).unwrap();
    let mut again = applied(1);
    again.ended_at_us = 5;
    assert_eq!(judge(&account.state, id(1), &again), Judgement::Repeated);
    let mut other = applied(1);
    other.code = OutcomeCode::Failed;
    let events = account.run(report(1, other)).unwrap();
    assert!(
        matches!(&events[..], [AccountEvent::OutcomeKept(kept)] if kept.because == EvidenceKept::Conflicting)
    );
    assert_eq!(account.outcome(1), Some(OutcomeCode::Applied));
}

#[test]
fn the_proof_of_the_same_write_is_repeated_whatever_its_attempt() {
    let mut account = Account::new();
    account
        .run(request(1, OperationKind::Change, Role::SelfServiceApp))
        .unwrap();
    account.run(deliver(1)).unwrap();
    account.run(deliver(1)).unwrap();
    let proved = |attempt| Outcome {
        recovered: true,
        ..applied(attempt)
    };
    account.run(report(1, proved(1))).unwrap();
    let conflicting = Judgement::Kept {
        because: EvidenceKept::Conflicting,
        known: false,
    };
    for (outcome, expected) in [
        (proved(2), Judgement::Repeated),
        (applied(2), conflicting),
        (proved(3), conflicting),
        (proved(0), conflicting),
    ] {
        assert_eq!(judge(&account.state, id(1), &outcome), expected, "{outcome:?}");
    }
}

#[test]
fn an_unlock_keeps_the_version_that_the_last_password_told() {
    let mut account = Account::new();
    for (number, kind, version) in [
        (1, OperationKind::Change, Some(4)),
        (2, OperationKind::Unlock, None),
        (3, OperationKind::Change, None),
    ] {
        account.run(request(number, kind, Role::SelfServiceApp)).unwrap();
        account.run(deliver(number)).unwrap();
        let mut outcome = applied(1);
        outcome.evidence = Some(Evidence {
            unicode_pwd_version: version,
            ..Evidence::default()
        });
        account.run(report(number, outcome)).unwrap();
        let expected = (number != 3).then_some(4);
        let last = account.state.last_applied.unwrap();
        assert_eq!(
            (last.sequence, last.unicode_pwd_version),
            (u64::from(number), expected)
        );
    }
}

#[test]
fn an_id_with_other_content_is_refused() {
    let mut account = Account::new();
    account
        .run(request(1, OperationKind::Change, Role::SelfServiceApp))
        .unwrap();
    assert_eq!(
        account.run(request(1, OperationKind::Change, Role::SelfServiceApp)),
        Err(Refusal::AlreadyRequested)
    );
    assert_eq!(
        account.run(request(1, OperationKind::Unlock, Role::SelfServiceApp)),
        Err(Refusal::IdTaken)
    );
}

fn any_outcome() -> impl Strategy<Value = Outcome> {
    let code = prop_oneof![
        Just(OutcomeCode::Applied),
        Just(OutcomeCode::Rejected),
        Just(OutcomeCode::Failed),
        Just(OutcomeCode::Expired),
        Just(OutcomeCode::Unknown),
    ];
    (code, 0..4_u32, any::<bool>(), 0..3_i64).prop_map(|(code, attempt, recovered, ended_at_us)| Outcome {
        recovered,
        ..Outcome::decided_here(code, Vec::new(), attempt, ended_at_us)
    })
}

fn any_cause() -> impl Strategy<Value = NotTakenCause> {
    proptest::sample::select(vec![
        NotTakenCause::OperationAtWork,
        NotTakenCause::AccountHeld,
        NotTakenCause::NotVerified,
        NotTakenCause::StoreUnavailable,
    ])
}

fn any_command() -> impl Strategy<Value = Command> {
    let operation = 0..6_u8;
    let kind = proptest::sample::select(&OperationKind::ALL[..]);
    let role = proptest::sample::select(vec![
        Role::SelfServiceApp,
        Role::Helpdesk,
        Role::TenantAdministrator,
    ]);
    prop_oneof![
        3 => (operation.clone(), kind, role).prop_map(|(n, kind, role)| request(n, kind, role)),
        4 => (operation.clone(), 0..3_u8)
            .prop_map(|(n, c)| Command::Deliver { operation: id(n), connector: connector(c) }),
        1 => operation.clone().prop_map(|n| Command::MarkInDoubt { operation: id(n) }),
        3 => (operation.clone(), any_outcome()).prop_map(|(n, outcome)| report(n, outcome)),
        3 => (operation.clone(), 0..3_u8, 1..4_u32, any_cause()).prop_map(|(n, c, attempt, cause)| {
            Command::RecordNotTaken { operation: id(n), connector: connector(c), attempt, cause }
        }),
        1 => operation.clone().prop_map(|n| Command::Expire { operation: id(n) }),
        1 => operation.clone().prop_map(|n| Command::Cancel { operation: id(n) }),
        1 => operation.clone().prop_map(|n| Command::Fail {
            operation: id(n),
            reason: Reason::new(ReasonCode::NoConnector),
        }),
        1 => operation.prop_map(|n| Command::EndUnknown { operation: id(n), horizon: Duration::from_secs(30) }),
    ]
}

/// What ends an operation: the outcome of the attempt that is in force then, the proof of a write, or the directory itself,
/// where nobody has begun it or the horizon is over.
fn may_end(before: &AccountState, events: &[AccountEvent], end: &OperationEnded) -> bool {
    let Some(operation) = before.operations.get(&end.operation_id) else {
        return false;
    };
    let taken_back = events.iter().find_map(|event| {
        if let AccountEvent::NotTaken(not_taken) = event {
            Some(not_taken.attempt)
        } else {
            None
        }
    });
    let mut left = operation.hand_overs.iter().rev();
    let in_force = left.find(|left| Some(left.attempt) != taken_back);
    match in_force {
        None => end.outcome.attempt == 0,
        Some(in_force) => end.outcome.attempt == in_force.attempt || end.outcome.proves_the_write(),
    }
}

proptest! {
    #[test]
    fn the_invariants_hold_whatever_comes(steps in proptest::collection::vec((any_command(), 0..8_i64), 0..60)) {
        let mut account = Account::new();
        let mut ended: BTreeMap<OperationId, Outcome> = BTreeMap::new();
        let mut log = Vec::new();
        for (command, pause) in steps {
            account.now += pause * SECOND;
            let before = account.state.clone();
            let Ok(events) = account.run(command) else {
                prop_assert_eq!(&before, &account.state, "a refusal changes nothing");
                continue;
            };
            for event in &events {
                if let AccountEvent::Requested(requested) = event {
                    prop_assert_eq!(requested.sequence, before.last_sequence + 1);
                }
                if let AccountEvent::Ended(end) = event {
                    let first = ended.insert(end.operation_id, end.outcome.clone());
                    prop_assert!(first.is_none(), "an operation ends once");
                    prop_assert!(may_end(&before, &events, end), "{end:?} of {before:?}");
                }
            }
            let state = &account.state;
            prop_assert!(state.open_operations().filter(|operation| operation.is_in_flight()).count() <= 1);
            if let Some(flying) = state.in_flight() {
                let front = state.front().unwrap();
                prop_assert_eq!(front.request.sequence, flying.request.sequence, "in order");
            }
            for (id, operation) in &state.operations {
                prop_assert_eq!(operation.outcome(), ended.get(id), "an outcome never changes");
                prop_assert_eq!(operation.is_ended(), !state.open.contains_key(&operation.request.sequence));
                prop_assert_eq!(operation.is_in_flight(), operation.attempt_in_force().is_some());
                prop_assert_eq!(
                    operation.hand_overs.last().map(|last| last.connector),
                    operation.connector().filter(|_| operation.is_in_flight()),
                    "whoever has the attempt in force has the operation"
                );
                let attempt_before = before.operations.get(id).map_or(0, |before| before.attempt);
                prop_assert!(operation.attempt >= attempt_before, "attempts never go back");
            }
            log.extend(events);
        }
        let folded = log.iter().fold(AccountState::default(), evolve);
        prop_assert_eq!(folded, account.state, "state is what folding gives");
    }
}

#[test]
fn an_account_goes_on_behind_a_marker_from_the_future() {
    let superseded = |by: Option<&str>, sequence: Option<&str>| {
        let reason = Reason::new(ReasonCode::Superseded);
        let reason = by.into_iter().fold(reason, |reason, by| reason.with("by", by));
        let reason = sequence
            .into_iter()
            .fold(reason, |reason, sequence| reason.with("sequence", sequence));
        Outcome::decided_here(OutcomeCode::Superseded, vec![reason], 1, 0)
    };
    let after = |outcome: Outcome| {
        let mut account = Account::new();
        account
            .run(request(1, OperationKind::SelfReset, Role::SelfServiceApp))
            .unwrap();
        account.run(deliver(1)).unwrap();
        let events = account.run(report(1, outcome)).unwrap();
        account
            .run(request(2, OperationKind::SelfReset, Role::SelfServiceApp))
            .unwrap();
        let next = account.state.operations[&id(2)].request.sequence;
        let skipped = events.into_iter().find_map(|event| {
            if let AccountEvent::SequenceSkipped(skipped) = event {
                Some(skipped)
            } else {
                None
            }
        });
        (next, skipped)
    };
    let by = id(9).to_string();
    let skipped = SequenceSkipped {
        operation_id: id(1),
        first: 2,
        last: 5,
        by: Some(id(9)),
    };
    assert_eq!(after(superseded(Some(&by), Some("5"))), (6, Some(skipped)));
    // It gave the same number twice, and the next one is free.
    assert_eq!(after(superseded(Some(&by), Some("1"))), (2, None));
    for unusable in [
        None,
        Some(""),
        Some("-1"),
        Some("x"),
        Some("18446744073709551615"),
    ] {
        assert_eq!(after(superseded(Some(&by), unusable)), (2, None), "{unusable:?}");
    }
    // Only that end says so.
    let mut rejected = superseded(Some(&by), Some("5"));
    rejected.code = OutcomeCode::Rejected;
    assert_eq!(after(rejected), (2, None));
}
