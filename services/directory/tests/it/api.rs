//! The whole directory as it is served: TLS, tokens, gRPC and the gateway are real; the connector's frames are by
//! hand.
//!
//! To test a call of the API: `Served::new()` is a directory with one tenant and one group; `served.connector()` is
//! its connector, attached and with one account synced. Call `served.passwords()` with `with_token(message, subject)`,
//! take what the connector gets with `event`, and answer with `report`. What becomes of a request is tested without
//! gRPC in `operations/`.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use groundwire_directory::app::{App, ServerKeys};
use groundwire_directory::config;
use groundwire_directory::domain::TenantId;
use groundwire_directory::enrollment::Authorities;
use groundwire_envelope::signed::SigningKey;
use groundwire_kit::clock::SystemClock;
use groundwire_kit::pki::CertificateKey;
use groundwire_kit::service;
use groundwire_kit::supervision::Shutdown;
use groundwire_kit::testing::{Forwarder, reflected_services};
use groundwire_kit::tls::{ClientIdentity, Connector, ConnectorOptions, ServerTrust};
use groundwire_proto::directory::v1 as api;
use groundwire_proto::directory::v1::password_service_client::PasswordServiceClient;
use groundwire_proto::directory::v1::tenant_service_client::TenantServiceClient;
use groundwire_proto::gateway::v1::connector_gateway_service_client::ConnectorGatewayServiceClient;
use groundwire_proto::gateway::v1::{
    OutcomeReport, PasswordEventPayload, Received, SyncAccountsRequest, SyncEnd, SyncPage, SyncStart,
    SyncedAccount, attach_request, attach_response, sync_accounts_request as sync,
};
use groundwire_proto::operation::v1 as proto;
use prost::Message;
use sqlx::ConnectOptions as _;
use tonic::metadata::MetadataValue;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Request};
use tonic_types::StatusExt as _;
use uuid::Uuid;

use crate::database::{OWNER, SERVICE, TestDatabase, soon};
use crate::gateway::fake_connector::{ConnectorStream, FakeConnector, enroll_request, pem};
use crate::operations::rig::applied;

const ANCHOR: &str = "00000000-0000-4000-8000-000000000042";

pub(crate) struct Served {
    /// Whom the operator names.
    pub(crate) tenant: String,
    pub(crate) group: String,
    api: SocketAddr,
    gateway: SocketAddr,
    pub(crate) metrics: SocketAddr,
    ca: String,
    pub(crate) shutdown: Shutdown,
    _folder: tempfile::TempDir,
    pub(crate) database: TestDatabase,
}

impl Drop for Served {
    fn drop(&mut self) {
        self.shutdown.begin();
    }
}

impl Served {
    /// Migrated, with keys and tokens, and serving; one tenant with writeback on, and one group.
    pub(crate) async fn new() -> Self {
        Self::on(TestDatabase::new().await).await
    }

    /// The same on this database, which is empty.
    pub(crate) async fn on(database: TestDatabase) -> Self {
        let mut served = Self::over(database).await;
        served.set_up().await;
        served
    }

    /// The same, with the database behind this forwarder.
    pub(crate) async fn behind(forwarder: &Forwarder, database: TestDatabase) -> Self {
        let url = database
            .options(SERVICE)
            .host("127.0.0.1")
            .port(forwarder.address().port());
        let mut served = Self::reaching(url.to_url_lossy().as_str(), database).await;
        served.set_up().await;
        served
    }

    /// The same over what a database holds. The keys of its tenants, which are files, are made.
    pub(crate) async fn over(database: TestDatabase) -> Self {
        let url = database.url(SERVICE);
        Self::reaching(&url, database).await
    }

