//! Reflection as it is served.

use groundwire_kit::grpc::{health, reflection};
use groundwire_kit::testing::reflected_services;
use tokio::net::TcpListener;
use tonic::Code;
use tonic::transport::{Channel, Endpoint, Server};

async fn server(with_reflection: bool) -> Channel {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let (_reporter, health) = health();
    let server = Server::builder()
        .add_routes(reflection(with_reflection, &[]).unwrap())
        .add_service(health)
        .serve_with_incoming(tokio_stream::wrappers::TcpListenerStream::new(listener));
    tokio::spawn(server);
    Endpoint::from_shared(endpoint).unwrap().connect_lazy()
}

#[tokio::test]
async fn clients_of_either_version_are_told_of_every_service() {
    for mut services in reflected_services(server(true).await).await.unwrap() {
        services.sort();
        assert_eq!(
            services,
            [
                "grpc.health.v1.Health",
                "grpc.reflection.v1.ServerReflection",
                "grpc.reflection.v1alpha.ServerReflection"
            ]
        );
    }
}

#[tokio::test]
async fn reflection_that_is_switched_off_tells_nothing() {
    let refused = reflected_services(server(false).await).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unimplemented);
}
