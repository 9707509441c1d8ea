//! A gateway on loopback with TLS, a database of its own, a scripted other side of the port, and a connector by hand.

use std::collections::HashSet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use futures_util::future::BoxFuture;
use groundwire_directory::delivery::{
    Attach, Authorities, Connectors, DeliveryConfig, DeliveryMetrics, Enrollment,
};
use groundwire_directory::domain::{AccountAnchor, ConnectorGroupId, OperationId, TenantId};
use groundwire_directory::grpc::callers::GatewayCallers;
use groundwire_directory::grpc::gateway::{GatewayService, serve};
use groundwire_directory::metrics::Metrics;
use groundwire_directory::operations::port::{
    AttachedConnector, Keys, NoRoute, OperationsPort, Outgoing, Route, RouteRequirements, Routes,
};
use groundwire_directory::operations::{CommitError, RefusalLimits, Refusals};
use groundwire_directory::store::{Store, StoreError};
use groundwire_envelope::signed::{Domain, SigningKey};
use groundwire_envelope::{KeyId, SealingPrivateKey};
use groundwire_kit::clock::SystemClock;
use groundwire_kit::pki::{CertificateAuthority, CertificateKey, Validity};
use groundwire_kit::tls::{
    ClientIdentity, Connector, ConnectorOptions, ServerIdentity, ServerTrust, gateway_server,
};
use groundwire_proto::envelope::v1::{SealingKeyCertificate, SignedBytes};
use groundwire_proto::gateway::v1::connector_gateway_service_client::ConnectorGatewayServiceClient;
use groundwire_proto::gateway::v1::{
    AttachRequest, AttachResponse, CheckResult, EnrollRequest, EnrollResponse, FateKind, Hello,
    OpenOperation, OperationFate, OutcomeRecorded, OutcomeReport, PasswordEventPayload, RecordedDisposition,
    Welcome, attach_request, attach_response,
};
use parking_lot::Mutex;
use prost::Message;
use prost_types::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use time::OffsetDateTime;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;
use tonic::transport::{Channel, Endpoint};
use tonic::{Status, Streaming};
use uuid::Uuid;

use crate::database::TestDatabase;

pub(crate) type Client = ConnectorGatewayServiceClient<Channel>;

pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// What a connector told, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Told {
    Attached(AttachedConnector, Vec<String>),
    Ready(AttachedConnector),
    Outcome(String),
}

/// The other side of the port: notes what it is told and answers by script.
#[derive(Default)]
pub(crate) struct Scripted {
    told: Mutex<Vec<Told>>,
    outcomes: Mutex<HashSet<String>>,
}

impl Scripted {
    fn note(&self, told: Told) {
        self.told.lock().push(told);
    }

    pub(crate) fn has(&self, wanted: impl Fn(&Told) -> bool) -> bool {
        self.told.lock().iter().any(wanted)
    }
}

impl OperationsPort for Scripted {
    fn connector_attached<'a>(
        &'a self,
        who: &'a AttachedConnector,
        open: Vec<OpenOperation>,
    ) -> BoxFuture<'a, Result<Vec<OperationFate>, StoreError>> {
        self.note(Told::Attached(
            *who,
            open.iter().map(|one| one.operation_id.clone()).collect(),
        ));
        let fate = |open: OpenOperation| OperationFate {
            operation_id: open.operation_id,
            kind: FateKind::Continue.into(),
            attempt: open.attempt,
            outcome: 0,
        };
        Box::pin(async move { Ok(open.into_iter().map(fate).collect()) })
    }

    fn connector_ready<'a>(&'a self, who: &'a AttachedConnector) -> BoxFuture<'a, ()> {
        self.note(Told::Ready(*who));
        Box::pin(async {})
    }

    fn outcome_reported<'a>(
        &'a self,
        _: &'a AttachedConnector,
        report: OutcomeReport,
    ) -> BoxFuture<'a, Result<OutcomeRecorded, CommitError>> {
        self.note(Told::Outcome(report.operation_id.clone()));
        let is_new = self.outcomes.lock().insert(report.operation_id.clone());
        let disposition = if is_new {
            RecordedDisposition::Committed
        } else {
            RecordedDisposition::Repeated
        };
        Box::pin(async move {
            Ok(OutcomeRecorded {
                operation_id: report.operation_id,
                attempt: 1,
                disposition: disposition.into(),
                durations: Vec::new(),
                directory_head: None,
            })
        })
    }

    fn check_result<'a>(&'a self, _: &'a AttachedConnector, _: CheckResult) -> BoxFuture<'a, ()> {
        Box::pin(async {})
    }
}