    async fn reaching(service_url: &str, database: TestDatabase) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let tenant = Uuid::new_v4().to_string();
        let file = |name: &str, content: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, content).unwrap();
            path.display().to_string()
        };
        let token = |subject: &str, tenant: Option<&str>| {
            let hash = hex::encode(digest(&SHA256, format!("token-of-{subject}").as_bytes()));
            let tenant = tenant
                .map(|tenant| format!("tenant = \"{tenant}\"\n"))
                .unwrap_or_default();
            format!("[[token]]\nsubject = \"{subject}\"\nrole = \"{subject}\"\n{tenant}sha256 = \"{hash}\"\n")
        };
        let tokens = [token("operator", None), token("self_service_app", Some(&tenant))].concat();
        let config = format!(
            "[api]\nlisten = \"127.0.0.1:0\"\ntokens_file = {:?}\n[gateway]\nlisten = \"127.0.0.1:0\"\n[keys]\nfolder = {:?}\n\
             server_names = [\"localhost\"]\n[database]\nurl_file = {:?}\n[migrate]\nurl_file = {:?}\n\
             service_role = \"{SERVICE}\"\n[metrics]\nlisten = \"127.0.0.1:0\"\n",
            file("tokens", &tokens),
            folder.path().join("keys"),
            file("service", service_url),
            file("owner", &database.url(OWNER)),
        );
        let path = file("directory.toml", &config);
        let config = config::load(Some(path.as_ref())).unwrap().config;
        std::fs::create_dir(&config.keys.folder).unwrap();
        ServerKeys::in_folder(&config.keys.folder)
            .make(&config.keys, &SystemClock)
            .unwrap();
        let ca = std::fs::read_dir(&config.keys.folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .find(|path| path.file_name().is_some_and(|name| name == "server-ca.crt"))
            .expect("the CA's certificate");
        service::migrate::<App>(&config).await.unwrap();
        make_keys(&database, &config.keys.folder).await;
        let shutdown = Shutdown::manual(Duration::from_millis(100));
        let running = service::start::<App>(config, &shutdown).await.unwrap();
        let served = Self {
            tenant,
            group: String::new(),
            api: running.service.api,
            gateway: running.service.gateway,
            metrics: running.metrics,
            ca: std::fs::read_to_string(ca).unwrap(),
            shutdown,
            _folder: folder,
            database,
        };
        tokio::spawn(running.run_until_stopped());
        served
    }

    async fn set_up(&mut self) {
        let mut tenants = TenantServiceClient::new(self.api_channel());
        let create = api::CreateTenantRequest {
            display_name: "Corp".to_owned(),
            tenant_id: self.tenant.clone(),
        };
        for _ in 0..2 {
            tenants
                .create_tenant(self.operator(create.clone()))
                .await
                .unwrap();
        }
        let create = api::CreateConnectorGroupRequest {
            display_name: "corp.example".to_owned(),
            connector_group_id: String::new(),
        };
        let group = tenants
            .create_connector_group(self.operator(create))
            .await
            .unwrap()
            .into_inner();
        self.group = group.connector_group.unwrap().connector_group_id;
        let update = api::UpdateWritebackSettingsRequest {
            settings: Some(api::WritebackSettings {
                enabled: true,
                ..api::WritebackSettings::default()
            }),
            update_mask: Some(prost_types::FieldMask {
                paths: vec!["enabled".to_owned()],
            }),
        };
        let settings = tenants
            .update_writeback_settings(self.operator(update))
            .await
            .unwrap()
            .into_inner();
        assert_eq!(settings.settings.unwrap().operation_lifetime.unwrap().seconds, 60);
    }

    pub(crate) fn api_channel(&self) -> Channel {
        self.channel(self.api, None)
    }

    fn channel(&self, address: SocketAddr, identity: Option<ClientIdentity>) -> Channel {
        let mut options = ConnectorOptions::new(ServerTrust::RootsPem(self.ca.clone()));
        options.identity = identity;
        options.server_name = Some("localhost".to_owned());
        let connector = Connector::new(options).unwrap();
        Endpoint::from_shared(format!("http://{address}"))
            .unwrap()
            .connect_with_connector_lazy(connector)
    }

    pub(crate) fn passwords(&self) -> PasswordServiceClient<Channel> {
        PasswordServiceClient::new(self.api_channel())
    }

    pub(crate) fn operator<T>(&self, message: T) -> Request<T> {
        let mut request = with_token(message, "operator");
        request.metadata_mut().insert(
            "groundwire-tenant-id",
            MetadataValue::try_from(&self.tenant).unwrap(),
        );
        request
    }

    /// A connector that enrolled, attached and synced one account.
    pub(crate) async fn connector(&self) -> (FakeConnector, ConnectorStream) {
        self.connector_of(vec![ada()]).await
    }

    /// A connector that enrolled, attached and synced these accounts.
    pub(crate) async fn connector_of(
        &self,
        accounts: Vec<SyncedAccount>,
    ) -> (FakeConnector, ConnectorStream) {
        let root = Arc::new(SigningKey::generate().unwrap());
        let mut connector = self.enroll(&root).await;
        let (stream, _welcome) = connector.attach().await;
        sync_all(&mut connector, accounts).await;
        (connector, stream)
    }

    /// A connector of the group with this root key.
    pub(crate) async fn enroll(&self, root: &Arc<SigningKey>) -> FakeConnector {
        let mut tenants = TenantServiceClient::new(self.api_channel());
        let create = api::CreateEnrollmentTokenRequest {
            connector_group_id: self.group.clone(),
        };
        let token = tenants
            .create_enrollment_token(self.operator(create))
            .await
            .unwrap()
            .into_inner()
            .token;
        let key = CertificateKey::generate().unwrap();
        let mut unknown = ConnectorGatewayServiceClient::new(self.channel(self.gateway, None));
        let response = unknown
            .enroll(enroll_request(&token, &key, root))
            .await
            .unwrap()
            .into_inner();
        let chain = response.certificate_chain.iter().map(|der| pem(der)).collect();
        let identity = ClientIdentity {
            chain,
            key: key.to_pem(),
        };
        let client = ConnectorGatewayServiceClient::new(self.channel(self.gateway, Some(identity)));
        FakeConnector::with_client(client, &response, root)
    }
}

