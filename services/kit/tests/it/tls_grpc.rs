//! The acceptor and the connector under tonic, both ways.

use std::sync::Arc;
use std::time::Duration;

use groundwire_kit::grpc::health;
use groundwire_kit::testing::TrustedClients;
use groundwire_kit::tls::{Connector, HandshakeLimits, PeerInfo, incoming};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tonic::transport::{Endpoint, Server};
use tonic::{Request, Status};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;

use crate::tls_fixture::{Mode, PATIENCE, authority, client_identity, config};

#[tokio::test]
async fn a_grpc_call_passes_and_its_handler_knows_the_peer() {
    let (server_authority, tenant) = (authority("server"), authority("tenant"));
    let trust = Arc::new(TrustedClients::new());
    trust.set_tenant("t1", &[tenant.certificate().clone()]);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (seen, mut peers) = mpsc::unbounded_channel();
    let stop = CancellationToken::new();
    let connections = incoming(
        listener,
        config(&server_authority, &trust, Mode::Gateway),
        HandshakeLimits::default(),
    );
    let (_reporter, health) = health();
    let see_peer = move |request: Request<()>| -> Result<Request<()>, Status> {
        let peer = request
            .extensions()
            .get::<PeerInfo>()
            .ok_or_else(|| Status::internal("no peer"))?;
        seen.send(peer.certificates.len())
            .map_err(|_| Status::internal("gone"))?;
        Ok(request)
    };
    let server = Server::builder()
        .layer(tonic::service::InterceptorLayer::new(see_peer))
        .add_service(health)
        .serve_with_incoming_shutdown(connections, stop.clone().cancelled_owned());
    let server = tokio::spawn(server);

    for (identity, certificates) in [(None, 0), (Some(client_identity(&tenant, "t1")), 1)] {
        let roots = vec![server_authority.certificate().clone()];
        let mut options =
            groundwire_kit::tls::ConnectorOptions::new(groundwire_kit::tls::ServerTrust::Roots(roots));
        options.identity = identity;
        let endpoint = Endpoint::from_shared(format!("http://localhost:{}", address.port()))
            .unwrap()
            .timeout(Duration::from_secs(10));
        let channel = endpoint.connect_with_connector_lazy(Connector::new(options).unwrap());
        let answer = HealthClient::new(channel)
            .check(HealthCheckRequest::default())
            .await
            .unwrap();
        assert_eq!(answer.into_inner().status, 1);
        assert_eq!(peers.recv().await, Some(certificates));
    }
    stop.cancel();
    tokio::time::timeout(PATIENCE, server)
        .await
        .unwrap()
        .unwrap()
        .unwrap();
    // The listener goes with the stream.
    let gone = async {
        while tokio::net::TcpStream::connect(address).await.is_ok() {
            tokio::task::yield_now().await
        }
    };
    tokio::time::timeout(PATIENCE, gone).await.unwrap();
}
