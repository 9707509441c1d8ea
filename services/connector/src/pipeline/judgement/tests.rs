use groundwire_proto::reasons::TABLE;
use uuid::Uuid;

use super::*;
use crate::ad::AdAnswer;
use crate::domain::marker::Forgery;
use crate::domain::{
    AccountAnchor, Attempt, ComputedFlags, FenceCount, Marker, MarkerState, OperationId, Sequence,
    UserAccountControl,
};
use crate::policy::{EffectivePolicy, PolicyReading, PolicySource};

fn valid(sequence: u64) -> MarkerReading {
    MarkerReading::Valid(Marker {
        state: MarkerState::Written,
        sequence: Sequence(sequence),
        operation: OperationId::new(Uuid::nil()),
        attempt: Attempt::FIRST,
        fence_count: FenceCount::NONE,
    })
}

fn applied(sequence: u64, version: Option<u64>) -> LastApplied {
    LastApplied {
        sequence,
        password_version: version,
        may_be_lost: false,
    }
}

#[test]
fn what_may_be_lost_shows_no_lag_and_no_touched_marker() {
    let lost = |version| LastApplied {
        may_be_lost: true,
        ..applied(4, version)
    };
    let forged = MarkerReading::Forged(Forgery::WrongMac);
    for (marker, version, expected) in [
        (valid(3), Some(8), Freshness::Fresh),
        (MarkerReading::Absent, Some(8), Freshness::Fresh),
        // Somebody wrote by hand on the domain controller that took its place.
        (valid(3), Some(9), Freshness::Fresh),
        (valid(3), None, Freshness::Fresh),
        (valid(5), Some(12), Freshness::Fresh),
        (forged, Some(8), Freshness::MarkerTouched),
    ] {
        assert_eq!(
            judge_freshness(&marker, lost(Some(9)), version),
            expected,
            "{marker:?} {version:?}"
        );
    }
}

#[test]
fn a_marker_that_is_older_is_a_lag_only_where_the_password_is_older_too() {
    let forged = MarkerReading::Forged(Forgery::WrongMac);
    let rows = [
        (MarkerReading::Absent, applied(0, None), None, Freshness::Fresh),
        (valid(4), applied(4, Some(9)), Some(2), Freshness::Fresh),
        (valid(5), applied(4, Some(9)), Some(2), Freshness::Fresh),
        (valid(3), applied(4, Some(9)), Some(8), Freshness::Stale),
        (valid(3), applied(4, Some(9)), Some(9), Freshness::MarkerTouched),
        (valid(3), applied(4, Some(9)), Some(12), Freshness::MarkerTouched),
        (
            MarkerReading::Absent,
            applied(4, Some(9)),
            Some(8),
            Freshness::Stale,
        ),
        (
            MarkerReading::Absent,
            applied(4, Some(9)),
            Some(9),
            Freshness::MarkerTouched,
        ),
        (
            MarkerReading::Absent,
            applied(4, None),
            Some(9),
            Freshness::MarkerTouched,
        ),
        (
            MarkerReading::Absent,
            applied(4, Some(9)),
            None,
            Freshness::MarkerTouched,
        ),
        (forged, applied(0, None), None, Freshness::MarkerTouched),
        (forged, applied(4, Some(9)), Some(8), Freshness::Stale),
        (forged, applied(4, Some(9)), Some(9), Freshness::MarkerTouched),
    ];
    for (marker, last_applied, version, expected) in rows {
        assert_eq!(
            judge_freshness(&marker, last_applied, version),
            expected,
            "{marker:?} {last_applied:?} {version:?}"
        );
    }
}

#[test]
fn every_reason_makes_an_end_and_a_refusal_outweighs_what_could_not_be_carried_out() {
    let refused = [
        Reason::new(ReasonCode::DcReadOnly),
        Reason::new(ReasonCode::AccountDisabled),
    ];
    assert_eq!(end_before_sending(&refused), End::Refused);
    assert_eq!(end_after_sending(&refused), End::Rejected);
    for row in TABLE {
        let reasons = [Reason::new(row.code)];
        let passing_failure = matches!(
            row.class,
            ReasonClass::Availability
                | ReasonClass::Configuration
                | ReasonClass::Internal
                | ReasonClass::Order
                | ReasonClass::Warning
        );
        let expected = if passing_failure {
            End::Failed
        } else {
            End::Refused
        };
        assert_eq!(end_before_sending(&reasons), expected, "{:?}", row.code);
    }
}