/// The one account.
pub(crate) fn ada() -> SyncedAccount {
    SyncedAccount {
        anchor: ANCHOR.to_owned(),
        user_principal_name: "ada@corp.example".to_owned(),
        sam_account_name: "ada".to_owned(),
        display_name: "Ada".to_owned(),
        enabled: true,
    }
}

/// Syncs these accounts.
pub(crate) async fn sync_all(connector: &mut FakeConnector, accounts: Vec<SyncedAccount>) {
    let count = u64::try_from(accounts.len()).unwrap();
    let frames = [
        sync::Frame::Start(SyncStart {
            sync_id: Uuid::new_v4().to_string(),
        }),
        sync::Frame::Page(SyncPage { accounts }),
        sync::Frame::End(SyncEnd {
            accounts: count,
            remove_missing: true,
        }),
    ];
    let frames = frames.map(|frame| SyncAccountsRequest { frame: Some(frame) });
    connector
        .client
        .sync_accounts(tokio_stream::iter(frames))
        .await
        .unwrap();
}

async fn make_keys(database: &TestDatabase, folder: &Path) {
    let authorities = Arc::new(Authorities::new(
        folder.to_owned(),
        Arc::new(SystemClock),
        Duration::from_secs(86_400),
    ));
    let tenants: Vec<Uuid> = sqlx::query_scalar("SELECT tenant_id FROM directory.tenants")
        .fetch_all(&database.superuser)
        .await
        .unwrap();
    for tenant in tenants {
        authorities.create(TenantId::new(tenant)).await.unwrap();
    }
}

pub(crate) fn with_token<T>(message: T, subject: &str) -> Request<T> {
    let mut request = Request::new(message);
    let bearer = format!("Bearer token-of-{subject}").parse().unwrap();
    request.metadata_mut().insert("authorization", bearer);
    request
}

