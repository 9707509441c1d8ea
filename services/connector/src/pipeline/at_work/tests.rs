//! One operation, one attempt; and what was refused stays so.

use super::*;
use uuid::Uuid;

const OPERATION: OperationId = OperationId::new(Uuid::nil());

fn admitted(at_work: &Arc<AtWork>, attempt: u32) -> Slot {
    let Admission::Admitted(slot) = at_work.enter(OPERATION, Attempt(attempt), "a") else {
        panic!("attempt {attempt} was not admitted")
    };
    slot
}

#[tokio::test]
async fn while_an_attempt_is_at_work_no_other_one_is_begun() {
    let at_work = Arc::new(AtWork::default());
    let second = admitted(&at_work, 2);
    let enter = |attempt| at_work.enter(OPERATION, Attempt(attempt), "b");
    assert!(matches!(enter(2), Admission::AtWork { digest } if digest == "a"));
    assert!(matches!(enter(1), Admission::TakenOver(Attempt(2))));
    let refused = |attempt| matches!(enter(attempt), Admission::Refused(NotTakenCause::OperationAtWork));
    assert!(refused(3));
    assert!(!*second.yield_requested().borrow(), "it goes on");
    drop(second);
    assert!(refused(3), "what was answered so is not begun later");
    drop(admitted(&at_work, 4));
    assert!(!at_work.is_at(OPERATION));
}

#[tokio::test]
async fn an_attempt_that_gives_way_is_waited_for() {
    let at_work = Arc::new(AtWork::default());
    let first = admitted(&at_work, 1);
    at_work.request_yield(OPERATION);
    assert!(matches!(
        at_work.enter(OPERATION, Attempt(2), "b"),
        Admission::GivingWay
    ));
    drop(first);
    admitted(&at_work, 2);
}

#[tokio::test]
async fn a_refusal_is_kept_until_it_is_taken_back_or_too_old() {
    let at_work = Arc::new(AtWork::default());
    let first = admitted(&at_work, 1);
    let cause = NotTakenCause::NotVerified;
    assert_eq!(at_work.refuse(OPERATION, Attempt(1), cause), Refusing::AtWork);
    first.refuse(NotTakenCause::StoreUnavailable);
    drop(first);
    let enter = |attempt| at_work.enter(OPERATION, Attempt(attempt), "a");
    assert!(matches!(
        enter(1),
        Admission::Refused(NotTakenCause::StoreUnavailable)
    ));
    assert_eq!(at_work.refuse(OPERATION, Attempt(2), cause), Refusing::First);
    at_work.forget_refusal(OPERATION, Attempt(2));
    drop(admitted(&at_work, 2));
    assert_eq!(at_work.refuse(OPERATION, Attempt(3), cause), Refusing::First);
    assert_eq!(
        at_work.refuse(OPERATION, Attempt(3), NotTakenCause::AccountHeld),
        Refusing::Repeated(cause)
    );
    for attempt in 0..MOST_REFUSED {
        at_work.refuse(OPERATION, Attempt(10 + u32::try_from(attempt).unwrap()), cause);
    }
    assert!(matches!(enter(1), Admission::Admitted(_)));
}

#[tokio::test]
async fn a_refusal_that_the_directory_was_told_of_is_not_taken_back() {
    let at_work = Arc::new(AtWork::default());
    let cause = NotTakenCause::NotVerified;
    let enter = |attempt| at_work.enter(OPERATION, Attempt(attempt), "a");
    // The forged twin is refused; the event itself is answered by that while the twin is still looked up.
    assert_eq!(at_work.refuse(OPERATION, Attempt(1), cause), Refusing::First);
    assert!(matches!(enter(1), Admission::Refused(NotTakenCause::NotVerified)));
    at_work.forget_refusal(OPERATION, Attempt(1));
    assert!(matches!(enter(1), Admission::Refused(NotTakenCause::NotVerified)));
    assert_eq!(at_work.refuse(OPERATION, Attempt(2), cause), Refusing::First);
    at_work.refuse(OPERATION, Attempt(2), cause);
    at_work.forget_refusal(OPERATION, Attempt(2));
    assert!(matches!(enter(2), Admission::Refused(NotTakenCause::NotVerified)));
}

#[tokio::test]
async fn an_operation_is_free_once_every_attempt_at_it_has_ended() {
    let at_work = Arc::new(AtWork::default());
    at_work.wait_until_free(OPERATION).await;
    let first = admitted(&at_work, 1);
    let mut waiting = spawn_waiting(&at_work);
    at_work.request_yield(OPERATION);
    assert!(
        !ends_soon(&mut waiting).await,
        "it was only requested to give way"
    );
    let second = at_work.take_up(OPERATION, Attempt(2)).unwrap();
    assert!(
        at_work.take_up(OPERATION, Attempt(2)).is_none(),
        "it is taken up once"
    );
    drop(first);
    assert!(!ends_soon(&mut waiting).await, "a later attempt is at it");
    drop(second);
    assert!(ends_soon(&mut waiting).await, "nobody is at it");
}

fn spawn_waiting(at_work: &Arc<AtWork>) -> tokio::task::JoinHandle<()> {
    let at_work = Arc::clone(at_work);
    tokio::spawn(async move { at_work.wait_until_free(OPERATION).await })
}

async fn ends_soon(task: &mut tokio::task::JoinHandle<()>) -> bool {
    tokio::time::timeout(std::time::Duration::from_millis(50), task)
        .await
        .is_ok()
}

#[tokio::test]
async fn an_account_is_one_operations_at_a_time() {
    let at_work = Arc::new(AtWork::default());
    let anchor = AccountAnchor::new(Uuid::nil());
    let held = at_work.lock(anchor).await;
    let second = tokio::time::timeout(std::time::Duration::from_millis(20), at_work.lock(anchor));
    assert!(second.await.is_err());
    drop(held);
    at_work.lock(anchor).await;
}
