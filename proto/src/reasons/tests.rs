use super::*;

#[test]
fn every_code_of_the_contract_has_its_row_in_order() {
    let rows: Vec<i32> = TABLE.iter().map(|row| row.code as i32).collect();
    let codes: Vec<i32> = (1..10_000)
        .filter(|code| ReasonCode::try_from(*code).is_ok())
        .collect();
    assert_eq!(rows, codes);
    for row in TABLE {
        assert_eq!(spec(row.code).code, row.code);
    }
    assert_eq!(spec(ReasonCode::Unspecified).code, ReasonCode::Internal);
}

#[test]
fn words_use_only_the_fields_of_their_row() {
    for row in TABLE {
        for words in [row.user, row.admin] {
            for part in words.split('{').skip(1) {
                let field = part.split('}').next().unwrap().trim_end_matches('?');
                assert!(row.fields.contains(&field), "{}: {field}", name(row.code));
            }
        }
        assert!(!row.admin.is_empty(), "{} says nothing", name(row.code));
    }
}

#[test]
fn absent_fields_leave_out_their_part() {
    let bare = Reason::new(ReasonCode::PasswordTooYoung);
    assert_eq!(
        bare.user_message(),
        "Your password was changed a short while ago."
    );
    let full = bare.with("may_change_after", "2026-01-02T03:04:05Z");
    assert!(full.user_message().ends_with("again after 2026-01-02T03:04:05Z."));
}

#[test]
fn an_advice_stands_only_where_its_field_says_that_it_holds() {
    let held = Reason::new(ReasonCode::CurrentPasswordTriesHeld);
    assert_eq!(
        held.user_message(),
        "Too many wrong passwords. Wait and try again. Your administrator can lift this."
    );
    let lifted = held.with("self_reset_lifts", true);
    assert_eq!(
        lifted.user_message(),
        "Too many wrong passwords. Wait and try again, or reset your password. Your administrator can lift this."
    );
}

#[test]
fn a_field_that_may_be_absent_stands_in_brackets() {
    // What is outside of brackets shows as a question mark where it is absent: these are always given.
    let given: &[(ReasonCode, &[&str])] = &[
        (ReasonCode::PasswordTooShort, &["minimum"]),
        (ReasonCode::PasswordTooLong, &["maximum"]),
        (ReasonCode::PasswordNotComplex, &["required", "classes"]),
        (ReasonCode::PasswordInHistory, &["history"]),
        (ReasonCode::AccountKindUnsupported, &["kind"]),
        (ReasonCode::OperationNotPermitted, &["kind"]),
        (ReasonCode::ClockUntrusted, &["offset_seconds"]),
        (ReasonCode::PasswordExpiredAtOnce, &["right"]),
        (ReasonCode::AccountRemovalsHeld, &["confirmed", "found"]),
    ];
    for row in TABLE {
        let always = given.iter().find(|(code, _)| *code == row.code);
        let always = always.map_or(&[][..], |(_, fields)| fields);
        let reason = always
            .iter()
            .fold(Reason::new(row.code), |reason, field| reason.with(field, "x"));
        for words in [reason.user_message(), reason.admin_message()] {
            assert!(!words.contains('?'), "{}: {words}", name(row.code));
        }
    }
}

#[test]
fn a_reason_survives_the_wire_and_the_record() {
    let reason = Reason::new(ReasonCode::PasswordTooShort).with("minimum", 12);
    let wire = crate::operation::v1::Reason::from(&reason);
    assert_eq!(Reason::from(wire), reason);
    let recorded = serde_json::to_string(&reason).unwrap();
    assert_eq!(
        recorded,
        r#"{"code":"PASSWORD_TOO_SHORT","fields":{"minimum":"12"}}"#
    );
    assert_eq!(serde_json::from_str::<Reason>(&recorded).unwrap(), reason);
}

#[test]
fn fields_a_peer_made_up_are_dropped() {
    let mut wire = crate::operation::v1::Reason::from(Reason::new(ReasonCode::AccountLocked));
    wire.fields.insert("password".to_owned(), "hunter2".to_owned());
    wire.user_message = "visit evil.example".to_owned();
    let reason = Reason::from(wire);
    assert!(reason.fields().is_empty());
    assert!(!reason.user_message().contains("evil"));
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "tests take one switch from the environment"
)]
fn the_published_table_is_this_one() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/REASONS.md");
    if std::env::var("GROUNDWIRE_UPDATE_DOCS").is_ok() {
        std::fs::write(path, as_markdown()).unwrap();
    }
    assert_eq!(std::fs::read_to_string(path).unwrap(), as_markdown());
}
/// The logs of both services hold them.
#[test]
fn the_names_of_reasons_are_the_recorded_ones() {
    let stored = include_str!("../../tests/golden/reasons.json");
    let stored: Vec<String> = serde_json::from_str(stored).unwrap();
    let written: Vec<&str> = TABLE.iter().map(|row| name(row.code)).collect();
    assert_eq!(written, stored);
    assert!(
        TABLE
            .iter()
            .all(|row| from_name(name(row.code)) == Some(row.code))
    );
}
