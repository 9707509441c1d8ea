//! The person who is meant: an account that was looked up by a name is written only while it bears that name. The real
//! domain controller compares; what became of the accounts is proved by binds and markers.

use std::sync::Arc;
use std::time::Duration;

use groundwire_connector::ad::ActiveDirectory;
use groundwire_connector::domain::{NamedBy, OperationKind};
use groundwire_connector::pipeline::CrashPoint;
use groundwire_proto::operation::v1::account_name::Name;
use groundwire_proto::operation::v1::{AccountName, OperationFlags, OutcomeCode};
use groundwire_proto::reasons::name;

use crate::ad::rig::{FIRST_PASSWORD, TestAccount};
use crate::pipeline::event_spec::EventSpec;
use crate::pipeline::fake_ad::WriteFault;
use crate::pipeline::process::{PipelineProcess, code_and_reasons, warnings};
use crate::pipeline::real_dc::Site;
use crate::pipeline::rig::{NEW, PipelineRig};

const MOVED: (OutcomeCode, &[&str]) = (OutcomeCode::Rejected, &["ACCOUNT_NAME_MOVED"]);
const APPLIED: (OutcomeCode, &[&str]) = (OutcomeCode::Applied, &[]);

fn by_principal(name: &str) -> Option<AccountName> {
    Some(AccountName {
        name: Some(Name::UserPrincipalName(name.to_owned())),
    })
}

fn by_account_name(name: &str) -> Option<AccountName> {
    Some(AccountName {
        name: Some(Name::SamAccountName(name.to_owned())),
    })
}

/// A name that is not any other account's.
fn fresh_name() -> String {
    format!("gw{}", &uuid::Uuid::new_v4().simple().to_string()[..16])
}

async fn end_of(
    site: &Site,
    process: &mut PipelineProcess,
    spec: &EventSpec,
) -> (OutcomeCode, Vec<&'static str>) {
    code_and_reasons(&site.carry_out(process, spec).await)
}

/// Nothing was written to it and nothing counted against it.
async fn assert_untouched(site: &Site, account: &TestAccount) {
    let read = site.directory.read_account(account.anchor, &NamedBy::Anchor);
    let read = read.await.unwrap().account;
    assert_eq!(
        (&read.marker, read.bad_password_count, read.must_change()),
        (&None, Some(0), Some(false))
    );
    assert!(account.binds_by_place(FIRST_PASSWORD).await);
}

#[tokio::test]
async fn an_operation_of_any_kind_by_a_name_that_was_handed_on_touches_neither_account() {
    let site = Site::new().await;
    let mut process = site.start_process().await;
    let name = site.account.account_name();
    let other = site.domain.create_account().await;
    let moved_to = fresh_name();
    site.account
        .rename(&moved_to, &format!("{moved_to}@corp.example"))
        .await;
    // First the name is nobody's, then the other account's.
    for (round, is_handed_on) in [(0, false), (1, true)] {
        if is_handed_on {
            other.rename(name, &site.account.principal).await;
        }
        for (index, kind) in OperationKind::ALL.into_iter().enumerate() {
            for (form, account_name) in [by_principal(&site.account.principal), by_account_name(name)]
                .into_iter()
                .enumerate()
            {
                let spec = EventSpec {
                    account_name,
                    ..site.spec(kind, u64::try_from(1 + form + 2 * index + 10 * round).unwrap())
                };
                let ended = end_of(&site, &mut process, &spec).await;
                assert_eq!((ended.0, ended.1.as_slice()), MOVED, "{} {form}", kind.as_str());
                assert_eq!(
                    site.rig.store.history(&process.audit, spec.operation).await,
                    ["Received", "Refused"]
                );
            }
        }
        assert_untouched(&site, &site.account).await;
        assert_untouched(&site, &other).await;
    }
}