/// A gateway with everything behind it.
pub(crate) struct Gateway {
    pub(crate) store: Arc<Store>,
    pub(crate) connectors: Arc<Connectors>,
    pub(crate) enrollment: Arc<Enrollment>,
    pub(crate) authorities: Arc<Authorities>,
    pub(crate) scripted: Arc<Scripted>,
    pub(crate) metrics: DeliveryMetrics,
    pub(crate) calls: Metrics,
    pub(crate) draining: CancellationToken,
    pub(crate) database: TestDatabase,
    address: SocketAddr,
    ca_pem: String,
    _keys: tempfile::TempDir,
}

/// Short times, so that a test that waits for one of them is short.
pub(crate) fn quick() -> DeliveryConfig {
    DeliveryConfig {
        received_deadline: Duration::from_millis(300),
        drain_grace: Duration::from_millis(300),
        hello_deadline: Duration::from_millis(500),
        ..DeliveryConfig::default()
    }
}

impl Gateway {
    pub(crate) async fn start(config: DeliveryConfig) -> Self {
        let database = TestDatabase::new().await;
        let clock = Arc::new(SystemClock);
        let store = database.store(clock.clone());
        let keys = tempfile::tempdir().unwrap();
        let lifetime = Duration::from_secs(86_400);
        let authorities = Arc::new(Authorities::new(keys.path().to_owned(), clock, lifetime));
        #[expect(clippy::disallowed_methods, reason = "certificates of a test are valid now")]
        let validity = Validity {
            now: OffsetDateTime::now_utc(),
            lifetime,
        };
        let (ca, _) = CertificateAuthority::create("gateway", validity).unwrap();
        let issued = ca.issue_server(&["localhost".to_owned()], validity).unwrap();
        let identity = ServerIdentity::from_pem(&issued.chain_pem, &issued.key.to_pem()).unwrap();
        let tls = gateway_server(&identity, authorities.clone()).unwrap();
        let metrics = DeliveryMetrics::default();
        let connectors = Arc::new(Connectors::new(
            store.clone(),
            authorities.clone(),
            config.clone(),
        ));
        let enrollment = Arc::new(Enrollment::new(
            store.clone(),
            authorities.clone(),
            ca.certificate().to_vec(),
            config.token_lifetime,
            metrics.clone(),
        ));
        let scripted = Arc::new(Scripted::default());
        let attach = Attach {
            store: store.clone(),
            authorities: authorities.clone(),
            connectors: connectors.clone(),
            operations: scripted.clone(),
            config,
            metrics: metrics.clone(),
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let draining = CancellationToken::new();
        let service = GatewayService::new(attach, enrollment.clone());
        let calls = Metrics::new();
        let refusals = Refusals::new(store.clone(), calls.clone(), RefusalLimits::default());
        let layer = GatewayCallers::layer(refusals, &calls);
        tokio::spawn(serve(listener, tls, layer, service, true, draining.clone()));
        Self {
            store,
            connectors,
            enrollment,
            authorities,
            scripted,
            metrics,
            calls,
            draining,
            database,
            address,
            ca_pem: ca.certificate_pem().to_owned(),
            _keys: keys,
        }
    }

    pub(crate) async fn tenant(&self) -> (TenantId, ConnectorGroupId) {
        let tenant = TenantId::new(Uuid::new_v4());
        self.authorities.create(tenant).await.unwrap();
        (tenant, ConnectorGroupId::new(Uuid::new_v4()))
    }

    pub(crate) async fn token(&self, tenant: TenantId, group: ConnectorGroupId) -> SecretString {
        self.enrollment
            .create_token(tenant, group, "admin")
            .await
            .unwrap()
            .1
    }

    /// A client; nothing is dialled before the first call.
    pub(crate) fn client(&self, identity: Option<ClientIdentity>) -> Client {
        ConnectorGatewayServiceClient::new(self.channel(identity))
    }

    pub(crate) fn channel(&self, identity: Option<ClientIdentity>) -> Channel {
        let mut options = ConnectorOptions::new(ServerTrust::RootsPem(self.ca_pem.clone()));
        options.identity = identity;
        options.server_name = Some("localhost".to_owned());
        let connector = Connector::new(options).unwrap();
        let endpoint = Endpoint::from_shared(format!("http://{}", self.address)).unwrap();
        endpoint.connect_with_connector_lazy(connector)
    }

    /// A connector that enrolled into the group.
    pub(crate) async fn enrolled(
        &self,
        (tenant, group): (TenantId, ConnectorGroupId),
        root: &Arc<SigningKey>,
    ) -> ByHand {
        let token = self.token(tenant, group).await;
        let key = CertificateKey::generate().unwrap();
        let request = enroll_request(token.expose_secret(), &key, root);
        let response = self.client(None).enroll(request).await.unwrap().into_inner();
        ByHand::new(self, &response, &key, root)
    }

    pub(crate) async fn events(&self, tenant: TenantId) -> Vec<String> {
        let records = self
            .store
            .reader(tenant)
            .read_log(groundwire_eventlog::Position::ZERO, 1_000)
            .await;
        records
            .unwrap()
            .into_iter()
            .map(|record| record.event_type)
            .collect()
    }

    pub(crate) fn route(&self, requirements: &RouteRequirements) -> Result<Route, NoRoute> {
        self.connectors.reserve(requirements)
    }

    /// Sends an event the way operations do.
    pub(crate) async fn deliver(&self, route: &Route, operation: OperationId) {
        let payload = PasswordEventPayload {
            operation_id: operation.to_string(),
            attempt: 1,
            ..PasswordEventPayload::default()
        };
        let signed = self
            .connectors
            .sign(route.who.tenant, Domain::Event, payload.encode_to_vec())
            .await;
        let outgoing = Outgoing::Event {
            operation,
            attempt: 1,
            event: signed.unwrap(),
        };
        self.connectors.send(route, outgoing).await.unwrap();
    }
}

pub(crate) fn requirements(
    (tenant, group): (TenantId, ConnectorGroupId),
    key_ids: Vec<KeyId>,
) -> RouteRequirements {
    RouteRequirements {
        tenant,
        group,
        anchor: AccountAnchor::new(Uuid::from_u128(5)),
        key_ids,
        only: None,
    }
}

pub(crate) fn enroll_request(token: &str, key: &CertificateKey, root: &SigningKey) -> EnrollRequest {
    let request = key.request().unwrap();
    EnrollRequest {
        token: token.to_owned(),
        certificate_signing_request: request.clone(),
        display_name: "dc-side".to_owned(),
        version: "0.1.0".to_owned(),
        group_root_key: root.verifying_key().to_bytes().to_vec(),
        group_proof: Some(root.sign(Domain::EnrollmentProof, request).into()),
    }
}

/// A connector whose frames a test writes.
pub(crate) struct ByHand {
    pub(crate) response: EnrollResponse,
    pub(crate) client: Client,
    pub(crate) sealing: SealingPrivateKey,
    root: Arc<SigningKey>,
}

impl ByHand {
    pub(crate) fn new(
        gateway: &Gateway,
        response: &EnrollResponse,
        key: &CertificateKey,
        root: &Arc<SigningKey>,
    ) -> Self {
        let chain = response.certificate_chain.iter().map(|der| pem(der)).collect();
        let identity = ClientIdentity {
            chain,
            key: key.to_pem(),
        };
        Self::with_client(gateway.client(Some(identity)), response, root)
    }

