//! A gateway that is not the directory's: it speaks the real contract over real TLS 1.3 with a real CA, and does what
//! a test says. It keeps nothing and decides nothing.

use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::Stream;
use groundwire_envelope::signed::{Domain, Signed, SigningKey, VerifyingKey};
use groundwire_kit::clock::{Clock, SystemClock};
use groundwire_kit::pki::{CertificateAuthority, Validity};
use groundwire_kit::testing::{TrustedClients, soon};
use groundwire_kit::tls::{HandshakeLimits, PeerInfo, ServerIdentity, gateway_server, incoming};
use groundwire_proto::gateway::v1::attach_request::Frame as Up;
use groundwire_proto::gateway::v1::attach_response::Frame as Down;
use groundwire_proto::gateway::v1::connector_gateway_service_server::{
    ConnectorGatewayService, ConnectorGatewayServiceServer,
};
use groundwire_proto::gateway::v1::sync_accounts_request::Frame as SyncFrame;
use groundwire_proto::gateway::v1::{
    AttachRequest, AttachResponse, EnrollRequest, EnrollResponse, Heartbeat, Hello, RenewCertificateRequest,
    RenewCertificateResponse, SyncAccountsRequest, SyncAccountsResponse, Welcome,
};
use groundwire_proto::time::timestamp_from;
use parking_lot::Mutex;
use rustls_pki_types::CertificateDer;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_stream::StreamExt as _;
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status, Streaming};
use uuid::Uuid;

pub(crate) const TENANT: Uuid = Uuid::from_u128(0x11);
pub(crate) const GROUP: Uuid = Uuid::from_u128(0x22);
pub(crate) const CONNECTOR: Uuid = Uuid::from_u128(0x33);
pub(crate) const TOKEN_ID: &str = "0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0009";

/// One attached stream, in the test's hands.
pub(crate) struct GatewayStream {
    pub(crate) hello: Hello,
    /// The group in which the connection's keys were exchanged.
    pub(crate) key_exchange: &'static str,
    up: mpsc::UnboundedReceiver<Up>,
    down: mpsc::Sender<Result<AttachResponse, Status>>,
    silent: Arc<Mutex<bool>>,
}

impl GatewayStream {
    pub(crate) async fn send(&self, frame: Down) {
        let response = AttachResponse { frame: Some(frame) };
        soon("room for a frame", self.down.send(Ok(response)))
            .await
            .expect("the stream stands");
    }

    /// The next frame that is no heartbeat; `None` when the connector has closed the stream.
    pub(crate) async fn next(&mut self) -> Option<Up> {
        soon("a frame", async {
            loop {
                match self.up.recv().await {
                    Some(Up::Heartbeat(_)) => {}
                    other => return other,
                }
            }
        })
        .await
    }

    /// The next heartbeat of the connector's own.
    pub(crate) async fn next_heartbeat(&mut self) -> Heartbeat {
        soon("a heartbeat", async {
            loop {
                match self.up.recv().await {
                    Some(Up::Heartbeat(heartbeat)) if !heartbeat.echo => return heartbeat,
                    Some(_) => {}
                    None => panic!("the stream ended"),
                }
            }
        })
        .await
    }

    /// Answers no heartbeat any more.
    pub(crate) fn fall_silent(&self) {
        *self.silent.lock() = true;
    }

    /// Cuts it with an error.
    pub(crate) async fn cut(self) {
        let _ = self.down.send(Err(Status::unavailable("cut by the test"))).await;
    }
}

/// A sync as it came.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SeenSync {
    pub(crate) accounts: Vec<String>,
    pub(crate) remove_missing: bool,
}

struct Script {
    authority: CertificateAuthority,
    event_key: SigningKey,
    token: String,
    streams: mpsc::UnboundedSender<GatewayStream>,
    syncs: mpsc::UnboundedSender<SeenSync>,
    welcome: Mutex<Welcome>,
    clock_skew: Mutex<time::Duration>,
    /// `Hello` is not answered.
    welcomes_nobody: Mutex<bool>,
    /// What the directory would hold.
    held: Mutex<Vec<String>>,
    /// What is wrong with the first account of each sync.
    leaves_out: Mutex<Option<&'static str>>,
}

/// The gateway.
pub(crate) struct FakeGateway {
    pub(crate) address: SocketAddr,
    pub(crate) streams: mpsc::UnboundedReceiver<GatewayStream>,
    pub(crate) syncs: mpsc::UnboundedReceiver<SeenSync>,
    script: Arc<Script>,
    stop: CancellationToken,
}

