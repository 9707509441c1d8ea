//! How soon a request is accepted when the DC, or the connector's audit store, answers again.

use std::time::{Duration, Instant};

use groundwire_proto::operation::v1::{OperationState, OutcomeCode};

use crate::world::{As, INITIAL, World, code_of, fresh_password, until};

/// From "answers again" to the first accepted request.
const BUDGET: Duration = Duration::from_secs(1);
/// What every single time is held to: one in twenty took 1.3 s while the machine compiled.
const RESUMED: Duration = Duration::from_secs(2);
/// How often each part goes away and comes back, unless the variable says so: 20 for a measurement.
const TIMES: usize = 3;
const TIMES_VARIABLE: &str = "GROUNDWIRE_TEST_HEALINGS";

#[expect(
    clippy::disallowed_methods,
    reason = "how long the scenario is run is said in the environment"
)]
fn times() -> usize {
    std::env::var(TIMES_VARIABLE).map_or(TIMES, |times| times.parse().expect("a number"))
}

/// Callers are refused: the directory knows that the part is gone.
async fn wait_refused(world: &World) {
    until("the directory knows of it", Duration::from_secs(60), || async {
        world.status(None).await.is_ok_and(|status| !status.ready)
    })
    .await;
}

/// Asks until a request is accepted and not ended by what was wrong before; how long after `since` that was.
async fn first_accepted(world: &World, account: &str, since: Instant) -> Duration {
    let begun = Instant::now();
    loop {
        let answer = world.unlock(As::Helpdesk, account).await;
        let is_accepted = answer.as_ref().is_ok_and(|operation| {
            operation.state() != OperationState::Ended || code_of(operation) == OutcomeCode::Applied
        });
        if is_accepted {
            return since.elapsed();
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "{answer:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[expect(
    clippy::print_stdout,
    reason = "the figures are what a measurement is run for"
)]
fn judge(what: &str, mut took: Vec<Duration>) {
    took.sort_unstable();
    let (median, longest) = (took[took.len() / 2], took[took.len() - 1]);
    println!(
        "{what}, {} times: first accepted request after {median:?} (median), {longest:?} (max)",
        took.len()
    );
    assert!(median <= BUDGET && longest <= RESUMED, "{what}: {took:?}");
}

#[tokio::test]
async fn requests_are_accepted_within_a_second_after_a_paused_dc_goes_on() {
    let world = World::ready().await;
    let account = world.account().await;
    let mut took = Vec::new();
    for _ in 0..times() {
        world.docker("pause", "dc");
        wait_refused(&world).await;
        world.docker("unpause", "dc");
        took.push(first_accepted(&world, &account, Instant::now()).await);
        world.wait_ready().await;
    }
    judge("the DC was paused", took);
}

#[tokio::test]
async fn requests_are_accepted_within_a_second_after_the_dc_answers_again() {
    let world = World::ready().await;
    let account = world.account().await;
    let mut took = Vec::new();
    for _ in 0..times() {
        world.docker("stop", "dc");
        wait_refused(&world).await;
        world.start("dc");
        until("the DC answers", Duration::from_secs(60), || world.dc.answers()).await;
        took.push(first_accepted(&world, &account, Instant::now()).await);
        world.wait_ready().await;
    }
    judge("the DC was stopped", took);
    let operation = world.change(&account, INITIAL, &fresh_password()).await;
    assert_eq!(code_of(&operation.expect("an answer")), OutcomeCode::Applied);
}

#[tokio::test]
async fn requests_are_accepted_within_a_second_after_the_audit_store_answers_again() {
    let world = World::ready().await;
    let account = world.account().await;
    let mut took = Vec::new();
    for _ in 0..times() {
        world.docker("stop", "connector-db");
        wait_refused(&world).await;
        world.start("connector-db");
        until("the store answers", Duration::from_secs(60), || async {
            world.succeeds_inside("connector-db", &["pg_isready", "--quiet"])
        })
        .await;
        took.push(first_accepted(&world, &account, Instant::now()).await);
        world.wait_ready().await;
    }
    judge("the audit store was stopped", took);
}