    pub(crate) fn with_client(client: Client, response: &EnrollResponse, root: &Arc<SigningKey>) -> Self {
        Self {
            response: response.clone(),
            client,
            sealing: SealingPrivateKey::generate().unwrap(),
            root: Arc::clone(root),
        }
    }

    pub(crate) fn hello(&self) -> Hello {
        Hello {
            version: "0.1.0".to_owned(),
            credits: 4,
            audit_store_id: Uuid::from_u128(77).to_string(),
            sealing_keys: vec![self.certificate()],
            ..Hello::default()
        }
    }

    pub(crate) fn certificate(&self) -> SignedBytes {
        let at = |seconds| Some(Timestamp { seconds, nanos: 0 });
        let certificate = SealingKeyCertificate {
            tenant_id: self.response.tenant_id.clone(),
            connector_group_id: self.response.connector_group_id.clone(),
            key_id: self.sealing.id().to_string(),
            public_key: self.sealing.public_key().to_bytes().to_vec(),
            seal_from: at(1),
            seal_until: at(4_000_000_000),
            open_until: at(4_000_000_001),
        };
        self.root
            .sign(Domain::KeyCertificate, certificate.encode_to_vec())
            .into()
    }

    /// Opens a stream with this first frame.
    pub(crate) async fn open(&mut self, first: attach_request::Frame) -> Stream {
        let (up, frames) = mpsc::channel(16);
        up.send(AttachRequest { frame: Some(first) }).await.unwrap();
        let down = self
            .client
            .attach(ReceiverStream::new(frames))
            .await
            .unwrap()
            .into_inner();
        Stream { up: Some(up), down }
    }

