//! The DC of a group, moved by an administrator while the directory serves.

use std::sync::Arc;

use groundwire_envelope::signed::SigningKey;
use groundwire_kit::testing::wait_until;
use groundwire_proto::directory::v1 as api;
use groundwire_proto::directory::v1::tenant_service_client::TenantServiceClient;
use groundwire_proto::gateway::v1::{DomainController, Hello};
use groundwire_proto::operation::v1 as proto;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;
use uuid::Uuid;

use crate::api::{Served, ada, change, event, report, sync_all, with_token};
use crate::database::soon;
use crate::gateway::fake_connector::{ConnectorStream, FakeConnector};

async fn attach_at(connector: &mut FakeConnector, host: &str) -> ConnectorStream {
    let hello = Hello {
        credits: 500,
        dc: Some(DomainController {
            host: host.to_owned(),
            invocation_id: Uuid::from_u128(u128::from(host.as_bytes()[2])).to_string(),
            policy_hints: true,
            domain_controllers: Some(2),
        }),
        ..connector.hello()
    };
    connector.attach_with(hello).await.0
}

async fn move_to(
    served: &Served,
    host: &str,
    accept_lost_writes: bool,
) -> Result<api::SetGroupDomainControllerResponse, Status> {
    let request = api::SetGroupDomainControllerRequest {
        connector_group_id: served.group.clone(),
        host: host.to_owned(),
        invocation_id: String::new(),
        accept_lost_writes,
    };
    let mut tenants = TenantServiceClient::new(served.api_channel());
    let answer = soon(tenants.set_group_domain_controller(served.operator(request))).await;
    answer.map(tonic::Response::into_inner)
}

fn request(served: &Served) -> impl Future<Output = Result<proto::Operation, Status>> + use<> {
    let mut passwords = served.passwords();
    let message = with_token(change(&Uuid::new_v4().to_string()), "self_service_app");
    async move {
        let answer = soon(passwords.change_password(message)).await?;
        Ok(answer.into_inner().operation.unwrap())
    }
}

fn reason(status: &Status) -> String {
    status
        .get_details_error_info()
        .map(|info| info.reason)
        .unwrap_or_default()
}

async fn served_at(host: &str) -> (Served, FakeConnector, ConnectorStream) {
    let served = Served::new().await;
    let (mut connector, _first) = served.connector().await;
    let stream = attach_at(&mut connector, host).await;
    (served, connector, stream)
}

#[tokio::test]
async fn a_group_whose_connectors_are_elsewhere_refuses_at_the_door_until_it_is_moved_to_them() {
    let (served, mut connector, first) = served_at("dc1.corp.example").await;
    let mut stream = attach_at(&mut connector, "dc2.corp.example").await;
    drop(first);
    let refused = request(&served).await.unwrap_err();
    assert_eq!(
        (refused.code(), reason(&refused).as_str()),
        (Code::Unavailable, "DC_MISMATCH")
    );
    let mut tenants = TenantServiceClient::new(served.api_channel());
    let status = tenants
        .get_writeback_status(served.operator(api::GetWritebackStatusRequest::default()))
        .await
        .unwrap()
        .into_inner();
    assert!(!status.ready);
    assert_eq!(status.not_ready_reasons[0].code(), proto::ReasonCode::DcMismatch);
    let listed = tenants
        .list_connectors(served.operator(api::ListConnectorsRequest::default()))
        .await
        .unwrap()
        .into_inner();
    let condition = &listed.connectors[0].conditions[0];
    assert_eq!(condition.fields["group_dc"], "dc1.corp.example");
    assert_eq!(condition.fields["connector_dc"], "dc2.corp.example");

    let moved = move_to(&served, "dc2.corp.example", false).await.unwrap();
    assert_eq!((moved.connectors_there, moved.connectors_elsewhere), (1, 0));
    assert_eq!(moved.connector_group.unwrap().dc, "dc2.corp.example");
    // On the stream that is open, without a restart.
    let (operation, ()) = tokio::join!(request(&served), async {
        let event = event(&mut stream).await;
        assert_eq!(event.group_dc.as_ref().unwrap().host, "dc2.corp.example");
        report(&stream, &event).await;
    });
    assert_eq!(
        operation.unwrap().outcome.unwrap().code(),
        proto::OutcomeCode::Applied
    );
    let groups = tenants
        .list_connector_groups(served.operator(api::ListConnectorGroupsRequest::default()))
        .await
        .unwrap()
        .into_inner();
    let group = &groups.connector_groups[0];
    assert_eq!(group.dc, "dc2.corp.example");
    assert_eq!(
        group.dc_invocation_id,
        Uuid::from_u128(u128::from(b'2')).to_string()
    );
    assert_eq!(group.lost_writes_accepted_at, None);
    let (body, metadata): (String, String) = sqlx::query_as(
        "SELECT convert_from(body, 'UTF8'), convert_from(metadata, 'UTF8') FROM eventlog.records WHERE event_type = 'GroupDcSet'",
    )
    .fetch_one(&served.database.superuser)
    .await
    .unwrap();
    assert!(body.contains("\"host_before\":\"dc1.corp.example\""), "{body}");
    assert!(metadata.contains("operator"), "{metadata}");
}

