//! Odd characters on the real domain controller: what it takes and binds is not refused here.

use groundwire_connector::ad::{
    ActiveDirectory, Cause, RequestKind, UnicodePwd, Write, WriteRequest, WriteResult,
};
use groundwire_connector::domain::OperationKind;
use groundwire_connector::policy::complexity::{Finding, judge_classes};
use groundwire_proto::operation::v1::OutcomeCode;
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::TestRunner;

use crate::ad::rig::TestDomain;
use crate::pipeline::event_spec::EventSpec;
use crate::pipeline::process::code_and_reasons;
use crate::pipeline::real_dc::Site;

#[tokio::test]
async fn every_character_that_binds_is_taken() {
    let site = Site::new().await;
    let mut process = site.start_process().await;
    let odd = [
        '\t',
        '\n',
        '\r',
        '\u{7f}',
        '\u{85}',
        '\u{378}',
        '\u{ffff}',
        '\u{1fac8}',
        '\u{200b}',
        '\u{e000}',
        '€',
    ];
    for (sequence, character) in (1..).zip(odd) {
        let password = format!("Tidal{character}Lantern-{sequence}");
        let spec = EventSpec {
            new: Some(password.clone()),
            ..site.spec(OperationKind::SelfReset, sequence)
        };
        let report = site.carry_out(&mut process, &spec).await;
        assert_eq!(
            code_and_reasons(&report),
            (OutcomeCode::Applied, vec![]),
            "{character:?}"
        );
        assert!(site.account.binds_with(&password).await, "{character:?}");
    }
    let nul = EventSpec {
        new: Some("Tidal\0Lantern-99".to_owned()),
        ..site.spec(OperationKind::SelfReset, 50)
    };
    let report = site.carry_out(&mut process, &nul).await;
    assert_eq!(code_and_reasons(&report).1, ["PASSWORD_NOT_ENCODABLE"]);
}

#[tokio::test]
async fn what_is_refused_as_too_simple_the_domain_controller_refuses_too() {
    let domain = TestDomain::from_environment().await;
    let (directory, account) = (domain.connect_service(), domain.create_account().await);
    let read_at = directory.domain_controller().await.unwrap();
    let mut runner = TestRunner::deterministic();
    let passwords = "[a-zA-Z0-9 !éÄßжЖაꞵ漢א€\u{378}😀]{2,3}[a-zé ]{8,10}";
    let passwords = proptest::string::string_regex(passwords).unwrap();
    let mut refused = 0;
    while refused < 60 {
        let password = passwords.new_tree(&mut runner).unwrap().current();
        if judge_classes(&password) != Finding::Broken {
            continue;
        }
        refused += 1;
        let new = UnicodePwd::encode(&password);
        let request = WriteRequest {
            anchor: account.anchor,
            read_at: &read_at,
            marker: None,
            name: None,
            write: Write::Reset { new: &new },
        };
        let result = directory.write(&request).await;
        let WriteResult::Refused(answer) = result else {
            panic!("{password}: {result:?}")
        };
        assert_eq!(answer.cause(RequestKind::Reset), Cause::Policy, "{password}");
    }
}

#[tokio::test]
async fn a_refusal_that_the_letters_of_the_password_may_explain_tells_nothing_of_them() {
    let site = Site::new().await;
    let mut process = site.start_process().await;
    // Small letters and a currency sign: Samba counts two classes, and no table three. What is recorded of it is what
    // would be recorded of a password that was used before.
    let spec = EventSpec {
        new: Some("tidal lantern€€".to_owned()),
        ..site.spec(OperationKind::SelfReset, 1)
    };
    let report = site.carry_out(&mut process, &spec).await;
    assert_eq!(
        code_and_reasons(&report),
        (
            OutcomeCode::Rejected,
            vec!["PASSWORD_IN_HISTORY", "PASSWORD_REFUSED_BY_DC"]
        )
    );
    let refused = &report.outcome.as_ref().unwrap().reasons[1];
    assert_eq!(refused.fields["ruled_out"], "length,age");
}
