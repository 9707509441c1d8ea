//! Writes that the real domain controller refuses, and the cause that is found in its answer.

use groundwire_connector::ad::{
    ActiveDirectory, AdError, Cause, ExplainContext, RequestKind, UnicodePwd, Write, WriteRequest,
    WriteResult,
};
use groundwire_connector::domain::{AccountAnchor, FileTime, NamedBy};
use groundwire_proto::reasons::{Reason, ReasonCode};
use uuid::Uuid;

use crate::ad::rig::{FIRST_PASSWORD, Markers, TestDomain, read_account, write_over_marker};

pub(super) fn refused(result: WriteResult, kind: RequestKind) -> Cause {
    let WriteResult::Refused(answer) = result else {
        panic!("not refused: {result:?}")
    };
    answer.cause(kind)
}

#[tokio::test]
async fn a_wrong_current_password_is_named_and_moves_no_marker() {
    let domain = TestDomain::from_environment().await;
    let (directory, markers, account) = (
        domain.connect_service(),
        Markers::new(),
        domain.create_account().await,
    );
    let (current, new) = (
        UnicodePwd::encode("Wrong-Harbour-99"),
        UnicodePwd::encode("Second-Harbour-48"),
    );
    let write = Write::Change {
        current: &current,
        new: &new,
    };
    let result = write_over_marker(&directory, &markers, account.anchor, 1, write).await;
    assert_eq!(
        refused(result, RequestKind::Change),
        Cause::CurrentPasswordIncorrect
    );
    let after = read_account(&directory, account.anchor).await.account;
    assert_eq!(after.marker, None);
    assert_eq!(after.bad_password_count, Some(1));
    assert!(account.binds_with(FIRST_PASSWORD).await);
}

#[tokio::test]
async fn policy_refuses_changes_and_hinted_resets_alike() {
    let domain = TestDomain::from_environment().await;
    let (directory, markers, account) = (
        domain.connect_service(),
        Markers::new(),
        domain.create_account().await,
    );
    for password in ["aA1!x", "alllowercase", FIRST_PASSWORD] {
        let new = UnicodePwd::encode(password);
        let result = write_over_marker(
            &directory,
            &markers,
            account.anchor,
            1,
            Write::Reset { new: &new },
        )
        .await;
        assert_eq!(refused(result, RequestKind::Reset), Cause::Policy, "{password}");
        let current = UnicodePwd::encode(FIRST_PASSWORD);
        let write = Write::Change {
            current: &current,
            new: &new,
        };
        let result = write_over_marker(&directory, &markers, account.anchor, 1, write).await;
        assert_eq!(refused(result, RequestKind::Change), Cause::Policy, "{password}");
    }
    assert_eq!(directory.read_marker(account.anchor).await.unwrap().marker, None);
}

#[tokio::test]
async fn a_former_password_is_explained_as_history() {
    let domain = TestDomain::from_environment().await;
    let (directory, account) = (domain.connect_service(), domain.create_account().await);
    let new = UnicodePwd::encode(FIRST_PASSWORD);
    let request = WriteRequest {
        anchor: account.anchor,
        read_at: &domain.controller,
        marker: None,
        name: None,
        write: Write::Reset { new: &new },
    };
    let WriteResult::Refused(answer) = directory.write(&request).await else {
        panic!("not refused")
    };
    let reading = read_account(&directory, account.anchor).await;
    let context = ExplainContext {
        dc: "dc",
        account: &reading.account,
        policy: &reading.policy,
        left_to_controller: &[],
        rights: None,
        now: FileTime(132_223_104_000_000_000),
    };
    let reasons = answer.explain(RequestKind::Reset, context);
    assert_eq!(reasons[0].code(), ReasonCode::PasswordInHistory);
    assert!(reasons[0].field("history").is_some());
}

