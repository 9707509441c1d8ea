//! The audit log's API, for auditors on premises. The cloud cannot reach it: it binds to loopback unless configured otherwise,
//! and wants a token that the company made.

mod audit_service;
mod page_token;
#[cfg(any(test, feature = "fuzz"))]
pub(crate) mod properties;
mod status;
mod tokens;

use std::time::Duration;

use groundwire_kit::grpc::{CallLayer, ReflectionError, reflection};
use groundwire_kit::tls::{HandshakeLimits, ServerIdentity, TlsError, api_server, incoming};
use groundwire_proto::FILE_DESCRIPTOR_SET;
use groundwire_proto::audit::v1::audit_service_server::AuditServiceServer;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tonic::transport::Server;
use tonic_health::ServingStatus;

use crate::audit::AuditLog;
pub use audit_service::AuditApi;
pub use tokens::{AuditTokens, TokensError};

/// Longest message to the audit API, in bytes: filters and a page token, of a few hundred.
const MAX_MESSAGE: usize = 64 << 10;

/// Calls that one connection may have under way at once. tonic sets no limit; auditors' tools make few.
const MAX_STREAMS: u32 = 100;

/// How long a call may take until its response headers. A page of 1,000 records is read in a fraction of a second.
const CALL_TIMEOUT: Duration = Duration::from_secs(30);

/// Why the API cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    #[error(transparent)]
    Tls(#[from] TlsError),
    #[error(transparent)]
    Reflection(#[from] ReflectionError),
    #[error("the audit API ended: {0}")]
    Transport(#[from] tonic::transport::Error),
}

/// Serves until `draining`, then finishes the calls under way.
pub async fn serve(
    listener: TcpListener,
    identity: &ServerIdentity,
    audit: AuditLog,
    layer: CallLayer<AuditTokens>,
    with_reflection: bool,
    draining: CancellationToken,
) -> Result<(), ServeError> {
    let connections = incoming(listener, api_server(identity)?, HandshakeLimits::default());
    let (health, health_service) = groundwire_kit::grpc::health();
    health
        .set_service_status("groundwire.audit.v1.AuditService", ServingStatus::Serving)
        .await;
    let service = AuditServiceServer::new(AuditApi::new(audit)).max_decoding_message_size(MAX_MESSAGE);
    Server::builder()
        .timeout(CALL_TIMEOUT)
        .max_concurrent_streams(Some(MAX_STREAMS))
        .layer(layer.until(draining.clone()))
        .add_routes(reflection(with_reflection, &[FILE_DESCRIPTOR_SET])?)
        .add_service(service)
        .add_service(health_service)
        .serve_with_incoming_shutdown(connections, draining.cancelled_owned())
        .await?;
    Ok(())
}
