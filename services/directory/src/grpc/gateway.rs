//! What connectors call. Who calls is in the client certificate, which the handshake verified against the CA of the
//! tenant it names; every method but `Enroll` needs one.

use std::sync::Arc;
use std::time::Duration;

use groundwire_kit::grpc::{ReflectionError, health, reflection};
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
use tonic_types::{ErrorDetails, StatusExt as _};

use super::status::{DOMAIN, Refused};
use crate::accounts::sync::{Sync, SyncError};
use crate::delivery::Attach;
use crate::enrollment::enroll::EnrollError;
use crate::enrollment::{ConnectorIdentity, Enrollment};
use crate::metrics::delivery::why;

/// Longest message up, in bytes: a `Hello` with 10,000 open operations, or a page of 1,000 accounts.
const MAX_MESSAGE: usize = 4 << 20;

/// PINGs keep proxies awake and find a dead connection; whether the connector lives, heartbeats tell.
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(20);
const KEEPALIVE_TIMEOUT: Duration = Duration::from_secs(10);

/// Streams one connection may have at once: `Attach`, its successor while draining, a sync, and room.
const MAX_STREAMS: u32 = 16;

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

/// Serves connectors until `draining`: then every stream is told to leave, and is cut after the grace that
/// [`crate::delivery::DeliveryConfig::drain_grace`] gives.
///
/// # Errors
/// [`GatewayError`].
pub async fn serve(
    listener: TcpListener,
    tls: Arc<rustls::ServerConfig>,
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
    let gateway = ConnectorGatewayServiceServer::new(service).max_decoding_message_size(MAX_MESSAGE);
    let stop = draining.clone();
    let server = tonic::transport::Server::builder()
        .http2_keepalive_interval(Some(KEEPALIVE_INTERVAL))
        .http2_keepalive_timeout(Some(KEEPALIVE_TIMEOUT))
        .max_concurrent_streams(Some(MAX_STREAMS))
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

fn peer<T>(request: &Request<T>) -> Option<&PeerInfo> {
    request.extensions().get()
}

fn identity<T>(request: &Request<T>) -> Result<ConnectorIdentity, Status> {
    let certificate = peer(request).and_then(PeerInfo::certificate);
    let certificate =
        certificate.ok_or_else(|| Status::unauthenticated("a client certificate is needed: enrol first"))?;
    ConnectorIdentity::from_certificate(certificate)
        .map_err(|_| Status::unauthenticated("the client certificate is not a connector's"))
}

#[tonic::async_trait]
impl ConnectorGatewayService for GatewayService {
    type AttachStream = ReceiverStream<Result<AttachResponse, Status>>;

    async fn enroll(&self, request: Request<EnrollRequest>) -> Result<Response<EnrollResponse>, Status> {
        Ok(Response::new(self.enrollment.enroll(request.into_inner()).await?))
    }

    async fn renew_certificate(
        &self,
        request: Request<RenewCertificateRequest>,
    ) -> Result<Response<RenewCertificateResponse>, Status> {
        identity(&request)?;
        Err(Refused::Unimplemented("RenewCertificate").into())
    }

    async fn attach(
        &self,
        request: Request<Streaming<AttachRequest>>,
    ) -> Result<Response<Self::AttachStream>, Status> {
        let who = identity(&request)?;
        if self.attach.connectors.is_draining() {
            return Err(Refused::Stopping.into());
        }
        let key_exchange = peer(&request).map_or("unknown", |peer| peer.key_exchange);
        Ok(Response::new(self.attach.begin(
            who,
            key_exchange,
            request.into_inner(),
        )))
    }

    async fn sync_accounts(
        &self,
        request: Request<Streaming<SyncAccountsRequest>>,
    ) -> Result<Response<SyncAccountsResponse>, Status> {
        let who = identity(&request)?;
        // A connector that is attached was found to be one, and not revoked; only one of a group syncs.
        if !self.attach.connectors.syncs(&who) {
            return Err(Status::failed_precondition(
                "this connector is not attached, or another one of its group syncs the accounts",
            ));
        }
        let result = self.sync(who, request.into_inner()).await;
        let outcome = match &result {
            Ok(_) => "applied",
            Err(SyncFailure::Broken) => "broken",
            Err(SyncFailure::Because(SyncError::Store(_))) => "failed",
            Err(SyncFailure::Because(_)) => "refused",
        };
        self.attach.metrics.syncs.get_or_create(&why(outcome)).inc();
        Ok(Response::new(result?))
    }
}

/// How a sync ended without effect.
enum SyncFailure {
    /// The stream broke off or went silent.
    Broken,
    /// It was refused.
    Because(SyncError),
}

impl GatewayService {
    async fn sync(
        &self,
        who: ConnectorIdentity,
        mut frames: Streaming<SyncAccountsRequest>,
    ) -> Result<SyncAccountsResponse, SyncFailure> {
        let first = self.next(&mut frames).await?;
        let mut sync =
            Sync::start(Arc::clone(&self.attach.store), who, first).map_err(SyncFailure::Because)?;
        let end = loop {
            let refused = match self.next(&mut frames).await {
                Ok(Some(Frame::Page(page))) => match sync.page(page).await {
                    Ok(()) => continue,
                    Err(error) => SyncFailure::Because(error),
                },
                Ok(Some(Frame::End(end))) => break end,
                Ok(Some(Frame::Start(_)) | None) => {
                    SyncFailure::Because(SyncError::Unexpected("a page or an end frame"))
                }
                Err(broken) => broken,
            };
            sync.discard().await;
            return Err(refused);
        };
        sync.end(end).await.map_err(SyncFailure::Because)
    }

    /// The next frame; `None` for an empty one.
    async fn next(&self, frames: &mut Streaming<SyncAccountsRequest>) -> Result<Option<Frame>, SyncFailure> {
        let next = tokio::time::timeout(self.attach.config.sync_frame_deadline, frames.message()).await;
        match next {
            Ok(Ok(Some(request))) => Ok(request.frame),
            Ok(Ok(None) | Err(_)) | Err(_) => Err(SyncFailure::Broken),
        }
    }
}

impl From<SyncFailure> for Status {
    fn from(failure: SyncFailure) -> Self {
        match failure {
            SyncFailure::Broken => Self::cancelled("the sync broke off before its end; nothing was changed"),
            SyncFailure::Because(SyncError::Store(error)) => Refused::Store(error).into(),
            SyncFailure::Because(
                error @ (SyncError::Unexpected(_)
                | SyncError::MalformedId(_)
                | SyncError::PageTooLarge
                | SyncError::NameTooLong
                | SyncError::Repeated
                | SyncError::Miscounted { .. }),
            ) => Self::invalid_argument(error.to_string()),
        }
    }
}

impl From<EnrollError> for Status {
    fn from(error: EnrollError) -> Self {
        match error {
            EnrollError::InvalidArgument(what) => Self::invalid_argument(what),
            EnrollError::Refused(refusal) => {
                tracing::warn!(%refusal, "an enrolment was refused");
                Self::permission_denied(
                    "enrolment refused: the token, the request or the group proof is not valid",
                )
            }
            EnrollError::TooManyTries(wait) => {
                let mut details =
                    ErrorDetails::with_error_info("RATE_LIMITED", DOMAIN, std::collections::HashMap::new());
                details.set_retry_info(Some(wait.0));
                let words = "too many enrolments are tried at present";
                Self::with_error_details(tonic::Code::ResourceExhausted, words, details)
            }
            EnrollError::Authority(error) => Refused::Internal(error.to_string()).into(),
            EnrollError::Store(error) => Refused::Store(error).into(),
            EnrollError::Event(error) => Refused::Internal(error.to_string()).into(),
        }
    }
}