fn account() -> AccountSnapshot {
    AccountSnapshot::unknown(AccountAnchor::new(Uuid::nil()), "CN=a".to_owned())
}

fn policy() -> PolicyReading {
    PolicyReading::Known(EffectivePolicy::unknown(PolicySource::Domain))
}

#[test]
fn a_change_is_sent_again_only_where_no_try_was_counted() {
    let tries = |count, time: Option<i64>| BadTries {
        count,
        time: time.map(FileTime),
    };
    let before = tries(Some(2), Some(50));
    assert!(change_may_be_sent_again(before, before));
    let never = tries(Some(0), Some(0));
    assert!(change_may_be_sent_again(never, never));
    for now in [
        tries(Some(3), Some(60)),
        tries(Some(2), Some(60)),
        tries(Some(1), Some(60)),
        tries(Some(0), Some(50)),
        tries(Some(3), Some(50)),
        tries(None, Some(50)),
        tries(Some(2), None),
    ] {
        assert!(!change_may_be_sent_again(before, now), "{now:?}");
    }
    for unknown in [tries(None, Some(50)), tries(Some(2), None), tries(None, None)] {
        assert!(!change_may_be_sent_again(unknown, unknown), "{unknown:?}");
        assert!(!change_may_be_sent_again(unknown, before), "{unknown:?}");
    }
}

fn after(result: &WriteResult, request: RequestKind) -> AfterWrite {
    let (account, policy) = (account(), policy());
    judge_write(
        result,
        request,
        ExplainContext {
            dc: "dc1",
            account: &account,
            policy: &policy,
            left_to_controller: &[],
            rights: None,
            now: FileTime(132_223_104_000_000_000),
        },
    )
}

#[test]
fn only_an_answer_that_says_that_nothing_was_written_ends_an_operation() {
    let refused = |ldap: u32, text: &str| WriteResult::Refused(AdAnswer::parse(ldap, text.as_bytes()));
    assert_eq!(after(&WriteResult::Done, RequestKind::Reset), AfterWrite::Applied);
    for definite in [
        refused(53, "0000052D: SvcErr"),
        refused(19, "00000056: AtrErr"),
        refused(50, "00000005: SecErr"),
        refused(32, "0000208D: NameErr"),
        refused(12, "00000057: LdapErr"),
    ] {
        assert!(
            matches!(after(&definite, RequestKind::Change), AfterWrite::End(..)) || {
                // 12 has a meaning for resets only.
                matches!(after(&definite, RequestKind::Reset), AfterWrite::End(..))
            }
        );
    }
    let moved = WriteResult::MarkerMoved(AdAnswer::parse(16, b""));
    assert_eq!(after(&moved, RequestKind::Reset), AfterWrite::LookAgain);
    assert_eq!(
        after(&refused(19, "00002081: AtrErr"), RequestKind::Reset),
        AfterWrite::LookAgain
    );
    for ambiguous in [1, 3, 4, 11, 51, 52, 80, 4096] {
        let judged = after(&refused(ambiguous, ""), RequestKind::Reset);
        assert!(
            matches!(judged, AfterWrite::FindOutAndStop(_)),
            "{ambiguous}: {judged:?}"
        );
    }
    for cause in [
        UnknownCause::ConnectionLost,
        UnknownCause::TimedOut,
        UnknownCause::Unreadable,
    ] {
        assert!(matches!(
            after(&WriteResult::Unknown(cause), RequestKind::Reset),
            AfterWrite::FindOut(_)
        ));
    }
}

#[test]
fn a_failed_read_is_tried_again_while_there_is_time_and_only_if_it_may_pass() {
    let passing = AdError::Unreachable {
        dc: "dc1".to_owned(),
        detail: String::new(),
    };
    let left = Duration::from_millis(10);
    assert_eq!(judge_failed_read(&passing, left), AfterFailedRead::TryAgain);
    assert!(matches!(
        judge_failed_read(&passing, Duration::ZERO),
        AfterFailedRead::End(End::Failed, _)
    ));
    assert!(matches!(
        judge_failed_read(&AdError::AccountNotFound, left),
        AfterFailedRead::End(End::Refused, _)
    ));
}