impl Drop for FakeGateway {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl FakeGateway {
    pub(crate) async fn start() -> Self {
        let validity = Validity {
            now: SystemClock.now(),
            lifetime: Duration::from_secs(3600),
        };
        let (authority, _) = CertificateAuthority::create("gateway test", validity).unwrap();
        let server = authority
            .issue_server(&["127.0.0.1".to_owned()], validity)
            .unwrap();
        let identity = ServerIdentity::from_pem(&server.chain_pem, &server.key.to_pem()).unwrap();
        let clients = Arc::new(TrustedClients::new());
        clients.set_tenant(&TENANT.to_string(), std::slice::from_ref(authority.certificate()));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let trust: Arc<dyn groundwire_kit::tls::ClientTrust> = clients;
        let connections = incoming(
            listener,
            gateway_server(&identity, trust).unwrap(),
            HandshakeLimits::default(),
        );
        let (streams_in, streams) = mpsc::unbounded_channel();
        let (syncs_in, syncs) = mpsc::unbounded_channel();
        let token = format!(
            "gwe1.{TOKEN_ID}.00112233445566778899aabbccddeeff.{}",
            hex::encode(authority.fingerprint())
        );
        let script = Arc::new(Script {
            authority,
            event_key: SigningKey::generate().unwrap(),
            token,
            streams: streams_in,
            syncs: syncs_in,
            welcome: Mutex::new(Welcome {
                heartbeat_interval: Some(Duration::from_millis(100).try_into().unwrap()),
                ..Welcome::default()
            }),
            clock_skew: Mutex::new(time::Duration::ZERO),
            welcomes_nobody: Mutex::new(false),
            held: Mutex::default(),
            leaves_out: Mutex::default(),
        });
        let stop = CancellationToken::new();
        let service = ConnectorGatewayServiceServer::new(Service(Arc::clone(&script)));
        let serving = tonic::transport::Server::builder()
            .add_service(service)
            .serve_with_incoming_shutdown(connections, stop.clone().cancelled_owned());
        tokio::spawn(serving);
        Self {
            address,
            streams,
            syncs,
            script,
            stop,
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("https://{}", self.address)
    }

    pub(crate) fn token(&self) -> &str {
        &self.script.token
    }

    pub(crate) fn authority_pem(&self) -> &str {
        self.script.authority.certificate_pem()
    }

    pub(crate) fn event_key(&self) -> &SigningKey {
        &self.script.event_key
    }

    /// What the next `Welcome` says.
    pub(crate) fn next_welcome(&self, change: impl FnOnce(&mut Welcome)) {
        change(&mut self.script.welcome.lock());
    }

    /// The gateway's clock is that far ahead.
    pub(crate) fn skew_clock(&self, ahead: time::Duration) {
        *self.script.clock_skew.lock() = ahead;
    }

    /// Whether `Hello` is left without an answer.
    pub(crate) fn welcome_nobody(&self, nobody: bool) {
        *self.script.welcomes_nobody.lock() = nobody;
    }

    /// What the directory holds before a sync.
    pub(crate) fn hold(&self, accounts: &[String]) {
        *self.script.held.lock() = accounts.to_vec();
    }

    /// Leaves out the first account of each sync, for this reason.
    pub(crate) fn leave_out(&self, why: &'static str) {
        *self.script.leaves_out.lock() = Some(why);
    }

    pub(crate) fn held(&self) -> Vec<String> {
        self.script.held.lock().clone()
    }

    pub(crate) async fn next_stream(&mut self) -> GatewayStream {
        soon("a stream", self.streams.recv()).await.unwrap()
    }

    pub(crate) async fn next_sync(&mut self) -> SeenSync {
        soon("a sync", self.syncs.recv()).await.unwrap()
    }
}

struct Service(Arc<Script>);

impl Script {
    fn now(&self) -> Option<prost_types::Timestamp> {
        Some(timestamp_from(SystemClock.now() + *self.clock_skew.lock()))
    }
}

fn require_certificate<T>(request: &Request<T>) -> Result<(), Status> {
    let peer = request
        .extensions()
        .get::<PeerInfo>()
        .and_then(PeerInfo::certificate);
    peer.map(|_| ())
        .ok_or_else(|| Status::unauthenticated("a client certificate is needed"))
}

#[tonic::async_trait]
impl ConnectorGatewayService for Service {
    type AttachStream = Pin<Box<dyn Stream<Item = Result<AttachResponse, Status>> + Send>>;

    async fn enroll(&self, request: Request<EnrollRequest>) -> Result<Response<EnrollResponse>, Status> {
        let request = request.into_inner();
        if request.token != self.0.token {
            return Err(Status::permission_denied("the token is not known"));
        }
        let root = VerifyingKey::from_bytes(&request.group_root_key).unwrap();
        let proof = Signed::try_from(request.group_proof.unwrap()).unwrap();
        let proven = root.verify(Domain::EnrollmentProof, proof).unwrap();
        assert_eq!(proven.bytes(), request.certificate_signing_request);
        let spiffe = format!("spiffe://groundwire/tenant/{TENANT}/group/{GROUP}/connector/{CONNECTOR}");
        let validity = Validity {
            now: SystemClock.now(),
            lifetime: Duration::from_secs(3600),
        };
        let pem = self
            .0
            .authority
            .sign_request(
                &request.certificate_signing_request,
                &spiffe.parse().unwrap(),
                validity,
            )
            .unwrap();
        use rustls_pki_types::pem::PemObject as _;
        let chain: Vec<Vec<u8>> = CertificateDer::pem_slice_iter(pem.as_bytes())
            .map(|der| der.unwrap().to_vec())
            .collect();
        Ok(Response::new(EnrollResponse {
            tenant_id: TENANT.to_string(),
            connector_group_id: GROUP.to_string(),
            connector_id: CONNECTOR.to_string(),
            certificate_chain: chain,
            event_signing_key: self.0.event_key.verifying_key().to_bytes().to_vec(),
            gateway_ca: self.0.authority.certificate().to_vec(),
        }))
    }

