//! What connectors say that they did not begin.

use super::*;

/// An account whose first operation was handed out so many times.
fn delivered(times: u32) -> Account {
    let mut account = Account::new();
    let change = request(1, OperationKind::Change, Role::SelfServiceApp);
    account.run(change).unwrap();
    for _ in 0..times {
        account.run(deliver(1)).unwrap();
    }
    account
}

#[test]
fn when_an_attempt_was_not_taken_the_outcome_of_the_one_before_counts() {
    let mut rejected = applied(1);
    rejected.code = OutcomeCode::Rejected;
    let mut account = delivered(2);
    account
        .run(not_taken(1, 2, NotTakenCause::OperationAtWork))
        .unwrap();
    assert_eq!(account.state.operations[&id(1)].attempt_in_force(), Some(1));
    account.run(report(1, rejected.clone())).unwrap();
    assert_eq!(account.outcome(1), Some(OutcomeCode::Rejected));
    // The outcome may come before the word that makes it count.
    let mut account = delivered(2);
    account.run(report(1, rejected.clone())).unwrap();
    assert_eq!(account.outcome(1), None);
    let events = account
        .run(not_taken(1, 2, NotTakenCause::OperationAtWork))
        .unwrap();
    assert!(
        matches!(&events[..], [AccountEvent::NotTaken(_), AccountEvent::Ended(ended)] if ended.outcome == rejected),
        "{events:?}"
    );
}

#[test]
fn an_attempt_that_was_not_taken_says_nothing_of_the_others_and_ends_nothing() {
    let mut account = delivered(3);
    account.run(not_taken(1, 2, NotTakenCause::AccountHeld)).unwrap();
    assert_eq!(account.state.operations[&id(1)].attempt_in_force(), Some(3));
    account.run(not_taken(1, 3, NotTakenCause::NotVerified)).unwrap();
    assert_eq!(account.outcome(1), None, "the first attempt may have written");
    assert_eq!(account.state.operations[&id(1)].attempt_in_force(), Some(1));
    let again = not_taken(1, 3, NotTakenCause::NotVerified);
    assert_eq!(account.run(again), Err(Refusal::NoSuchAttempt));
    let mut elsewhere = not_taken(1, 1, NotTakenCause::AccountHeld);
    if let Command::RecordNotTaken { connector: of, .. } = &mut elsewhere {
        *of = connector(2);
    }
    assert_eq!(account.run(elsewhere), Err(Refusal::NoSuchAttempt));
    // What its connector did not begin it cannot end, unless it is seen to be written.
    let mut failed = applied(3);
    failed.code = OutcomeCode::Failed;
    let events = account.run(report(1, failed)).unwrap();
    assert!(
        matches!(&events[..], [AccountEvent::OutcomeKept(kept)] if kept.because == EvidenceKept::Conflicting),
        "{events:?}"
    );
}

#[test]
fn an_operation_that_nobody_began_is_as_it_was_before_it_was_handed_out() {
    let mut account = delivered(1);
    account.run(not_taken(1, 1, NotTakenCause::AccountHeld)).unwrap();
    assert_eq!(account.state.operations[&id(1)].state, OperationState::Requested);
    let events = account.run(deliver(1)).unwrap();
    assert!(
        matches!(&events[..], [AccountEvent::Delivered(delivered)] if delivered.attempt == 2),
        "a number never comes back: {events:?}"
    );
    account.run(not_taken(1, 2, NotTakenCause::AccountHeld)).unwrap();
    account.now = 60 * SECOND;
    account.run(Command::Expire { operation: id(1) }).unwrap();
    assert_eq!(account.outcome(1), Some(OutcomeCode::Expired));
    // In doubt, too: past its time it is as one that waited too long.
    let mut account = delivered(1);
    account.now = 60 * SECOND;
    account.run(Command::MarkInDoubt { operation: id(1) }).unwrap();
    account.run(not_taken(1, 1, NotTakenCause::AccountHeld)).unwrap();
    account.run(Command::Expire { operation: id(1) }).unwrap();
    // And where another try would not help, it ends with the reason.
    let mut account = delivered(1);
    account.run(not_taken(1, 1, NotTakenCause::NotVerified)).unwrap();
    let outcome = account.state.operations[&id(1)].outcome().cloned().unwrap();
    assert_eq!(
        (outcome.code, outcome.reasons[0].code(), outcome.attempt),
        (OutcomeCode::Failed, ReasonCode::SignatureInvalid, 0)
    );
}

