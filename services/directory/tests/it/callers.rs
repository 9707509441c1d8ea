//! Who calls is found out before a message is read, at the API and at the gateway.

use std::sync::Arc;

use groundwire_directory::domain::TenantId;
use groundwire_directory::store::{SYSTEM_LOG, Store};
use groundwire_envelope::signed::SigningKey;
use groundwire_eventlog::Position;
use groundwire_kit::clock::SystemClock;
use groundwire_kit::pki::CertificateKey;
use groundwire_kit::testing::{call_with_half_a_message, watch_health_to_its_end};
use groundwire_proto::directory::v1 as api;
use groundwire_proto::directory::v1::account_service_client::AccountServiceClient;
use groundwire_proto::gateway::v1::EnrollRequest;
use groundwire_proto::methods;
use prometheus_client::encoding::text::encode;
use prost::Message as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tonic::transport::Channel;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::api::Served;
use crate::database::soon;
use crate::gateway::fake_connector::enroll_request;
use crate::gateway::rig::{GatewayRig, short_deadlines};

const ENROLL: &str = "groundwire.gateway.v1.ConnectorGatewayService/Enroll";
const CHECK_PASSWORD: &str = "groundwire.directory.v1.PasswordService/CheckPassword";
const GET_ACCOUNT: &str = "groundwire.directory.v1.AccountService/GetAccount";
const LIST_TENANTS: &str = "groundwire.directory.v1.TenantService/ListTenants";

/// Longest message to `Enroll`.
const ENROLL_LIMIT: usize = 65_536;

