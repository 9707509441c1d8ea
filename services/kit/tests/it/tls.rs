//! Who is let in, who is refused, and that nobody waits for a stranger.

use std::sync::Arc;
use std::time::{Duration, Instant};

use groundwire_kit::pki::{CertificateAuthority, PeerCertificate};
use groundwire_kit::tls::{
    ClientIdentity, ConnectError, Connector, ConnectorOptions, HandshakeLimits, ServerTrust, TlsVersions,
    key_exchange, provider,
};
use rustls::SupportedProtocolVersion;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use secrecy::SecretString;
use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpStream};

use crate::tls_fixture::{Mode, PATIENCE, Server, authority, client_identity, server, server_of};

#[tokio::test]
async fn the_gateway_lets_in_a_client_without_a_certificate() {
    let mut server = server(Mode::Gateway, HandshakeLimits::default()).await;
    assert_eq!(server.greet(server.options()).await.unwrap(), "hello");
    assert!(server.peers.recv().await.unwrap().certificate().is_none());
}

#[tokio::test]
async fn the_gateway_knows_a_client_by_its_certificate() {
    let mut server = server(Mode::Gateway, HandshakeLimits::default()).await;
    let tenant = authority("tenant");
    // The tenant comes while the server runs.
    server.trust.set_tenant("t1", &[tenant.certificate().clone()]);
    let options = ConnectorOptions {
        identity: Some(client_identity(&tenant, "t1")),
        ..server.options()
    };
    assert_eq!(server.greet(options).await.unwrap(), "hello");
    let peer = server.peers.recv().await.unwrap();
    let certificate = PeerCertificate::parse(peer.certificate().unwrap()).unwrap();
    assert_eq!(
        certificate.spiffe_id().unwrap().segment_after("tenant"),
        Some("t1")
    );
}

#[tokio::test]
async fn a_certificate_of_an_unknown_authority_is_refused() {
    let server = server(Mode::Gateway, HandshakeLimits::default()).await;
    let (tenant, stranger) = (authority("tenant"), authority("stranger"));
    server.trust.set_tenant("t1", &[tenant.certificate().clone()]);
    for (signed_by, says) in [(&stranger, "t1"), (&tenant, "t2")] {
        let identity = Some(client_identity(signed_by, says));
        let refused = server
            .greet(ConnectorOptions {
                identity,
                ..server.options()
            })
            .await;
        assert!(
            refused.as_ref().is_err_and(|error| error.contains("UnknownCA")),
            "{refused:?}"
        );
    }
}

#[tokio::test]
async fn one_tenants_authority_cannot_vouch_for_another_tenant() {
    let server = server(Mode::Gateway, HandshakeLimits::default()).await;
    let (first, second) = (authority("first"), authority("second"));
    server.trust.set_tenant("t1", &[first.certificate().clone()]);
    server.trust.set_tenant("t2", &[second.certificate().clone()]);
    let identity = Some(client_identity(&first, "t2"));
    assert!(
        server
            .greet(ConnectorOptions {
                identity,
                ..server.options()
            })
            .await
            .is_err()
    );
}

#[tokio::test]
async fn a_revoked_certificate_is_refused() {
    let server = server(Mode::Gateway, HandshakeLimits::default()).await;
    let tenant = authority("tenant");
    server.trust.set_tenant("t1", &[tenant.certificate().clone()]);
    let identity = client_identity(&tenant, "t1");
    let options = ConnectorOptions {
        identity: Some(identity.clone()),
        ..server.options()
    };
    assert_eq!(server.greet(options.clone()).await.unwrap(), "hello");
    let der = CertificateDer::from_pem_slice(identity.chain.as_bytes()).unwrap();
    server
        .trust
        .revoke(*PeerCertificate::parse(&der).unwrap().fingerprint());
    let refused = server.greet(options).await;
    assert!(
        refused.as_ref().is_err_and(|error| error.contains("Revoked")),
        "{refused:?}"
    );
}

/// Speaks TLS 1.2 only: our own connector can't.
async fn speak_tls12(server: &Server) -> std::io::Result<String> {
    speak(server, provider(), &rustls::version::TLS12).await
}

/// Speaks as a client that is not ours.
async fn speak(
    server: &Server,
    provider: Arc<CryptoProvider>,
    version: &'static SupportedProtocolVersion,
) -> std::io::Result<String> {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(server.authority.certificate().clone()).unwrap();
    let mut config = rustls::ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[version])
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec()];
    let connector = tokio_rustls::TlsConnector::from(Arc::new(config));
    let stream = TcpStream::connect(server.address).await?;
    let mut stream = connector.connect("localhost".try_into().unwrap(), stream).await?;
    let mut greeting = String::new();
    stream.read_to_string(&mut greeting).await?;
    Ok(greeting)
}

#[tokio::test]
async fn tls_1_2_is_spoken_with_callers_and_refused_at_the_gateway() {
    let api = server(Mode::Api, HandshakeLimits::default()).await;
    assert_eq!(speak_tls12(&api).await.unwrap(), "hello");
    let gateway = server(Mode::Gateway, HandshakeLimits::default()).await;
    let refused = speak_tls12(&gateway).await.unwrap_err().to_string();
    assert!(refused.contains("ProtocolVersion"), "{refused}");
}

#[tokio::test]
async fn both_sides_prefer_the_hybrid_key_exchange_and_know_that_it_was_used() {
    for mode in [Mode::Gateway, Mode::Api] {
        let mut server = server(mode, HandshakeLimits::default()).await;
        let connector = Connector::new(server.options()).unwrap();
        let (host, port) = (server.address.ip().to_string(), server.address.port());
        let stream = connector.connect(&host, port).await.unwrap();
        assert_eq!(key_exchange(stream.get_ref().1), "X25519MLKEM768");
        assert_eq!(server.peers.recv().await.unwrap().key_exchange, "X25519MLKEM768");
    }
}

