//! The one modify against the real domain controller: what it applies, and what the marker guards.

use groundwire_connector::ad::{
    ActiveDirectory, Cause, ExplainContext, FollowUpRequest, MarkerSwap, RequestKind, UnicodePwd, Write,
    WriteRequest, WriteResult,
};
use groundwire_connector::domain::marker::read_marker;
use groundwire_connector::domain::{
    AccountAnchor, DistinguishedName, Effects, FileTime, MarkerReading, MarkerState, Sequence,
};
use groundwire_proto::reasons::ReasonCode;

use crate::ad::refused_writes::refused;
use crate::ad::rig::{
    FIRST_PASSWORD, Markers, TestDomain, read_account, reset_password, shared, write_over_marker,
};

#[tokio::test]
async fn a_change_is_applied_with_its_marker_and_the_new_password_binds() {
    let domain = TestDomain::from_environment().await;
    let (directory, markers, account) = (
        domain.connect_service(),
        Markers::new(),
        domain.create_account().await,
    );
    let before = read_account(&directory, account.anchor).await.account;
    let (current, new) = (
        UnicodePwd::encode(FIRST_PASSWORD),
        UnicodePwd::encode("Second-Harbour-48"),
    );
    let write = Write::Change {
        current: &current,
        new: &new,
    };
    let result = write_over_marker(&directory, &markers, account.anchor, 1, write).await;
    assert!(matches!(result, WriteResult::Done), "{result:?}");

    let after = read_account(&directory, account.anchor).await.account;
    let reading = read_marker(
        &markers.keys,
        &markers.scope,
        account.anchor,
        after.marker.as_deref(),
    );
    assert!(matches!(reading, MarkerReading::Valid(marker) if marker.sequence == Sequence(1)));
    assert_eq!(
        after.password_version,
        before.password_version.map(|version| version + 1)
    );
    assert!(account.binds_with("Second-Harbour-48").await);
}

#[tokio::test]
async fn a_reset_is_applied_and_leaves_the_password_fresh() {
    let domain = TestDomain::from_environment().await;
    let (directory, markers, account) = (
        domain.connect_service(),
        Markers::new(),
        domain.create_account().await,
    );
    let new = UnicodePwd::encode("Second-Harbour-48");
    let result = write_over_marker(
        &directory,
        &markers,
        account.anchor,
        1,
        Write::Reset { new: &new },
    )
    .await;
    assert!(matches!(result, WriteResult::Done), "{result:?}");
    assert!(account.binds_with("Second-Harbour-48").await);
    let after = read_account(&directory, account.anchor).await.account;
    assert!(after.password_last_set.is_some_and(FileTime::is_set));
}

#[tokio::test]
async fn passwords_of_every_script_survive_and_bind() {
    let domain = TestDomain::from_environment().await;
    let (directory, account) = (domain.connect_service(), domain.create_account().await);
    let long = format!("aA1-{}", "ж".repeat(246));
    for password in [
        "Пароль-Гавань-7",
        "Quo\"ted\"-Pass9",
        " outer Spaces 9 ",
        "Emoji-😀👋🏽-9x",
        "漢字-Harbour-9",
        &long,
    ] {
        reset_password(&directory, account.anchor, password).await;
        assert!(account.binds_with(password).await, "{password}");
    }
}

#[tokio::test]
async fn a_stale_marker_stops_the_whole_write() {
    let domain = TestDomain::from_environment().await;
    let (directory, markers, account) = (
        domain.connect_service(),
        Markers::new(),
        domain.create_account().await,
    );
    let anchor = account.anchor;
    let new = UnicodePwd::encode("Second-Harbour-48");
    let fence = MarkerSwap {
        seen: None,
        next: markers.value(anchor, MarkerState::Fenced, 5),
    };
    let fenced = directory
        .write(&WriteRequest {
            anchor,
            read_at: &domain.controller,
            marker: Some(&fence),
            name: None,
            write: Write::Fence,
        })
        .await;
    assert!(matches!(fenced, WriteResult::Done), "{fenced:?}");

    let older = [
        // It had seen no marker: "add" meets one (20).
        MarkerSwap {
            seen: None,
            next: markers.value(anchor, MarkerState::Written, 4),
        },
        // It had seen another one (16).
        MarkerSwap {
            seen: Some(markers.value(anchor, MarkerState::Written, 3).into_bytes()),
            next: markers.value(anchor, MarkerState::Written, 4),
        },
    ];
    for (swap, code) in older.iter().zip([20, 16]) {
        let request = WriteRequest {
            anchor,
            read_at: &domain.controller,
            marker: Some(swap),
            name: None,
            write: Write::Reset { new: &new },
        };
        let result = directory.write(&request).await;
        assert!(
            matches!(&result, WriteResult::MarkerMoved(answer) if answer.ldap == code),
            "{result:?}"
        );
    }
    assert!(account.binds_with(FIRST_PASSWORD).await);
    assert!(!account.binds_with("Second-Harbour-48").await);
    assert_eq!(
        directory.read_marker(anchor).await.unwrap().marker,
        Some(fence.next.into_bytes())
    );
}

