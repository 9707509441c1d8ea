//! What is read from the real domain controller: states, policies, protection, the DC itself; and how it is refused.

use groundwire_connector::ad::{ActiveDirectory, AdError, LdapsDirectory, LdapsSettings, PolicyHints};
use groundwire_connector::domain::marker::{Forgery, read_marker};
use groundwire_connector::domain::{FileTime, MarkerReading, OperationFlags, OperationKind, judge_condition};
use groundwire_connector::policy::{Candidate, Guardrails, PolicySource, Scope, judge_password};
use groundwire_proto::reasons::{Reason, ReasonCode};

use crate::ad::rig::{Markers, TestDomain, read_account};

/// After every fixture was made, before any expires.
#[expect(clippy::disallowed_methods, reason = "fixtures were made by the real clock")]
fn now() -> FileTime {
    let unix = time::OffsetDateTime::now_utc().unix_timestamp_nanos() / 1_000;
    FileTime::from_unix_micros(i64::try_from(unix).unwrap())
}

fn guardrails(base: &str) -> Guardrails {
    Guardrails {
        scope: Scope {
            include: vec![format!("OU=Staff,{base}").parse().unwrap()],
            exclude: Vec::new(),
        },
        kinds: OperationKind::ALL.to_vec(),
        allow_password_not_required: false,
    }
}

#[tokio::test]
async fn the_domain_controller_says_who_it_is_and_what_it_can() {
    let domain = TestDomain::from_environment().await;
    let facts = domain.connect_service().domain_controller().await.unwrap();
    assert!(facts.name.contains('.'), "{facts:?}");
    assert!(facts.naming_context.starts_with("DC="), "{facts:?}");
    assert_eq!(facts.policy_hints, Some(PolicyHints::Current));
    assert!(facts.invocation_id.is_some(), "{facts:?}");
    assert!(!facts.read_only);
    // The service account, which has no rights but its own, may count them.
    assert_eq!(facts.domain_controllers, Some(1));
}

#[tokio::test]
async fn guardrails_stop_every_protected_or_unsupported_account() {
    let domain = TestDomain::from_environment().await;
    let (directory, guardrails) = (domain.connect_service(), guardrails(&domain.base));
    let table = [
        ("admindirect01", vec![ReasonCode::AccountProtected]),
        ("adminnested01", vec![ReasonCode::AccountProtected]),
        ("adminprimary01", vec![ReasonCode::AccountProtected]),
        ("backupop01", vec![ReasonCode::AccountProtected]),
        ("adminstale01", vec![ReasonCode::AccountProtectionStale]),
        ("smartcard01", vec![ReasonCode::AccountKindUnsupported]),
        ("notrequired01", vec![ReasonCode::AccountKindUnsupported]),
        ("outside01", vec![ReasonCode::AccountOutOfScope]),
        ("outsidestaff01", vec![ReasonCode::AccountOutOfScope]),
        ("inusers01", vec![ReasonCode::AccountOutOfScope]),
        ("odd13", vec![]),
        ("иванова", vec![]),
        ("WS01$", vec![ReasonCode::AccountKindUnsupported]),
    ];
    for (name, expected) in table {
        let account = read_account(&directory, domain.anchor_of(name).await)
            .await
            .account;
        let mut codes: Vec<ReasonCode> = guardrails
            .judge(OperationKind::AdminReset, &account)
            .iter()
            .map(Reason::code)
            .collect();
        codes.dedup();
        assert_eq!(codes, expected, "{name}");
    }
}

#[tokio::test]
async fn states_are_read_as_they_are() {
    let domain = TestDomain::from_environment().await;
    let directory = domain.connect_service();
    let table = [
        (
            "disabled02",
            OperationKind::SelfReset,
            vec![ReasonCode::AccountDisabled],
        ),
        (
            "expired02",
            OperationKind::Change,
            vec![ReasonCode::AccountExpired],
        ),
        ("mustchange03", OperationKind::Change, vec![]),
        ("pwexpired02", OperationKind::Change, vec![]),
    ];
    for (name, kind, expected) in table {
        let reading = read_account(&directory, domain.anchor_of(name).await).await;
        let context = groundwire_connector::domain::condition::ConditionContext {
            now: now(),
            lockout_duration: None,
            lockout_window: None,
            self_reset_unlocks: true,
        };
        let verdict = judge_condition(kind, OperationFlags::default(), &reading.account, context);
        let codes: Vec<ReasonCode> = verdict.reasons.iter().map(Reason::code).collect();
        assert_eq!(codes, expected, "{name}");
    }
    let must = read_account(&directory, domain.anchor_of("mustchange03").await)
        .await
        .account;
    assert_eq!(must.must_change(), Some(true));
    let never = read_account(&directory, domain.anchor_of("neverexpires02").await)
        .await
        .account;
    assert_eq!(never.never_expires(), Some(true));
}

