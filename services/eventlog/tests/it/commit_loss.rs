//! The connection is lost at commit, by every end: the answer is what the log says.

use std::sync::atomic::Ordering;
use std::time::Duration;

use groundwire_eventlog::{AppendError, Appender, Position, Reader};
use sqlx::{PgPool, Row};
use tokio::time::{Instant, timeout};

use crate::proxy::{Fault, Proxy};
use crate::support::{Database, PATIENCE, Statement, new_log, options, unit};

async fn through_proxy(database: &Database, fault: Fault) -> (Proxy, Appender, Reader) {
    let proxy = Proxy::start(database, fault, "COMMIT").await;
    let pool = proxy.pool(database).await;
    let log = new_log();
    let mut own = options();
    own.deadline = Duration::from_secs(3);
    let appender = Appender::open(pool, log, own).await.unwrap();
    let reader = Reader::new(database.owner.clone(), log);
    appender.append(unit("a", "before")).await.unwrap();
    (proxy, appender, reader)
}

async fn bodies(reader: &Reader) -> Vec<String> {
    let records = reader.read_log(Position::ZERO, 100).await.unwrap();
    assert!(reader.verify(&[]).await.unwrap().is_ok());
    records
        .into_iter()
        .map(|record| String::from_utf8(record.body).unwrap())
        .collect()
}

#[tokio::test]
async fn a_commit_that_never_arrived_is_done_again_once() {
    let database = Database::create().await;
    let (proxy, appender, reader) = through_proxy(&database, Fault::LostOnTheWay).await;
    proxy.armed.store(2, Ordering::SeqCst);
    let appended = timeout(
        PATIENCE,
        appender.append(unit("a", "lost").claiming("operation", "1")),
    )
    .await
    .unwrap();
    assert_eq!(appended.unwrap().last, Position(2));
    assert_eq!(proxy.armed.load(Ordering::SeqCst), 0, "two commits were lost");
    assert_eq!(bodies(&reader).await, ["before", "lost"]);
    database.drop().await;
}

#[tokio::test]
async fn a_commit_whose_answer_was_lost_is_found_and_not_done_again() {
    let database = Database::create().await;
    let (proxy, appender, reader) = through_proxy(&database, Fault::AnswerLost).await;
    proxy.armed.store(1, Ordering::SeqCst);
    let appended = timeout(
        PATIENCE,
        appender.append(unit("a", "done").claiming("operation", "1")),
    )
    .await
    .unwrap();
    let appended = appended.unwrap();
    assert_eq!((appended.first, appended.last), (Position(2), Position(2)));
    assert_eq!(bodies(&reader).await, ["before", "done"]);
    let record = reader.read_log(Position(1), 1).await.unwrap().remove(0);
    assert_eq!(vec![record.event_id], appended.event_ids);
    database.drop().await;
}

#[tokio::test]
async fn a_silent_connection_at_commit_does_not_hold_the_log_for_ever() {
    let database = Database::create().await;
    let (proxy, appender, reader) = through_proxy(&database, Fault::Silence).await;
    proxy.armed.store(1, Ordering::SeqCst);
    let started = Instant::now();
    // The server ends the silent transaction by itself; then it is known that nothing was written, and the unit's time is
    // over.
    let answer = timeout(PATIENCE, appender.append(unit("a", "silent")))
        .await
        .unwrap();
    assert!(
        matches!(answer, Err(AppendError::Unavailable(_))),
        "{answer:?} after {:?}",
        started.elapsed()
    );
    assert_eq!(
        appender.append(unit("a", "after")).await.unwrap().last,
        Position(2)
    );
    assert_eq!(bodies(&reader).await, ["before", "after"]);
    database.drop().await;
}

