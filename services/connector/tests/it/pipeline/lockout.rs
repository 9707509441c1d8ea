//! The lockout shield on the real domain controller: nobody is locked out from the internet, and what is advised to lift
//! the hold lifts it.

use groundwire_connector::domain::{FileTime, OperationKind};
use groundwire_kit::clock::{Clock, SystemClock};
use groundwire_kit::testing::wait_until;
use groundwire_proto::operation::v1::{OperationFlags, OutcomeCode};

use crate::ad::administrator::Rules;
use crate::ad::rig::{FIRST_PASSWORD, TestDomain, read_account};
use crate::pipeline::event_spec::EventSpec;
use crate::pipeline::process::{PipelineProcess, code_and_reasons, warnings};
use crate::pipeline::real_dc::Site;
use crate::pipeline::rig::NEW;

const WRONG: &str = "Wrong-Harbour-99";
const THIRD: &str = "Quieter-Window-19";
const BAD_PWD_COUNT: &str = "bf96792e-0de6-11d0-a285-00aa003049e2";

/// One change; tells its reasons, nothing where it was applied.
async fn change(
    site: &Site,
    process: &mut PipelineProcess,
    sequence: u64,
    current: &str,
    new: &str,
) -> Vec<&'static str> {
    let spec = EventSpec {
        current: Some(current.to_owned()),
        new: Some(new.to_owned()),
        ..site.spec(OperationKind::Change, sequence)
    };
    code_and_reasons(&site.carry_out(process, &spec).await).1
}

#[tokio::test]
async fn every_remedy_that_is_advised_lifts_the_hold() {
    let unlock = OperationFlags {
        unlock: true,
        ..OperationFlags::default()
    };
    let must_change = OperationFlags {
        must_change_at_next_logon: true,
        ..unlock
    };
    let remedies = [
        (OperationKind::SelfReset, OperationFlags::default(), NEW),
        (OperationKind::AdminReset, unlock, NEW),
        (OperationKind::AdminReset, must_change, NEW),
        (OperationKind::Unlock, OperationFlags::default(), FIRST_PASSWORD),
    ];
    for (kind, flags, password) in remedies {
        let site = Site::new().await;
        let mut process = site.start_process().await;
        for sequence in 1..=4 {
            let refused = change(&site, &mut process, sequence, WRONG, NEW).await;
            assert_eq!(refused, ["CURRENT_PASSWORD_INCORRECT"]);
        }
        let held = change(&site, &mut process, 5, FIRST_PASSWORD, NEW).await;
        assert_eq!(held, ["CURRENT_PASSWORD_TRIES_HELD"]);
        let spec = EventSpec {
            flags,
            ..site.spec(kind, 6)
        };
        let report = site.carry_out(&mut process, &spec).await;
        assert_eq!(
            (code_and_reasons(&report), warnings(&report)),
            ((OutcomeCode::Applied, vec![]), vec![]),
            "{kind}: applied, and no false warning"
        );
        let after = change(&site, &mut process, 7, password, THIRD).await;
        assert!(after.is_empty(), "after {kind} {flags:?}: {after:?}");
        assert!(site.account.binds_with(THIRD).await);
    }
}

#[tokio::test]
async fn tries_that_no_longer_count_are_not_counted() {
    let domain = TestDomain::from_environment().await;
    let account = domain.create_account().await;
    let rules = Rules {
        lockout_window: 3,
        ..Rules::default()
    };
    let _policy = domain.create_policy(&account, rules).await;
    let site = Site::of(&domain, account).await;
    let mut process = site.start_process().await;
    for sequence in 1..=3 {
        change(&site, &mut process, sequence, WRONG, NEW).await;
    }
    let counted = read_account(&*site.directory, site.account.anchor).await;
    assert_eq!(counted.account.bad_password_count, Some(3));
    let last = counted.account.bad_password_time.unwrap();
    wait_until("the window has passed", async || {
        FileTime::from_unix_micros(SystemClock.unix_us()).0 > last.0 + 45_000_000
    })
    .await;
    let spec = EventSpec {
        current: Some(WRONG.to_owned()),
        ..site.spec(OperationKind::Change, 4)
    };
    let report = site.carry_out(&mut process, &spec).await;
    assert_eq!(
        report.outcome.as_ref().unwrap().reasons[0].fields["tries_left"],
        "4"
    );
    let counted = read_account(&*site.directory, site.account.anchor).await;
    assert_eq!(counted.account.bad_password_count, Some(1), "as it says itself");
}

