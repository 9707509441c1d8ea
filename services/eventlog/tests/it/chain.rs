//! The chain proves the log: whatever somebody with every right changes is found.

use groundwire_eventlog::{
    Appender, ChainBreak, ChainVerifier, Defect, ExpectedVersion, Head, IncarnationId, LogId, Position,
    Reader, Record, StreamName, Unit, erase, grant_eraser, record_hash,
};
use serde::{Deserialize, Serialize};
use sqlx::{AssertSqlSafe, PgPool};
use uuid::Uuid;

use crate::support::{Database, new_log, open, record, stream, unit};

/// The head that records lead to which follow a trusted one.
fn verify_chain<'r>(from: Head, records: impl IntoIterator<Item = &'r Record>) -> Result<Head, ChainBreak> {
    let mut verifier = ChainVerifier::new(from);
    for record in records {
        verifier.push(record)?;
    }
    verifier.finish()
}

/// A log of six records on two streams, the third with an erasable part; and the head after each.
async fn six_records(pool: &PgPool) -> (Appender, Reader, Vec<Head>) {
    let (appender, reader) = open(pool, new_log()).await;
    let mut heads = vec![reader.head().await.unwrap()];
    for n in 1..=6 {
        let mut new = record("Noted", &format!("{{\"n\":{n}}}"));
        new.erasable = (n == 3).then(|| b"{\"upn\":\"someone@example.org\"}".to_vec());
        let name = if n % 2 == 0 { "even" } else { "odd" };
        appender
            .append(Unit::new(stream(name), ExpectedVersion::Any, vec![new]))
            .await
            .unwrap();
        heads.push(reader.head().await.unwrap());
    }
    (appender, reader, heads)
}

#[tokio::test]
async fn an_erased_part_is_gone_and_the_chain_still_proves_the_rest() {
    let database = Database::create().await;
    let pool = database.writer(4).await;
    let (_appender, reader, heads) = six_records(&pool).await;

    assert!(
        erase(&pool, reader.log(), &[Position(3)]).await.is_err(),
        "a writer must not erase"
    );
    grant_eraser(&database.owner, &database.writer_role)
        .await
        .unwrap();
    assert_eq!(
        erase(&pool, reader.log(), &[Position(3), Position(4)])
            .await
            .unwrap(),
        1
    );

    let third = reader.read_log(Position(2), 1).await.unwrap().remove(0);
    assert!(third.is_erased() && third.erasable_salt.is_none());
    assert_eq!(third.body, b"{\"n\":3}");
    assert_eq!(reader.verify(&heads).await.unwrap(), Ok(heads[6]));
    let left: i64 = sqlx::query_scalar("SELECT count(*) FROM eventlog.erasable_parts")
        .fetch_one(&database.owner)
        .await
        .unwrap();
    assert_eq!(left, 0);
    database.drop().await;
}

