//! Syncs: all of it or nothing, and names are found without regard to case.

use std::sync::Arc;

use groundwire_directory::accounts::{Accounts, FindError};
use groundwire_directory::domain::AccountName;
use groundwire_envelope::signed::SigningKey;
use groundwire_proto::gateway::v1::sync_accounts_request::Frame;
use groundwire_proto::gateway::v1::{
    DomainController, Hello, SyncAccountsRequest, SyncAccountsResponse, SyncEnd, SyncPage, SyncStart,
    SyncedAccount,
};
use tonic::{Code, Status};
use uuid::Uuid;

use crate::gateway::fake_connector::FakeConnector;
use crate::gateway::rig::{GatewayRig, short_deadlines};

fn account(id: u128, name: &str) -> SyncedAccount {
    SyncedAccount {
        anchor: Uuid::from_u128(id).to_string(),
        user_principal_name: format!("{name}@Example.com"),
        sam_account_name: name.to_owned(),
        display_name: format!("{name} of Example"),
        enabled: true,
    }
}

async fn sync(
    connector: &mut FakeConnector,
    accounts: Vec<SyncedAccount>,
    end: Option<(u64, bool)>,
) -> Result<SyncAccountsResponse, Status> {
    let start = Frame::Start(SyncStart {
        sync_id: Uuid::new_v4().to_string(),
    });
    let pages = accounts.chunks(2).map(|page| {
        Frame::Page(SyncPage {
            accounts: page.to_vec(),
        })
    });
    let end = end.map(|(accounts, remove_missing)| {
        Frame::End(SyncEnd {
            accounts,
            remove_missing,
        })
    });
    let frames: Vec<_> = std::iter::once(start)
        .chain(pages)
        .chain(end)
        .map(|frame| SyncAccountsRequest { frame: Some(frame) })
        .collect();
    Ok(connector
        .client
        .sync_accounts(tokio_stream::iter(frames))
        .await?
        .into_inner())
}

/// How many accounts are put aside.
async fn pages_left(gateway: &GatewayRig) -> i64 {
    sqlx::query_scalar("SELECT count(*) FROM directory.sync_pages")
        .fetch_one(&gateway.database.superuser)
        .await
        .unwrap()
}

#[tokio::test]
async fn a_sync_applies_at_its_end_only_and_removes_only_when_told() {
    let gateway = GatewayRig::start(short_deadlines()).await;
    let of = gateway.create_tenant().await;
    let root = Arc::new(SigningKey::generate().unwrap());
    let mut connector = gateway.enroll_connector(of, &root).await;
    let refused = sync(&mut connector, vec![], Some((0, true))).await.unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition, "not attached");
    let _stream = connector.attach().await;
    let all = vec![account(1, "anna"), account(2, "ÖZGÜR"), account(3, "nul\0name")];
    let counts = |answer: SyncAccountsResponse| (answer.added, answer.updated, answer.removed, answer.total);
    assert_eq!(
        counts(sync(&mut connector, all.clone(), Some((3, true))).await.unwrap()),
        (3, 0, 0, 3)
    );
    // Broken off, miscounted: nothing changes.
    assert!(sync(&mut connector, vec![], None).await.is_err());
    assert_eq!(
        sync(&mut connector, vec![], Some((1, true)))
            .await
            .unwrap_err()
            .code(),
        Code::InvalidArgument
    );
    let miscounted = sync(&mut connector, all.clone(), Some((4, true))).await;
    assert_eq!(miscounted.unwrap_err().code(), Code::InvalidArgument);
    assert_eq!(pages_left(&gateway).await, 0, "its pages are thrown away");
    assert_eq!(gateway.store.account_count(of.0, of.1).await.unwrap(), 3);
    let mut changed = all[0].clone();
    changed.enabled = false;
    assert_eq!(
        counts(
            sync(&mut connector, vec![changed.clone()], Some((1, false)))
                .await
                .unwrap()
        ),
        (0, 1, 0, 3)
    );
    assert_eq!(
        counts(
            sync(&mut connector, vec![changed], Some((1, true)))
                .await
                .unwrap()
        ),
        (0, 0, 2, 1)
    );
    let synced = gateway
        .events(of.0)
        .await
        .iter()
        .filter(|event| *event == "AccountsSynced")
        .count();
    assert_eq!(synced, 3);
    assert_eq!(pages_left(&gateway).await, 0);
}

