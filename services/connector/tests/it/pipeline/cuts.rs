//! Operations while a firewall on the way to the domain controller forgets its connections, again and again.

use std::sync::Arc;
use std::time::{Duration, Instant};

use groundwire_connector::ad::{ActiveDirectory, LdapsDirectory};
use groundwire_connector::domain::OperationKind;
use groundwire_proto::operation::v1::OutcomeCode;
use groundwire_proto::reasons::Reason;
use tokio::task::JoinSet;

use crate::ad::cuts::through_a_forwarder;
use crate::ad::rig::TestDomain;
use crate::pipeline::event_spec::EventSpec;
use crate::pipeline::process::code_and_reasons;
use crate::pipeline::rig::PipelineRig;

const CUTS: u64 = 20;
const ACCOUNTS: usize = 20;
/// Five operations a second.
const PACE: Duration = Duration::from_millis(200);
const OPERATIONS_PER_CUT: u64 = 10;
/// The credit that the connector gave.
const AT_ONCE: usize = 4;

#[tokio::test]
async fn no_operation_fails_because_connections_were_cut_silently() {
    let domain = TestDomain::from_environment().await;
    let (forwarder, settings) = through_a_forwarder(&domain).await;
    let directory = Arc::new(LdapsDirectory::start(settings));
    let dc = directory.domain_controller().await.unwrap().name;
    let mut rig = PipelineRig::new().await;
    rig.limits = groundwire_connector::pipeline::Limits::default();
    rig.scope = format!("OU=Staff,{}", domain.base);
    let mut accounts = Vec::new();
    for _ in 0..ACCOUNTS {
        accounts.push(domain.create_account().await);
    }
    let mut process = rig
        .start_process_over(directory as Arc<dyn ActiveDirectory>)
        .await;
    let mut pace = tokio::time::interval(PACE);
    let mut running = JoinSet::new();
    let (mut reports, mut took) = (Vec::new(), Vec::new());
    let total = CUTS * OPERATIONS_PER_CUT;
    for number in 0..total {
        // The frames are taken all the while, as the stream takes them. On a machine that cannot carry the pace it is
        // slower: what is looked for is not what an overloaded domain controller does.
        let mut is_due = false;
        while !is_due || running.len() >= AT_ONCE {
            tokio::select! {
                _ = pace.tick(), if !is_due => is_due = true,
                report = process.next_outcome_whenever() => reports.push(report),
                Some(ended) = running.join_next(), if !running.is_empty() => took.push(ended.unwrap()),
            }
        }
        let at = usize::try_from(number).unwrap() % ACCOUNTS;
        rig.anchor = accounts[at].anchor;
        let spec = EventSpec {
            sequence: number / u64::try_from(ACCOUNTS).unwrap() + 1,
            group_dc: dc.clone(),
            new: Some(format!("Cut-Harbour-{number}")),
            expires_in: 300_000,
            ..EventSpec::new(OperationKind::SelfReset)
        };
        let operation = process.begin(rig.sign_event(&spec));
        let started = Instant::now();
        running.spawn(async move {
            operation.await.unwrap();
            (number, started.elapsed())
        });
        // In the middle between two operations, or while one is written.
        if number % OPERATIONS_PER_CUT == 3 {
            let after = Duration::from_millis(number / OPERATIONS_PER_CUT * 5);
            let _elapsed = tokio::time::timeout(after, std::future::pending::<()>()).await;
            forwarder.cut();
        }
    }
    while reports.len() < usize::try_from(total).unwrap() {
        reports.push(process.next_outcome().await);
    }
    took.extend(running.join_all().await);
    let ends = reports.iter().map(code_and_reasons);
    let failed: Vec<_> = ends.filter(|(code, _)| *code != OutcomeCode::Applied).collect();
    for report in &reports {
        for reason in &report.outcome.as_ref().unwrap().reasons {
            eprintln!("{}", Reason::from(reason.clone()).admin_message());
        }
    }
    let sorted = |chosen: &dyn Fn(u64) -> bool| {
        let of = took.iter().filter(|(number, _)| chosen(*number));
        let mut millis: Vec<_> = of.map(|(_, took)| took.as_millis()).collect();
        millis.sort_unstable();
        millis
    };
    let near: &dyn Fn(u64) -> bool = &|number| (2..=5).contains(&(number % OPERATIONS_PER_CUT));
    let (near, far) = (sorted(near), sorted(&|number| !near(number)));
    eprintln!(
        "{CUTS} cuts, {total} operations: failed {}; around a cut median {} ms, longest {} ms; others median {} ms, longest {} ms",
        failed.len(),
        near[near.len() / 2],
        near[near.len() - 1],
        far[far.len() / 2],
        far[far.len() - 1],
    );
    assert!(failed.is_empty(), "{failed:?}");
}