#[tokio::test]
async fn any_change_of_the_tables_is_found() {
    // What is done to the tables, where it is found, and as what. `{log}` stands for the log. Hashes are not made anew.
    let cases: &[(&str, u64, Defect)] = &[
        (
            "UPDATE eventlog.records SET body = '{\"n\":4}' WHERE position = 2",
            2,
            Defect::Altered,
        ),
        (
            "UPDATE eventlog.records SET event_type = 'noted' WHERE position = 2",
            2,
            Defect::Altered,
        ),
        (
            "UPDATE eventlog.records SET schema_version = 2 WHERE position = 5",
            5,
            Defect::Altered,
        ),
        (
            "UPDATE eventlog.records SET metadata = '{}' WHERE position = 6",
            6,
            Defect::Altered,
        ),
        (
            "UPDATE eventlog.records SET metadata = 'no json' WHERE position = 6",
            6,
            Defect::Malformed,
        ),
        (
            "UPDATE eventlog.records SET stream = 'add' WHERE position = 1",
            1,
            Defect::Altered,
        ),
        (
            "UPDATE eventlog.records SET stream_version = 9 WHERE position = 1",
            1,
            Defect::Altered,
        ),
        (
            "UPDATE eventlog.records SET recorded_at_us = recorded_at_us + 1 WHERE position = 1",
            1,
            Defect::Altered,
        ),
        (
            "UPDATE eventlog.records SET event_id = gen_random_uuid() WHERE position = 1",
            1,
            Defect::Altered,
        ),
        (
            "UPDATE eventlog.records SET erasable_digest = NULL WHERE position = 3",
            3,
            Defect::Altered,
        ),
        (
            "UPDATE eventlog.records SET hash = sha256('x') WHERE position = 3",
            3,
            Defect::Altered,
        ),
        (
            "UPDATE eventlog.records SET previous_hash = sha256('x') WHERE position = 3",
            3,
            Defect::NotLinked,
        ),
        (
            "UPDATE eventlog.erasable_parts SET body = '{}'",
            3,
            Defect::ErasableAltered,
        ),
        (
            "UPDATE eventlog.erasable_parts SET salt = sha256('x')",
            3,
            Defect::ErasableAltered,
        ),
        (
            "INSERT INTO eventlog.erasable_parts SELECT log, 4, recorded_at_us, salt, body FROM eventlog.erasable_parts",
            4,
            Defect::ErasableAltered,
        ),
        (
            "DELETE FROM eventlog.records WHERE position = 4",
            4,
            Defect::Missing,
        ),
        (
            "DELETE FROM eventlog.records WHERE position = 1",
            1,
            Defect::Missing,
        ),
        (
            "DELETE FROM eventlog.records WHERE position > 4",
            6,
            Defect::Truncated,
        ),
        // Deletion with the ones after it moved up.
        (
            "DELETE FROM eventlog.records WHERE position = 4; UPDATE eventlog.records SET position = position - 1 \
          WHERE position > 4",
            4,
            Defect::NotLinked,
        ),
        // Two records change places.
        (
            "UPDATE eventlog.records SET position = 100 WHERE position = 3; UPDATE eventlog.records SET position = 3 \
          WHERE position = 4; UPDATE eventlog.records SET position = 4 WHERE position = 100",
            3,
            Defect::NotLinked,
        ),
        // A record is put in between, the ones after it moved down.
        (
            "UPDATE eventlog.records SET position = position + 100 WHERE position > 3; UPDATE eventlog.records \
          SET position = position - 99 WHERE position > 100; INSERT INTO eventlog.records SELECT log, 4, recorded_at_us, \
          'new', 1, gen_random_uuid(), event_type, schema_version, body, metadata, NULL, hash, sha256('new') \
          FROM eventlog.records WHERE position = 3",
            4,
            Defect::Altered,
        ),
        (
            "UPDATE eventlog.log_heads SET hash = sha256('x')",
            6,
            Defect::Rewritten,
        ),
        ("UPDATE eventlog.log_heads SET position = 7", 7, Defect::Truncated),
    ];
    let database = Database::create().await;
    let pool = database.writer(4).await;
    let (_appender, reader, heads) = six_records(&pool).await;
    sqlx::raw_sql(
        "CREATE SCHEMA kept; CREATE TABLE kept.records AS TABLE eventlog.records; \
         CREATE TABLE kept.erasable_parts AS TABLE eventlog.erasable_parts; \
         CREATE TABLE kept.log_heads AS TABLE eventlog.log_heads",
    )
    .execute(&database.owner)
    .await
    .unwrap();
    for (sql, position, defect) in cases {
        // As somebody with every right, who switches the triggers off; and undone after the look.
        let mut transaction = database.owner.begin().await.unwrap();
        let changed = format!("SET LOCAL session_replication_role = replica; {sql}");
        sqlx::raw_sql(AssertSqlSafe(changed))
            .execute(&mut *transaction)
            .await
            .unwrap();
        transaction.commit().await.unwrap();
        let found = reader.verify(&[heads[6]]).await.unwrap().expect_err(sql);
        assert_eq!(
            (found.position, found.defect),
            (Position(*position), *defect),
            "{sql}"
        );
        restore(&database.owner, &reader, &heads).await;
    }
    assert_eq!(reader.verify(&heads).await.unwrap(), Ok(heads[6]));
    database.drop().await;
}

/// Puts the tables back as they were kept.
async fn restore(owner: &PgPool, reader: &Reader, heads: &[Head]) {
    let sql = "SET session_replication_role = replica; \
        DELETE FROM eventlog.records; INSERT INTO eventlog.records SELECT * FROM kept.records; \
        DELETE FROM eventlog.erasable_parts; INSERT INTO eventlog.erasable_parts SELECT * FROM kept.erasable_parts; \
        DELETE FROM eventlog.log_heads; INSERT INTO eventlog.log_heads SELECT * FROM kept.log_heads; \
        RESET session_replication_role";
    sqlx::raw_sql(sql).execute(owner).await.unwrap();
    assert_eq!(reader.verify(heads).await.unwrap(), Ok(heads[6]));
}

