//! Logs that are verified while they are written, or that hold records where a verification could pass them by.

use groundwire_eventlog::{Defect, ExpectedVersion, Position, Reader, StreamVersion, Unit, erase};
use sqlx::{AssertSqlSafe, PgPool};

use crate::support::{Database, new_log, open, record, stream};

/// Puts a copy of a record at a position, as the next version of its stream.
async fn put_copy(owner: &PgPool, reader: &Reader, of: u64, at: u64, version: StreamVersion) {
    let sql = format!(
        "ALTER TABLE eventlog.records DROP CONSTRAINT IF EXISTS records_position_check;
         SET session_replication_role = replica;
         INSERT INTO eventlog.records SELECT log, {at}, recorded_at_us + 1, stream, {version}, gen_random_uuid(),
           event_type, schema_version, body, metadata, erasable_digest, previous_hash, hash
         FROM eventlog.records WHERE log = '{log}' AND position = {of};
         RESET session_replication_role",
        log = reader.log(),
        version = version.0,
    );
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(owner).await.unwrap();
}

async fn remove_copy(owner: &PgPool, version: StreamVersion) {
    let sql = format!(
        "SET session_replication_role = replica;
         DELETE FROM eventlog.records WHERE stream_version = {};
         RESET session_replication_role",
        version.0
    );
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(owner).await.unwrap();
}

#[tokio::test]
async fn a_record_that_is_put_beside_the_last_of_a_page_or_before_the_first_is_found() {
    let database = Database::create().await;
    let pool = database.writer(4).await;
    // A page of a verification is 500 records.
    for length in [6_u32, 500, 501, 1_000] {
        let (appender, reader) = open(&pool, new_log()).await;
        let records = (0..length).map(|_| record("Noted", "{}")).collect();
        let appended = appender
            .append(Unit::new(stream("a"), ExpectedVersion::Any, records))
            .await
            .unwrap();
        let version = appended.stream_version;
        for (of, at) in [(1, 0), (500, 500), (length.into(), length.into())] {
            if at > u64::from(length) {
                continue;
            }
            assert!(reader.verify(&[]).await.unwrap().is_ok());
            put_copy(&database.owner, &reader, of, at, version.next()).await;
            // The service would believe it.
            let read = reader.read_stream(&stream("a"), version, 9).await.unwrap();
            assert_eq!(read.len(), 1);
            let found = reader.verify(&[]).await.unwrap().unwrap_err();
            let expected = match at {
                0 => (Position::ZERO, Defect::Malformed),
                at => (Position(at + 1), Defect::Missing),
            };
            assert_eq!((found.position, found.defect), expected, "{length} {at}");
            remove_copy(&database.owner, version.next()).await;
        }
    }
    database.drop().await;
}

#[tokio::test]
async fn a_log_is_whole_at_every_moment_while_it_is_written_and_erased() {
    let database = Database::create().await;
    let pool = database.writer(4).await;
    let (appender, reader) = open(&pool, new_log()).await;
    assert!(reader.verify(&[]).await.unwrap().is_ok(), "without a record");
    let (owner, log) = (database.owner.clone(), reader.log());
    let writing = tokio::spawn(async move {
        for n in 0..300_u32 {
            let mut personal = record("Noted", "{}");
            personal.erasable = Some(b"{}".to_vec());
            let unit = Unit::new(
                stream("a"),
                ExpectedVersion::Any,
                vec![personal, record("Noted", "{}")],
            );
            let appended = appender.append(unit).await.unwrap();
            if n % 2 == 0 {
                assert_eq!(erase(&owner, log, &[appended.first]).await.unwrap(), 1);
            }
        }
    });
    let mut verified = 0;
    while !writing.is_finished() {
        let known = reader.head().await.unwrap();
        let proved = reader.verify(&[known]).await.unwrap().unwrap();
        assert!(proved.position >= known.position);
        verified += 1;
    }
    writing.await.unwrap();
    assert!(verified > 3, "{verified}");
    assert_eq!(reader.verify(&[]).await.unwrap().unwrap().position, Position(600));
    database.drop().await;
}
