//! What a connector does not begin, or does not answer at all: it goes out again after a pause that grows, and nobody else
//! waits for it.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use groundwire_directory::domain::{
    AccountAnchor, NotTakenCause, OperationId, OperationKind, OperationState,
};
use groundwire_directory::operations::Following;
use groundwire_directory::operations::port::{AttemptAnswer, OperationsPort};
use groundwire_kit::clock::ManualClock;
use groundwire_proto::gateway::v1::{FateKind, OpenOperation, PasswordEventPayload};
use groundwire_proto::reasons::ReasonCode;
use time::macros::datetime;

use crate::database::soon;
use crate::operations::rig::{
    DirectoryRig, applied, code, first_reason, new_account, rejected, wait_for_end,
};

/// A directory whose clock the test moves, and a change that was delivered.
struct Delivered {
    directory: DirectoryRig,
    clock: Arc<ManualClock>,
    anchor: AccountAnchor,
    following: Following,
    first: PasswordEventPayload,
}

impl Delivered {
    async fn new() -> Self {
        let clock = Arc::new(ManualClock::at(datetime!(2026-11-22 12:00 UTC)));
        let directory = DirectoryRig::with_clock(clock.clone()).await;
        let anchor = new_account();
        let spec = directory.spec(anchor, OperationKind::Change);
        let following = directory.request(spec).await.unwrap();
        let first = directory.connector.next_event().await;
        Self {
            directory,
            clock,
            anchor,
            following,
            first,
        }
    }

    fn id(&self) -> OperationId {
        self.first.operation_id.parse().unwrap()
    }

    /// The connector answers an attempt; at return that was taken note of.
    async fn answer(&self, attempt: u32, answer: AttemptAnswer) {
        let (operations, who) = (&self.directory.operations, self.directory.connector.who);
        soon(operations.attempt_answered(&who, self.id(), attempt, answer)).await;
        self.look().await;
    }

    /// The account's task has done what is due, at return.
    async fn look(&self) {
        self.look_by(self.id()).await;
    }

    /// The same, by an operation of the account that has not ended.
    async fn look_by(&self, id: OperationId) {
        let who = self.directory.connector.who;
        soon(self.directory.operations.connector_ready(&who)).await;
        // The same request again is answered in its turn.
        let mut again = self.directory.spec(self.anchor, OperationKind::Change);
        again.request.operation_id = id;
        self.directory.request(again).await.unwrap();
    }

    async fn pass(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
        self.look().await;
    }

    async fn nothing_was_sent(&self) -> bool {
        self.directory.connector.nothing_was_sent().await
    }

    /// The operation comes to be in doubt, and is delivered a second time to be found out.
    async fn in_doubt_and_delivered_again(&self) -> PasswordEventPayload {
        self.pass(60).await;
        self.pass(15).await;
        let second = self.directory.connector.next_event().await;
        assert_eq!(second.attempt, 2);
        second
    }
}

#[tokio::test]
async fn an_attempt_that_was_not_taken_goes_out_again_after_pauses_that_grow() {
    let mut delivered = Delivered::new().await;
    for (attempt, pause) in [(1, 1), (2, 2), (3, 4)] {
        delivered
            .answer(attempt, AttemptAnswer::NotTaken(NotTakenCause::AccountHeld))
            .await;
        let view = delivered.following.now();
        assert_eq!(
            view.operation.state,
            OperationState::Requested,
            "nobody has begun it"
        );
        assert!(delivered.nothing_was_sent().await, "attempt {attempt}: at once");
        delivered.pass(pause).await;
        let next = delivered.directory.connector.next_event().await;
        assert_eq!(next.attempt, attempt + 1);
        assert_eq!(next.secret, delivered.first.secret, "the ciphertext waited");
        delivered.first = next;
    }
    let event = delivered.first.clone();
    delivered.directory.report(&event, applied(&event)).await;
    let view = wait_for_end(&mut delivered.following).await;
    assert_eq!(code(&view), Some("APPLIED"));
    let records = delivered.directory.records(delivered.anchor).await.join(" ");
    let thrice = "OperationDelivered OperationNotTaken ".repeat(3);
    assert_eq!(
        records,
        format!("OperationRequested {thrice}OperationDelivered OperationApplied")
    );
}