    pub(crate) async fn attach(&mut self) -> (Stream, Welcome) {
        let hello = self.hello();
        self.attach_with(hello).await
    }

    pub(crate) async fn attach_with(&mut self, hello: Hello) -> (Stream, Welcome) {
        let mut stream = self.open(attach_request::Frame::Hello(hello)).await;
        match stream.next().await {
            Ok(Some(attach_response::Frame::Welcome(welcome))) => (stream, welcome),
            other => panic!("expected Welcome, got {other:?}"),
        }
    }
}

/// An open stream.
pub(crate) struct Stream {
    pub(crate) up: Option<mpsc::Sender<AttachRequest>>,
    down: Streaming<AttachResponse>,
}

impl Stream {
    pub(crate) async fn send(&self, frame: attach_request::Frame) {
        let up = self.up.as_ref().unwrap();
        up.send(AttachRequest { frame: Some(frame) }).await.unwrap();
    }

    pub(crate) async fn next(&mut self) -> Result<Option<attach_response::Frame>, Status> {
        let next = tokio::time::timeout(PATIENCE, self.down.message())
            .await
            .expect("a frame in time");
        Ok(next?.map(|response| response.frame.expect("a frame")))
    }

    /// The next frame that is of this kind.
    pub(crate) async fn until<T>(
        &mut self,
        pick: impl Fn(attach_response::Frame) -> Option<T>,
    ) -> Result<T, Status> {
        loop {
            if let Some(found) = pick(self.next().await?.expect("the stream goes on")) {
                return Ok(found);
            }
        }
    }

    /// The status that the stream ends with.
    pub(crate) async fn end(&mut self) -> Option<Status> {
        loop {
            match self.next().await {
                Ok(Some(_)) => {}
                Ok(None) => return None,
                Err(status) => return Some(status),
            }
        }
    }
}

pub(crate) async fn eventually(what: &str, mut check: impl AsyncFnMut() -> bool) {
    let all = async {
        while !check().await {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    assert!(
        tokio::time::timeout(PATIENCE, all).await.is_ok(),
        "in vain: {what}"
    );
}

pub(crate) fn pem(der: &[u8]) -> String {
    let text = base64::engine::general_purpose::STANDARD.encode(der);
    format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n")
}
