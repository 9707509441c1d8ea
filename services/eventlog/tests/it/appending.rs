//! Units are appended whole, in order, with the right answer each.

use futures_util::future::join_all;
use groundwire_eventlog::{
    AppendError, Appender, ExpectedVersion, Head, InvalidUnit, Metadata, Position, ReadError, StreamVersion,
    Unit,
};
use uuid::Uuid;

use crate::support::{Database, NOON_US, Statement, new_log, open, options, record, stream, unit, unit_at};

#[tokio::test]
async fn what_was_appended_is_read_back_as_written() {
    let database = Database::create().await;
    let pool = database.writer(4).await;
    let (appender, reader) = open(&pool, new_log()).await;
    let body = "{ \"z\" : 1,\t\"a\":\"\u{1f600}\" }";
    let mut first = record("OperationRequested", body);
    first.schema_version = u16::MAX;
    first.metadata = Metadata {
        actor: Some("subject".to_owned()),
        traceparent: Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_owned()),
        causation: None,
        correlation: Some(Uuid::from_u128(7)),
    };
    first.erasable = Some(b"{\"upn\":\"a@b.c\"}".to_vec());
    let metadata = first.metadata.clone();
    let appended = appender
        .append(Unit::new(
            stream("account/1"),
            ExpectedVersion::Exactly(StreamVersion::ZERO),
            vec![first, record("OperationDelivered", "{}")],
        ))
        .await
        .unwrap();
    assert_eq!((appended.first, appended.last), (Position(1), Position(2)));
    assert_eq!(
        (appended.stream_version, appended.recorded_at_us),
        (StreamVersion(2), NOON_US)
    );

    let records = reader.read_log(Position::ZERO, 10).await.unwrap();
    assert_eq!(
        records,
        reader
            .read_stream(&stream("account/1"), StreamVersion::ZERO, 10)
            .await
            .unwrap()
    );
    assert_eq!(
        records.iter().map(|record| record.event_id).collect::<Vec<_>>(),
        appended.event_ids
    );
    assert_eq!(records[0].body, body.as_bytes());
    assert_eq!(
        (records[0].schema_version, &records[0].metadata),
        (u16::MAX, &metadata)
    );
    assert_eq!(
        records[0].erasable.as_deref(),
        Some(b"{\"upn\":\"a@b.c\"}".as_slice())
    );
    assert_eq!((&records[1].erasable, records[1].is_erased()), (&None, false));
    assert_eq!(reader.read_log(Position(1), 10).await.unwrap(), records[1..]);
    assert_eq!(
        reader.stream_version(&stream("account/1")).await.unwrap(),
        StreamVersion(2)
    );

    let head = reader.head().await.unwrap();
    assert_eq!(
        (head.position, head.hash, head.incarnation),
        (Position(2), records[1].hash, appender.incarnation())
    );
    assert_eq!(
        records[0].previous_hash,
        Head::genesis(head.log, head.incarnation).hash
    );
    assert_eq!(reader.verify(&[]).await.unwrap(), Ok(head));
    database.drop().await;
}

#[tokio::test]
async fn a_unit_that_does_not_fit_fails_alone() {
    let database = Database::create().await;
    sqlx::query("CREATE TABLE public.seen (key int PRIMARY KEY)")
        .execute(&database.owner)
        .await
        .unwrap();
    sqlx::query("GRANT ALL ON public.seen TO PUBLIC")
        .execute(&database.owner)
        .await
        .unwrap();
    let pool = database.writer(4).await;
    let (appender, reader) = open(&pool, new_log()).await;
    let seen = |key: u32| Statement(format!("INSERT INTO public.seen VALUES ({key})"));

    // Queued together: the task has not run yet when the last one is queued, so they are one batch.
    let answers = join_all([
        appender.append(
            unit_at("a", 0, "0")
                .claiming("operation", "one")
                .changing(seen(1)),
        ),
        appender.append(unit_at("a", 0, "conflict").changing(seen(2))),
        appender.append(unit_at("a", 1, "2")),
        appender.append(unit("b", "taken").claiming("operation", "one").changing(seen(3))),
        appender.append(
            unit("b", "twice")
                .claiming("operation", "x")
                .claiming("operation", "x"),
        ),
        appender.append(
            unit("b", "projection")
                .claiming("operation", "two")
                .changing(seen(1)),
        ),
        appender.append(
            unit_at("b", 0, "fits")
                .claiming("operation", "two")
                .changing(seen(4)),
        ),
        appender.append(unit("c", "other kind").claiming("attempt", "one")),
        appender.append(unit("c", "divides").changing(Statement("SELECT 1/0".to_owned()))),
        appender.append(Unit::new(stream("d"), ExpectedVersion::Any, Vec::new())),
    ])
    .await;
    assert_eq!(answers[0].as_ref().unwrap().last, Position(1));
    assert!(
        matches!(
            answers[1],
            Err(AppendError::VersionConflict {
                actual: StreamVersion(1)
            })
        ),
        "{answers:?}"
    );
    assert_eq!(answers[2].as_ref().unwrap().last, Position(2));
    assert!(matches!(&answers[3], Err(AppendError::ClaimTaken { kind: "operation", key }) if key == "one"));
    assert!(matches!(&answers[4], Err(AppendError::ClaimTaken { key, .. }) if key == "x"));
    assert!(matches!(answers[5], Err(AppendError::ProjectionFailed(_))));
    assert_eq!(answers[6].as_ref().unwrap().last, Position(3));
    assert_eq!(answers[7].as_ref().unwrap().last, Position(4));
    assert!(matches!(answers[8], Err(AppendError::ProjectionFailed(_))));
    assert!(matches!(
        answers[9],
        Err(AppendError::Invalid(InvalidUnit::NoRecords))
    ));

    let bodies: Vec<_> = reader
        .read_log(Position::ZERO, 10)
        .await
        .unwrap()
        .into_iter()
        .map(|r| r.body)
        .collect();
    assert_eq!(bodies, [&b"0"[..], b"2", b"fits", b"other kind"]);
    let seen: Vec<i32> = sqlx::query_scalar("SELECT key FROM public.seen ORDER BY 1")
        .fetch_all(&database.owner)
        .await
        .unwrap();
    assert_eq!(seen, [1, 4]);
    assert_eq!(
        reader.claimed_at("operation", "two").await.unwrap(),
        Some(Position(3))
    );
    assert_eq!(reader.claimed_at("operation", "x").await.unwrap(), None);
    database.drop().await;
}