#[tokio::test]
async fn what_nobody_began_and_nobody_can_ends_with_the_reason() {
    for (cause, reason) in [
        (NotTakenCause::NotVerified, ReasonCode::SignatureInvalid),
        (NotTakenCause::StoreUnavailable, ReasonCode::AuditStoreUnavailable),
        (NotTakenCause::ContradictsLog, ReasonCode::Replayed),
        (NotTakenCause::NotUnderstood, ReasonCode::Internal),
    ] {
        let mut delivered = Delivered::new().await;
        let (operations, who) = (&delivered.directory.operations, delivered.directory.connector.who);
        let answer = AttemptAnswer::NotTaken(cause);
        soon(operations.attempt_answered(&who, delivered.id(), 1, answer)).await;
        let view = wait_for_end(&mut delivered.following).await;
        assert_eq!((code(&view), first_reason(&view)), (Some("FAILED"), Some(reason)));
    }
}

#[tokio::test]
async fn the_outcome_of_the_attempt_that_is_at_work_counts_when_a_later_one_was_not_taken() {
    let mut delivered = Delivered::new().await;
    delivered.in_doubt_and_delivered_again().await;
    delivered
        .answer(2, AttemptAnswer::NotTaken(NotTakenCause::OperationAtWork))
        .await;
    let first = delivered.first.clone();
    let outcome = rejected(&first, ReasonCode::PasswordTooShort);
    delivered.directory.report(&first, outcome).await;
    let view = wait_for_end(&mut delivered.following).await;
    assert_eq!(code(&view), Some("REJECTED"));
}

/// Before, it was kept as answered: it went out again when it came to be in doubt only, and the outcome of the attempt that
/// was at work did not count meanwhile.
#[tokio::test]
async fn what_was_not_taken_and_could_not_be_recorded_is_delivered_again() {
    let delivered = Delivered::new().await;
    delivered.answer(1, AttemptAnswer::Missing).await;
    delivered.pass(1).await;
    assert_eq!(delivered.directory.connector.next_event().await.attempt, 2);
    let superuser = &delivered.directory.database.superuser;
    for statement in [
        "ALTER TABLE eventlog.records ADD CONSTRAINT refused CHECK (event_type <> 'OperationNotTaken')",
        "ALTER TABLE eventlog.records DROP CONSTRAINT refused",
    ] {
        sqlx::query(statement).execute(superuser).await.unwrap();
        if statement.contains("ADD") {
            delivered
                .answer(2, AttemptAnswer::NotTaken(NotTakenCause::OperationAtWork))
                .await;
        }
    }
    assert!(
        !delivered
            .directory
            .records(delivered.anchor)
            .await
            .contains(&"OperationNotTaken".to_owned())
    );
    delivered.pass(2).await;
    let third = delivered.directory.connector.sent_event().await;
    assert_eq!(third.map(|event| event.attempt), Some(3));
}

#[tokio::test]
async fn the_patience_without_a_connector_begins_anew_after_a_delivery() {
    let delivered = Delivered::new().await;
    let (directory, first) = (&delivered.directory, &delivered.first);
    let spec = directory.spec(delivered.anchor, OperationKind::Change);
    let second = spec.request.operation_id;
    let following = directory.request(spec).await.unwrap();
    // Its turn comes without a connector, and one comes in time.
    directory.connector.attached.store(false, Ordering::SeqCst);
    directory.report(first, applied(first)).await;
    delivered.look_by(second).await;
    directory.connector.attached.store(true, Ordering::SeqCst);
    assert_eq!(directory.connector.next_event().await.attempt, 1);
    delivered.clock.advance(Duration::from_secs(10));
    let (operations, who) = (&directory.operations, directory.connector.who);
    let answer = AttemptAnswer::NotTaken(NotTakenCause::AccountHeld);
    soon(operations.attempt_answered(&who, second, 1, answer)).await;
    directory.connector.attached.store(false, Ordering::SeqCst);
    delivered.clock.advance(Duration::from_secs(1));
    delivered.look_by(second).await;
    assert_eq!(code(&following.now()), None, "it waits for one again");
    delivered.clock.advance(Duration::from_secs(2));
    delivered.look_by(second).await;
    assert_eq!(code(&following.now()), Some("FAILED"));
}