#[tokio::test]
async fn of_two_writes_over_the_same_marker_exactly_one_is_applied() {
    let domain = TestDomain::from_environment().await;
    let (directory, markers, account) = (
        shared(domain.connect_service()),
        Markers::new(),
        domain.create_account().await,
    );
    let anchor = account.anchor;
    let mut tasks = tokio::task::JoinSet::new();
    for sequence in 1..=4u64 {
        let next = markers.value(anchor, MarkerState::Written, sequence);
        let (directory, read_at) = (directory.clone(), domain.controller.clone());
        tasks.spawn(async move {
            let new = UnicodePwd::encode(&format!("Racing-Harbour-{sequence}"));
            let swap = MarkerSwap { seen: None, next };
            let write = Write::Reset { new: &new };
            directory
                .write(&WriteRequest {
                    anchor,
                    read_at: &read_at,
                    marker: Some(&swap),
                    name: None,
                    write,
                })
                .await
        });
    }
    let results = tasks.join_all().await;
    let applied = results
        .iter()
        .filter(|result| matches!(result, WriteResult::Done))
        .count();
    let moved = results
        .iter()
        .filter(|result| matches!(result, WriteResult::MarkerMoved(_)))
        .count();
    assert_eq!((applied, moved), (1, 3), "{results:?}");
}

#[tokio::test]
async fn a_locked_account_refuses_changes_until_it_is_unlocked() {
    let domain = TestDomain::from_environment().await;
    let (directory, markers, account) = (
        domain.connect_service(),
        Markers::new(),
        domain.create_account().await,
    );
    account.lock().await;
    let reading = read_account(&directory, account.anchor).await;
    assert_eq!(reading.account.is_locked(), Some(true));

    let (current, new) = (
        UnicodePwd::encode(FIRST_PASSWORD),
        UnicodePwd::encode("Second-Harbour-48"),
    );
    let write = Write::Change {
        current: &current,
        new: &new,
    };
    let result = write_over_marker(&directory, &markers, account.anchor, 1, write).await;
    let WriteResult::Refused(answer) = result else {
        panic!("{result:?}")
    };
    let context = ExplainContext {
        dc: "dc",
        account: &reading.account,
        policy: &reading.policy,
        left_to_controller: &[],
        rights: None,
        now: FileTime(132_223_104_000_000_000),
    };
    let reasons = answer.explain(RequestKind::Change, context);
    assert_eq!(reasons[0].code(), ReasonCode::AccountLocked);
    assert!(reasons[0].field("until").is_some());

    let unlocked = write_over_marker(&directory, &markers, account.anchor, 2, Write::Unlock).await;
    assert!(matches!(unlocked, WriteResult::Done), "{unlocked:?}");
    assert_eq!(
        read_account(&directory, account.anchor).await.account.is_locked(),
        Some(false)
    );
    assert!(account.binds_with(FIRST_PASSWORD).await);
}

