//! After a crash, a lost connection or a takeover: each row of the table of design section 7. A case is one line: what
//! happens to an operation, and how it ends. Whatever happens, the promises hold: exactly one end, at most one effect,
//! and nothing lands after the end.

use std::fmt::Debug;
use std::time::Duration;

use groundwire_connector::domain::{FileTime, MarkerState, OperationId, OperationKind};
use groundwire_connector::pipeline::CrashPoint::{self, AfterIntent, AfterWrite, BeforeIntent};
use groundwire_proto::gateway::v1::{FateKind, OpenOperationState, OutcomeReport};
use groundwire_proto::operation::v1::OutcomeCode;

use crate::pipeline::event_spec::EventSpec;
use crate::pipeline::fake_ad::{FakeAd, WriteFault};
use crate::pipeline::process::{PipelineProcess, code_and_reasons};
use crate::pipeline::rig::PipelineRig;

/// Makes a test of each line: `name: what happens => how it ends;`.
macro_rules! recovers {
    ($($name:ident: $case:expr => $ending:expr;)+) => {
        $(
            #[tokio::test]
            async fn $name() {
                $case.run(stringify!($name), $ending).await;
            }
        )+
    };
}

recovers! {
    killed_before_the_intent_it_is_let_go_and_a_redelivery_fences_and_writes:
        reset().killed(BeforeIntent).delivered_again()
        => applied("Received StoodDown Received FenceIntended Fenced WriteIntended Applied").attempt(2).sent(1).fences(1);
    killed_after_the_intent_it_is_fenced_and_expired_and_nothing_lands_later:
        reset().killed(AfterIntent)
        => expired("Received WriteIntended FenceIntended Fenced Expired").sent(0).fences(1);
    a_write_that_is_under_way_when_its_process_dies_never_lands_after_the_end:
        reset().write(WriteFault::Late).killed(AfterWrite)
        => expired("Received WriteIntended FenceIntended Fenced Expired").sent(1).fences(1);
    a_write_that_lands_just_before_it_would_be_fenced_ends_as_applied:
        reset().write(WriteFault::Late).killed(AfterWrite).then(FakeAd::land_before_the_next_fence)
        => applied("Received WriteIntended FenceIntended Applied").recovered().sent(1);
    killed_after_the_write_it_is_applied_as_the_marker_says:
        change().killed(AfterWrite)
        => applied("Received WriteIntended Applied").recovered().sent(1);
    an_answer_that_was_lost_after_the_write_landed_is_found_in_the_marker:
        change().write(WriteFault::AppliedUnanswered)
        => applied("Received WriteIntended Applied").recovered().sent(1);
    a_write_that_is_never_answered_is_given_up_in_time_and_found_out:
        reset().write(WriteFault::NeverAnswered)
        => applied("Received WriteIntended FenceIntended Fenced WriteIntended Applied").sent(1).fences(1);
    a_write_that_never_landed_is_fenced_before_it_is_sent_again:
        reset().write(WriteFault::LostUnanswered)
        => applied("Received WriteIntended FenceIntended Fenced WriteIntended Applied").sent(2).fences(1);
    a_write_that_is_still_under_way_when_it_is_fenced_never_lands:
        reset().write(WriteFault::Late)
        => applied("Received WriteIntended FenceIntended Fenced WriteIntended Applied").sent(2).fences(1);
    a_wrong_current_password_costs_one_try_also_where_the_answer_was_lost:
        change().given(FakeAd::count_unanswered_changes_as_wrong).write(WriteFault::LostUnanswered)
        => failed("Received WriteIntended FenceIntended Fenced Failed").sent(1).fences(1);
    a_wrong_current_password_costs_one_try_also_where_the_count_began_anew:
        change().given(had_a_wrong_try_long_ago).write(WriteFault::LostUnanswered)
        => failed("Received WriteIntended FenceIntended Fenced Failed").sent(1).fences(1);
    an_answer_that_does_not_say_that_nothing_was_written_is_found_out_and_not_sent_again:
        reset().write(WriteFault::Refused(80, "something else"))
        => failed("Received WriteIntended FenceIntended Fenced Failed").sent(1).fences(1);
    an_earlier_attempts_fence_is_fenced_over:
        reset().attempt(2).over(MarkerState::Fenced, 1, 3)
        => applied("Received FenceIntended Fenced WriteIntended Applied").attempt(2).sent(1).fences(1);
    an_earlier_attempts_write_is_reported_and_not_repeated:
        reset().attempt(2).over(MarkerState::Written, 1, 0)
        => applied("Received Applied").attempt(2).recovered().sent(0);
}