#[tokio::test]
async fn outside_its_rights_the_service_account_is_refused_and_the_right_is_named() {
    let domain = TestDomain::from_environment().await;
    let directory = domain.connect_service();
    let anchor = domain.anchor_of("outside01").await;
    let reading = read_account(&directory, anchor).await;
    let context = ExplainContext {
        dc: "dc",
        account: &reading.account,
        policy: &reading.policy,
        left_to_controller: &[],
        rights: None,
        now: FileTime(132_223_104_000_000_000),
    };
    let new = UnicodePwd::encode("Second-Harbour-48");
    let writes = [
        Write::Reset { new: &new },
        Write::Unlock,
        Write::RequireChange,
        Write::Fence,
    ];
    for write in writes {
        let kind = write.request_kind();
        let result = write_over_marker(&directory, &Markers::new(), anchor, 1, write).await;
        let WriteResult::Refused(answer) = result else {
            panic!("{result:?}")
        };
        let codes: Vec<ReasonCode> = answer.explain(kind, context).iter().map(Reason::code).collect();
        assert_eq!(codes, [ReasonCode::RightMissing], "{kind:?} {answer}");
    }
}

#[tokio::test]
async fn an_account_that_may_not_change_its_password_is_named_as_such() {
    let domain = TestDomain::from_environment().await;
    let directory = domain.connect_service();
    let anchor = domain.anchor_of("cannotchange01").await;
    let (current, new) = (
        UnicodePwd::encode(FIRST_PASSWORD),
        UnicodePwd::encode("Second-Harbour-48"),
    );
    let write = Write::Change {
        current: &current,
        new: &new,
    };
    let result = write_over_marker(&directory, &Markers::new(), anchor, 1, write).await;
    assert_eq!(
        refused(result, RequestKind::Change),
        Cause::UserCannotChangePassword
    );
}

/// Samba answers a reset of such an account as if the connection were not bound.
#[tokio::test]
async fn an_answer_about_one_account_is_not_told_as_an_outage_of_the_domain_controller() {
    let domain = TestDomain::from_environment().await;
    let (directory, account) = (domain.connect_service(), domain.create_account().await);
    let odd = format!("{}@odd", account.principal);
    account.set_attribute("userPrincipalName", odd.as_bytes()).await;
    let new = UnicodePwd::encode("Second-Harbour-48");
    let request = WriteRequest {
        anchor: account.anchor,
        read_at: &domain.controller,
        marker: None,
        name: None,
        write: Write::Reset { new: &new },
    };
    let WriteResult::Refused(answer) = directory.write(&request).await else {
        panic!("not refused")
    };
    assert_eq!(answer.cause(RequestKind::Reset), Cause::BindLost);
    let reading = read_account(&directory, account.anchor).await;
    let context = ExplainContext {
        dc: "dc1",
        account: &reading.account,
        policy: &reading.policy,
        left_to_controller: &[],
        rights: None,
        now: FileTime(132_223_104_000_000_000),
    };
    let reasons = answer.explain(RequestKind::Reset, context);
    assert_eq!(reasons[0].code(), ReasonCode::Internal);
    let words = reasons[0].admin_message();
    assert!(words.contains("dc1 answered 1/00002020"), "{words}");
}

#[tokio::test]
async fn an_account_that_is_gone_is_not_found() {
    let domain = TestDomain::from_environment().await;
    let directory = domain.connect_service();
    let anchor = AccountAnchor::new(Uuid::new_v4());
    assert_eq!(
        directory.read_account(anchor, &NamedBy::Anchor).await,
        Err(AdError::AccountNotFound)
    );
    assert_eq!(directory.read_marker(anchor).await, Err(AdError::AccountNotFound));
    let new = UnicodePwd::encode("Second-Harbour-48");
    let request = WriteRequest {
        anchor,
        read_at: &domain.controller,
        marker: None,
        name: None,
        write: Write::Reset { new: &new },
    };
    assert_eq!(
        refused(directory.write(&request).await, RequestKind::Reset),
        Cause::AccountNotFound
    );
}