    async fn renew_certificate(
        &self,
        _: Request<RenewCertificateRequest>,
    ) -> Result<Response<RenewCertificateResponse>, Status> {
        Err(Status::unimplemented("not scripted"))
    }

    async fn attach(
        &self,
        request: Request<Streaming<AttachRequest>>,
    ) -> Result<Response<Self::AttachStream>, Status> {
        require_certificate(&request)?;
        let peer: Option<&PeerInfo> = request.extensions().get();
        let key_exchange = peer.map_or("unknown", |peer| peer.key_exchange);
        let mut frames = request.into_inner();
        let Some(Up::Hello(hello)) = frames.message().await?.and_then(|message| message.frame) else {
            return Err(Status::invalid_argument("the first frame was not Hello"));
        };
        let (down, responses) = mpsc::channel(64);
        let (up, received) = mpsc::unbounded_channel();
        let mut welcome = self.0.welcome.lock().clone();
        welcome.server_time = self.0.now();
        let first = AttachResponse {
            frame: Some(Down::Welcome(welcome)),
        };
        if !*self.0.welcomes_nobody.lock() {
            down.send(Ok(first)).await.map_err(|_| Status::internal("gone"))?;
        }
        let silent = Arc::new(Mutex::new(false));
        let (script, weak_down, quiet) = (Arc::clone(&self.0), down.downgrade(), Arc::clone(&silent));
        tokio::spawn(async move {
            while let Some(Ok(message)) = frames.next().await {
                let Some(frame) = message.frame else { continue };
                if let Up::Heartbeat(heartbeat) = &frame
                    && !heartbeat.echo
                    && !*quiet.lock()
                    && let Some(down) = weak_down.upgrade()
                {
                    let echo = Heartbeat {
                        number: heartbeat.number,
                        echo: true,
                        sent_at: script.now(),
                        ..Heartbeat::default()
                    };
                    let response = AttachResponse {
                        frame: Some(Down::Heartbeat(echo)),
                    };
                    let _ = down.send(Ok(response)).await;
                }
                if up.send(frame).is_err() {
                    return;
                }
            }
        });
        let stream = GatewayStream {
            hello,
            key_exchange,
            up: received,
            down,
            silent,
        };
        self.0
            .streams
            .send(stream)
            .map_err(|_| Status::internal("the test is over"))?;
        Ok(Response::new(Box::pin(ReceiverStream::new(responses))))
    }

    async fn sync_accounts(
        &self,
        request: Request<Streaming<SyncAccountsRequest>>,
    ) -> Result<Response<SyncAccountsResponse>, Status> {
        require_certificate(&request)?;
        let mut frames = request.into_inner();
        let mut seen = Vec::new();
        while let Some(message) = frames.message().await? {
            match message.frame {
                Some(SyncFrame::Start(_)) | None => {}
                Some(SyncFrame::Page(page)) => {
                    seen.extend(page.accounts.into_iter().map(|account| account.anchor))
                }
                Some(SyncFrame::End(end)) => {
                    assert_eq!(usize::try_from(end.accounts).unwrap(), seen.len());
                    return Ok(Response::new(self.0.synced(seen, end.remove_missing)));
                }
            }
        }
        Err(Status::aborted("the listing did not come to its end"))
    }
}

impl Script {
    fn synced(&self, seen: Vec<String>, remove_missing: bool) -> SyncAccountsResponse {
        let mut held = self.held.lock();
        let before = held.len();
        let mut removed = 0;
        if remove_missing {
            held.retain(|anchor| seen.contains(anchor));
            removed = before - held.len();
        }
        let mut added = 0;
        for anchor in &seen {
            if !held.contains(anchor) {
                held.push(anchor.clone());
                added += 1;
            }
        }
        let left_out = *self.leaves_out.lock();
        let answer = SyncAccountsResponse {
            added,
            updated: 0,
            removed: removed as u64,
            total: held.len() as u64,
            skipped: u64::from(left_out.is_some()),
            first_skipped: left_out.and(seen.first().cloned()).unwrap_or_default(),
            first_skipped_why: left_out.unwrap_or_default().to_owned(),
        };
        drop(held);
        let _ = self.syncs.send(SeenSync {
            accounts: seen,
            remove_missing,
        });
        answer
    }
}