#[tokio::test]
async fn accounts_that_swapped_their_names_are_told_apart_and_each_is_written_by_its_name_of_now() {
    let mut site = Site::new().await;
    let mut process = site.start_process().await;
    let other = site.domain.create_account().await;
    let (first, second) = (
        site.account.account_name().to_owned(),
        other.account_name().to_owned(),
    );
    let passing = fresh_name();
    site.account.rename(&passing, "").await;
    other.rename(&first, &format!("{first}@corp.example")).await;
    site.account
        .rename(&second, &format!("{second}@corp.example"))
        .await;
    let spec = |site: &Site, sequence, name: &str| EventSpec {
        account_name: by_account_name(name),
        ..site.spec(OperationKind::SelfReset, sequence)
    };
    let (old, new) = (spec(&site, 1, &first), spec(&site, 2, &second));
    let ended = end_of(&site, &mut process, &old).await;
    assert_eq!((ended.0, ended.1.as_slice()), MOVED);
    let ended = end_of(&site, &mut process, &new).await;
    assert_eq!((ended.0, ended.1.as_slice()), APPLIED);
    assert!(site.account.binds_by_place(NEW).await);
    assert_untouched(&site, &other).await;
    site.rig.anchor = other.anchor;
    let next = spec(&site, 1, &first);
    let ended = end_of(&site, &mut process, &next).await;
    assert_eq!((ended.0, ended.1.as_slice()), APPLIED);
    assert!(other.binds_by_place(NEW).await);
}

#[tokio::test]
async fn a_changed_suffix_moves_the_principal_and_neither_the_account_name_nor_the_anchor() {
    let site = Site::new().await;
    let mut process = site.start_process().await;
    let name = site.account.account_name();
    let branded = format!("{name}@brand.example");
    site.account
        .set_attribute("userPrincipalName", branded.as_bytes())
        .await;
    let spec = |sequence, account_name| EventSpec {
        account_name,
        ..site.spec(OperationKind::Unlock, sequence)
    };
    let cases = [
        (by_principal(&branded.to_uppercase()), APPLIED),
        // Still a sign-in name: the implicit one.
        (by_principal(&site.account.principal), APPLIED),
        (by_principal(&format!("{name}@old.example")), MOVED),
        (by_account_name(&name.to_uppercase()), APPLIED),
        (None, APPLIED),
    ];
    for (sequence, (account_name, expected)) in (1..).zip(cases) {
        let spec = spec(sequence, account_name.clone());
        let ended = end_of(&site, &mut process, &spec).await;
        assert_eq!((ended.0, ended.1.as_slice()), expected, "{account_name:?}");
    }
}

#[tokio::test]
async fn an_implicit_principal_is_its_accounts_until_the_account_is_renamed() {
    let site = Site::new().await;
    let mut process = site.start_process().await;
    let implicit = site.account.principal.clone();
    site.account.set_attribute("userPrincipalName", b"").await;
    let spec = |site: &Site, sequence| EventSpec {
        account_name: by_principal(&implicit.to_uppercase()),
        ..site.spec(OperationKind::RequireChange, sequence)
    };
    let first = spec(&site, 1);
    let ended = end_of(&site, &mut process, &first).await;
    assert_eq!((ended.0, ended.1.as_slice()), APPLIED);
    site.account.rename(&fresh_name(), "").await;
    let second = spec(&site, 2);
    let ended = end_of(&site, &mut process, &second).await;
    assert_eq!((ended.0, ended.1.as_slice()), MOVED);
}

#[tokio::test]
async fn a_name_of_characters_that_a_filter_gives_a_meaning_is_that_name_and_no_other() {
    let site = Site::new().await;
    let mut process = site.start_process().await;
    let mut sequence = 0;
    for odd in ["(a)&!", "a*", "b\\2a", "ü é", "Юлия", "x=y'~<>|", "😀"] {
        let principal = format!("{odd}{}@corp.example", fresh_name());
        site.account
            .set_attribute("userPrincipalName", principal.as_bytes())
            .await;
        for (asked, expected) in [
            (principal.clone(), APPLIED),
            (principal.replace("gw", "*"), MOVED),
            ("*".to_owned(), MOVED),
            (format!("{principal})(objectClass=*"), MOVED),
        ] {
            sequence += 1;
            let spec = EventSpec {
                account_name: by_principal(&asked),
                ..site.spec(OperationKind::Unlock, sequence)
            };
            let ended = end_of(&site, &mut process, &spec).await;
            assert_eq!((ended.0, ended.1.as_slice()), expected, "{asked:?}");
        }
    }
    for (account_name, expected) in [("*", MOVED), ("(x)", MOVED)] {
        sequence += 1;
        let spec = EventSpec {
            account_name: by_account_name(account_name),
            ..site.spec(OperationKind::Unlock, sequence)
        };
        let ended = end_of(&site, &mut process, &spec).await;
        assert_eq!((ended.0, ended.1.as_slice()), expected, "{account_name:?}");
    }
}

