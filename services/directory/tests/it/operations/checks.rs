//! Dry runs.

use std::time::Duration;

use groundwire_directory::domain::{AccountName, ConnectorGroupId, OperationKind, Role};
use groundwire_directory::operations::port::OperationsPort;
use groundwire_directory::operations::{Call, GivenSecret, PasswordCheck, RequestError};
use groundwire_envelope::{Password, SecretPayload};
use groundwire_proto::gateway::v1::CheckResult;
use groundwire_proto::operation::v1::account_name::Name;
use groundwire_proto::reasons::{Reason, ReasonCode};
use uuid::Uuid;

use crate::operations::rig::{DirectoryRig, account, new_account};

fn check() -> PasswordCheck {
    PasswordCheck {
        account: AccountName::SamAccountName("ada".to_owned()),
        check_id: Uuid::new_v4(),
        kind: OperationKind::Change,
        secret: GivenSecret::Plaintext(SecretPayload::reset(Password::new("kurz".to_owned()))),
    }
}

/// A call whose caller waits for so long.
fn call(directory: &DirectoryRig, wait_timeout: Duration) -> Call {
    Call {
        wait_timeout,
        ..directory.call(Role::SelfServiceApp)
    }
}

#[tokio::test]
async fn a_check_is_answered_by_the_accounts_group_and_leaves_no_record() {
    let directory = DirectoryRig::new().await;
    let before = directory.store.reader(directory.tenant).head().await.unwrap();
    let account = account(new_account(), directory.group);
    let (check, call) = (check(), call(&directory, Duration::from_secs(10)));
    let id = check.check_id.to_string();
    let answering = async {
        let check = directory.connector.next_check().await;
        assert_eq!(check.check_id, id);
        assert!(check.secret.is_some());
        let name = check.account_name.and_then(|name| name.name);
        assert_eq!(name, Some(Name::SamAccountName("ada".to_owned())));
        let result = CheckResult {
            check_id: check.check_id,
            reasons: vec![
                Reason::new(ReasonCode::PasswordTooShort)
                    .with("minimum", 12)
                    .into(),
                Reason::new(ReasonCode::PasswordNotComplex).into(),
            ],
            not_checked: vec![ReasonCode::PasswordInHistory as i32],
        };
        let mut stranger = directory.connector.who;
        stranger.group = ConnectorGroupId::new(Uuid::new_v4());
        directory
            .operations
            .check_result(
                &stranger,
                CheckResult {
                    reasons: Vec::new(),
                    ..result.clone()
                },
            )
            .await;
        directory
            .operations
            .check_result(&directory.connector.who, result)
            .await;
    };
    let (verdict, ()) = tokio::join!(directory.operations.check(&call, &account, check), answering);
    let verdict = verdict.unwrap();
    let codes: Vec<ReasonCode> = verdict.reasons.iter().map(Reason::code).collect();
    assert_eq!(
        codes,
        [ReasonCode::PasswordTooShort, ReasonCode::PasswordNotComplex]
    );
    assert_eq!(verdict.reasons[0].field("minimum"), Some("12"));
    assert_eq!(verdict.not_checked, [ReasonCode::PasswordInHistory]);
    assert_eq!(
        directory.store.reader(directory.tenant).head().await.unwrap(),
        before
    );
    assert_eq!(directory.secrets_waiting().await, 0);
    let credit = (
        *directory.connector.routed.lock(),
        *directory.connector.given_back.lock(),
    );
    assert_eq!(credit, (1, 1), "a check takes no credit");
}

#[tokio::test]
async fn a_check_that_nobody_answers_ends_in_time() {
    let directory = DirectoryRig::new().await;
    let account = account(new_account(), directory.group);
    let call = call(&directory, Duration::from_millis(50));
    let refused = directory.operations.check(&call, &account, check()).await;
    assert!(matches!(refused, Err(RequestError::Refused(reason)) if reason.code() == ReasonCode::DcBusy));
}