pub(crate) fn change(operation_id: &str) -> api::ChangePasswordRequest {
    api::ChangePasswordRequest {
        operation_id: operation_id.to_owned(),
        account: Some(proto::AccountName {
            name: Some(proto::account_name::Name::UserPrincipalName(
                "ADA@corp.example".to_owned(),
            )),
        }),
        secret: Some(api::change_password_request::Secret::Plaintext(
            api::PlaintextPasswords {
                current_password: "Old-Passw0rd".to_owned(),
                new_password: "N3w-Geheim".to_owned(),
            },
        )),
        ..api::ChangePasswordRequest::default()
    }
}

pub(crate) async fn event(stream: &mut ConnectorStream) -> PasswordEventPayload {
    let pick = |frame| {
        let attach_response::Frame::PasswordEvent(event) = frame else {
            return None;
        };
        Some(event)
    };
    let event = soon(stream.until(pick)).await.unwrap();
    let event = PasswordEventPayload::decode(event.event.unwrap().payload.as_slice()).unwrap();
    let received = Received {
        operation_id: event.operation_id.clone(),
        attempt: event.attempt,
        ..Received::default()
    };
    stream.send(attach_request::Frame::Received(received)).await;
    event
}

pub(crate) async fn report(stream: &ConnectorStream, event: &PasswordEventPayload) {
    let report = OutcomeReport {
        operation_id: event.operation_id.clone(),
        outcome: Some(applied(event)),
        dwell: Some(prost_types::Duration {
            seconds: 0,
            nanos: 1_000,
        }),
        ..OutcomeReport::default()
    };
    stream.send(attach_request::Frame::Outcome(report)).await;
}

#[tokio::test]
async fn clients_of_either_version_of_reflection_find_every_service() {
    let served = Served::new().await;
    let api = [
        "groundwire.directory.v1.PasswordService",
        "groundwire.directory.v1.AccountService",
        "groundwire.directory.v1.TenantService",
    ];
    let gateway = ["groundwire.gateway.v1.ConnectorGatewayService"];
    for (address, expected) in [(served.api, &api[..]), (served.gateway, &gateway[..])] {
        let told = soon(reflected_services(served.channel(address, None)))
            .await
            .unwrap();
        for services in told {
            let has = |name: &&str| services.iter().any(|service| service == name);
            assert!(expected.iter().all(has), "{services:?}");
        }
    }
}

#[tokio::test]
async fn a_change_goes_to_the_connector_and_its_outcome_comes_back_in_the_same_call() {
    let served = Served::new().await;
    let (_by_hand, mut stream) = served.connector().await;
    let id = Uuid::new_v4().to_string();
    let mut passwords = served.passwords();
    let asked = soon(passwords.change_password(with_token(change(&id), "self_service_app")));
    let answering = async {
        let event = event(&mut stream).await;
        assert_eq!(
            (event.operation_id.as_str(), event.account_anchor.as_str()),
            (id.as_str(), ANCHOR)
        );
        report(&stream, &event).await;
    };
    let (answer, ()) = tokio::join!(asked, answering);
    let operation = answer.unwrap().into_inner().operation.unwrap();
    assert_eq!(operation.state(), proto::OperationState::Ended);
    let outcome = operation.outcome.clone().unwrap();
    assert_eq!(outcome.code(), proto::OutcomeCode::Applied);
    for stage in [
        proto::Stage::Admit,
        proto::Stage::Deliver,
        proto::Stage::Commit,
        proto::Stage::Total,
    ] {
        assert!(
            outcome.durations.iter().any(|told| told.stage == stage as i32),
            "{stage:?}"
        );
    }
    let get = api::GetOperationRequest {
        operation_id: id.clone(),
    };
    let found = served
        .passwords()
        .get_operation(with_token(get, "self_service_app"))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(
        found.operation.unwrap().outcome.unwrap().code(),
        proto::OutcomeCode::Applied
    );
    let again = served
        .passwords()
        .change_password(with_token(change(&id), "self_service_app"))
        .await;
    assert_eq!(
        again.unwrap().into_inner().operation.unwrap().sequence,
        operation.sequence
    );
    let status = api::GetWritebackStatusRequest {
        account: change(&id).account,
    };
    let mut tenants = TenantServiceClient::new(served.api_channel());
    let status = tenants
        .get_writeback_status(served.operator(status))
        .await
        .unwrap()
        .into_inner();
    assert!(status.enabled && status.ready && status.account.unwrap().eligible);
    assert!(status.last_applied_at.is_some());
}