#[tokio::test]
async fn an_outcome_that_overtakes_the_word_that_makes_it_count_counts() {
    let mut delivered = Delivered::new().await;
    delivered.in_doubt_and_delivered_again().await;
    let first = delivered.first.clone();
    let outcome = rejected(&first, ReasonCode::PasswordTooShort);
    delivered.directory.report(&first, outcome).await;
    assert_eq!(code(&delivered.following.now()), None);
    let (operations, who) = (&delivered.directory.operations, delivered.directory.connector.who);
    let answer = AttemptAnswer::NotTaken(NotTakenCause::OperationAtWork);
    soon(operations.attempt_answered(&who, delivered.id(), 2, answer)).await;
    let view = wait_for_end(&mut delivered.following).await;
    assert_eq!(code(&view), Some("REJECTED"));
}

#[tokio::test]
async fn an_attempt_that_is_answered_late_is_not_delivered_again() {
    let delivered = Delivered::new().await;
    delivered.pass(2).await;
    delivered.answer(1, AttemptAnswer::Missing).await;
    delivered.answer(1, AttemptAnswer::Late).await;
    delivered.pass(30).await;
    assert!(delivered.nothing_was_sent().await);
}

#[tokio::test]
async fn what_its_connector_stood_down_from_is_delivered_again() {
    let delivered = Delivered::new().await;
    delivered.answer(1, AttemptAnswer::StoodDown).await;
    delivered.pass(1).await;
    assert_eq!(delivered.directory.connector.next_event().await.attempt, 2);
    // An attempt that is not in force says nothing.
    delivered.answer(1, AttemptAnswer::StoodDown).await;
    delivered.pass(30).await;
    assert!(delivered.nothing_was_sent().await);
}

#[tokio::test]
async fn what_a_connector_lists_without_its_secret_is_delivered_again() {
    let delivered = Delivered::new().await;
    let who = delivered.directory.connector.who;
    let listed = OpenOperation {
        operation_id: delivered.first.operation_id.clone(),
        attempt: 1,
        state: 1,
        secret_gone: true,
    };
    let fates = delivered
        .directory
        .operations
        .connector_attached(&who, vec![listed]);
    assert_eq!(soon(fates).await.unwrap()[0].kind(), FateKind::Continue);
    delivered.look().await;
    let second = delivered.directory.connector.next_event().await;
    assert_eq!((second.attempt, &second.secret), (2, &delivered.first.secret));
}

/// Before, each unanswered attempt drained the stream, and its successor had the operation delivered again at once: every
/// 2.2 s, 273 attempts with three records each, and every request in between was refused `NO_CONNECTOR`.
#[tokio::test]
async fn a_delivery_that_is_never_answered_costs_few_records_and_nobody_else_anything() {
    let delivered = Delivered::new().await;
    let directory = &delivered.directory;
    let (mut attempts, mut sent_at, mut is_missed, mut others) = (1, 0, false, 0);
    for second in 1..=600_u64 {
        delivered.clock.advance(Duration::from_secs(1));
        if !is_missed && second >= sent_at + 2 {
            is_missed = true;
            delivered.answer(attempts, AttemptAnswer::Missing).await;
        } else {
            delivered.look().await;
        }
        if let Some(event) = directory.connector.sent_event().await {
            assert_eq!(event.operation_id, delivered.first.operation_id);
            (attempts, sent_at, is_missed) = (event.attempt, second, false);
        }
        if second % 10 == 0 {
            let spec = directory.spec(new_account(), OperationKind::Change);
            let mut other = directory.request(spec).await.unwrap();
            let event = directory.connector.next_event().await;
            directory.report(&event, applied(&event)).await;
            assert_eq!(code(&*wait_for_end(&mut other).await), Some("APPLIED"));
            others += 1;
        }
    }
    let records = directory.records(delivered.anchor).await;
    println!(
        "ten minutes without an answer: {attempts} attempts, {} records (before: 273 attempts, 820 records); \
         operations of other accounts applied meanwhile: {others}, refused: 0",
        records.len()
    );
    assert_eq!((attempts, records.len(), others), (10, 12, 60), "{records:?}");
    let mut metrics = String::new();
    prometheus_client::encoding::text::encode(&mut metrics, &directory.metrics.registry()).unwrap();
    assert!(
        metrics.contains("operations_suspected_total 1\n"),
        "once: {metrics}"
    );
}
