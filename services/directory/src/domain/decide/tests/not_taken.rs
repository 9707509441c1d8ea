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
