//! Appends upon a head that the process left itself go in one statement, and promise what the long way promises.

use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::future::join_all;
use groundwire_eventlog::{
    AppendError, Appender, AppenderOptions, Position, Reader, StreamVersion, isolate_by_setting,
};
use serde_json::json;
use sqlx::AssertSqlSafe;
use tokio::time::timeout;

use crate::proxy::{Fault, Proxy};
use crate::support::{Database, PATIENCE, new_log, open, options, unit_at};

/// What the body of the unit holds that the proxy is to look out for.
const MEANT: &str = "\"meant\"";

async fn bodies(reader: &Reader) -> Vec<String> {
    let records = reader.read_log(Position::ZERO, 100).await.unwrap();
    assert!(reader.verify(&[]).await.unwrap().is_ok());
    records
        .into_iter()
        .map(|record| String::from_utf8(record.body).unwrap())
        .collect()
}

/// How often a function of the append path was called, once `total` appends have been counted.
async fn calls(database: &Database, total: i64) -> (i64, i64) {
    let counted = async {
        loop {
            let (short, long): (i64, i64) = sqlx::query_as(
                "SELECT coalesce(sum(calls) FILTER (WHERE funcname = 'append_next'), 0)::bigint, \
                 coalesce(sum(calls) FILTER (WHERE funcname = 'lock_log'), 0)::bigint \
                 FROM pg_stat_user_functions WHERE schemaname = 'eventlog'",
            )
            .fetch_one(&database.owner)
            .await
            .unwrap();
            if short + long >= total {
                return (short, long);
            }
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, counted).await.expect("the calls are counted")
}

async fn run(database: &Database, sql: &str) {
    sqlx::raw_sql(AssertSqlSafe(sql))
        .execute(&database.owner)
        .await
        .unwrap();
}

#[tokio::test]
async fn once_the_head_is_known_a_batch_is_one_statement_until_somebody_else_appends() {
    let database = Database::create().await;
    run(
        &database,
        &format!("ALTER ROLE {} SET track_functions = 'pl'", database.writer_role),
    )
    .await;
    let (pool, others) = (database.writer(4).await, database.writer(4).await);
    let log = new_log();
    let (appender, reader) = open(&pool, log).await;
    for version in 0..5 {
        appender
            .append(unit_at("a", version, &format!("{version}")))
            .await
            .unwrap();
    }
    let (other, _) = open(&others, log).await;
    other.append(unit_at("b", 0, "other")).await.unwrap();
    for version in 5..8 {
        appender
            .append(unit_at("a", version, &format!("{version}")))
            .await
            .unwrap();
    }
    assert_eq!(
        bodies(&reader).await,
        ["0", "1", "2", "3", "4", "other", "5", "6", "7"]
    );
    // Counters are told when a session ends.
    pool.close().await;
    others.close().await;
    // Short: 1 to 4, then 5 in vain, then 6 and 7. Long: 0, the other's, 5.
    assert_eq!(calls(&database, 10).await, (7, 3));
    database.drop().await;
}

#[tokio::test]
async fn what_does_not_hold_is_answered_as_the_long_way_answers_it() {
    let database = Database::create().await;
    run(
        &database,
        "CREATE TABLE public.seen (key int PRIMARY KEY); GRANT ALL ON public.seen TO PUBLIC; \
         CREATE FUNCTION public.see(jsonb) RETURNS void LANGUAGE sql AS $$ INSERT INTO public.seen VALUES ($1::int) $$",
    )
    .await;
    let pool = database.writer(4).await;
    let (appender, reader) = open(&pool, new_log()).await;
    let see = |key: i32| ("public.see", json!(key));
    let known = || async {
        let version = reader
            .stream_version(&crate::support::stream("known"))
            .await
            .unwrap();
        appender
            .append(unit_at("known", version.0, "known"))
            .await
            .unwrap();
    };
    known().await;
    let first = unit_at("a", 0, "first")
        .claiming("operation", "one")
        .calling(see(1).0, see(1).1);
    assert_eq!(appender.append(first).await.unwrap().last, Position(2));

    known().await;
    let conflict = appender
        .append(unit_at("a", 7, "conflict").calling(see(2).0, see(2).1))
        .await;
    assert!(
        matches!(
            conflict,
            Err(AppendError::VersionConflict {
                actual: StreamVersion(1)
            })
        ),
        "{conflict:?}"
    );
    known().await;
    let taken = appender
        .append(
            unit_at("b", 0, "taken")
                .claiming("operation", "one")
                .calling(see(3).0, see(3).1),
        )
        .await;
    assert!(matches!(taken, Err(AppendError::ClaimTaken { .. })), "{taken:?}");
    known().await;
    let answers = join_all([
        appender.append(unit_at("b", 0, "good").calling(see(4).0, see(4).1)),
        appender.append(unit_at("c", 0, "bad").calling(see(1).0, see(1).1)),
        appender.append(unit_at("d", 0, "other").claiming("operation", "two")),
    ])
    .await;
    assert!(answers[0].is_ok() && answers[2].is_ok(), "{answers:?}");
    assert!(
        matches!(answers[1], Err(AppendError::ProjectionFailed(_))),
        "{answers:?}"
    );
    let written: Vec<_> = bodies(&reader).await;
    let written: Vec<&str> = written
        .iter()
        .map(String::as_str)
        .filter(|body| *body != "known")
        .collect();
    assert_eq!(written, ["first", "good", "other"]);
    let seen: Vec<i32> = sqlx::query_scalar("SELECT key FROM public.seen ORDER BY 1")
        .fetch_all(&database.owner)
        .await
        .unwrap();
    assert_eq!(seen, [1, 4]);
    database.drop().await;
}

#[tokio::test]
async fn a_commit_that_fails_after_the_row_was_answered_is_no_success() {
    let database = Database::create().await;
    // The function's row comes back before the commit, which is when this constraint is looked at.
    run(
        &database,
        "CREATE TABLE public.one (n int UNIQUE DEFERRABLE INITIALLY DEFERRED); GRANT ALL ON public.one TO PUBLIC; \
         INSERT INTO public.one VALUES (1); \
         CREATE FUNCTION public.put(jsonb) RETURNS void LANGUAGE sql AS $$ INSERT INTO public.one VALUES ($1::int) $$",
    )
    .await;
    let pool = database.writer(4).await;
    let (appender, reader) = open(&pool, new_log()).await;
    appender.append(unit_at("a", 0, "before")).await.unwrap();
    let put = |n: i32| unit_at("a", 1, &format!("{n}")).calling("public.put", json!(n));
    let failed = appender.append(put(1)).await;
    assert!(
        matches!(failed, Err(AppendError::ProjectionFailed(_))),
        "{failed:?}"
    );
    assert_eq!(bodies(&reader).await, ["before"]);
    assert_eq!(appender.append(put(2)).await.unwrap().last, Position(2));
    assert_eq!(bodies(&reader).await, ["before", "2"]);
    database.drop().await;
}

#[tokio::test]
async fn it_is_durable_and_isolated_whatever_the_session_says() {
    let database = Database::create().await;
    isolate_by_setting(&database.owner, "test.log").await.unwrap();
    run(
        &database,
        &format!(
            "ALTER ROLE {} SET synchronous_commit = off; \
             CREATE TABLE public.settings (commits text, log text); GRANT ALL ON public.settings TO PUBLIC; \
             CREATE FUNCTION public.look(jsonb) RETURNS void LANGUAGE sql AS $$ INSERT INTO public.settings \
             SELECT current_setting('synchronous_commit'), current_setting('test.log') $$",
            database.writer_role
        ),
    )
    .await;
    let pool = database.writer(4).await;
    let log = new_log();
    let settings = vec![("test.log".to_owned(), log.to_string())];
    let own = AppenderOptions {
        session_settings: settings.clone(),
        ..options()
    };
    let appender = Appender::open(pool.clone(), log, own).await.unwrap();
    for version in 0..2 {
        let unit = unit_at("a", version, "x").calling("public.look", json!(null));
        appender.append(unit).await.unwrap();
    }
    let seen: Vec<(String, String)> = sqlx::query_as("SELECT commits, log FROM public.settings")
        .fetch_all(&database.owner)
        .await
        .unwrap();
    assert_eq!(seen, vec![("on".to_owned(), log.to_string()); 2]);
    // Nothing of it stays in the session.
    let left: Option<String> = sqlx::query_scalar("SELECT nullif(current_setting('test.log', true), '')")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!(left, None);
    let reader = Reader::new(pool, log).with_session_settings(settings);
    assert_eq!(bodies(&reader).await, ["x", "x"]);
    database.drop().await;
}

async fn through_proxy(database: &Database, fault: Fault) -> (Proxy, Appender, Reader) {
    let proxy = Proxy::start(database, fault, MEANT).await;
    let pool = proxy.pool(database).await;
    let log = new_log();
    let mut own = options();
    own.deadline = Duration::from_secs(2);
    let appender = Appender::open(pool, log, own).await.unwrap();
    let reader = Reader::new(database.owner.clone(), log);
    appender.append(unit_at("a", 0, "before")).await.unwrap();
    (proxy, appender, reader)
}

#[tokio::test]
async fn a_statement_that_never_arrived_is_done_again_once() {
    let database = Database::create().await;
    let (proxy, appender, reader) = through_proxy(&database, Fault::LostOnTheWay).await;
    proxy.armed.store(1, Ordering::SeqCst);
    let unit = unit_at("a", 1, MEANT).claiming("operation", "1");
    let appended = timeout(PATIENCE, appender.append(unit)).await.unwrap();
    assert_eq!(appended.unwrap().last, Position(2));
    assert_eq!(bodies(&reader).await, ["before", MEANT]);
    database.drop().await;
}

#[tokio::test]
async fn a_statement_whose_answer_was_lost_is_found_and_not_done_again() {
    let database = Database::create().await;
    let (proxy, appender, reader) = through_proxy(&database, Fault::AnswerLost).await;
    proxy.armed.store(1, Ordering::SeqCst);
    let unit = unit_at("a", 1, MEANT).claiming("operation", "1");
    let appended = timeout(PATIENCE, appender.append(unit)).await.unwrap().unwrap();
    assert_eq!((appended.first, appended.last), (Position(2), Position(2)));
    assert_eq!(bodies(&reader).await, ["before", MEANT]);
    let record = reader.read_log(Position(1), 1).await.unwrap().remove(0);
    assert_eq!(vec![record.event_id], appended.event_ids);
    database.drop().await;
}

#[tokio::test]
async fn a_statement_that_arrives_after_it_was_given_up_writes_nothing() {
    let database = Database::create().await;
    let (proxy, appender, reader) = through_proxy(&database, Fault::Late).await;
    proxy.armed.store(1, Ordering::SeqCst);
    let answer = timeout(PATIENCE, appender.append(unit_at("a", 1, MEANT)))
        .await
        .unwrap();
    assert!(matches!(answer, Err(AppendError::Unavailable(_))), "{answer:?}");
    // The head is still the one that the statement was decided upon: only the fence stops it.
    assert_eq!(reader.head().await.unwrap().position, Position(1));
    proxy.release().await;
    assert_eq!(bodies(&reader).await, ["before"]);
    assert_eq!(
        appender.append(unit_at("a", 1, "after")).await.unwrap().last,
        Position(2)
    );
    assert_eq!(bodies(&reader).await, ["before", "after"]);
    database.drop().await;
}