#[tokio::test]
async fn a_backend_that_is_terminated_during_its_commit_leaves_the_right_answer() {
    let database = Database::create().await;
    // A deferred constraint trigger makes a commit wait for a lock that the test holds.
    sqlx::raw_sql(
        "CREATE TABLE public.slow (n int); GRANT ALL ON public.slow TO PUBLIC; \
         CREATE FUNCTION public.wait() RETURNS trigger LANGUAGE plpgsql AS \
         $$ BEGIN PERFORM pg_advisory_xact_lock_shared(4711); RETURN NULL; END $$; \
         CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON public.slow DEFERRABLE INITIALLY DEFERRED \
         FOR EACH ROW EXECUTE FUNCTION public.wait()",
    )
    .execute(&database.owner)
    .await
    .unwrap();
    let pool = database.writer(6).await;
    let log = new_log();
    let mut own = options();
    own.deadline = PATIENCE;
    let appender = Appender::open(pool, log, own).await.unwrap();
    let reader = Reader::new(database.owner.clone(), log);

    let mut holder = database.owner.begin().await.unwrap();
    sqlx::query("SELECT pg_advisory_xact_lock(4711)")
        .execute(&mut *holder)
        .await
        .unwrap();
    let appending = tokio::spawn({
        let appender = appender.clone();
        async move {
            appender
                .append(unit("a", "x").changing(Statement("INSERT INTO public.slow VALUES (1)".to_owned())))
                .await
        }
    });
    terminate_waiting_commit(&database.owner).await;
    holder.rollback().await.unwrap();
    assert_eq!(
        timeout(PATIENCE, appending).await.unwrap().unwrap().unwrap().last,
        Position(1)
    );
    assert_eq!(bodies(&reader).await, ["x"]);
    let rows: i64 = sqlx::query_scalar("SELECT count(*) FROM public.slow")
        .fetch_one(&database.owner)
        .await
        .unwrap();
    assert_eq!(rows, 1);
    database.drop().await;
}

async fn terminate_waiting_commit(owner: &PgPool) {
    let waiting = async {
        loop {
            let row = sqlx::query(
                "SELECT pg_terminate_backend(pid) AS done FROM pg_stat_activity \
                 WHERE datname = current_database() AND wait_event = 'advisory' AND query = 'COMMIT'",
            )
            .fetch_optional(owner)
            .await
            .unwrap();
            if row.is_some_and(|row| row.get("done")) {
                return;
            }
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, waiting).await.expect("a commit waits");
}

#[tokio::test]
async fn a_deferred_constraint_that_fails_at_commit_fails_its_unit_alone() {
    let database = Database::create().await;
    sqlx::raw_sql(
        "CREATE TABLE public.one (n int UNIQUE DEFERRABLE INITIALLY DEFERRED); GRANT ALL ON public.one TO PUBLIC; \
         INSERT INTO public.one VALUES (1)",
    )
    .execute(&database.owner)
    .await
    .unwrap();
    let pool = database.writer(6).await;
    let log = new_log();
    let appender = Appender::open(pool.clone(), log, options()).await.unwrap();
    let insert = |n: u8| Statement(format!("INSERT INTO public.one VALUES ({n})"));
    let (good, bad, other) = tokio::join!(
        appender.append(unit("a", "good").changing(insert(2))),
        appender.append(unit("a", "bad").changing(insert(1))),
        appender.append(unit("a", "other"))
    );
    assert_eq!(good.unwrap().last, Position(1));
    assert!(matches!(bad, Err(AppendError::ProjectionFailed(_))), "{bad:?}");
    assert_eq!(other.unwrap().last, Position(2));
    assert_eq!(bodies(&Reader::new(pool, log)).await, ["good", "other"]);
    database.drop().await;
}

#[tokio::test]
async fn a_database_that_is_gone_is_a_typed_answer_and_recovery_needs_no_restart() {
    let database = Database::create().await;
    let (_proxy, appender, reader) = through_proxy(&database, Fault::Silence).await;
    database.end_sessions().await;
    // The connections are dead; the next append goes on over a new one.
    assert_eq!(
        timeout(PATIENCE, appender.append(unit("a", "after")))
            .await
            .unwrap()
            .unwrap()
            .last,
        Position(2)
    );

    let block = format!("ALTER ROLE {} CONNECTION LIMIT 0", database.writer_role);
    let unblock = format!("ALTER ROLE {} CONNECTION LIMIT -1", database.writer_role);
    sqlx::query(sqlx::AssertSqlSafe(block))
        .execute(&database.owner)
        .await
        .unwrap();
    database.end_sessions().await;
    let gone = timeout(PATIENCE, appender.append(unit("a", "never")))
        .await
        .unwrap();
    assert!(matches!(&gone, Err(AppendError::Unavailable(_))), "{gone:?}");
    sqlx::query(sqlx::AssertSqlSafe(unblock))
        .execute(&database.owner)
        .await
        .unwrap();
    assert_eq!(
        timeout(PATIENCE, appender.append(unit("a", "again")))
            .await
            .unwrap()
            .unwrap()
            .last,
        Position(3)
    );
    assert_eq!(bodies(&reader).await, ["before", "after", "again"]);
    database.drop().await;
}