/// The last wrong password is older than the window in which it counts.
fn had_a_wrong_try_long_ago(ad: &FakeAd) {
    ad.change_account(|account| {
        account.bad_password_count = Some(1);
        account.bad_password_time = Some(FileTime(132_223_104_000_000_000));
    });
    ad.count_unanswered_changes_as_wrong();
}

/// What happens to an operation.
struct Case {
    spec: EventSpec,
    marker: Option<(MarkerState, u32, u32)>,
    before: fn(&FakeAd),
    fault: Option<WriteFault>,
    crash: Option<CrashPoint>,
    between: fn(&FakeAd),
    delivered_again: bool,
}

fn change() -> Case {
    Case::new(OperationKind::Change)
}

fn reset() -> Case {
    Case::new(OperationKind::SelfReset)
}

impl Case {
    fn new(kind: OperationKind) -> Self {
        Self {
            spec: EventSpec::new(kind),
            marker: None,
            before: |_| {},
            fault: None,
            crash: None,
            between: |_| {},
            delivered_again: false,
        }
    }

    /// The first attempt that comes here.
    fn attempt(mut self, attempt: u32) -> Self {
        self.spec.attempt = attempt;
        self
    }

    /// An earlier attempt, elsewhere, left this marker.
    fn over(mut self, state: MarkerState, attempt: u32, fence_count: u32) -> Self {
        self.marker = Some((state, attempt, fence_count));
        self
    }

    fn given(mut self, before: fn(&FakeAd)) -> Self {
        self.before = before;
        self
    }

    /// What the first write meets.
    fn write(mut self, fault: WriteFault) -> Self {
        self.fault = Some(fault);
        self
    }

    /// The process is killed there, and another one starts.
    fn killed(mut self, at: CrashPoint) -> Self {
        self.crash = Some(at);
        self
    }

    /// What happens while no process is there.
    fn then(mut self, between: fn(&FakeAd)) -> Self {
        self.between = between;
        self
    }

    /// The directory hands it over once more, with the next attempt.
    fn delivered_again(mut self) -> Self {
        self.delivered_again = true;
        self
    }

    async fn run(self, name: &str, expected: Ending) {
        let mut rig = PipelineRig::new().await;
        // Longer than any write takes that is answered.
        rig.limits.write_deadline = Duration::from_millis(if self.crash.is_none() { 200 } else { 5_000 });
        if let Some((state, attempt, count)) = self.marker {
            rig.set_marker(&rig.format_marker(
                state,
                self.spec.operation,
                self.spec.sequence,
                attempt,
                count,
            ));
        }
        (self.before)(&rig.ad);
        let written_before = matches!(self.marker, Some((MarkerState::Written, _, _)));
        let mut process = self.carry_out(name, &rig).await;
        let report = process.next_outcome().await;
        expected.check(name, &rig, &process, &self.spec, &report).await;

        // It ended: nothing lands later, and nothing is written any more, whoever asks.
        process.acknowledge(&report).await;
        assert_eq!(rig.ad.land_late_writes(), 0, "{name}: what landed after the end");
        let code = code_and_reasons(&report).0;
        process
            .handle(rig.sign_event(&self.spec.with_attempt(expected.attempt + 1)))
            .await;
        let again = process.next_outcome().await;
        assert_eq!(
            code_and_reasons(&again).0,
            code,
            "{name}: the answer to an attempt after the end"
        );
        assert_eq!(rig.ad.sent(), expected.sent, "{name}: writes sent after the end");
        if !written_before {
            assert_one_end_and_at_most_one_effect(&rig, &process, self.spec.operation).await;
        }
    }

    /// Goes through what happens, to the process that ends the operation.
    async fn carry_out(&self, name: &str, rig: &PipelineRig) -> PipelineProcess {
        if let Some(fault) = self.fault {
            rig.ad.fail_next_write(fault);
        }
        let process = rig.start_process().await;
        let Some(place) = self.crash else {
            process.handle(rig.sign_event(&self.spec)).await;
            return process;
        };
        process.crash_at(place, rig.sign_event(&self.spec)).await;
        (self.between)(&rig.ad);
        let mut process = rig.start_process().await;
        let open = process.pipeline.open_operations().await.unwrap();
        let listed: Vec<_> = open.iter().map(|open| (open.state(), open.secret_gone)).collect();
        let expected = if place == BeforeIntent {
            (OpenOperationState::Received, true)
        } else {
            (OpenOperationState::InDoubt, false)
        };
        assert_eq!(listed, [expected], "{name}: what is listed after the crash");
        process.resume().await;
        if self.delivered_again {
            let attempt = self.spec.attempt;
            process
                .apply_fate(self.spec.operation, FateKind::Continue, attempt)
                .await;
            assert_eq!(process.next_stood_down().await, (attempt, 0));
            process
                .handle(rig.sign_event(&self.spec.with_attempt(self.spec.attempt + 1)))
                .await;
        }
        process
    }
}

