//! The pipeline against the real domain controller (Samba): what it ends with is proved by binding, and a process that
//! dies is found out by the real marker.

use std::sync::Arc;

use groundwire_connector::ad::{ActiveDirectory, LdapsDirectory};
use groundwire_connector::domain::{NamedBy, OperationKind};
use groundwire_connector::pipeline::CrashPoint;
use groundwire_proto::gateway::v1::OutcomeReport;
use groundwire_proto::operation::v1::{OperationFlags, OutcomeCode};

use crate::ad::rig::{FIRST_PASSWORD, TestAccount, TestDomain};
use crate::pipeline::event_spec::EventSpec;
use crate::pipeline::process::{PipelineProcess, code_and_reasons, warnings};
use crate::pipeline::rig::{NEW, PipelineRig};

/// A connector at the real domain controller, and an account there.
pub(crate) struct Site {
    pub(crate) rig: PipelineRig,
    pub(crate) domain: TestDomain,
    pub(crate) account: TestAccount,
    pub(crate) directory: Arc<LdapsDirectory>,
    dc: String,
}

impl Site {
    pub(crate) async fn new() -> Self {
        let domain = TestDomain::from_environment().await;
        let account = domain.create_account().await;
        Self::of(&domain, account).await
    }

    pub(crate) async fn of(domain: &TestDomain, account: TestAccount) -> Self {
        let directory = Arc::new(domain.connect_service());
        let dc = directory.domain_controller().await.unwrap().name;
        let mut rig = PipelineRig::new().await;
        rig.anchor = account.anchor;
        rig.scope = format!("OU=Staff,{}", domain.base);
        Self {
            rig,
            domain: domain.clone(),
            account,
            directory,
            dc,
        }
    }

    pub(crate) async fn start_process(&self) -> PipelineProcess {
        self.rig
            .start_process_over(Arc::clone(&self.directory) as Arc<dyn ActiveDirectory>)
            .await
    }

    pub(crate) fn spec(&self, kind: OperationKind, sequence: u64) -> EventSpec {
        EventSpec {
            sequence,
            group_dc: self.dc.clone(),
            ..EventSpec::new(kind)
        }
    }

    pub(crate) async fn carry_out(&self, process: &mut PipelineProcess, spec: &EventSpec) -> OutcomeReport {
        process.handle(self.rig.sign_event(spec)).await;
        process.next_outcome().await
    }
}

#[tokio::test]
async fn a_change_is_applied_and_the_new_password_binds() {
    let site = Site::new().await;
    let mut process = site.start_process().await;
    let report = site
        .carry_out(&mut process, &site.spec(OperationKind::Change, 1))
        .await;
    assert_eq!(code_and_reasons(&report), (OutcomeCode::Applied, vec![]));
    assert!(site.account.binds_with(NEW).await);
    let reported = report
        .outcome
        .unwrap()
        .evidence
        .unwrap()
        .unicode_pwd_version
        .unwrap();
    let read = site
        .directory
        .read_account(site.account.anchor, &NamedBy::Anchor)
        .await
        .unwrap();
    assert_eq!(
        Some(reported),
        read.account.password_version.map(u64::from),
        "the version that was reported is the one"
    );
}

#[tokio::test]
async fn a_wrong_current_password_is_refused_once_and_counted_once() {
    let site = Site::new().await;
    let mut process = site.start_process().await;
    let spec = EventSpec {
        current: Some("Wrong-Harbour-99".to_owned()),
        ..site.spec(OperationKind::Change, 1)
    };
    let report = site.carry_out(&mut process, &spec).await;
    assert_eq!(
        code_and_reasons(&report),
        (OutcomeCode::Rejected, vec!["CURRENT_PASSWORD_INCORRECT"])
    );
    let read = site
        .directory
        .read_account(site.account.anchor, &NamedBy::Anchor)
        .await
        .unwrap();
    assert_eq!(read.account.bad_password_count, Some(1));
    assert!(read.account.bad_password_time.is_some_and(|time| time.is_set()));
    assert_eq!(read.account.marker, None);
}

#[tokio::test]
async fn a_password_of_the_history_is_refused_by_the_domain_controller() {
    let site = Site::new().await;
    let mut process = site.start_process().await;
    let spec = EventSpec {
        new: Some(FIRST_PASSWORD.to_owned()),
        ..site.spec(OperationKind::SelfReset, 1)
    };
    let report = site.carry_out(&mut process, &spec).await;
    assert_eq!(code_and_reasons(&report).0, OutcomeCode::Rejected);
    assert_eq!(code_and_reasons(&report).1[0], "PASSWORD_IN_HISTORY");
}