#[tokio::test]
async fn a_projection_change_that_refuses_says_why_and_its_unit_fails_alone() {
    #[derive(Debug, PartialEq, thiserror::Error)]
    #[error("the token is used")]
    struct Used;
    struct Refuses;
    impl groundwire_eventlog::ProjectionChange for Refuses {
        fn apply<'c>(
            &'c self,
            _: &'c mut sqlx::PgConnection,
        ) -> futures_util::future::BoxFuture<'c, Result<(), groundwire_eventlog::ProjectionFailure>> {
            Box::pin(async { Err(groundwire_eventlog::ProjectionFailure::refused(Used)) })
        }
    }
    let database = Database::create().await;
    let pool = database.writer(4).await;
    let (appender, reader) = open(&pool, new_log()).await;
    let answers = join_all([
        appender.append(unit("a", "0")),
        appender.append(unit("a", "1").changing(Refuses)),
        appender.append(unit("a", "2").changing(Statement("SELECT 1/0".to_owned()))),
        appender.append(unit("a", "3")),
    ])
    .await;
    assert_eq!(answers[0].as_ref().unwrap().last, Position(1));
    let refused = answers[1].as_ref().unwrap_err();
    assert_eq!(refused.refusal(), Some(&Used), "{refused:?}");
    assert!(!refused.is_passing());
    let failed = answers[2].as_ref().unwrap_err();
    assert_eq!(failed.refusal::<Used>(), None, "{failed:?}");
    assert_eq!(answers[3].as_ref().unwrap().last, Position(2));
    assert_eq!(reader.head().await.unwrap().position, Position(2));
    database.drop().await;
}

#[tokio::test]
async fn a_swallowed_error_of_a_projection_change_is_not_answered_as_success() {
    struct Swallows;
    impl groundwire_eventlog::ProjectionChange for Swallows {
        fn apply<'c>(
            &'c self,
            connection: &'c mut sqlx::PgConnection,
        ) -> futures_util::future::BoxFuture<'c, Result<(), groundwire_eventlog::ProjectionFailure>> {
            Box::pin(async move {
                let _ignored = sqlx::query("SELECT 1/0").execute(connection).await;
                Ok(())
            })
        }
    }
    struct Panics;
    impl groundwire_eventlog::ProjectionChange for Panics {
        fn apply<'c>(
            &'c self,
            _: &'c mut sqlx::PgConnection,
        ) -> futures_util::future::BoxFuture<'c, Result<(), groundwire_eventlog::ProjectionFailure>> {
            panic!("a defect of a projection")
        }
    }
    let database = Database::create().await;
    let pool = database.writer(4).await;
    let (appender, reader) = open(&pool, new_log()).await;
    let answers = join_all([
        appender.append(unit("a", "0")),
        appender.append(unit("a", "1").changing(Swallows)),
        appender.append(unit("a", "2").changing(Panics)),
        appender.append(unit("a", "3")),
    ])
    .await;
    assert_eq!(answers[0].as_ref().unwrap().last, Position(1));
    assert!(matches!(answers[1], Err(AppendError::Refused(_))), "{answers:?}");
    assert!(
        matches!(answers[2], Err(AppendError::ProjectionFailed(_))),
        "{answers:?}"
    );
    assert_eq!(answers[3].as_ref().unwrap().last, Position(2));
    assert_eq!(reader.head().await.unwrap().position, Position(2));
    database.drop().await;
}

#[tokio::test]
async fn a_closed_appender_answers_what_was_queued_and_takes_nothing_more() {
    let database = Database::create().await;
    let pool = database.writer(4).await;
    let (appender, reader) = open(&pool, new_log()).await;
    let (first, (), second) = tokio::join!(appender.append(unit("a", "0")), appender.close(), async {
        appender.close().await;
        appender.append(unit("a", "1")).await
    });
    assert_eq!(first.unwrap().last, Position(1));
    assert!(matches!(second, Err(AppendError::Closed)), "{second:?}");
    assert_eq!(reader.head().await.unwrap().position, Position(1));
    database.drop().await;
}

#[tokio::test]
async fn a_log_has_one_incarnation_whoever_opens_it() {
    let database = Database::create().await;
    let pool = database.writer(8).await;
    let log = new_log();
    let opened = join_all((0..4).map(|_| Appender::open(pool.clone(), log, options()))).await;
    let incarnations: Vec<_> = opened
        .into_iter()
        .map(|appender| appender.unwrap().incarnation())
        .collect();
    assert!(
        incarnations
            .iter()
            .all(|incarnation| *incarnation == incarnations[0])
    );
    let missing = groundwire_eventlog::Reader::new(pool, new_log());
    assert!(matches!(missing.head().await, Err(ReadError::NoSuchLog(_))));
    assert_eq!(missing.read_log(Position::ZERO, 10).await.unwrap(), []);
    database.drop().await;
}