#[tokio::test]
async fn a_reset_of_a_locked_account_stays_locked_until_the_follow_up() {
    let domain = TestDomain::from_environment().await;
    let (directory, markers, account) = (
        domain.connect_service(),
        Markers::new(),
        domain.create_account().await,
    );
    account.lock().await;
    reset_password(&directory, account.anchor, "Second-Harbour-48").await;
    let fence = write_over_marker(&directory, &markers, account.anchor, 1, Write::Fence).await;
    assert!(matches!(fence, WriteResult::Done), "{fence:?}");
    let written = markers.value(account.anchor, MarkerState::Written, 1);
    assert_eq!(
        read_account(&directory, account.anchor).await.account.is_locked(),
        Some(true)
    );

    let result = directory
        .follow_up(&both_over(&domain, account.anchor, &written, &markers))
        .await;
    assert!(matches!(result.unlock, Some(WriteResult::Done)), "{result:?}");
    assert!(
        matches!(result.must_change, Some(WriteResult::Done)),
        "{result:?}"
    );
    let after = read_account(&directory, account.anchor).await.account;
    assert_eq!(
        (after.is_locked(), after.must_change()),
        (Some(false), Some(true))
    );

    // The same once more is late: it finds another marker.
    account.lock().await;
    let late = directory
        .follow_up(&both_over(&domain, account.anchor, &written, &markers))
        .await;
    for part in [late.unlock, late.must_change] {
        assert!(matches!(part, Some(WriteResult::MarkerMoved(_))), "{part:?}");
    }
    let after = read_account(&directory, account.anchor).await.account;
    assert_eq!(after.is_locked(), Some(true));
}

/// Both effects, over this marker.
fn both_over(domain: &TestDomain, anchor: AccountAnchor, seen: &str, markers: &Markers) -> FollowUpRequest {
    FollowUpRequest {
        anchor,
        read_at: domain.controller.clone(),
        effects: Effects {
            unlock: true,
            must_change: true,
        },
        seen: seen.as_bytes().to_vec(),
        next: [901, 902].map(|number| markers.value(anchor, MarkerState::Written, number)),
    }
}

#[tokio::test]
async fn must_change_is_set_with_its_marker_and_a_change_clears_it() {
    let domain = TestDomain::from_environment().await;
    let (directory, markers, account) = (
        domain.connect_service(),
        Markers::new(),
        domain.create_account().await,
    );
    let result = write_over_marker(&directory, &markers, account.anchor, 1, Write::RequireChange).await;
    assert!(matches!(result, WriteResult::Done), "{result:?}");
    assert_eq!(
        read_account(&directory, account.anchor)
            .await
            .account
            .must_change(),
        Some(true)
    );

    // The user cannot bind now; the change works all the same.
    assert!(!account.binds_with(FIRST_PASSWORD).await);
    let (current, new) = (
        UnicodePwd::encode(FIRST_PASSWORD),
        UnicodePwd::encode("Second-Harbour-48"),
    );
    let write = Write::Change {
        current: &current,
        new: &new,
    };
    let result = write_over_marker(&directory, &markers, account.anchor, 2, write).await;
    assert!(matches!(result, WriteResult::Done), "{result:?}");
    assert!(account.binds_with("Second-Harbour-48").await);
}

#[tokio::test]
async fn a_follow_up_without_the_right_fails_for_each_part() {
    let domain = TestDomain::from_environment().await;
    let anchor = domain.anchor_of("outside01").await;
    let result = domain
        .connect_service()
        .follow_up(&both_over(&domain, anchor, "gw1", &Markers::new()))
        .await;
    let parts = [
        (result.must_change, RequestKind::RequireChange),
        (result.unlock, RequestKind::Unlock),
    ];
    for (part, kind) in parts {
        assert_eq!(
            refused(part.expect("it was asked for"), kind),
            Cause::RightMissing
        );
    }
}

#[tokio::test]
async fn odd_names_are_read_and_written_like_any_other() {
    let domain = TestDomain::from_environment().await;
    let directory = domain.connect_service();
    let markers = Markers::new();
    for name in [
        " , + \" \\ < > ; = / # ü ",
        "#hash ",
        "Юлия Иванова ",
        "山田 ",
        "😀 ",
        "a\\,b ",
        "who? ",
    ] {
        let account = domain.create_account_named(name).await;
        let read = read_account(&directory, account.anchor).await.account;
        assert_eq!(read.display_name.as_deref(), Some(account.display_name.as_str()));
        let parsed = DistinguishedName::read(&read.distinguished_name);
        assert_eq!(
            parsed.first_value(),
            Some(account.display_name.as_str()),
            "{name:?}"
        );
        let new = UnicodePwd::encode("Second-Harbour-48");
        let result = write_over_marker(
            &directory,
            &markers,
            account.anchor,
            1,
            Write::Reset { new: &new },
        )
        .await;
        assert!(matches!(result, WriteResult::Done), "{name:?} {result:?}");
        assert!(account.binds_with("Second-Harbour-48").await, "{name:?}");
    }
}
