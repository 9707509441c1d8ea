//! Reads that outlive a dead connection, and connections that are known to answer.
//!
//! A connection that was idle may be dead in three ways: closed, unbound, or cut silently (a firewall forgot it). A read
//! does no harm twice, so it is repeated at once on a new connection. Silence alone does not tell a dead connection from
//! a slow domain controller: after a short while a new connection is asked *too*, and whichever answers first counts. If
//! it is the new one, the others that have been silent as long are replaced as well.

use std::pin::pin;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use tokio::time::Instant;

use super::answer::{AdAnswer, Cause, RequestKind};
use super::connection::{CallError, Connection, SearchError};
use super::pool::{Lease, Pool};
use super::settings::LdapsSettings;
use super::{AdError, DomainController};

/// What came of a read, on a connection that may be dead.
enum First<T> {
    /// It answered, or the connection failed.
    Ended(Result<T, SearchError>),
    /// A new connection answered, it did not.
    Overtaken(Result<T, AdAnswer>, Box<Connection>),
    /// Neither of them answered.
    Failed(AdError),
}

impl Pool {
    /// Reads on any connection.
    pub(super) async fn read<T, R>(self: &Arc<Self>, read: R) -> Result<T, AdError>
    where
        R: for<'c> Fn(&'c mut Connection, &'c LdapsSettings) -> BoxFuture<'c, Result<T, SearchError>>,
    {
        let mut lease = self.lease().await?;
        let reused = lease.was_reused();
        let answer = self.read_on(lease.connection(), reused, &read).await?;
        lease.release();
        answer.map_err(|answer| self.answered(answer))
    }

    /// A connection that answered a moment ago: a write that is sent on a dead one has to be found out.
    pub(super) async fn lease_that_answers(self: &Arc<Self>) -> Result<Lease, AdError> {
        let mut lease = self.lease().await?;
        if !lease.was_reused() || lease.connection().answered_at().elapsed() < self.settings().timeouts.recent
        {
            return Ok(lease);
        }
        let answer = self.read_on(lease.connection(), true, &learn).await?;
        lease.connection().note_answer();
        answer.map(|()| lease).map_err(|answer| self.answered(answer))
    }

    /// Asks the domain controller who it is, on a connection that no operation uses: so it can be asked while all others
    /// wait for their writes, and if this one was cut silently, so were they.
    pub(super) async fn ask_controller(self: &Arc<Self>) -> Result<DomainController, AdError> {
        let mut watching = self.watching().await?;
        let kept = watching.take().filter(|connection| !connection.is_closed());
        let reused = kept.is_some();
        let mut connection = match kept {
            Some(connection) => connection,
            None => self.open().await?,
        };
        let answer = self.read_on(&mut connection, reused, &learn_all).await?;
        connection.note_answer();
        let facts = connection.facts().clone();
        *watching = Some(connection);
        answer.map(|()| facts).map_err(|answer| self.answered(answer))
    }

    /// Ends when a write on a connection that answered last at that moment has been silent for a while and the connection
    /// is known to be cut off. A write takes as long as the domain controller needs: silence alone says nothing.
    pub(super) async fn write_cut_off(self: &Arc<Self>, answered_at: Instant) {
        let silence = self.settings().timeouts.silence;
        let asking = async {
            loop {
                tokio::time::sleep(silence).await;
                // Where it was cut too, everybody learns of it.
                let _seen = self.ask_controller().await;
            }
        };
        let known = async {
            tokio::time::sleep(silence).await;
            self.cut_off(answered_at).await;
        };
        tokio::select! {
            () = asking => {}
            () = known => {}
        }
    }

