//! What is applied, and proved by binding with it.

use std::time::{Duration, Instant};

use groundwire_proto::operation::v1::{OperationFlags, OutcomeCode, Stage};

use crate::world::{As, INITIAL, World, code_of, fresh_password};

#[tokio::test]
async fn a_changed_password_is_in_ad_and_its_outcome_in_the_same_call() {
    let world = World::ready().await;
    let account = world.account().await;
    let new = fresh_password();
    let operation = world
        .change(&account.user_principal_name(), INITIAL, &new)
        .await
        .expect("an answer");
    assert_eq!(code_of(&operation), OutcomeCode::Applied, "{operation:?}");
    assert!(world.dc.binds(&account, &new).await);
    let outcome = operation.outcome.expect("an outcome");
    assert_eq!((operation.attempt, outcome.attempt), (1, 1));
    assert!(
        outcome
            .evidence
            .is_some_and(|evidence| evidence.ldap_result == Some(0))
    );
    let told: Vec<Stage> = outcome
        .durations
        .iter()
        .map(|duration| duration.stage())
        .collect();
    for stage in [
        Stage::Admit,
        Stage::Seal,
        Stage::Deliver,
        Stage::Resolve,
        Stage::Policy,
        Stage::Intent,
    ] {
        assert!(told.contains(&stage), "{stage:?} is missing: {told:?}");
    }
    for stage in [Stage::Write, Stage::Commit, Stage::Total] {
        assert!(told.contains(&stage), "{stage:?} is missing: {told:?}");
    }
}

#[tokio::test]
async fn resets_by_the_person_and_by_a_helpdesk_are_applied() {
    let world = World::ready().await;
    let account = world.account().await;
    let first = fresh_password();
    let operation = world.self_reset(&account, &first).await.expect("an answer");
    assert_eq!(code_of(&operation), OutcomeCode::Applied, "{operation:?}");
    assert!(world.dc.binds(&account, &first).await);

    let second = fresh_password();
    let flags = OperationFlags {
        must_change_at_next_logon: true,
        ..Default::default()
    };
    let operation = world
        .admin_reset(&account, &second, flags)
        .await
        .expect("an answer");
    assert_eq!(code_of(&operation), OutcomeCode::Applied, "{operation:?}");
    assert!(world.dc.must_change(&account).await);
}

#[tokio::test]
async fn a_person_who_must_change_and_one_whose_password_expired_can_change_it() {
    let world = World::ready().await;
    for account in ["mustchange01", "pwexpired01"] {
        let new = fresh_password();
        let operation = world.change(account, INITIAL, &new).await.expect("an answer");
        assert_eq!(
            code_of(&operation),
            OutcomeCode::Applied,
            "{account}: {operation:?}"
        );
        assert!(!world.dc.must_change(account).await);
    }
}

#[tokio::test]
async fn a_locked_account_is_unlocked_alone_and_with_a_self_reset() {
    let world = World::ready().await;
    let account = world.account().await;
    world.dc.lock(&account).await;
    let operation = world.unlock(As::Helpdesk, &account).await.expect("an answer");
    assert_eq!(code_of(&operation), OutcomeCode::Applied, "{operation:?}");
    assert!(!world.dc.is_locked(&account).await);
    assert!(world.dc.binds(&account, INITIAL).await);

    world.dc.lock(&account).await;
    let new = fresh_password();
    let operation = world.self_reset(&account, &new).await.expect("an answer");
    assert_eq!(code_of(&operation), OutcomeCode::Applied, "{operation:?}");
    assert!(world.dc.binds(&account, &new).await);
}

#[tokio::test]
async fn require_change_sets_the_flag_and_warns_where_it_has_no_effect() {
    let world = World::ready().await;
    let account = world.account().await;
    let operation = world.require_change(&account).await.expect("an answer");
    assert_eq!(code_of(&operation), OutcomeCode::Applied, "{operation:?}");
    assert!(world.dc.must_change(&account).await);

    let operation = world.require_change("neverexpires01").await.expect("an answer");
    let outcome = operation.outcome.expect("an outcome");
    assert!(
        outcome.code() != OutcomeCode::Applied || !outcome.warnings.is_empty(),
        "{outcome:?}"
    );
}

#[tokio::test]
async fn passwords_of_every_script_survive_the_whole_way() {
    let world = World::ready().await;
    let account = world.account().await;
    let mut current = INITIAL.to_owned();
    let candidates = [
        "quote\" inside \"Two\" 7".to_owned(),
        "  Outer Spaces 7  ".to_owned(),
        "Надёжный-пароль-7".to_owned(),
        "emoji 🔑🗝️ Key 7".to_owned(),
        "back\\slash,plus+<7>;=Aa".to_owned(),
        format!("Aa7-{}", "ü".repeat(240)),
    ];
    for new in candidates {
        let operation = world.change(&account, &current, &new).await.expect("an answer");
        assert_eq!(code_of(&operation), OutcomeCode::Applied, "{operation:?}");
        assert!(
            world.dc.binds(&account, &new).await,
            "the bind with the new password"
        );
        current = new;
    }
}

#[tokio::test]
async fn accounts_with_odd_names_are_written_like_any_other() {
    let world = World::ready().await;
    let odd = (1..=14).map(|number| format!("odd{number:02}"));
    let named = [
        "o'brien",
        "with space",
        "иванова",
        "yamada",
        "emoji",
        "groesse",
        "noupn01",
    ]
    .map(str::to_owned);
    for account in odd.chain(named) {
        let new = fresh_password();
        let operation = world.self_reset(&account, &new).await;
        let operation = operation.unwrap_or_else(|status| panic!("{account}: {status:?}"));
        assert_eq!(
            code_of(&operation),
            OutcomeCode::Applied,
            "{account}: {operation:?}"
        );
        assert!(world.dc.binds(&account, &new).await, "{account}");
    }
}

#[tokio::test]
async fn operations_on_one_account_are_written_in_the_order_of_their_sequence() {
    let world = World::ready().await;
    let account = world.account().await;
    let mut sequences = Vec::new();
    for _ in 0..4 {
        let new = fresh_password();
        let operation = world.self_reset(&account, &new).await.expect("an answer");
        assert_eq!(code_of(&operation), OutcomeCode::Applied, "{operation:?}");
        assert!(world.dc.binds(&account, &new).await);
        sequences.push(operation.sequence);
    }
    assert!(
        sequences.windows(2).all(|pair| pair[0] < pair[1]),
        "{sequences:?}"
    );
}

#[tokio::test]
async fn a_check_gives_the_verdict_and_writes_nothing() {
    let world = World::ready().await;
    let account = world.account().await;
    let begun = Instant::now();
    let good = world
        .check(&account, "Tidal-Lantern-77")
        .await
        .expect("a verdict");
    assert!(good.acceptable, "{good:?}");
    let bad = world.check(&account, "short").await.expect("a verdict");
    assert!(!bad.acceptable && !bad.reasons.is_empty());
    assert!(begun.elapsed() < Duration::from_secs(5));
    assert!(world.dc.binds(&account, INITIAL).await, "a check wrote something");
}
