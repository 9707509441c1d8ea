//! What is refused, with every reason that can be known.

use groundwire_proto::operation::v1::OutcomeCode;
use tonic::Code;

use crate::world::{As, INITIAL, World, code_of, fresh_password, reason_names};

/// Refused as an operation, for exactly these reasons.
async fn change_is_rejected(world: &World, account: &str, current: &str, new: &str, because: &[&str]) {
    let answer = world.change(account, current, new).await;
    let operation = answer
        .as_ref()
        .unwrap_or_else(|status| panic!("{account}: {status:?}"));
    assert_eq!(
        code_of(operation),
        OutcomeCode::Rejected,
        "{account}: {operation:?}"
    );
    let mut told = reason_names(&answer);
    told.sort_unstable();
    let mut expected: Vec<&str> = because.to_vec();
    expected.sort_unstable();
    assert_eq!(told, expected, "{account}");
}

#[tokio::test]
async fn every_rule_that_a_password_breaks_is_told_at_once() {
    let world = World::ready().await;
    let broken = ["PASSWORD_TOO_SHORT", "PASSWORD_NOT_COMPLEX"];
    change_is_rejected(&world, "bob", INITIAL, "abc", &broken).await;
    let with_name = [
        "PASSWORD_TOO_SHORT",
        "PASSWORD_NOT_COMPLEX",
        "PASSWORD_CONTAINS_ACCOUNT_NAME",
    ];
    let answer = world.change("bob", INITIAL, "bob").await;
    let told = reason_names(&answer);
    assert!(
        with_name.iter().all(|name| told.iter().any(|told| told == name)),
        "{told:?}"
    );
    assert!(world.dc.binds("bob", INITIAL).await);
}

#[tokio::test]
async fn names_in_a_password_are_told() {
    let world = World::ready().await;
    let account = world.account().await;
    change_is_rejected(
        &world,
        &account,
        INITIAL,
        &format!("X{account}-lantern"),
        // The display name of the fixture is its account name.
        &["PASSWORD_CONTAINS_ACCOUNT_NAME", "PASSWORD_CONTAINS_DISPLAY_NAME"],
    )
    .await;
    change_is_rejected(
        &world,
        "tokens01",
        INITIAL,
        "My-Houten-Lantern-7",
        &["PASSWORD_CONTAINS_DISPLAY_NAME"],
    )
    .await;
}

#[tokio::test]
async fn a_fine_grained_policy_is_the_one_that_counts() {
    let world = World::ready().await;
    change_is_rejected(&world, "pso01", INITIAL, "Short-Key-7", &["PASSWORD_TOO_SHORT"]).await;
    let answer = world.change("pso01", INITIAL, "Short-Key-7").await;
    let operation = answer.expect("an answer");
    let reasons = operation.outcome.expect("an outcome").reasons;
    assert_eq!(reasons[0].fields.get("minimum").map(String::as_str), Some("14"));
    change_is_rejected(
        &world,
        "young01",
        INITIAL,
        &fresh_password(),
        &["PASSWORD_TOO_YOUNG"],
    )
    .await;
}

#[tokio::test]
async fn a_password_of_the_history_is_refused_on_a_change_and_on_a_reset() {
    let world = World::ready().await;
    let account = world.account().await;
    let new = fresh_password();
    assert_eq!(
        code_of(&world.change(&account, INITIAL, &new).await.expect("an answer")),
        OutcomeCode::Applied
    );
    let reset = world.self_reset(&account, INITIAL).await;
    assert_eq!(code_of(reset.as_ref().expect("an answer")), OutcomeCode::Rejected);
    let told = reason_names(&reset);
    assert!(
        told.iter()
            .any(|name| name == "PASSWORD_IN_HISTORY" || name == "PASSWORD_REFUSED_BY_DC"),
        "{told:?}"
    );
    assert!(world.dc.binds(&account, &new).await);
}

#[tokio::test]
async fn a_wrong_current_password_is_told_and_costs_one_try() {
    let world = World::ready().await;
    let account = world.account().await;
    let tries = || async {
        world
            .dc
            .attribute(&account, "badPwdCount")
            .await
            .unwrap_or_default()
    };
    let before: u32 = tries().await.parse().unwrap_or(0);
    change_is_rejected(
        &world,
        &account,
        "Wrong-Harbour-48",
        &fresh_password(),
        &["CURRENT_PASSWORD_INCORRECT"],
    )
    .await;
    let after: u32 = tries().await.parse().unwrap_or(0);
    assert_eq!(after, before + 1);
}

