use uuid::Uuid;

use super::*;
use crate::{ChainBreak, Digest, IncarnationId, Position};

fn verified(chain_break: Option<ChainBreak>) -> Verified {
    Verified {
        proved: Head {
            log: LogId(Uuid::from_u128(1)),
            incarnation: IncarnationId(Uuid::from_u128(2)),
            position: Position(1_234_567),
            hash: Digest([0xab; 32]),
        },
        chain_break,
        erased: 3,
        unreadable: Vec::new(),
        unreadable_count: 0,
    }
}

fn report(log: LogReport) -> VerificationReport {
    VerificationReport {
        logs: vec![log],
        witnessed: vec![WitnessedHead::new("the audit log", verified(None).proved)],
    }
}

#[test]
fn every_line_fits_80_columns_whatever_is_wrong() {
    for defect in [
        Defect::ForeignLog,
        Defect::OtherIncarnation,
        Defect::Missing,
        Defect::Malformed,
        Defect::NotLinked,
        Defect::Altered,
        Defect::StreamBroken,
        Defect::ErasableAltered,
        Defect::Truncated,
        Defect::Rewritten,
        Defect::BeyondHead,
    ] {
        let position = Position(1_234_568);
        let broken = verified(Some(ChainBreak { position, defect }));
        let report = report(LogReport::new(
            "system log",
            broken,
            vec!["the stored head".to_owned()],
        ));
        let text = report.to_text();
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH), "{text}");
        assert!(
            text.starts_with("system log: BROKEN at position 1234568\n"),
            "{text}"
        );
        assert!(!report.is_whole());
    }
}

#[test]
fn what_stands_in_the_tables_neither_breaks_a_line_nor_reaches_the_terminal_as_it_is() {
    let mut unreadable = verified(None);
    unreadable.unreadable_count = 1;
    unreadable.unreadable.push(UnreadableRecord {
        position: Position(u64::MAX >> 1),
        event_type: format!("{}\nsystem log: whole\n\x1b[2J", "x".repeat(170)),
        problem: "unknown variant `\x1b[31m`".to_owned(),
    });
    let mut log = LogReport::new(format!("tenant {}", Uuid::nil()), unreadable, Vec::new());
    log.display_name = Some("å".repeat(200));
    let mut report = report(log);
    let connector = format!("the audit log of connector {}", Uuid::nil());
    report
        .witnessed
        .push(WitnessedHead::new(connector, verified(None).proved));
    let text = report.to_text();
    assert!(text.lines().all(|line| line.chars().count() <= WIDTH), "{text}");
    assert!(!text.contains('\x1b') && !text.contains("\nsystem log"), "{text}");
    assert!(text.contains("unknown variant"), "{text}");
}

#[test]
fn a_whole_log_shows_what_it_was_compared_with_and_its_head() {
    let compared = vec!["the stored head".to_owned(), "2 heads".to_owned()];
    let report = report(LogReport::new("tenant Contoso", verified(None), compared));
    let head = format!("1234567:{}", "ab".repeat(32));
    let text = report.to_text();
    assert_eq!(
        text,
        format!(
            "tenant Contoso: whole\n  log            00000000-0000-0000-0000-000000000001\n  \
             incarnation    00000000-0000-0000-0000-000000000002\n  \
             proved         1234567 records, the personal parts of 3 erased\n  \
             compared with  the stored head\n                 2 heads\n  \
             the head that is proved, as `--expect` reads it:\n  {head}\n\
             seen here, of the audit log:\n  log            00000000-0000-0000-0000-000000000001\n  {head}\n"
        )
    );
    let json: serde_json::Value = serde_json::from_str(&report.to_json().unwrap()).unwrap();
    assert_eq!(json["is_whole"], true);
    assert_eq!(json["logs"][0]["proved"]["position"], 1_234_567);
    assert_eq!(json["witnessed"][0]["head"], head.as_str());
}

#[test]
fn a_record_that_cannot_be_read_and_a_log_that_is_gone_are_findings() {
    let mut unreadable = verified(None);
    unreadable.unreadable_count = 30;
    unreadable.unreadable.push(UnreadableRecord {
        position: Position(7),
        event_type: "Teleported".to_owned(),
        problem: "not known".to_owned(),
    });
    let text = report(LogReport::new("x", unreadable, Vec::new())).to_text();
    assert!(text.starts_with("x: NOT AS IT SHOULD BE\n"), "{text}");
    assert!(text.contains("position 7, Teleported: not known\n"), "{text}");
    assert!(text.contains("30 unreadable\n"), "{text}");
    let log = LogId(Uuid::from_u128(1));
    assert!(report(LogReport::absent("x", log, None)).is_whole());
    assert!(!report(LogReport::absent("x", log, Some("it was removed"))).is_whole());
}