/// Many calls over one connection, of which each has announced a megabyte, sent half of it and goes on waiting.
async fn half_sent(channel: &Channel, calls: usize, method: &str, headers: &[(&'static str, &str)]) {
    let call = || call_with_half_a_message(channel.clone(), method, headers, 1 << 20);
    let answers = soon(futures_util::future::join_all((0..calls).map(|_| call()))).await;
    for status in answers {
        assert_eq!(status.code(), Code::Unauthenticated, "{method} {headers:?}");
    }
}

/// The refusals in a log, as `method subject reason`.
async fn refusals(store: &Store, log: TenantId) -> Vec<String> {
    let Ok(records) = store.reader(log).read_log(Position::ZERO, 1_000).await else {
        return Vec::new();
    };
    let refused = records
        .into_iter()
        .filter(|record| record.event_type == "AttemptRefused");
    refused
        .map(|record| {
            let body: serde_json::Value = serde_json::from_slice(&record.body).unwrap();
            let subject = record.metadata.actor.unwrap_or_default();
            let text = |key: &str| body[key].as_str().unwrap().to_owned();
            format!("{} {subject} {}", text("method"), text("reason"))
        })
        .collect()
}

/// Waits until a log holds this refusal.
async fn refusal_recorded(store: &Store, log: TenantId, expected: &str) {
    soon(async {
        while !refusals(store, log)
            .await
            .iter()
            .any(|refusal| refusal == expected)
        {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

async fn metrics_of(served: &Served) -> String {
    let mut stream = TcpStream::connect(served.metrics).await.unwrap();
    let request = "GET /metrics HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).await.unwrap();
    text
}

#[tokio::test]
async fn the_api_answers_strangers_before_it_has_their_message_however_many_they_send() {
    let served = Served::new().await;
    let channel = served.api_channel();
    half_sent(&channel, 100, CHECK_PASSWORD, &[]).await;
    let wrong = [("authorization", "Bearer token-of-nobody")];
    for method in [CHECK_PASSWORD, GET_ACCOUNT, LIST_TENANTS] {
        half_sent(&channel, 3, method, &wrong).await;
    }
    let store = served.database.store(Arc::new(SystemClock));
    for method in [CHECK_PASSWORD, GET_ACCOUNT, LIST_TENANTS] {
        refusal_recorded(&store, SYSTEM_LOG, &format!("{method}  UNAUTHENTICATED")).await;
    }
    // Recorded in the order of the calls, so those of the first method are all in: ten of them, and the rest together later.
    let mut recorded = refusals(&store, SYSTEM_LOG).await;
    recorded.retain(|refusal| refusal.starts_with(CHECK_PASSWORD));
    assert_eq!(recorded.len(), 10);
    let metrics = metrics_of(&served).await;
    let counted = format!(
        "groundwire_directory_grpc_call_seconds_count{{method=\"{CHECK_PASSWORD}\",code=\"UNAUTHENTICATED\"}} 103"
    );
    assert!(metrics.contains(&counted), "{metrics}");
}

#[tokio::test]
async fn refusals_of_known_callers_are_recorded_by_their_reasons_and_every_call_is_counted() {
    let served = Served::new().await;
    let store = served.database.store(Arc::new(SystemClock));
    let tenant: TenantId = served.tenant.parse().unwrap();
    let mut accounts = AccountServiceClient::new(served.api_channel());
    let get = |name: &str| api::GetAccountRequest {
        account: Some(groundwire_proto::operation::v1::AccountName {
            name: Some(groundwire_proto::operation::v1::account_name::Name::SamAccountName(name.to_owned())),
        }),
    };
    for (name, code) in [("nobody", Code::NotFound), ("", Code::InvalidArgument)] {
        let refused = accounts
            .get_account(served.operator(get(name)))
            .await
            .unwrap_err();
        assert_eq!(refused.code(), code);
    }
    refusal_recorded(
        &store,
        tenant,
        &format!("{GET_ACCOUNT} operator ACCOUNT_NOT_SYNCED"),
    )
    .await;
    refusal_recorded(
        &store,
        tenant,
        &format!("{GET_ACCOUNT} operator INVALID_ARGUMENT"),
    )
    .await;
    let long = accounts
        .get_account(served.operator(get(&"x".repeat(70_000))))
        .await
        .unwrap_err();
    assert_eq!(long.code(), Code::OutOfRange);
    refusal_recorded(&store, tenant, &format!("{GET_ACCOUNT} operator OUT_OF_RANGE")).await;
    let metrics = metrics_of(&served).await;
    for (method, code) in [
        (GET_ACCOUNT, "NOT_FOUND"),
        ("groundwire.directory.v1.TenantService/CreateConnectorGroup", "OK"),
    ] {
        let counted = format!("grpc_call_seconds_count{{method=\"{method}\",code=\"{code}\"}} 1");
        assert!(metrics.contains(&counted), "{counted} in {metrics}");
    }
}

#[tokio::test]
async fn the_gateway_answers_before_it_has_the_message_of_who_shows_no_certificate() {
    let gateway = GatewayRig::start(short_deadlines()).await;
    let channel = gateway.build_channel(None);
    // The first one alone: with its answer the client learns how many streams it may have at once.
    for (method, calls) in [("SyncAccounts", 1), ("RenewCertificate", 100), ("Attach", 16)] {
        let method = format!("groundwire.gateway.v1.ConnectorGatewayService/{method}");
        half_sent(&channel, calls, &method, &[]).await;
        refusal_recorded(&gateway.store, SYSTEM_LOG, &format!("{method}  UNAUTHENTICATED")).await;
    }
}

/// The code with which a port answers each method of the contract to somebody who shows nothing. `Enroll` reads on.
async fn answers_to_a_stranger(channel: &Channel) -> Vec<(&'static str, Code)> {
    let mut answers = Vec::new();
    for method in methods::ALL.iter().copied().filter(|method| *method != ENROLL) {
        let refused = soon(call_with_half_a_message(channel.clone(), method, &[], 100)).await;
        answers.push((method, refused.code()));
    }
    answers
}

#[tokio::test]
async fn no_method_of_the_contract_lets_a_stranger_in_at_either_port() {
    let served = Served::new().await;
    let gateway = GatewayRig::start(short_deadlines()).await;
    let (api, gateway) = (served.api_channel(), gateway.build_channel(None));
    for (channel, package) in [(&api, "groundwire.directory."), (&gateway, "groundwire.gateway.")] {
        for (method, code) in answers_to_a_stranger(channel).await {
            let served = method.starts_with(package);
            let expected = if served {
                Code::Unauthenticated
            } else {
                Code::Unimplemented
            };
            assert_eq!(code, expected, "{method} at the port of {package}");
        }
    }
    let elsewhere = soon(call_with_half_a_message(api, ENROLL, &[], 100)).await;
    assert_eq!(elsewhere.code(), Code::Unimplemented, "Enroll at the API");
}

#[tokio::test]
async fn whoever_watches_health_is_made_to_leave_when_a_port_closes() {
    let served = Served::new().await;
    let watched = watch_health_to_its_end(served.api_channel(), || served.shutdown.begin());
    assert_eq!(soon(watched).await.code(), Code::Unavailable, "the API");
    let gateway = GatewayRig::start(short_deadlines()).await;
    let channel = gateway.build_channel(None);
    let watched = watch_health_to_its_end(channel, || gateway.draining.cancel());
    assert_eq!(soon(watched).await.code(), Code::Unavailable, "the gateway");
}

#[tokio::test]
async fn what_a_known_connector_is_refused_is_recorded_and_counted_too() {
    let gateway = GatewayRig::start(short_deadlines()).await;
    let group = gateway.create_tenant().await;
    let root = Arc::new(SigningKey::generate().unwrap());
    let mut connector = gateway.enroll_connector(group, &root).await;
    let refused = connector
        .client
        .sync_accounts(tokio_stream::empty())
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition, "not attached");
    let method = "groundwire.gateway.v1.ConnectorGatewayService/SyncAccounts";
    let expected = format!("{method} {} FAILED_PRECONDITION", connector.response.connector_id);
    refusal_recorded(&gateway.store, SYSTEM_LOG, &expected).await;
    let mut metrics = String::new();
    encode(&mut metrics, &gateway.calls.registry()).unwrap();
    for (method, code) in [(method, "FAILED_PRECONDITION"), (ENROLL, "OK")] {
        let counted = format!("grpc_call_seconds_count{{method=\"{method}\",code=\"{code}\"}} 1");
        assert!(metrics.contains(&counted), "{counted} in {metrics}");
    }
}

/// A request of exactly so many bytes. Only its name is wrong.
fn request_of(length: usize, token: &str) -> EnrollRequest {
    let root = Arc::new(SigningKey::generate().unwrap());
    let mut request = enroll_request(token, &CertificateKey::generate().unwrap(), &root);
    request.display_name = String::new();
    // The field's tag has one byte, and its length three.
    let name = length - request.encoded_len() - 4;
    request.display_name = "x".repeat(name);
    assert_eq!(request.encoded_len(), length);
    request
}

fn reason(status: &Status) -> Option<String> {
    status.get_details_error_info().map(|info| info.reason)
}

#[tokio::test]
async fn an_enrolment_is_read_up_to_its_limit_and_refused_beyond_it() {
    let gateway = GatewayRig::start(short_deadlines()).await;
    let mut client = gateway.build_client(None);
    let at_the_limit = client.enroll(request_of(ENROLL_LIMIT, "x")).await.unwrap_err();
    assert_eq!(at_the_limit.code(), Code::InvalidArgument);
    assert!(at_the_limit.message().contains("display_name"), "{at_the_limit}");
    let beyond = client
        .enroll(request_of(ENROLL_LIMIT + 1, "x"))
        .await
        .unwrap_err();
    assert_eq!(beyond.code(), Code::OutOfRange);
    assert_eq!(reason(&beyond).as_deref(), Some("MESSAGE_TOO_LONG"));
    assert!(beyond.message().contains("65536"), "{beyond}");
    // It is refused by what it announces: nothing waits for the rest.
    let announced = soon(call_with_half_a_message(
        gateway.build_channel(None),
        ENROLL,
        &[],
        1 << 20,
    ))
    .await;
    assert_eq!(reason(&announced).as_deref(), Some("MESSAGE_TOO_LONG"));
    refusal_recorded(&gateway.store, SYSTEM_LOG, &format!("{ENROLL}  OUT_OF_RANGE")).await;
    refusal_recorded(&gateway.store, SYSTEM_LOG, &format!("{ENROLL}  INVALID_ARGUMENT")).await;
}