#[tokio::test]
async fn what_is_found_written_is_applied_whatever_the_name_is_by_then() {
    let site = Site::new().await;
    let spec = EventSpec {
        account_name: by_principal(&site.account.principal),
        ..site.spec(OperationKind::SelfReset, 1)
    };
    site.start_process()
        .await
        .crash_at(CrashPoint::AfterWrite, site.rig.sign_event(&spec))
        .await;
    let moved_to = fresh_name();
    site.account
        .rename(&moved_to, &format!("{moved_to}@corp.example"))
        .await;
    // Delivered again, the process that comes finds it by its marker.
    let mut process = site.start_process().await;
    let ended = end_of(&site, &mut process, &spec.with_attempt(2)).await;
    assert_eq!((ended.0, ended.1.as_slice()), APPLIED);
    assert!(site.account.binds_by_place(NEW).await);
}

#[tokio::test]
async fn what_goes_with_a_password_follows_it_though_the_name_has_moved() {
    let mut site = Site::new().await;
    let mut process = site.start_process().await;
    let account = Arc::new(site.domain.create_account().await);
    site.rig.anchor = account.anchor;
    let spec = EventSpec {
        account_name: by_principal(&account.principal),
        flags: OperationFlags {
            must_change_at_next_logon: true,
            ..OperationFlags::default()
        },
        ..site.spec(OperationKind::AdminReset, 1)
    };
    let renamed = Arc::clone(&account);
    process.points.do_at(CrashPoint::AfterWrite, move || {
        let account = Arc::clone(&renamed);
        Box::pin(async move { account.rename(&fresh_name(), "").await })
    });
    let report = site.carry_out(&mut process, &spec).await;
    assert_eq!(
        (code_and_reasons(&report), warnings(&report)),
        ((OutcomeCode::Applied, vec![]), vec![])
    );
    let read = site.directory.read_account(account.anchor, &NamedBy::Anchor);
    assert_eq!(read.await.unwrap().account.must_change(), Some(true));
}

#[tokio::test]
async fn a_name_that_moves_while_the_intent_is_recorded_slowly_is_still_seen() {
    let mut site = Site::new().await;
    let mut process = site.start_process().await;
    let account = Arc::new(site.domain.create_account().await);
    site.rig.anchor = account.anchor;
    let spec = EventSpec {
        account_name: by_principal(&account.principal),
        ..site.spec(OperationKind::SelfReset, 1)
    };
    let renamed = Arc::clone(&account);
    process.points.do_at(CrashPoint::AfterIntent, move || {
        let account = Arc::clone(&renamed);
        Box::pin(async move {
            account.rename(&fresh_name(), "").await;
            // The store that takes so long: this is the fault, nothing waits for it.
            tokio::time::sleep(Duration::from_millis(300)).await;
        })
    });
    let ended = end_of(&site, &mut process, &spec).await;
    assert_eq!((ended.0, ended.1.as_slice()), MOVED);
    assert_untouched(&site, &account).await;
}

#[tokio::test]
async fn a_check_of_a_name_that_has_moved_says_that_and_nothing_of_the_account() {
    let site = Site::new().await;
    let process = site.start_process().await;
    let short = EventSpec {
        new: Some("kurz".to_owned()),
        account_name: by_account_name(site.account.account_name()),
        ..site.spec(OperationKind::SelfReset, 1)
    };
    let reasons = async || {
        let check = process.pipeline.check(site.rig.sign_check(&short));
        let verdict = check.await.unwrap();
        let reasons = verdict.reasons.iter().map(|reason| name(reason.code()));
        (reasons.collect::<Vec<_>>(), verdict.not_checked.len())
    };
    assert!(reasons().await.0.contains(&"PASSWORD_TOO_SHORT"));
    site.account.rename(&fresh_name(), &site.account.principal).await;
    assert_eq!(reasons().await, (vec!["ACCOUNT_NAME_MOVED"], 0));
}

