//! A proxy before Postgres that loses, swallows or delays what carries a certain text: the instant of a commit.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Mutex, Semaphore};
use tokio::time::timeout;

use crate::support::{Database, PATIENCE, writer_of};

/// What the proxy does to the next message that carries the text.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Fault {
    /// The server never gets it; both ends are cut.
    LostOnTheWay,
    /// The server gets it, its answer is swallowed, then both ends are cut.
    AnswerLost,
    /// The server never gets it and nobody is told: the connection just stays silent.
    Silence,
    /// The server gets it and commits; its answer is swallowed, and the client is told that the server dies of a full disk.
    Panic,
    /// The server gets all of it but the Sync that ends it, and nobody is told: the connection just stays silent.
    NoSync,
    /// The server gets it when [`Proxy::release`] is called, also when its sender has long gone; it is the last it gets.
    Late,
    /// The server gets it when [`Proxy::release`] is called, and all that follows.
    Held,
}

/// Lets everything pass but as many messages with the text as were armed.
pub(crate) struct Proxy {
    port: u16,
    pub(crate) armed: Arc<AtomicUsize>,
    gate: Arc<Gate>,
}

struct Gate {
    fault: Fault,
    text: &'static [u8],
    armed: Arc<AtomicUsize>,
    released: Semaphore,
    landed: Semaphore,
}

impl Proxy {
    pub(crate) async fn start(database: &Database, fault: Fault, text: &'static str) -> Self {
        let target = database.writer_options();
        let target = (target.get_host().to_owned(), target.get_port());
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let armed = Arc::new(AtomicUsize::new(0));
        let gate = Arc::new(Gate {
            fault,
            text: text.as_bytes(),
            armed: Arc::clone(&armed),
            released: Semaphore::new(0),
            landed: Semaphore::new(0),
        });
        let shared = Arc::clone(&gate);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(target.clone()).await.unwrap();
                tokio::spawn(pass(client, server, Arc::clone(&shared)));
            }
        });
        Self { port, armed, gate }
    }

    pub(crate) async fn pool(&self, database: &Database) -> PgPool {
        self.pool_of(6, database).await
    }

    pub(crate) async fn pool_of(&self, connections: u32, database: &Database) -> PgPool {
        let options = writer_of(&database.name)
            .host("127.0.0.1")
            .port(self.port)
            .ssl_mode(sqlx::postgres::PgSslMode::Disable);
        PgPoolOptions::new()
            .max_connections(connections)
            .connect_with(options)
            .await
            .unwrap()
    }

    /// Lets what was held back through, and returns when the server has answered it and ended the session.
    pub(crate) async fn release(&self) {
        self.gate.released.add_permits(1);
        timeout(PATIENCE, self.gate.landed.acquire())
            .await
            .expect("the server answers what comes late")
            .unwrap()
            .forget();
    }
}

async fn pass(client: TcpStream, server: TcpStream, gate: Arc<Gate>) {
    let ((from_client, to_client), (from_server, to_server)) = (client.into_split(), server.into_split());
    let to_client = Arc::new(Mutex::new(to_client));
    let back = tokio::spawn(copy(from_server, Arc::clone(&to_client)));
    forward(from_client, to_server, &gate, back, to_client).await;
}

async fn copy(mut from: OwnedReadHalf, to: Arc<Mutex<OwnedWriteHalf>>) {
    let mut buffer = vec![0; 64 * 1024];
    let mut client_is_there = true;
    // To the server's end, also when the client is gone.
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        client_is_there = client_is_there && to.lock().await.write_all(&buffer[..length]).await.is_ok();
    }
}

/// As Postgres says it when the WAL can't be written: `ereport(PANIC, (errcode_for_file_access(), ...))`.
const PANIC: &[u8] = b"SPANIC\0VPANIC\0C53100\0Mcould not write to log file\0\0";

async fn forward(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    gate: &Gate,
    back: tokio::task::JoinHandle<()>,
    to_client: Arc<Mutex<OwnedWriteHalf>>,
) {
    const TERMINATE: [u8; 5] = [b'X', 0, 0, 0, 4];
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        let bytes = &buffer[..length];
        let is_meant = bytes.windows(gate.text.len()).any(|window| window == gate.text);
        let take = |left: usize| left.checked_sub(1);
        if is_meant
            && gate
                .armed
                .fetch_update(Ordering::SeqCst, Ordering::SeqCst, take)
                .is_ok()
        {
            match gate.fault {
                Fault::LostOnTheWay => {}
                Fault::AnswerLost => {
                    back.abort();
                    to.write_all(bytes).await.unwrap();
                    // The server's end of the connection: it ends after it has committed and been told to terminate.
                    to.write_all(&TERMINATE).await.unwrap();
                    let _told = to.shutdown().await;
                    return;
                }
                Fault::Panic => {
                    let mut to_client = to_client.lock().await;
                    to.write_all(bytes).await.unwrap();
                    to.write_all(&TERMINATE).await.unwrap();
                    to_client.write_all(b"E").await.unwrap();
                    let length = u32::try_from(PANIC.len() + 4).unwrap();
                    to_client.write_u32(length).await.unwrap();
                    to_client.write_all(PANIC).await.unwrap();
                    back.abort();
                    return;
                }
                Fault::NoSync => {
                    const SYNC: usize = 5;
                    to.write_all(&bytes[..length - SYNC]).await.unwrap();
                    let _never = timeout(PATIENCE * 10, std::future::pending::<()>()).await;
                }
                Fault::Silence => {
                    let _never = timeout(PATIENCE * 10, std::future::pending::<()>()).await;
                }
                Fault::Held => {
                    gate.released.acquire().await.unwrap().forget();
                    to.write_all(bytes).await.unwrap();
                    gate.landed.add_permits(1);
                    continue;
                }
                Fault::Late => {
                    gate.released.acquire().await.unwrap().forget();
                    to.write_all(bytes).await.unwrap();
                    to.write_all(&TERMINATE).await.unwrap();
                    let _the_servers_end = timeout(PATIENCE, back).await;
                    gate.landed.add_permits(1);
                    return;
                }
            }
            break;
        }
        if to.write_all(bytes).await.is_err() {
            break;
        }
    }
    back.abort();
}
