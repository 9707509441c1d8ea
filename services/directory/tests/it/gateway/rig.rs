//! The gateway over real TLS 1.3 and a real database, with fake operations behind it.
//!
//! To test enrolment or a stream:
//! 1. `GatewayRig::start(short_deadlines())`, then `gateway.create_tenant()`;
//! 2. `gateway.enroll_connector(tenant_and_group, &root)` gives a `FakeConnector`, whose frames the test writes; for an
//!    enrolment of another shape, `create_token`, `build_client` and `enroll_request`;
//! 3. `connector.attach()` opens a stream: `send`, `next`, `until`, `end`;
//! 4. deliver as operations do: `gateway.route(…)`, `gateway.deliver(…)`;
//! 5. look at what operations were called with: `gateway.operations.was_called_with(…)`.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use groundwire_directory::delivery::{Attach, Connectors, DeliveryConfig};
use groundwire_directory::domain::{AccountAnchor, ConnectorGroupId, OperationId, TenantId};
use groundwire_directory::enrollment::{Authorities, Enrollment};
use groundwire_directory::grpc::callers::GatewayCallers;
use groundwire_directory::grpc::gateway::{GatewayService, serve};
use groundwire_directory::metrics::Metrics;
use groundwire_directory::metrics::delivery::DeliveryMetrics;
use groundwire_directory::operations::port::{Keys, NoRoute, Outgoing, Route, RouteRequirements, Routes};
use groundwire_directory::operations::{RefusalLimits, Refusals};
use groundwire_directory::store::Store;
use groundwire_envelope::KeyId;
use groundwire_envelope::signed::{Domain, SigningKey};
use groundwire_kit::clock::SystemClock;
use groundwire_kit::pki::{CertificateAuthority, CertificateKey, Validity};
use groundwire_kit::tls::{
    ClientIdentity, Connector, ConnectorOptions, ServerIdentity, ServerTrust, gateway_server,
};
use groundwire_proto::gateway::v1::PasswordEventPayload;
use groundwire_proto::gateway::v1::connector_gateway_service_client::ConnectorGatewayServiceClient;
use prost::Message;
use secrecy::{ExposeSecret, SecretString};
use time::OffsetDateTime;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tonic::transport::{Channel, Endpoint};
use uuid::Uuid;

use crate::database::TestDatabase;
use crate::fake_operations::FakeOperations;
use crate::gateway::fake_connector::{FakeConnector, enroll_request};

pub(crate) type Client = ConnectorGatewayServiceClient<Channel>;

/// A gateway with everything behind it.
pub(crate) struct GatewayRig {
    pub(crate) store: Arc<Store>,
    pub(crate) connectors: Arc<Connectors>,
    pub(crate) enrollment: Arc<Enrollment>,
    pub(crate) authorities: Arc<Authorities>,
    pub(crate) operations: Arc<FakeOperations>,
    pub(crate) metrics: DeliveryMetrics,
    pub(crate) calls: Metrics,
    pub(crate) draining: CancellationToken,
    pub(crate) database: TestDatabase,
    address: SocketAddr,
    ca_pem: String,
    _keys: tempfile::TempDir,
}

/// Short times, so that a test that waits for one of them is short.
pub(crate) fn short_deadlines() -> DeliveryConfig {
    DeliveryConfig {
        received_deadline: Duration::from_millis(300),
        drain_grace: Duration::from_millis(300),
        hello_deadline: Duration::from_millis(500),
        ..DeliveryConfig::default()
    }
}

impl GatewayRig {
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
        let operations = Arc::new(FakeOperations::default());
        let attach = Attach {
            store: store.clone(),
            authorities: authorities.clone(),
            connectors: connectors.clone(),
            operations: operations.clone(),
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
            operations,
            metrics,
            calls,
            draining,
            database,
            address,
            ca_pem: ca.certificate_pem().to_owned(),
            _keys: keys,
        }
    }

    pub(crate) async fn create_tenant(&self) -> (TenantId, ConnectorGroupId) {
        let tenant = TenantId::new(Uuid::new_v4());
        self.authorities.create(tenant).await.unwrap();
        (tenant, ConnectorGroupId::new(Uuid::new_v4()))
    }

    pub(crate) async fn create_token(&self, tenant: TenantId, group: ConnectorGroupId) -> SecretString {
        self.enrollment
            .create_token(tenant, group, "admin")
            .await
            .unwrap()
            .1
    }

    /// A client; nothing is dialled before the first call.
    pub(crate) fn build_client(&self, identity: Option<ClientIdentity>) -> Client {
        ConnectorGatewayServiceClient::new(self.build_channel(identity))
    }

    /// The channel of such a client, for calls that no client makes.
    pub(crate) fn build_channel(&self, identity: Option<ClientIdentity>) -> Channel {
        let mut options = ConnectorOptions::new(ServerTrust::RootsPem(self.ca_pem.clone()));
        options.identity = identity;
        options.server_name = Some("localhost".to_owned());
        let connector = Connector::new(options).unwrap();
        let endpoint = Endpoint::from_shared(format!("http://{}", self.address)).unwrap();
        endpoint.connect_with_connector_lazy(connector)
    }

    /// A connector that enrolled into the group.
    pub(crate) async fn enroll_connector(
        &self,
        (tenant, group): (TenantId, ConnectorGroupId),
        root: &Arc<SigningKey>,
    ) -> FakeConnector {
        let token = self.create_token(tenant, group).await;
        let key = CertificateKey::generate().unwrap();
        let request = enroll_request(token.expose_secret(), &key, root);
        let response = self
            .build_client(None)
            .enroll(request)
            .await
            .unwrap()
            .into_inner();
        FakeConnector::new(self, &response, &key, root)
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
