//! The pipeline against the real domain controller (Samba): what it ends with is proved by binding, and a process that
//! dies is found out by the real marker.

use std::sync::Arc;

use groundwire_connector::ad::{ActiveDirectory, LdapsDirectory};
use groundwire_connector::domain::OperationKind;
use groundwire_connector::pipeline::CrashPoint;
use groundwire_proto::gateway::v1::OutcomeReport;
use groundwire_proto::operation::v1::{OperationFlags, OutcomeCode};

use crate::ad::rig::{Domain, FIRST_PASSWORD, TestAccount};
use crate::pipeline::rig::{Ask, NEW, Process, Rig, said, warned};

struct Site {
    rig: Rig,
    account: TestAccount,
    directory: Arc<LdapsDirectory>,
    dc: String,
}

impl Site {
    async fn new() -> Self {
        let domain = Domain::from_environment().await;
        let account = domain.account().await;
        let directory = Arc::new(domain.directory());
        let dc = directory.domain_controller().await.unwrap().name;
        let mut rig = Rig::new().await;
        rig.anchor = account.anchor;
        rig.scope = format!("OU=Staff,{}", domain.base);
        Self {
            rig,
            account,
            directory,
            dc,
        }
    }

    async fn process(&self) -> Process {
        self.rig
            .process_over(Arc::clone(&self.directory) as Arc<dyn ActiveDirectory>)
            .await
    }

    fn ask(&self, kind: OperationKind, sequence: u64) -> Ask {
        Ask {
            sequence,
            group_dc: self.dc.clone(),
            ..Ask::new(kind)
        }
    }

    async fn carry_out(&self, process: &mut Process, ask: &Ask) -> OutcomeReport {
        process.handle(self.rig.event(ask)).await;
        process.outcome().await
    }
}

#[tokio::test]
async fn a_change_is_applied_and_the_new_password_binds() {
    let site = Site::new().await;
    let mut process = site.process().await;
    let report = site
        .carry_out(&mut process, &site.ask(OperationKind::Change, 1))
        .await;
    assert_eq!(said(&report), (OutcomeCode::Applied, vec![]));
    assert!(site.account.binds_with(NEW).await);
    let told = report
        .outcome
        .unwrap()
        .evidence
        .unwrap()
        .unicode_pwd_version
        .unwrap();
    let read = site.directory.read_account(site.account.anchor).await.unwrap();
    assert_eq!(
        Some(told),
        read.account.password_version.map(u64::from),
        "the version that was told is the one"
    );
}

#[tokio::test]
async fn a_wrong_current_password_is_refused_once_and_counted_once() {
    let site = Site::new().await;
    let mut process = site.process().await;
    let ask = Ask {
        current: Some("Wrong-Harbour-99".to_owned()),
        ..site.ask(OperationKind::Change, 1)
    };
    let report = site.carry_out(&mut process, &ask).await;
    assert_eq!(
        said(&report),
        (OutcomeCode::Rejected, vec!["CURRENT_PASSWORD_INCORRECT"])
    );
    let read = site.directory.read_account(site.account.anchor).await.unwrap();
    assert_eq!(read.account.bad_password_count, Some(1));
    assert!(read.account.bad_password_time.is_some_and(|time| time.is_set()));
    assert_eq!(read.account.marker, None);
}

#[tokio::test]
async fn a_password_of_the_history_is_refused_by_the_domain_controller() {
    let site = Site::new().await;
    let mut process = site.process().await;
    let ask = Ask {
        new: Some(FIRST_PASSWORD.to_owned()),
        ..site.ask(OperationKind::SelfReset, 1)
    };
    let report = site.carry_out(&mut process, &ask).await;
    assert_eq!(said(&report).0, OutcomeCode::Rejected);
    assert_eq!(said(&report).1[0], "PASSWORD_IN_HISTORY");
}

#[tokio::test]
async fn a_locked_account_is_reset_and_unlocked_and_must_change() {
    let site = Site::new().await;
    let mut process = site.process().await;
    site.account.lock().await;
    let locked = site
        .carry_out(&mut process, &site.ask(OperationKind::Change, 1))
        .await;
    assert_eq!(said(&locked), (OutcomeCode::Rejected, vec!["ACCOUNT_LOCKED"]));
    let reset = site
        .carry_out(&mut process, &site.ask(OperationKind::SelfReset, 2))
        .await;
    assert_eq!((said(&reset).0, warned(&reset)), (OutcomeCode::Applied, vec![]));
    assert!(site.account.binds_with(NEW).await, "it is unlocked");
    let flags = OperationFlags {
        must_change_at_next_logon: true,
        ..OperationFlags::default()
    };
    let new = Some("Quieter-Window-19".to_owned());
    let ask = Ask {
        flags,
        new,
        ..site.ask(OperationKind::AdminReset, 3)
    };
    let reset = site.carry_out(&mut process, &ask).await;
    assert_eq!((said(&reset).0, warned(&reset)), (OutcomeCode::Applied, vec![]));
    let read = site.directory.read_account(site.account.anchor).await.unwrap();
    assert_eq!(read.account.must_change(), Some(true));
}

#[tokio::test]
async fn a_process_that_dies_is_found_out_by_the_real_marker() {
    let site = Site::new().await;
    let written = site.ask(OperationKind::SelfReset, 1);
    site.process()
        .await
        .die_at(CrashPoint::AfterWrite, site.rig.event(&written))
        .await;
    let mut process = site.process().await;
    process.resume().await;
    let report = process.outcome().await;
    assert_eq!(said(&report), (OutcomeCode::Applied, vec![]));
    assert!(report.outcome.as_ref().unwrap().recovered);
    process.acknowledge(&report).await;
    assert!(site.account.binds_with(NEW).await);
    let intended = Ask {
        new: Some("Quieter-Window-19".to_owned()),
        ..site.ask(OperationKind::SelfReset, 2)
    };
    site.process()
        .await
        .die_at(CrashPoint::AfterIntent, site.rig.event(&intended))
        .await;
    process.resume().await;
    let report = process.outcome().await;
    assert_eq!(said(&report).0, OutcomeCode::Expired);
    process.acknowledge(&report).await;
    assert!(site.account.binds_with(NEW).await, "nothing was written");
    let later = Ask {
        new: Some("Quieter-Window-19".to_owned()),
        ..site.ask(OperationKind::SelfReset, 3)
    };
    let report = site.carry_out(&mut process, &later).await;
    assert_eq!(said(&report), (OutcomeCode::Applied, vec![]));
    assert!(site.account.binds_with("Quieter-Window-19").await);
}