    /// Reads on this connection, or on a new one that takes its place. `Ok` where it answered, whatever it said.
    async fn read_on<T, R>(
        self: &Arc<Self>,
        connection: &mut Connection,
        reused: bool,
        read: &R,
    ) -> Result<Result<T, AdAnswer>, AdError>
    where
        R: for<'c> Fn(&'c mut Connection, &'c LdapsSettings) -> BoxFuture<'c, Result<T, SearchError>>,
    {
        let sent_at = Instant::now();
        let answered_at = connection.answered_at();
        let first = read(&mut *connection, self.settings());
        let (answer, replacement) = match self.first_answer(first, answered_at, read).await {
            First::Ended(Ok(value)) => return Ok(Ok(value)),
            First::Ended(Err(SearchError::Answered(answer)))
                if answer.cause(RequestKind::Read) != Cause::BindLost =>
            {
                return Ok(Err(answer));
            }
            First::Ended(Err(SearchError::Call(error)))
                if !(reused && matches!(error, CallError::NotSent | CallError::Lost)) =>
            {
                let error = SearchError::Call(error).into_ad_error(&self.settings().url.host);
                self.note_failure(&error);
                return Err(error);
            }
            // The other idle ones are likely to be closed or unbound too.
            First::Ended(Err(_)) => {
                self.drop_idle_since(sent_at);
                connection.give_up();
                self.read_anew(read).await?
            }
            First::Overtaken(answer, replacement) => {
                self.note_cut(sent_at);
                (answer, *replacement)
            }
            First::Failed(error) => {
                self.note_failure(&error);
                return Err(error);
            }
        };
        *connection = replacement;
        Ok(answer)
    }

    fn answered(&self, answer: AdAnswer) -> AdError {
        SearchError::Answered(answer).into_ad_error(&self.settings().url.host)
    }

    /// The answer to a read that was sent; if it does not come, of a new connection.
    async fn first_answer<T, R>(
        self: &Arc<Self>,
        mut first: BoxFuture<'_, Result<T, SearchError>>,
        answered_at: Instant,
        read: &R,
    ) -> First<T>
    where
        R: for<'c> Fn(&'c mut Connection, &'c LdapsSettings) -> BoxFuture<'c, Result<T, SearchError>>,
    {
        tokio::select! {
            result = &mut first => return First::Ended(result),
            () = self.silence(answered_at) => {}
        }
        let mut anew = pin!(self.read_anew(read));
        tokio::select! {
            result = &mut first => match result {
                Ok(_) | Err(SearchError::Answered(_)) => First::Ended(result),
                Err(SearchError::Call(_)) => match anew.await {
                    Ok((answer, connection)) => First::Overtaken(answer, Box::new(connection)),
                    Err(error) => First::Failed(error),
                },
            },
            result = &mut anew => match result {
                Ok((answer, connection)) => First::Overtaken(answer, Box::new(connection)),
                // It is not the connection. The first one may still answer.
                Err(error) => match first.await {
                    Err(SearchError::Call(_)) => First::Failed(error),
                    result => First::Ended(result),
                },
            },
        }
    }

    /// Opens a connection and reads on it. `Ok` where it answered, whatever it said.
    async fn read_anew<T, R>(self: &Arc<Self>, read: &R) -> Result<(Result<T, AdAnswer>, Connection), AdError>
    where
        R: for<'c> Fn(&'c mut Connection, &'c LdapsSettings) -> BoxFuture<'c, Result<T, SearchError>>,
    {
        let mut connection = self.open().await?;
        let read = read(&mut connection, self.settings()).await;
        match read {
            Ok(value) => Ok((Ok(value), connection)),
            Err(SearchError::Answered(answer)) => Ok((Err(answer), connection)),
            Err(error) => Err(error.into_ad_error(&self.settings().url.host)),
        }
    }
}

/// Reads the rootDSE.
fn learn<'c>(
    connection: &'c mut Connection,
    settings: &'c LdapsSettings,
) -> BoxFuture<'c, Result<(), SearchError>> {
    Box::pin(connection.learn(settings.timeouts.read))
}

/// Reads the rootDSE, and how many domain controllers there are: no operation waits for that.
fn learn_all<'c>(
    connection: &'c mut Connection,
    settings: &'c LdapsSettings,
) -> BoxFuture<'c, Result<(), SearchError>> {
    let limit = settings.timeouts.read;
    Box::pin(async move {
        connection.learn(limit).await?;
        connection.count_controllers(limit).await
    })
}