#[test]
fn hosts_are_compared_as_dns_does() {
    assert!(same_host("dc1.corp.example", "DC1.Corp.Example."));
    assert!(!same_host("dc1.corp.example", "dc2.corp.example"));
}

#[test]
fn a_reset_is_advised_only_for_what_it_lifts_and_where_it_does() {
    for row in TABLE {
        let reason = Reason::new(row.code);
        let advised = advise(vec![reason.clone()], true);
        let is_lifted = matches!(
            row.code,
            ReasonCode::CurrentPasswordTriesHeld | ReasonCode::AccountLocked
        );
        assert_eq!(advised[0] != reason, is_lifted, "{:?}", row.code);
        assert_eq!(advise(vec![reason.clone()], false), [reason]);
    }
}

/// Accounts in every condition that is judged.
fn conditions() -> Vec<AccountSnapshot> {
    let with_bits = |bits| AccountSnapshot {
        control: Some(UserAccountControl(UserAccountControl::NORMAL | bits)),
        ..account()
    };
    let computed = |flags| AccountSnapshot {
        computed: Some(ComputedFlags(flags)),
        bad_password_count: Some(0),
        ..account()
    };
    vec![
        account(),
        computed(0),
        computed(ComputedFlags::LOCKED),
        with_bits(UserAccountControl::DISABLED),
        with_bits(UserAccountControl::NEVER_EXPIRES),
        AccountSnapshot {
            password_last_set: Some(FileTime::ZERO),
            ..account()
        },
        AccountSnapshot {
            account_expires: Some(FileTime(1)),
            ..account()
        },
    ]
}

#[test]
fn no_words_tell_of_a_password_where_the_kind_writes_none() {
    const NOW: FileTime = FileTime(132_223_104_000_000_000);
    const CODES: [u32; 11] = [
        0x5, 0x1F, 0x56, 0x57, 0x4DC, 0x52D, 0x775, 0x202B, 0x2081, 0x2098, 0x216C,
    ];
    let guardrails = Guardrails {
        scope: crate::policy::Scope {
            include: Vec::new(),
            exclude: Vec::new(),
        },
        kinds: Vec::new(),
        allow_password_not_required: false,
    };
    let mut found = Vec::new();
    for kind in [OperationKind::Unlock, OperationKind::RequireChange] {
        for (account, lenient) in conditions()
            .into_iter()
            .flat_map(|one| [(one.clone(), false), (one, true)])
        {
            let condition = judge_condition(
                kind,
                OperationFlags::default(),
                &account,
                ConditionContext {
                    now: NOW,
                    lockout_duration: None,
                    lockout_window: None,
                    self_reset_unlocks: lenient,
                },
            );
            found.extend(condition.reasons.into_iter().chain(condition.warnings));
            found.extend(guardrails.judge(kind, &account));
            for ldap in 1..91 {
                for code in CODES {
                    let text = format!("{code:08X}: x");
                    let answer = AdAnswer::parse(ldap, text.as_bytes());
                    let context = ExplainContext {
                        dc: "dc1",
                        account: &account,
                        policy: &policy(),
                        left_to_controller: &[],
                        rights: None,
                        now: NOW,
                    };
                    found.extend(answer.explain(RequestKind::of(kind), context));
                }
            }
        }
    }
    // Whatever may end any operation at the connector.
    for code in [
        ReasonCode::AuditStoreUnavailable,
        ReasonCode::ClockUntrusted,
        ReasonCode::RequestExpired,
        ReasonCode::Superseded,
        ReasonCode::OutcomeUnknown,
        ReasonCode::ConnectorHalted,
        ReasonCode::WritebackDisabled,
        ReasonCode::Internal,
    ] {
        found.push(Reason::new(code));
    }
    for reason in found {
        for words in [reason.user_message(), reason.admin_message()] {
            let words = words.to_lowercase();
            for claim in [
                "password was",
                "passwords cannot",
                "your password",
                "this password",
                "the password",
            ] {
                assert!(!words.contains(claim), "{}: {words}", reason.name());
            }
        }
    }
}