#[tokio::test]
async fn accounts_that_may_not_be_written_are_refused_for_their_state() {
    let world = World::ready().await;
    let new = fresh_password();
    change_is_rejected(&world, "disabled01", INITIAL, &new, &["ACCOUNT_DISABLED"]).await;
    change_is_rejected(&world, "expired01", INITIAL, &new, &["ACCOUNT_EXPIRED"]).await;
    change_is_rejected(&world, "locked01", INITIAL, &new, &["ACCOUNT_LOCKED"]).await;
    change_is_rejected(
        &world,
        "smartcard01",
        INITIAL,
        &new,
        &["ACCOUNT_KIND_UNSUPPORTED"],
    )
    .await;
    change_is_rejected(
        &world,
        "notrequired01",
        INITIAL,
        &new,
        &["ACCOUNT_KIND_UNSUPPORTED"],
    )
    .await;
    change_is_rejected(
        &world,
        "cannotchange01",
        INITIAL,
        &new,
        &["USER_CANNOT_CHANGE_PASSWORD"],
    )
    .await;
    change_is_rejected(
        &world,
        "adminstale01",
        INITIAL,
        &new,
        &["ACCOUNT_PROTECTION_STALE"],
    )
    .await;
    for protected in ["admindirect01", "adminnested01", "adminprimary01", "backupop01"] {
        change_is_rejected(&world, protected, INITIAL, &new, &["ACCOUNT_PROTECTED"]).await;
        assert!(
            world.dc.binds(protected, INITIAL).await,
            "{protected} was written"
        );
    }
}

#[tokio::test]
async fn characters_that_no_bind_works_with_are_refused() {
    let world = World::ready().await;
    let account = world.account().await;
    change_is_rejected(
        &world,
        &account,
        INITIAL,
        "Tidal\0Lantern-7",
        &["PASSWORD_NOT_ENCODABLE"],
    )
    .await;
    let long = format!("Aa7-{}", "x".repeat(300));
    let answer = world.change(&account, INITIAL, &long).await;
    let told = match &answer {
        Ok(_) => reason_names(&answer),
        Err(status) => vec![format!("{:?}", status.code())],
    };
    assert!(
        told == ["PASSWORD_TOO_LONG"] || told == ["InvalidArgument"],
        "{told:?}"
    );
}

#[tokio::test]
async fn accounts_out_of_scope_and_computers_are_not_synced() {
    let world = World::ready().await;
    for account in [
        "outside01",
        "outsidestaff01",
        "inusers01",
        "Administrator",
        "WS01$",
        "nobody-at-all",
    ] {
        let answer = world.change(account, INITIAL, &fresh_password()).await;
        assert_eq!(
            answer.as_ref().expect_err(account).code(),
            Code::NotFound,
            "{account}"
        );
        assert_eq!(reason_names(&answer), ["ACCOUNT_NOT_SYNCED"], "{account}");
    }
}

#[tokio::test]
async fn with_writeback_off_nothing_is_written_and_the_status_says_so() {
    let world = World::ready().await;
    let account = world.account().await;
    world.set_writeback(false).await;
    let answer = world.change(&account, INITIAL, &fresh_password()).await;
    let status = world.status(Some(&*account)).await;
    world.set_writeback(true).await;
    assert_eq!(
        answer.as_ref().expect_err("a refusal").code(),
        Code::FailedPrecondition
    );
    assert_eq!(reason_names(&answer), ["WRITEBACK_DISABLED"]);
    let status = status.expect("the status");
    assert!(!status.enabled && !status.account.is_some_and(|account| account.eligible));
    assert!(world.dc.binds(&account, INITIAL).await);
}

#[tokio::test]
async fn roles_may_do_what_they_are_for_and_nothing_else() {
    let world = World::ready().await;
    let account = world.account().await;
    let change = world
        .change_as(
            As::Helpdesk,
            uuid::Uuid::new_v4(),
            std::time::Duration::from_secs(10),
            &account,
            INITIAL,
            &fresh_password(),
        )
        .await;
    assert_eq!(change.expect_err("a refusal").code(), Code::PermissionDenied);
    assert!(world.dc.binds(&account, INITIAL).await);
}
