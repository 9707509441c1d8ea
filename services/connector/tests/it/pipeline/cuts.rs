//! Operations while a firewall on the way to the domain controller forgets its connections, again and again.

use std::sync::Arc;
use std::time::{Duration, Instant};

use groundwire_connector::ad::{ActiveDirectory, LdapsDirectory};
use groundwire_connector::domain::OperationKind;
use groundwire_proto::operation::v1::OutcomeCode;
use tokio::task::JoinSet;

use crate::ad::cuts::through_a_forwarder;
use crate::ad::rig::TestDomain;
use crate::pipeline::event_spec::EventSpec;
use crate::pipeline::process::code_and_reasons;
use crate::pipeline::rig::PipelineRig;

const CUTS: u64 = 20;
const ACCOUNTS: usize = 10;
/// Five operations a second.
const PACE: Duration = Duration::from_millis(200);
const OPERATIONS_PER_CUT: u64 = 10;

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
    let total = CUTS * OPERATIONS_PER_CUT;
    let mut reports = Vec::new();
    for number in 0..total {
        // The frames are taken all the while, as the stream takes them.
        loop {
            tokio::select! {
                _ = pace.tick() => break,
                report = process.next_outcome_whenever() => reports.push(report),
            }
        }
        let at = usize::try_from(number).unwrap() % ACCOUNTS;
        rig.anchor = accounts[at].anchor;
        let spec = EventSpec {
            sequence: number / u64::try_from(ACCOUNTS).unwrap() + 1,
            group_dc: dc.clone(),
            new: Some(format!("Cut-Harbour-{number}")),
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
    let mut took: Vec<(u64, Duration)> = running.join_all().await;
    let ends = reports.iter().map(code_and_reasons);
    let failed: Vec<_> = ends.filter(|(code, _)| *code != OutcomeCode::Applied).collect();
    took.sort_by_key(|(_, took)| *took);
    let all: Vec<_> = took.iter().map(|(_, took)| took.as_millis()).collect();
    let hit: Vec<_> = all.iter().filter(|millis| **millis > 400).collect();
    let middle = |values: &[&u128]| values.get(values.len() / 2).map(|millis| **millis);
    eprintln!(
        "{CUTS} cuts, {total} operations: failed {}, median {} ms, longest {} ms; of {} that met a cut: median {:?} ms",
        failed.len(),
        all[all.len() / 2],
        all[all.len() - 1],
        hit.len(),
        middle(&hit),
    );
    assert!(failed.is_empty(), "{failed:?}");
}