#[tokio::test]
async fn truncation_and_rewriting_are_found_by_a_head_that_somebody_kept() {
    let database = Database::create().await;
    let pool = database.writer(4).await;
    let (appender, reader, heads) = six_records(&pool).await;
    let records = reader.read_log(Position::ZERO, 10).await.unwrap();

    // The head set back, and the records left there.
    let set_back = "UPDATE eventlog.log_heads SET position = 4, hash = (SELECT hash FROM eventlog.records WHERE position = 4)";
    sqlx::raw_sql(set_back).execute(&database.owner).await.unwrap();
    let found = reader.verify(&[]).await.unwrap().unwrap_err();
    assert_eq!((found.position, found.defect), (Position(5), Defect::BeyondHead));

    // Truncated, with the streams set back too: nothing inside tells.
    let sql = "SET session_replication_role = replica; DELETE FROM eventlog.records WHERE position > 4; \
        UPDATE eventlog.stream_heads SET version = 2; RESET session_replication_role";
    sqlx::raw_sql(sql).execute(&database.owner).await.unwrap();
    assert_eq!(reader.verify(&[]).await.unwrap(), Ok(heads[4]));
    let found = reader.verify(&heads).await.unwrap().unwrap_err();
    assert_eq!((found.position, found.defect), (Position(5), Defect::Truncated));

    // And written on: as long as before, with hashes that fit.
    appender.append(unit("odd", "{\"n\":5}")).await.unwrap();
    appender.append(unit("even", "{\"n\":6}")).await.unwrap();
    assert!(reader.verify(&[]).await.unwrap().is_ok());
    // Also by a head that lies before the end.
    for kept in [6, 5] {
        let found = reader.verify(&[heads[kept]]).await.unwrap().unwrap_err();
        assert_eq!(
            (found.position, found.defect),
            (heads[kept].position, Defect::Rewritten)
        );
    }

    // A chain is verified from any trusted head on, and only for its own log and incarnation.
    assert_eq!(verify_chain(heads[2], &records[2..]), Ok(heads[6]));
    assert_eq!(
        verify_chain(heads[2], &records[3..]).unwrap_err().defect,
        Defect::Missing
    );
    let foreign = Head {
        log: new_log(),
        ..heads[0]
    };
    assert_eq!(
        verify_chain(foreign, &records).unwrap_err().defect,
        Defect::ForeignLog
    );
    let mut verifier = ChainVerifier::new(heads[0]);
    let other = Head {
        incarnation: IncarnationId(Uuid::new_v4()),
        ..heads[6]
    };
    assert_eq!(
        verifier.expect_head(&other).unwrap_err().defect,
        Defect::OtherIncarnation
    );
    // What is hashed is the metadata's bytes: what is shown beside them must say the same.
    let mut shown = records.clone();
    shown[1].metadata.actor = Some("somebody else".to_owned());
    let found = verify_chain(heads[0], &shown).unwrap_err();
    assert_eq!((found.position, found.defect), (Position(2), Defect::Altered));
    // A broken stream is found even where every hash was made anew.
    let mut rehashed = records.clone();
    let mut previous = heads[0].hash;
    for record in &mut rehashed {
        if record.position == Position(2) {
            record.stream = stream("odd");
        }
        record.previous_hash = previous;
        record.hash = record_hash(record);
        previous = record.hash;
    }
    assert_eq!(
        verify_chain(heads[0], &rehashed).unwrap_err().defect,
        Defect::StreamBroken
    );
    database.drop().await;
}

/// `tests/vectors/chain-v1.json`: a log written down field by field, with the hashes it must have.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Vectors {
    log: Uuid,
    incarnation: Uuid,
    genesis: String,
    records: Vec<Vector>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Vector {
    position: u64,
    stream: String,
    stream_version: u64,
    event_id: Uuid,
    event_type: String,
    schema_version: u16,
    body: String,
    metadata: String,
    recorded_at_us: i64,
    erasable: Option<String>,
    erasable_salt_hex: Option<String>,
    erasable_digest_hex: Option<String>,
    previous_hash_hex: String,
    encoding_hex: String,
    hash_hex: String,
}

#[test]
fn the_published_vectors_are_what_is_computed() {
    let vectors: Vectors = serde_json::from_str(include_str!("../vectors/chain-v1.json")).unwrap();
    let genesis = Head::genesis(LogId(vectors.log), IncarnationId(vectors.incarnation));
    assert_eq!(genesis.hash.to_string(), vectors.genesis);
    let records: Vec<_> = vectors
        .records
        .iter()
        .map(|vector| as_record(vectors.log, vector))
        .collect();
    for (record, vector) in records.iter().zip(&vectors.records) {
        assert_eq!(
            hex::encode(groundwire_eventlog::encode_record(record)),
            vector.encoding_hex
        );
        assert_eq!(record_hash(record).to_string(), vector.hash_hex);
    }
    assert_eq!(
        verify_chain(genesis, &records).unwrap().hash.to_string(),
        vectors.records.last().unwrap().hash_hex
    );
}

fn as_record(log: Uuid, vector: &Vector) -> Record {
    let digest = |text: &str| groundwire_eventlog::Digest::from_slice(&hex::decode(text).unwrap()).unwrap();
    Record {
        log: LogId(log),
        position: Position(vector.position),
        stream: StreamName::new(vector.stream.as_str()).unwrap(),
        stream_version: groundwire_eventlog::StreamVersion(vector.stream_version),
        event_id: groundwire_eventlog::EventId(vector.event_id),
        event_type: vector.event_type.clone(),
        schema_version: vector.schema_version,
        body: vector.body.as_bytes().to_vec(),
        metadata: serde_json::from_str(&vector.metadata).unwrap(),
        metadata_bytes: vector.metadata.as_bytes().to_vec(),
        recorded_at_us: vector.recorded_at_us,
        previous_hash: digest(&vector.previous_hash_hex),
        hash: digest(&vector.hash_hex),
        erasable: vector.erasable.as_ref().map(|text| text.as_bytes().to_vec()),
        erasable_salt: vector
            .erasable_salt_hex
            .as_ref()
            .map(|text| hex::decode(text).unwrap().try_into().unwrap()),
        erasable_digest: vector.erasable_digest_hex.as_deref().map(digest),
    }
}