#[tokio::test]
async fn a_locked_account_is_reset_and_unlocked_and_must_change() {
    let site = Site::new().await;
    let mut process = site.start_process().await;
    site.account.lock().await;
    let locked = site
        .carry_out(&mut process, &site.spec(OperationKind::Change, 1))
        .await;
    assert_eq!(
        code_and_reasons(&locked),
        (OutcomeCode::Rejected, vec!["ACCOUNT_LOCKED"])
    );
    let reset = site
        .carry_out(&mut process, &site.spec(OperationKind::SelfReset, 2))
        .await;
    assert_eq!(
        (code_and_reasons(&reset).0, warnings(&reset)),
        (OutcomeCode::Applied, vec![])
    );
    assert!(site.account.binds_with(NEW).await, "it is unlocked");
    let flags = OperationFlags {
        must_change_at_next_logon: true,
        ..OperationFlags::default()
    };
    let new = Some("Quieter-Window-19".to_owned());
    let spec = EventSpec {
        flags,
        new,
        ..site.spec(OperationKind::AdminReset, 3)
    };
    let reset = site.carry_out(&mut process, &spec).await;
    assert_eq!(
        (code_and_reasons(&reset).0, warnings(&reset)),
        (OutcomeCode::Applied, vec![])
    );
    let read = site
        .directory
        .read_account(site.account.anchor, &NamedBy::Anchor)
        .await
        .unwrap();
    assert_eq!(read.account.must_change(), Some(true));
}

#[tokio::test]
async fn a_process_that_dies_is_found_out_by_the_real_marker() {
    let site = Site::new().await;
    let written = site.spec(OperationKind::SelfReset, 1);
    site.start_process()
        .await
        .crash_at(CrashPoint::AfterWrite, site.rig.sign_event(&written))
        .await;
    let mut process = site.start_process().await;
    process.resume().await;
    let report = process.next_outcome().await;
    assert_eq!(code_and_reasons(&report), (OutcomeCode::Applied, vec![]));
    assert!(report.outcome.as_ref().unwrap().recovered);
    process.acknowledge(&report).await;
    assert!(site.account.binds_with(NEW).await);
    let intended = EventSpec {
        new: Some("Quieter-Window-19".to_owned()),
        ..site.spec(OperationKind::SelfReset, 2)
    };
    site.start_process()
        .await
        .crash_at(CrashPoint::AfterIntent, site.rig.sign_event(&intended))
        .await;
    process.resume().await;
    let report = process.next_outcome().await;
    assert_eq!(code_and_reasons(&report).0, OutcomeCode::Expired);
    process.acknowledge(&report).await;
    assert!(site.account.binds_with(NEW).await, "nothing was written");
    let later = EventSpec {
        new: Some("Quieter-Window-19".to_owned()),
        ..site.spec(OperationKind::SelfReset, 3)
    };
    let report = site.carry_out(&mut process, &later).await;
    assert_eq!(code_and_reasons(&report), (OutcomeCode::Applied, vec![]));
    assert!(site.account.binds_with("Quieter-Window-19").await);
}

/// The domain controller is not restored here (others use it): the directory's evidence is of writes that it never had, as
/// after a restore.
#[tokio::test]
async fn what_a_restored_domain_controller_lost_holds_up_its_accounts_until_that_is_accepted() {
    let site = Site::new().await;
    let mut process = site.start_process().await;
    let held_up = EventSpec {
        last_applied: 7,
        last_version: Some(1_000),
        ..site.spec(OperationKind::SelfReset, 8)
    };
    let report = site.carry_out(&mut process, &held_up).await;
    assert_eq!(code_and_reasons(&report), (OutcomeCode::Failed, vec!["DC_STALE"]));
    assert!(site.account.binds_with(FIRST_PASSWORD).await);
    let accepted = EventSpec {
        last_applied: 7,
        last_version: Some(1_000),
        last_may_be_lost: true,
        ..site.spec(OperationKind::SelfReset, 9)
    };
    let report = site.carry_out(&mut process, &accepted).await;
    assert_eq!(code_and_reasons(&report), (OutcomeCode::Applied, vec![]));
    assert!(site.account.binds_with(NEW).await);
}

#[tokio::test]
async fn a_restored_directory_learns_from_the_marker_behind_which_number_to_go_on() {
    let site = Site::new().await;
    let mut process = site.start_process().await;
    let reset = |sequence, new: &str| EventSpec {
        new: Some(new.to_owned()),
        ..site.spec(OperationKind::SelfReset, sequence)
    };
    for (sequence, new) in [(1, NEW), (2, "Quieter-Window-19"), (3, "Softer-Meadow-64")] {
        let report = site.carry_out(&mut process, &reset(sequence, new)).await;
        assert_eq!(code_and_reasons(&report), (OutcomeCode::Applied, vec![]));
    }
    // Its dump is from before the second one.
    let report = site.carry_out(&mut process, &reset(2, "Colder-Orchard-28")).await;
    assert_eq!(
        code_and_reasons(&report),
        (OutcomeCode::Superseded, vec!["SUPERSEDED"])
    );
    assert_eq!(report.outcome.unwrap().reasons[0].fields["sequence"], "3");
    assert!(site.account.binds_with("Softer-Meadow-64").await);
    let report = site.carry_out(&mut process, &reset(4, "Colder-Orchard-28")).await;
    assert_eq!(code_and_reasons(&report), (OutcomeCode::Applied, vec![]));
    assert!(site.account.binds_with("Colder-Orchard-28").await);
}