#[tokio::test]
async fn accounts_are_found_by_every_name_and_a_double_is_told() {
    let gateway = GatewayRig::start(short_deadlines()).await;
    let (tenant, group) = gateway.create_tenant().await;
    let root = Arc::new(SigningKey::generate().unwrap());
    let mut connector = gateway.enroll_connector((tenant, group), &root).await;
    let _stream = connector.attach().await;
    let all = vec![account(1, "anna"), account(2, "ÖZGÜR"), account(3, "a_na")];
    sync(&mut connector, all, Some((3, true))).await.unwrap();
    let accounts = Accounts::new(gateway.store.clone());
    let upn = AccountName::UserPrincipalName("özgür@EXAMPLE.com".to_owned());
    assert_eq!(
        accounts
            .find(tenant, &upn)
            .await
            .map_err(|_| ())
            .unwrap()
            .sam_account_name,
        "ÖZGÜR"
    );
    let (page, next) = accounts.list(tenant, None, "A_", None, 10).await.unwrap();
    assert_eq!((page.len(), next), (1, None));
    let (first, next) = accounts.list(tenant, Some(group), "", None, 2).await.unwrap();
    let (second, end) = accounts.list(tenant, Some(group), "", next, 2).await.unwrap();
    assert_eq!((first.len(), second.len(), end), (2, 1, None));
    // Another group has an account of the same sAMAccountName.
    let other_group = groundwire_directory::domain::ConnectorGroupId::new(Uuid::new_v4());
    let mut other = gateway
        .enroll_connector((tenant, other_group), &Arc::new(SigningKey::generate().unwrap()))
        .await;
    let _other_stream = other.attach().await;
    sync(&mut other, vec![account(4, "ANNA")], Some((1, true)))
        .await
        .unwrap();
    let sam = AccountName::SamAccountName("Anna".to_owned());
    let Err(FindError::Ambiguous { groups }) = accounts.find(tenant, &sam).await else {
        panic!("two groups have it")
    };
    assert_eq!(groups.len(), 2);
    let nobody = AccountName::SamAccountName(String::new());
    assert!(matches!(
        accounts.find(tenant, &nobody).await,
        Err(FindError::NotFound)
    ));
}

#[tokio::test]
async fn an_implicit_principal_is_found_by_the_domain_of_its_group_unless_somebody_has_it_explicitly() {
    let gateway = GatewayRig::start(short_deadlines()).await;
    let (tenant, group) = gateway.create_tenant().await;
    let root = Arc::new(SigningKey::generate().unwrap());
    let mut connector = gateway.enroll_connector((tenant, group), &root).await;
    let hello = Hello {
        dc: Some(DomainController {
            host: "DC1.Corp.example".to_owned(),
            invocation_id: Uuid::from_u128(9).to_string(),
            policy_hints: true,
            domain_controllers: None,
        }),
        ..connector.hello()
    };
    let _stream = connector.attach_with(hello).await;
    let without = SyncedAccount {
        user_principal_name: String::new(),
        ..account(1, "noupn01")
    };
    // Another account has this one's implicit principal as its attribute.
    let explicit = SyncedAccount {
        user_principal_name: "twin01@corp.example".to_owned(),
        ..account(3, "other")
    };
    let spaced = SyncedAccount {
        user_principal_name: " spaced@corp.example".to_owned(),
        ..account(4, "spaced ")
    };
    let all = vec![without, account(2, "twin01"), explicit, spaced];
    sync(&mut connector, all, Some((4, true))).await.unwrap();
    let accounts = Accounts::new(gateway.store.clone());
    let found = async |name: AccountName| {
        let found = accounts.find(tenant, &name).await;
        found.map(|account| account.anchor.uuid().as_u128()).ok()
    };
    let upn = |name: &str| AccountName::UserPrincipalName(name.to_owned());
    assert_eq!(found(upn("NoUPN01@CORP.example")).await, Some(1));
    assert_eq!(
        found(upn("other@corp.example")).await,
        Some(3),
        "it has another explicit one"
    );
    assert_eq!(
        found(upn("twin01@corp.example")).await,
        Some(3),
        "the explicit one wins"
    );
    assert_eq!(found(upn("twin01@example.com")).await, Some(2));
    assert_eq!(found(upn("spaced@corp.example")).await, Some(4));
    assert_eq!(
        found(AccountName::SamAccountName("spaced".to_owned())).await,
        Some(4)
    );
    for nobody in [
        "noupn01@example",
        "noupn01@dc1.corp.example",
        "@corp.example",
        "noupn01",
        "noupn01@",
    ] {
        assert_eq!(found(upn(nobody)).await, None, "{nobody}");
    }
}