#[tokio::test]
async fn after_a_doubt_the_name_is_compared_again_before_anything_is_sent_again() {
    let rig = PipelineRig::new().await;
    let mut process = rig.start_process().await;
    let spec = EventSpec {
        account_name: by_account_name("test11"),
        ..EventSpec::new(OperationKind::SelfReset)
    };
    rig.ad.fail_next_write(WriteFault::LostUnanswered);
    let ad = rig.ad.clone();
    process.points.do_at(CrashPoint::AfterWrite, move || {
        ad.change_account(|account| account.sam_account_name = Some("handed-on".to_owned()));
        Box::pin(std::future::ready(()))
    });
    process.handle(rig.sign_event(&spec)).await;
    let ended = code_and_reasons(&process.next_outcome().await);
    assert_eq!((ended.0, ended.1.as_slice()), MOVED);
    assert_eq!((rig.ad.sent(), rig.ad.effects().len()), (1, 0));
    assert_eq!(
        rig.store.history(&process.audit, spec.operation).await,
        ["Received", "WriteIntended", "FenceIntended", "Fenced", "Refused"]
    );
}

#[tokio::test]
async fn a_write_that_found_the_name_gone_while_it_waited_ends_as_moved() {
    let rig = PipelineRig::new().await;
    let mut process = rig.start_process().await;
    let spec = EventSpec {
        account_name: by_account_name("test11"),
        ..EventSpec::new(OperationKind::SelfReset)
    };
    rig.ad.fail_next_write(WriteFault::NameLost);
    process.handle(rig.sign_event(&spec)).await;
    let ended = code_and_reasons(&process.next_outcome().await);
    assert_eq!((ended.0, ended.1.as_slice()), MOVED);
    assert_eq!((rig.ad.sent(), rig.ad.effects().len()), (0, 0));
}

#[tokio::test]
async fn where_the_name_was_erased_nothing_is_written_and_what_was_written_is_still_found() {
    let rig = PipelineRig::new().await;
    let forgotten = Some(AccountName { name: None });
    let spec = EventSpec {
        account_name: forgotten.clone(),
        ..EventSpec::new(OperationKind::Unlock)
    };
    let mut process = rig.start_process().await;
    process.handle(rig.sign_event(&spec)).await;
    let ended = code_and_reasons(&process.next_outcome().await);
    assert_eq!((ended.0, ended.1.as_slice()), MOVED);
    assert_eq!(rig.ad.sent(), 0);
    let written = EventSpec {
        sequence: 6,
        account_name: by_account_name("test11"),
        ..EventSpec::new(OperationKind::SelfReset)
    };
    let crashing = rig.start_process().await;
    crashing
        .crash_at(CrashPoint::AfterWrite, rig.sign_event(&written))
        .await;
    let again = EventSpec {
        account_name: forgotten,
        ..written.with_attempt(2)
    };
    process.handle(rig.sign_event(&again)).await;
    let ended = code_and_reasons(&process.next_outcome().await);
    assert_eq!((ended.0, ended.1.as_slice()), APPLIED);
}

#[tokio::test]
async fn a_name_is_in_no_record_of_the_operation() {
    let rig = PipelineRig::new().await;
    let mut process = rig.start_process().await;
    let spec = EventSpec {
        account_name: by_principal("somebody.unmistakable@corp.example"),
        ..EventSpec::new(OperationKind::SelfReset)
    };
    process.handle(rig.sign_event(&spec)).await;
    let ended = code_and_reasons(&process.next_outcome().await);
    assert_eq!((ended.0, ended.1.as_slice()), MOVED);
    for record in rig.store.records(&process.audit, spec.operation).await {
        let erasable = record.erasable.unwrap_or_default();
        let text = String::from_utf8([record.body, erasable].concat()).unwrap();
        assert!(!text.contains("unmistakable"), "{text}");
    }
}