/// What may happen to an operation that is handed out.
#[derive(Debug, Clone, Copy)]
enum Step {
    Deliver,
    NotTaken(u32),
    Report { attempt: u32, proves: bool },
    Doubt,
}

fn any_step() -> impl Strategy<Value = Step> {
    let attempt = 1..6_u32;
    prop_oneof![
        4 => Just(Step::Deliver),
        4 => attempt.clone().prop_map(Step::NotTaken),
        3 => (attempt, proptest::bool::weighted(0.2))
            .prop_map(|(attempt, proves)| Step::Report { attempt, proves }),
        1 => Just(Step::Doubt),
    ]
}

/// What is to become of it, in few words: attempts that were not taken are as if they had never been.
#[derive(Debug, Default)]
struct Expected {
    highest: u32,
    begun: Vec<u32>,
    /// What was reported by attempts that were begun, while a later one was in force.
    kept: Vec<u32>,
    /// What was reported by attempts that were not begun, or not yet: it is believed to no later one of that number.
    contradicted: Vec<u32>,
    ended_by: Option<u32>,
}

impl Expected {
    fn step(&mut self, step: Step) {
        match step {
            Step::Deliver if self.ended_by.is_none() => {
                self.highest += 1;
                self.begun.push(self.highest);
            }
            Step::NotTaken(attempt) if self.ended_by.is_none() && self.begun.contains(&attempt) => {
                self.begun.retain(|begun| *begun != attempt);
                self.ended_by = self.begun.last().copied().filter(|last| self.kept.contains(last));
            }
            Step::Report { attempt, proves } if self.ended_by.is_none() => {
                let is_begun = self.begun.contains(&attempt);
                let is_found = proves && attempt <= self.highest && !self.begun.is_empty();
                if self.begun.last() == Some(&attempt) || is_found {
                    self.ended_by = Some(attempt);
                } else if is_begun && !self.contradicted.contains(&attempt) {
                    self.kept.push(attempt);
                } else if !is_begun && !proves {
                    self.contradicted.push(attempt);
                }
            }
            Step::Deliver | Step::NotTaken(_) | Step::Report { .. } | Step::Doubt => {}
        }
    }
}

proptest! {
    #[test]
    fn it_ends_once_by_the_attempt_that_is_in_force(steps in proptest::collection::vec(any_step(), 1..40)) {
        let mut account = delivered(0);
        // Handed out or not, its time passes only where it says so.
        account.now = 0;
        let (mut expected, mut ends) = (Expected::default(), 0);
        for step in steps {
            let command = match step {
                Step::Deliver => deliver(1),
                Step::NotTaken(attempt) => not_taken(1, attempt, NotTakenCause::AccountHeld),
                Step::Report { attempt, proves } => {
                    let mut outcome = applied(attempt);
                    outcome.code = if proves { OutcomeCode::Applied } else { OutcomeCode::Rejected };
                    outcome.recovered = proves;
                    report(1, outcome)
                }
                Step::Doubt => {
                    account.now = 60 * SECOND;
                    let was_delivered = matches!(
                        account.state.operations[&id(1)].state,
                        OperationState::Delivered { .. }
                    );
                    let marked = account.run(Command::MarkInDoubt { operation: id(1) });
                    account.now = 0;
                    prop_assert_eq!(marked.is_ok(), was_delivered);
                    continue;
                }
            };
            let events = account.run(command).unwrap_or_default();
            ends += events.iter().filter(|event| matches!(event, AccountEvent::Ended(_))).count();
            expected.step(step);
            let operation = &account.state.operations[&id(1)];
            prop_assert_eq!(operation.outcome().map(|outcome| outcome.attempt), expected.ended_by);
            prop_assert_eq!(operation.attempt, expected.highest);
            if expected.ended_by.is_none() {
                prop_assert_eq!(operation.attempt_in_force(), expected.begun.last().copied());
                prop_assert_eq!(operation.state == OperationState::Requested, expected.begun.is_empty());
            }
        }
        prop_assert_eq!(ends, usize::from(expected.ended_by.is_some()));
    }
}