#[tokio::test]
async fn the_domain_policy_and_fine_grained_policies_are_read() {
    let domain = TestDomain::from_environment().await;
    let directory = domain.connect_service();
    let plain = read_account(&directory, domain.create_account().await.anchor)
        .await
        .policy;
    let policy = plain.known().unwrap();
    assert_eq!(policy.source, PolicySource::Domain);
    assert!(policy.is_complete(), "{policy:?}");
    assert_eq!((policy.minimum_length, policy.complex), (Some(8), Some(true)));

    for name in ["pso02", "psodirect01"] {
        let policy = read_account(&directory, domain.anchor_of(name).await)
            .await
            .policy;
        let policy = policy.known().unwrap();
        assert!(matches!(policy.source, PolicySource::FineGrained(_)), "{name}");
        assert_eq!(policy.minimum_length, Some(14), "{name}");
        assert_eq!(policy.source.label(), "Strong");
    }
    let simple = read_account(&directory, domain.anchor_of("simple02").await)
        .await
        .policy;
    assert_eq!(simple.known().and_then(|policy| policy.complex), Some(false));
}

#[tokio::test]
async fn a_password_that_is_too_young_is_known_before_it_is_sent() {
    let domain = TestDomain::from_environment().await;
    let reading = read_account(&domain.connect_service(), domain.anchor_of("young02").await).await;
    let account = &reading.account;
    let candidate = Candidate {
        password: "Second-Harbour-48",
        account_name: account.sam_account_name.as_deref(),
        display_name: account.display_name.as_deref(),
        last_set: account.password_last_set,
    };
    // A moment after it was set, whenever that was.
    let moment = FileTime(account.password_last_set.unwrap().0 + 1);
    let reasons = judge_password(OperationKind::Change, &candidate, &reading.policy, moment).refused;
    assert_eq!(
        reasons.iter().map(Reason::code).collect::<Vec<_>>(),
        [ReasonCode::PasswordTooYoung]
    );
    assert_eq!(reasons[0].field("minimum_age_seconds"), Some("86400"));
}

#[tokio::test]
async fn a_marker_that_the_user_wrote_is_seen_as_forged() {
    let domain = TestDomain::from_environment().await;
    let (directory, markers, account) = (
        domain.connect_service(),
        Markers::new(),
        domain.create_account().await,
    );
    account
        .set_attribute("msDS-cloudExtensionAttribute20", b"gw1 0 W 9 x 1 0 00")
        .await;
    let seen = directory.read_marker(account.anchor).await.unwrap().marker;
    let reading = read_marker(&markers.keys, &markers.scope, account.anchor, seen.as_deref());
    assert_eq!(reading, MarkerReading::Forged(Forgery::Malformed));
}

#[tokio::test]
async fn a_certificate_of_another_authority_or_name_is_refused() {
    let domain = TestDomain::from_environment().await;
    let other = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()])
        .unwrap()
        .cert
        .pem();
    let mut settings = domain.settings();
    settings.tls = LdapsSettings::tls_with_ca(other.as_bytes()).unwrap();
    let error = LdapsDirectory::start(settings)
        .domain_controller()
        .await
        .unwrap_err();
    assert!(matches!(error, AdError::TlsFailed { .. }), "{error}");
    assert_eq!(error.reason().code(), ReasonCode::DcTlsFailed);

    let mut settings = domain.settings();
    settings.url.host = "127.0.0.2".to_owned();
    let error = LdapsDirectory::start(settings)
        .domain_controller()
        .await
        .unwrap_err();
    // Another loopback address reaches the same port only where it is bound to all of them.
    assert!(
        matches!(error, AdError::TlsFailed { .. } | AdError::Unreachable { .. }),
        "{error}"
    );
}

#[tokio::test]
async fn a_port_where_nobody_listens_is_unreachable_at_once() {
    let domain = TestDomain::from_environment().await;
    let mut settings = domain.settings();
    let free = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    settings.url.port = free;
    let error = LdapsDirectory::start(settings)
        .domain_controller()
        .await
        .unwrap_err();
    assert_eq!(error.reason().code(), ReasonCode::DcUnreachable);
    assert!(error.is_passing());
}