/// How an operation ends.
struct Ending {
    code: OutcomeCode,
    reasons: Option<&'static [&'static str]>,
    history: &'static str,
    attempt: u32,
    recovered: bool,
    sent: usize,
    fences: u32,
}

fn applied(history: &'static str) -> Ending {
    Ending::new(OutcomeCode::Applied, Some(&[]), history)
}

fn expired(history: &'static str) -> Ending {
    Ending::new(OutcomeCode::Expired, Some(&["SECRET_LOST"]), history)
}

/// Which reasons it has depends on what Active Directory shows; that it failed does not.
fn failed(history: &'static str) -> Ending {
    Ending::new(OutcomeCode::Failed, None, history)
}

impl Ending {
    fn new(code: OutcomeCode, reasons: Option<&'static [&'static str]>, history: &'static str) -> Self {
        Self {
            code,
            reasons,
            history,
            attempt: 1,
            recovered: false,
            sent: 0,
            fences: 0,
        }
    }

    fn attempt(mut self, attempt: u32) -> Self {
        self.attempt = attempt;
        self
    }

    /// It is known by the marker, not by an answer.
    fn recovered(mut self) -> Self {
        self.recovered = true;
        self
    }

    /// Writes that went to the domain controller, whatever became of them.
    fn sent(mut self, writes: usize) -> Self {
        self.sent = writes;
        self
    }

    /// The count that the marker has in the end.
    fn fences(mut self, count: u32) -> Self {
        self.fences = count;
        self
    }

    async fn check(
        &self,
        name: &str,
        rig: &PipelineRig,
        process: &PipelineProcess,
        spec: &EventSpec,
        report: &OutcomeReport,
    ) {
        fn equal<T: PartialEq + Debug>(name: &str, what: &str, seen: T, expected: T) {
            assert_eq!(seen, expected, "{name}: {what}");
        }
        let (code, reasons) = code_and_reasons(report);
        equal(name, "the outcome", code, self.code);
        if let Some(expected) = self.reasons {
            equal(name, "the reasons", reasons.as_slice(), expected);
        }
        let outcome = report.outcome.as_ref().unwrap();
        equal(name, "the attempt", outcome.attempt, self.attempt);
        equal(name, "found by the marker", outcome.recovered, self.recovered);
        let history = rig.store.history(&process.audit, spec.operation).await.join(" ");
        equal(name, "the records", history.as_str(), self.history);
        equal(name, "writes sent", rig.ad.sent(), self.sent);
        let is_applied = self.code == OutcomeCode::Applied;
        let (state, attempt) = if !is_applied {
            (MarkerState::Fenced, self.attempt)
        } else if self.sent == 0 {
            (MarkerState::Written, self.attempt - 1)
        } else {
            (MarkerState::Written, self.attempt)
        };
        let marker = rig.format_marker(state, spec.operation, spec.sequence, attempt, self.fences);
        equal(name, "the marker", rig.ad.marker(), Some(marker));
        if is_applied && self.sent > 0 {
            let version = outcome.evidence.as_ref().unwrap().unicode_pwd_version;
            equal(name, "the version of unicodePwd", version, Some(8));
        }
    }
}

const ENDS: [&str; 6] = [
    "Applied",
    "Refused",
    "Rejected",
    "Failed",
    "Expired",
    "Superseded",
];

/// The promises, whatever happened: one end, at most one effect.
pub(super) async fn assert_one_end_and_at_most_one_effect(
    rig: &PipelineRig,
    process: &PipelineProcess,
    operation: OperationId,
) {
    let history = rig.store.history(&process.audit, operation).await;
    let ends = history
        .iter()
        .filter(|event| ENDS.contains(&event.as_str()))
        .count();
    assert_eq!(ends, 1, "{history:?}");
    assert!(rig.ad.effects().len() <= 1, "{:?}", rig.ad.effects());
    assert_eq!(
        rig.ad.effects().len() == 1,
        history.iter().any(|event| event == "Applied"),
        "{history:?}"
    );
}