#[tokio::test]
async fn a_group_is_moved_when_what_its_connector_is_at_work_on_has_ended() {
    let (served, _connector, mut stream) = served_at("dc1.corp.example").await;
    let asked = tokio::spawn(request(&served));
    let first = event(&mut stream).await;
    let (moved, ()) = tokio::join!(move_to(&served, "dc1.corp.example", true), async {
        report(&stream, &first).await;
    });
    assert!(
        moved
            .unwrap()
            .connector_group
            .unwrap()
            .lost_writes_accepted_at
            .is_some()
    );
    assert!(asked.await.unwrap().is_ok());
    let (_, ()) = tokio::join!(request(&served), async {
        let event = event(&mut stream).await;
        assert!(event.last_applied_may_be_lost, "it is from before");
        report(&stream, &event).await;
    });
    let (_, ()) = tokio::join!(request(&served), async {
        let event = event(&mut stream).await;
        assert!(!event.last_applied_may_be_lost, "it is from after");
        report(&stream, &event).await;
    });
}

#[tokio::test]
async fn a_group_is_not_moved_under_operations_that_are_not_over() {
    let (served, _connector, mut stream) = served_at("dc1.corp.example").await;
    let mut tenants = TenantServiceClient::new(served.api_channel());
    let update = api::UpdateWritebackSettingsRequest {
        settings: Some(api::WritebackSettings {
            operation_lifetime: Some(prost_types::Duration { seconds: 8, nanos: 0 }),
            ..api::WritebackSettings::default()
        }),
        update_mask: Some(prost_types::FieldMask {
            paths: vec!["operation_lifetime".to_owned()],
        }),
    };
    tenants
        .update_writeback_settings(served.operator(update))
        .await
        .unwrap();
    let asked = tokio::spawn(request(&served));
    let _unanswered = event(&mut stream).await;
    let refused = move_to(&served, "dc2.corp.example", true).await.unwrap_err();
    assert_eq!(
        (refused.code(), reason(&refused).as_str()),
        (Code::FailedPrecondition, "GROUP_IN_USE")
    );
    assert_eq!(
        refused.get_details_error_info().unwrap().metadata["delivered"],
        "1"
    );
    wait_until("it is in doubt", async || {
        let doubt: i64 =
            sqlx::query_scalar("SELECT count(*) FROM directory.operations WHERE state = 'IN_DOUBT'")
                .fetch_one(&served.database.superuser)
                .await
                .unwrap();
        doubt == 1
    })
    .await;
    let refused = move_to(&served, "dc2.corp.example", true).await.unwrap_err();
    let counts = refused.get_details_error_info().unwrap().metadata;
    assert_eq!(
        (counts["delivered"].as_str(), counts["in_doubt"].as_str()),
        ("0", "1")
    );
    assert!(refused.message().contains("UNKNOWN"), "{refused}");
    let host: String = sqlx::query_scalar("SELECT dc_host FROM directory.group_bindings")
        .fetch_one(&served.database.superuser)
        .await
        .unwrap();
    assert_eq!(host, "dc1.corp.example");
    asked.abort();
}

#[tokio::test]
async fn no_delivery_races_past_a_move() {
    let served = Served::new().await;
    let root = Arc::new(SigningKey::generate().unwrap());
    let (mut one, mut other) = (served.enroll(&root).await, served.enroll(&root).await);
    let hosts = ["dc1.corp.example", "dc2.corp.example"];
    let streams = [
        attach_at(&mut one, hosts[0]).await,
        attach_at(&mut other, hosts[1]).await,
    ];
    sync_all(&mut one, vec![ada()]).await;
    // Each writes at its own DC only, and is given nothing that is meant for the other one.
    let writers = streams
        .into_iter()
        .zip(hosts)
        .map(|(mut stream, host)| {
            tokio::spawn(async move {
                loop {
                    let event = event(&mut stream).await;
                    assert_eq!(event.group_dc.as_ref().unwrap().host, host);
                    report(&stream, &event).await;
                }
            })
        })
        .collect::<Vec<_>>();
    let asking = async {
        for _ in 0..10 {
            let asked: Vec<_> = (0..4).map(|_| tokio::spawn(request(&served))).collect();
            for one in asked {
                let operation = one.await.unwrap().unwrap();
                let code = operation.outcome.unwrap().code();
                let fine = [proto::OutcomeCode::Applied, proto::OutcomeCode::Superseded];
                assert!(fine.contains(&code), "{code:?}");
            }
        }
    };
    let moving = async {
        for round in 0..12 {
            move_to(&served, hosts[round % 2], false).await.unwrap();
            tokio::task::yield_now().await;
        }
    };
    tokio::join!(asking, moving);
    for writer in writers {
        assert!(!writer.is_finished(), "it was given an event of the other DC");
        writer.abort();
    }
}
