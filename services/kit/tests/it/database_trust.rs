//! Whom the pool takes for its Postgres where the URL says `sslmode=verify-full` and names no CA: a server that the machine's
//! roots vouch for, and no other. The roots are named by a variable that must be there when a process starts, so the test
//! starts this binary again as the process that connects.

use std::process::Stdio;
use std::sync::Arc;

use groundwire_kit::database::pool;
use groundwire_kit::pki::CertificateAuthority;
use groundwire_kit::testing::TrustedClients;
use groundwire_kit::testing::database_section;
use tempfile::NamedTempFile;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::Command;
use tokio_rustls::TlsAcceptor;

use crate::tls_fixture::{Mode, PATIENCE, authority, config};

const URL_FILE: &str = "GROUNDWIRE_TEST_URL_FILE";

/// PostgreSQL 18, section 54.7: length 8, then this code.
const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 47];

/// The process that connects.
#[tokio::test]
#[ignore = "started by the test of this module"]
async fn connecting_process() {
    #[expect(clippy::disallowed_methods, reason = "the process is told in its environment")]
    let url_file = std::env::var(URL_FILE).unwrap();
    let section = database_section(&format!("url_file = {url_file:?}"));
    // The server hangs up after the handshake.
    let connection = pool(&section, "kit test").unwrap().acquire().await;
    assert!(connection.is_err());
}

async fn connect(url: &str, roots: &CertificateAuthority) {
    let (url_file, roots_file) = (NamedTempFile::new().unwrap(), NamedTempFile::new().unwrap());
    std::fs::write(url_file.path(), url).unwrap();
    std::fs::write(roots_file.path(), roots.certificate_pem()).unwrap();
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", "database_trust::connecting_process", "--ignored"])
        .env(URL_FILE, url_file.path())
        .env("SSL_CERT_FILE", roots_file.path())
        .env_remove("SSL_CERT_DIR")
        .stdout(Stdio::null())
        .kill_on_drop(true);
    assert!(command.status().await.unwrap().success());
}

/// Takes a connection as Postgres does; whether the client went on after the handshake.
async fn is_trusted(mut socket: TcpStream, acceptor: TlsAcceptor) -> bool {
    let mut request = [0; 8];
    socket.read_exact(&mut request).await.unwrap();
    assert_eq!(request, SSL_REQUEST);
    socket.write_all(b"S").await.unwrap();
    match acceptor.accept(socket).await {
        Ok(mut stream) => stream.read_u8().await.is_ok(),
        Err(_) => false,
    }
}

#[tokio::test]
async fn the_machines_roots_vouch_for_the_database() {
    let server = authority("database");
    let acceptor = TlsAcceptor::from(config(&server, &Arc::new(TrustedClients::new()), Mode::Api));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let url = format!("postgres://user@localhost:{port}/database?sslmode=verify-full");
    for (roots, expected) in [(&server, true), (&authority("another"), false)] {
        let accepted = async {
            let (socket, _) = listener.accept().await.unwrap();
            is_trusted(socket, acceptor.clone()).await
        };
        let both = async { tokio::join!(accepted, connect(&url, roots)) };
        let (trusted, ()) = tokio::time::timeout(PATIENCE, both).await.unwrap();
        assert_eq!(trusted, expected);
    }
}
