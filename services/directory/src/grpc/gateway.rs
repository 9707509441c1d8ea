//! What connectors call. Who calls is in the client certificate; every method but `Enroll` needs one (see
//! [`GatewayCallers`]).

use std::sync::Arc;

use futures_util::TryStreamExt as _;
use futures_util::stream::MapErr;
use groundwire_kit::grpc::{CallLayer, ReflectionError, health, reflection};
use groundwire_kit::tls::{HandshakeLimits, PeerInfo, incoming};
use groundwire_proto::gateway::v1::connector_gateway_service_server::{
    ConnectorGatewayService, ConnectorGatewayServiceServer,
};
use groundwire_proto::gateway::v1::sync_accounts_request::Frame;
use groundwire_proto::gateway::v1::{
    AttachRequest, AttachResponse, EnrollRequest, EnrollResponse, RenewCertificateRequest,
    RenewCertificateResponse, SyncAccountsRequest, SyncAccountsResponse,
};
use tokio::net::TcpListener;
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status, Streaming};
use uuid::Uuid;

use super::callers::{GatewayCallers, caller};
use super::limits::{KEEPALIVE_INTERVAL, KEEPALIVE_TIMEOUT, MAX_CONNECTOR_MESSAGE, MAX_GATEWAY_STREAMS};
use super::status::Refused;
use crate::accounts::sync::{Sync, SyncError};
use crate::delivery::Attach;
use crate::delivery::attach::end::End;
use crate::domain::ErrorClass;
use crate::enrollment::{ConnectorIdentity, Enrollment};
use crate::metrics::delivery::why;

#[derive(Clone)]
pub struct GatewayService {
    attach: Attach,
    enrollment: Arc<Enrollment>,
}

impl GatewayService {
    /// Over these parts.
    #[must_use]
    pub const fn new(attach: Attach, enrollment: Arc<Enrollment>) -> Self {
        Self { attach, enrollment }
    }
}

