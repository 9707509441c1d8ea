//! The name that an account was named by goes with the operation to its connector, each time, and stands where it can be
//! erased.

use std::sync::atomic::Ordering;

use groundwire_directory::domain::{AccountAnchor, AccountName, OnBehalfOf, OperationKind};
use groundwire_directory::operations::port::OperationsPort;
use groundwire_eventlog::{LogId, Record, StreamName, StreamVersion, erase};
use groundwire_kit::testing::LogLines;
use groundwire_proto::operation::v1 as proto;
use groundwire_proto::operation::v1::account_name::Name;
use groundwire_proto::reasons::ReasonCode;

use crate::database::soon;
use crate::operations::rig::{DirectoryRig, RequestSpec, applied, code, new_account, rejected, wait_for_end};

const PRINCIPAL: &str = "unmistakable@corp.example";

fn by_principal(mut spec: RequestSpec) -> RequestSpec {
    spec.request.account = AccountName::UserPrincipalName(PRINCIPAL.to_owned());
    spec
}

fn principal() -> Option<proto::AccountName> {
    Some(proto::AccountName {
        name: Some(Name::UserPrincipalName(PRINCIPAL.to_owned())),
    })
}

async fn records(directory: &DirectoryRig, anchor: AccountAnchor) -> Vec<Record> {
    let stream = StreamName::of("account", anchor.uuid()).unwrap();
    let reader = directory.store.reader(directory.tenant);
    reader
        .read_stream(&stream, StreamVersion::ZERO, 100)
        .await
        .unwrap()
}

#[tokio::test]
async fn the_name_goes_to_the_connector_also_after_a_restart_and_with_each_attempt() {
    let directory = DirectoryRig::new().await;
    let mut spec = by_principal(directory.spec(new_account(), OperationKind::Change));
    spec.request.on_behalf_of = Some(OnBehalfOf {
        subject: "jane".to_owned(),
        ..OnBehalfOf::default()
    });
    directory.request(spec).await.unwrap();
    let first = directory.connector.next_event().await;
    assert_eq!(first.account_name, principal());
    directory.connector.attached.store(false, Ordering::SeqCst);
    let restarted = directory.restart().await;
    directory.connector.attached.store(true, Ordering::SeqCst);
    let who = directory.connector.who;
    soon(restarted.connector_attached(&who, Vec::new()))
        .await
        .unwrap();
    soon(restarted.connector_ready(&who)).await;
    let second = directory.connector.next_event().await;
    assert_eq!((second.attempt, second.account_name), (2, principal()));
    assert_eq!(
        second.actor.unwrap().on_behalf_of.unwrap().subject,
        "jane",
        "they share the erasable part"
    );
}

#[tokio::test]
async fn the_name_stands_in_the_erasable_part_and_nowhere_else() {
    let log = LogLines::default();
    let _listening = log.listen();
    let directory = DirectoryRig::new().await;
    let anchor = new_account();
    let spec = by_principal(directory.spec(anchor, OperationKind::SelfReset));
    let mut following = directory.request(spec).await.unwrap();
    let event = directory.connector.next_event().await;
    directory.report(&event, applied(&event)).await;
    assert_eq!(code(&*wait_for_end(&mut following).await), Some("APPLIED"));
    // A report that contradicts the outcome is logged.
    let contradicting = rejected(&event, ReasonCode::PasswordTooShort);
    directory.report(&event, contradicting).await;
    let records = records(&directory, anchor).await;
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let erasable: Vec<String> = records
        .iter()
        .filter_map(|record| record.erasable.as_deref().map(text))
        .collect();
    assert_eq!(
        erasable,
        [format!(
            r#"{{"lookup_name":{{"user_principal_name":"{PRINCIPAL}"}}}}"#
        )]
    );
    assert!(text(&records[0].body).contains(r#""by_name":true"#));
    for record in &records {
        let metadata = format!("{:?}", record.metadata);
        assert!(
            !(text(&record.body) + &metadata).contains("unmistakable"),
            "{record:?}"
        );
    }
    let rows: i64 =
        sqlx::query_scalar("SELECT count(*) FROM directory.operations o WHERE o::text LIKE '%unmistakable%'")
            .fetch_one(&directory.database.superuser)
            .await
            .unwrap();
    assert_eq!(rows, 0);
    let lines = log.lines();
    assert!(!lines.is_empty() && !lines.iter().any(|line| line.contains("unmistakable")));
}

#[tokio::test]
async fn an_operation_whose_name_was_erased_is_delivered_without_it_and_not_as_by_its_anchor() {
    let directory = DirectoryRig::new().await;
    let anchor = new_account();
    directory.connector.busy.store(true, Ordering::SeqCst);
    directory
        .request(by_principal(directory.spec(anchor, OperationKind::RequireChange)))
        .await
        .unwrap();
    let requested = records(&directory, anchor).await.remove(0);
    let log = LogId(directory.tenant.uuid());
    let erased = erase(&directory.database.superuser, log, &[requested.position]).await;
    assert_eq!(erased.unwrap(), 1);
    directory.connector.attached.store(false, Ordering::SeqCst);
    let restarted = directory.restart().await;
    directory.connector.busy.store(false, Ordering::SeqCst);
    directory.connector.attached.store(true, Ordering::SeqCst);
    soon(restarted.connector_ready(&directory.connector.who)).await;
    let event = directory.connector.next_event().await;
    // Set, and no name in it: a connector then writes nothing.
    assert_eq!(event.account_name, Some(proto::AccountName { name: None }));
}

#[tokio::test]
async fn an_anchor_is_nothing_to_compare_and_another_form_of_the_name_is_the_same_operation() {
    let directory = DirectoryRig::new().await;
    let anchor = new_account();
    directory
        .request(directory.spec(anchor, OperationKind::RequireChange))
        .await
        .unwrap();
    let event = directory.connector.next_event().await;
    assert_eq!(event.account_name, None);
    directory.report(&event, applied(&event)).await;
    let first = by_principal(directory.spec(anchor, OperationKind::AdminReset));
    let id = first.request.operation_id;
    directory.request(first).await.unwrap();
    assert_eq!(directory.connector.next_event().await.account_name, principal());
    for name in [
        AccountName::SamAccountName("unmistakable".to_owned()),
        AccountName::Anchor(anchor),
    ] {
        let mut again = directory.spec(anchor, OperationKind::AdminReset);
        again.request.operation_id = id;
        again.request.account = name;
        let following = directory.request(again).await.unwrap();
        assert_eq!(following.now().operation.request.operation_id, id);
    }
    assert!(directory.connector.nothing_was_sent().await);
}