#[tokio::test]
async fn one_account_that_is_odd_costs_none_of_the_others_their_sync() {
    let gateway = GatewayRig::start(short_deadlines()).await;
    let (tenant, group) = gateway.create_tenant().await;
    let root = Arc::new(SigningKey::generate().unwrap());
    let mut connector = gateway.enroll_connector((tenant, group), &root).await;
    let _stream = connector.attach().await;
    // As long as AD lets them be, and no two bytes alike, so that nothing compresses them.
    let long = |seed: u32| -> String {
        (0..1_012_u32)
            .map(|index| char::from_u32(0x4e00 + (index * 7_919 + seed * 104_729) % 20_000).unwrap())
            .collect()
    };
    let (one, other) = (long(1), format!("{}x", &long(1)[..long(1).len() - 3]));
    let mut huge = account(5, "huge");
    huge.display_name = "x".repeat(4_097);
    let mut nobody = account(6, "nobody");
    nobody.anchor = "not a uuid".to_owned();
    let moved = account(1, "anna-moved");
    let all = vec![
        account(1, "anna"),
        account(2, &one),
        account(3, &other),
        huge.clone(),
        nobody,
        moved,
        account(4, "zoe"),
    ];
    let answer = sync(&mut connector, all, Some((7, true))).await.unwrap();
    assert_eq!((answer.total, answer.skipped), (4, 2));
    assert_eq!(answer.first_skipped, huge.anchor);
    assert_eq!(answer.first_skipped_why, "its displayName is too long");
    let accounts = Accounts::new(gateway.store.clone());
    for (name, id) in [
        (&one, 2),
        (&other, 3),
        (&"anna-moved".to_owned(), 1),
        (&"zoe".to_owned(), 4),
    ] {
        let upn = AccountName::UserPrincipalName(format!("{name}@example.COM"));
        let found = accounts.find(tenant, &upn).await.map_err(|_| ()).unwrap();
        assert_eq!(found.anchor.uuid(), Uuid::from_u128(id));
    }
    let (page, _) = accounts.list(tenant, None, &one[..30], None, 10).await.unwrap();
    assert_eq!(page.len(), 2, "both begin so");
}

#[tokio::test]
async fn what_the_database_will_never_take_is_not_told_as_an_outage() {
    let gateway = GatewayRig::start(short_deadlines()).await;
    let (tenant, group) = gateway.create_tenant().await;
    let root = Arc::new(SigningKey::generate().unwrap());
    let mut connector = gateway.enroll_connector((tenant, group), &root).await;
    let _stream = connector.attach().await;
    sqlx::raw_sql("ALTER TABLE directory.accounts ADD CONSTRAINT no_zoe CHECK (sam_account_name <> 'zoe')")
        .execute(&gateway.database.superuser)
        .await
        .unwrap();
    let refused = sync(&mut connector, vec![account(4, "zoe")], Some((1, true)))
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Code::Internal);
    assert_eq!(
        refused.message(),
        "the accounts cannot be stored (SQLSTATE 23514, accounts, no_zoe)"
    );
}