#[tokio::test]
async fn a_client_without_the_hybrid_key_exchange_is_let_in() {
    let mut server = server(Mode::Gateway, HandshakeLimits::default()).await;
    let mut provider = CryptoProvider::clone(&provider());
    provider.kx_groups = vec![rustls::crypto::aws_lc_rs::kx_group::X25519];
    let greeting = speak(&server, Arc::new(provider), &rustls::version::TLS13).await;
    assert_eq!(greeting.unwrap(), "hello");
    assert_eq!(server.peers.recv().await.unwrap().key_exchange, "X25519");
}

/// The CA and the client's key were made with ring, as all keys on disk were until aws-lc-rs took its place.
#[tokio::test]
async fn keys_that_were_made_with_ring_are_still_good() {
    let ca_key = SecretString::from(include_str!("../../vectors/ring-ca.key"));
    let ca = CertificateAuthority::from_pem(include_str!("../../vectors/ring-ca.crt"), &ca_key).unwrap();
    let tenant = ca.certificate().clone();
    let mut server = server_of(ca, Mode::Gateway, HandshakeLimits::default()).await;
    server.trust.set_tenant("t1", &[tenant]);
    let options = ConnectorOptions {
        identity: Some(ClientIdentity {
            chain: include_str!("../../vectors/ring-client.crt").to_owned(),
            key: SecretString::from(include_str!("../../vectors/ring-client.key")),
        }),
        ..server.options()
    };
    assert_eq!(server.greet(options).await.unwrap(), "hello");
    assert!(server.peers.recv().await.unwrap().certificate().is_some());
}

#[tokio::test]
async fn a_client_trusts_only_the_roots_it_was_given() {
    let server = server(Mode::Api, HandshakeLimits::default()).await;
    let stranger = authority("server");
    let trust = ServerTrust::RootsPem(stranger.certificate_pem().to_owned());
    let refused = server
        .greet(ConnectorOptions {
            trust,
            ..server.options()
        })
        .await
        .unwrap_err();
    assert!(
        refused.contains("UnknownIssuer") || refused.contains("BadSignature"),
        "{refused}"
    );
    let refused = server
        .greet(ConnectorOptions {
            server_name: Some("other".to_owned()),
            ..server.options()
        })
        .await;
    assert!(
        refused.is_err_and(|error| error.contains("NotValidForName") || error.contains("not valid for name"))
    );
}

#[tokio::test]
async fn a_pinned_authority_is_trusted_for_the_name_that_was_dialled_only() {
    let server = server(Mode::Gateway, HandshakeLimits::default()).await;
    let pinned = |fingerprint| ConnectorOptions {
        trust: ServerTrust::AuthorityFingerprint(fingerprint),
        ..server.options()
    };
    assert_eq!(
        server
            .greet(pinned(server.authority.fingerprint()))
            .await
            .unwrap(),
        "hello"
    );

    let wrong_pin = server.greet(pinned(authority("server").fingerprint())).await;
    assert!(wrong_pin.is_err_and(|error| error.contains("UnknownIssuer")));

    let mut wrong_name = pinned(server.authority.fingerprint());
    wrong_name.server_name = Some("elsewhere.example".to_owned());
    let wrong_name = server.greet(wrong_name).await;
    assert!(wrong_name.is_err_and(|error| error.contains("not valid for name")));
}

#[tokio::test]
async fn a_client_that_says_nothing_holds_up_nobody() {
    let limits = HandshakeLimits {
        deadline: Duration::from_secs(3),
        under_way: 64,
    };
    let server = server(Mode::Api, limits).await;
    let mut silent = Vec::new();
    for _ in 0..20 {
        silent.push(TcpStream::connect(server.address).await.unwrap());
    }
    let start = Instant::now();
    assert_eq!(server.greet(server.options()).await.unwrap(), "hello");
    assert!(
        start.elapsed() < Duration::from_millis(2_500),
        "it waited for the silent ones"
    );
    // And they are hung up on when their time is over.
    for mut stream in silent {
        let ended = tokio::time::timeout(PATIENCE, stream.read(&mut [0; 1]))
            .await
            .unwrap();
        assert!(matches!(ended, Ok(0) | Err(_)));
    }
}

#[tokio::test]
async fn more_strangers_than_places_delay_others_by_one_deadline_at_most() {
    let limits = HandshakeLimits {
        deadline: Duration::from_millis(300),
        under_way: 2,
    };
    let server = server(Mode::Api, limits).await;
    let mut silent = Vec::new();
    for _ in 0..2 {
        silent.push(TcpStream::connect(server.address).await.unwrap());
    }
    assert_eq!(server.greet(server.options()).await.unwrap(), "hello");
}

#[tokio::test]
async fn a_server_that_says_nothing_is_given_up_at_the_deadline() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let trust = ServerTrust::Roots(vec![authority("any").certificate().clone()]);
    let deadline = Duration::from_millis(200);
    let options = ConnectorOptions {
        handshake_deadline: deadline,
        ..ConnectorOptions::new(trust)
    };
    let connect = async { Connector::new(options).unwrap().connect("127.0.0.1", port).await };
    let result = tokio::time::timeout(PATIENCE, connect).await.unwrap();
    assert!(matches!(result, Err(ConnectError::HandshakeDeadline(d)) if d == deadline));
}

#[tokio::test]
async fn older_versions_can_be_allowed_to_a_client() {
    let server = server(Mode::Api, HandshakeLimits::default()).await;
    let options = ConnectorOptions {
        versions: TlsVersions::From12,
        ..server.options()
    };
    assert_eq!(server.greet(options).await.unwrap(), "hello");
}