/// The gateway could not be served.
#[derive(Debug, thiserror::Error)]
pub enum GatewayError {
    /// The contract's descriptors do not decode.
    #[error(transparent)]
    Reflection(#[from] ReflectionError),
    /// The server failed.
    #[error("the gateway failed")]
    Serve(#[from] tonic::transport::Error),
}

/// Serves connectors until `draining`: then every stream is made to leave, and is cut after the grace that
/// [`crate::delivery::DeliveryConfig::drain_grace`] gives.
pub async fn serve(
    listener: TcpListener,
    tls: Arc<rustls::ServerConfig>,
    layer: CallLayer<GatewayCallers>,
    service: GatewayService,
    with_reflection: bool,
    draining: CancellationToken,
) -> Result<(), GatewayError> {
    let (reporter, health) = health();
    reporter
        .set_serving::<ConnectorGatewayServiceServer<GatewayService>>()
        .await;
    let reflection = reflection(with_reflection, &[groundwire_proto::FILE_DESCRIPTOR_SET])?;
    let connectors = Arc::clone(&service.attach.connectors);
    let grace = service.attach.config.drain_grace + service.attach.config.send_deadline;
    let gateway =
        ConnectorGatewayServiceServer::new(service).max_decoding_message_size(MAX_CONNECTOR_MESSAGE);
    let stop = draining.clone();
    let server = tonic::transport::Server::builder()
        .http2_keepalive_interval(Some(KEEPALIVE_INTERVAL))
        .http2_keepalive_timeout(Some(KEEPALIVE_TIMEOUT))
        .max_concurrent_streams(Some(MAX_GATEWAY_STREAMS))
        .layer(layer.until(draining.clone()))
        .add_routes(reflection)
        .add_service(gateway)
        .add_service(health)
        .serve_with_incoming_shutdown(incoming(listener, tls, HandshakeLimits::default()), async move {
            stop.cancelled().await;
            connectors.drain();
        });
    let cut = async {
        draining.cancelled().await;
        tokio::time::sleep(grace).await;
    };
    tokio::select! {
        served = server => served.map_err(Into::into),
        () = cut => Ok(()),
    }
}

#[tonic::async_trait]
impl ConnectorGatewayService for GatewayService {
    type AttachStream = MapErr<ReceiverStream<Result<AttachResponse, End>>, fn(End) -> Status>;

    async fn enroll(&self, request: Request<EnrollRequest>) -> Result<Response<EnrollResponse>, Status> {
        Ok(Response::new(self.enrollment.enroll(request.into_inner()).await?))
    }

    async fn renew_certificate(
        &self,
        request: Request<RenewCertificateRequest>,
    ) -> Result<Response<RenewCertificateResponse>, Status> {
        caller::<ConnectorIdentity>(request.extensions())?;
        Err(Refused::Unimplemented("RenewCertificate").into())
    }

    async fn attach(
        &self,
        request: Request<Streaming<AttachRequest>>,
    ) -> Result<Response<Self::AttachStream>, Status> {
        let who = caller(request.extensions())?;
        if self.attach.connectors.is_draining() {
            return Err(Refused::Stopping.into());
        }
        let peer: Option<&PeerInfo> = request.extensions().get();
        let key_exchange = peer.map_or("unknown", |peer| peer.key_exchange);
        let frames = self.attach.begin(who, key_exchange, request.into_inner());
        Ok(Response::new(frames.map_err(Status::from as fn(End) -> Status)))
    }

    async fn sync_accounts(
        &self,
        request: Request<Streaming<SyncAccountsRequest>>,
    ) -> Result<Response<SyncAccountsResponse>, Status> {
        let who = caller(request.extensions())?;
        // A connector that is attached was found to be one, and not revoked; only one of a group syncs.
        if !self.attach.connectors.syncs(&who) {
            return Err(SyncError::NotTheSyncingConnector.into());
        }
        let result = self.sync(who, request.into_inner()).await;
        let outcome = result.as_ref().map_or_else(sync_outcome, |_| "applied");
        self.attach.metrics.syncs.get_or_create(&why(outcome)).inc();
        Ok(Response::new(result?))
    }
}

impl GatewayService {
    async fn sync(
        &self,
        who: ConnectorIdentity,
        mut frames: Streaming<SyncAccountsRequest>,
    ) -> Result<SyncAccountsResponse, SyncError> {
        let first = self.next(&mut frames).await?;
        let mut sync = Sync::start(Arc::clone(&self.attach.store), who, first)?;
        let end = loop {
            let refused = match self.next(&mut frames).await {
                Ok(Some(Frame::Page(page))) => match sync.page(page).await {
                    Ok(()) => continue,
                    Err(error) => error,
                },
                Ok(Some(Frame::End(end))) => break end,
                Ok(Some(Frame::Start(_)) | None) => SyncError::Unexpected("a page or an end frame"),
                Err(broken) => broken,
            };
            log_failure(who, sync.id(), &refused);
            sync.discard().await;
            return Err(refused);
        };
        let ended = sync.end(end).await;
        if let Err(refused) = &ended {
            log_failure(who, sync.id(), refused);
            sync.discard().await;
        }
        ended
    }

    /// The next frame; `None` for an empty one.
    async fn next(&self, frames: &mut Streaming<SyncAccountsRequest>) -> Result<Option<Frame>, SyncError> {
        let next = tokio::time::timeout(self.attach.config.sync_frame_deadline, frames.message()).await;
        match next {
            Ok(Ok(Some(request))) => Ok(request.frame),
            Ok(Ok(None) | Err(_)) | Err(_) => Err(SyncError::BrokenOff),
        }
    }
}

/// Which sync failed, and of what: names no person.
fn log_failure(who: ConnectorIdentity, sync: Uuid, error: &SyncError) {
    let cause = if let SyncError::Store(error) = error {
        error.cause()
    } else {
        error.to_string()
    };
    let (tenant, connector) = (who.tenant, who.connector);
    tracing::error!(%tenant, %connector, %sync, cause, "a sync of accounts failed; nothing was changed");
}

/// What became of a sync that changed nothing, for metrics.
fn sync_outcome(error: &SyncError) -> &'static str {
    match error.class() {
        ErrorClass::BrokenOff => "broken",
        ErrorClass::Passing | ErrorClass::Defect => "failed",
        ErrorClass::Malformed
        | ErrorClass::Forbidden
        | ErrorClass::Premature
        | ErrorClass::TooOften
        | ErrorClass::Overdue
        | ErrorClass::Replaced => "refused",
    }
}