#[tokio::test]
async fn the_answer_comes_before_the_callers_deadline_and_the_operation_goes_on() {
    let served = Served::new().await;
    let (_by_hand, mut stream) = served.connector().await;
    let id = Uuid::new_v4().to_string();
    let mut request = with_token(change(&id), "self_service_app");
    request.set_timeout(Duration::from_secs(3));
    let mut passwords = served.passwords();
    let (answer, event) = tokio::join!(soon(passwords.change_password(request)), event(&mut stream));
    let operation = answer.unwrap().into_inner().operation.unwrap();
    assert_eq!(operation.state(), proto::OperationState::Delivered);
    let watch = api::WatchOperationRequest { operation_id: id };
    let watched = served
        .passwords()
        .watch_operation(with_token(watch, "self_service_app"))
        .await;
    let mut watched = watched.unwrap().into_inner();
    let first = soon(watched.message()).await.unwrap().unwrap().operation.unwrap();
    assert_eq!(first.state(), proto::OperationState::Delivered);
    report(&stream, &event).await;
    let last = soon(watched.message()).await.unwrap().unwrap().operation.unwrap();
    assert_eq!(last.state(), proto::OperationState::Ended);
    assert!(soon(watched.message()).await.unwrap().is_none());
}

#[tokio::test]
async fn what_never_becomes_an_operation_is_an_error_that_says_why() {
    let served = Served::new().await;
    let (connector, stream) = served.connector().await;
    let id = Uuid::new_v4().to_string();
    let refusal_of = |request| {
        let mut passwords = served.passwords();
        async move { soon(passwords.change_password(request)).await.unwrap_err() }
    };
    let reason = |status: &tonic::Status| {
        status
            .get_details_error_info()
            .map(|info| (info.domain, info.reason))
    };
    let status = refusal_of(with_token(change(&id), "nobody")).await;
    assert_eq!(status.code(), Code::Unauthenticated);
    let mut wrong = change("not-a-uuid");
    wrong.secret = None;
    let status = refusal_of(with_token(wrong, "self_service_app")).await;
    assert_eq!(status.code(), Code::InvalidArgument);
    assert!(
        !status
            .get_details_bad_request()
            .unwrap()
            .field_violations
            .is_empty()
    );
    let mut foreign = with_token(change(&id), "self_service_app");
    let other = MetadataValue::try_from(Uuid::new_v4().to_string()).unwrap();
    foreign.metadata_mut().insert("groundwire-tenant-id", other);
    assert_eq!(refusal_of(foreign).await.code(), Code::NotFound);
    let mut unknown = change(&id);
    unknown.account = Some(proto::AccountName {
        name: Some(proto::account_name::Name::SamAccountName("nobody".to_owned())),
    });
    let status = refusal_of(with_token(unknown, "self_service_app")).await;
    assert_eq!(
        reason(&status),
        Some(("groundwire".to_owned(), "ACCOUNT_NOT_SYNCED".to_owned()))
    );
    drop((stream, connector));
    // The connector is gone: at once, not after a time-out.
    let status = soon(async {
        loop {
            let mut request = with_token(change(&Uuid::new_v4().to_string()), "self_service_app");
            request.set_timeout(Duration::from_millis(600));
            if let Err(status) = served.passwords().change_password(request).await
                && status.code() == Code::Unavailable
            {
                return status;
            }
        }
    })
    .await;
    assert_eq!(
        reason(&status),
        Some(("groundwire".to_owned(), "NO_CONNECTOR".to_owned()))
    );
    assert!(status.get_details_retry_info().is_some());
}