/// Sends wrong passwords until the shield holds and on, over two processes: the account is never locked, a reset lifts
/// the hold.
async fn cannot_be_locked(site: &Site) {
    let mut outcomes = Vec::new();
    for process_number in 0..2 {
        let mut process = site.start_process().await;
        for number in 1..=6 {
            let sequence = process_number * 6 + number;
            outcomes.extend(change(site, &mut process, sequence, WRONG, NEW).await);
            let read = read_account(&*site.directory, site.account.anchor).await;
            assert_eq!(read.account.is_locked(), Some(false), "after {outcomes:?}");
        }
    }
    let (sent, held) = outcomes.split_at(2);
    assert_eq!(sent, ["CURRENT_PASSWORD_INCORRECT"; 2]);
    assert_eq!(held, ["CURRENT_PASSWORD_TRIES_HELD"; 10]);
    let mut process = site.start_process().await;
    let reset = site
        .carry_out(&mut process, &site.spec(OperationKind::SelfReset, 13))
        .await;
    assert_eq!(code_and_reasons(&reset).0, OutcomeCode::Applied);
    let after = change(site, &mut process, 14, NEW, THIRD).await;
    assert!(after.is_empty(), "{after:?}");
}

#[tokio::test]
async fn an_account_whose_policy_may_not_be_read_cannot_be_locked() {
    for lockout_threshold in [3, 5] {
        let domain = TestDomain::from_environment().await;
        let account = domain.create_account().await;
        let rules = Rules {
            lockout_threshold,
            lockout_window: 1_800,
            ..Rules::default()
        };
        let policy = domain.create_policy(&account, rules).await;
        domain.hide(&policy.dn).await;
        let site = Site::of(&domain, account).await;
        let read = read_account(&*site.directory, site.account.anchor).await;
        assert!(read.policy.known().is_none(), "{:?}", read.policy);
        cannot_be_locked(&site).await;
    }
}

#[tokio::test]
async fn an_account_whose_count_may_not_be_read_cannot_be_locked() {
    let domain = TestDomain::from_environment().await;
    let account = domain.create_account().await;
    let rules = Rules {
        lockout_threshold: 3,
        ..Rules::default()
    };
    let _policy = domain.create_policy(&account, rules).await;
    let sid = domain.service_sid().await;
    let deny = format!("(OD;;RP;{BAD_PWD_COUNT};;{sid})");
    domain.add_entry(&account.dn, &deny).await;
    let site = Site::of(&domain, account).await;
    let read = read_account(&*site.directory, site.account.anchor).await;
    assert_eq!(read.account.bad_password_count, None, "it may not be read");
    assert!(read.policy.known().is_some());
    cannot_be_locked(&site).await;
}

#[tokio::test]
async fn the_domain_controller_says_whether_its_counts_are_the_domains() {
    let domain = TestDomain::from_environment().await;
    let sources = domain.connect_service().read_lockout_sources().await.unwrap();
    assert_eq!(sources.is_pdc_emulator, Some(true));
    assert!(sources.reads_fine_grained_policies);
    // An account without the grant sees no policy.
    let account = domain.create_account().await;
    let mut settings = domain.settings();
    settings.bind_name.clone_from(&account.principal);
    settings.bind_password = secrecy::SecretString::from(FIRST_PASSWORD);
    let directory = groundwire_connector::ad::LdapsDirectory::start(settings);
    let sources = directory.read_lockout_sources().await.unwrap();
    assert!(!sources.reads_fine_grained_policies);
}
