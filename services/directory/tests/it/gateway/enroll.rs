//! Enrolment: once, by whom it was meant for, and nobody is told why not.

use std::sync::Arc;
use std::time::Duration;

use groundwire_directory::delivery::DeliveryConfig;
use groundwire_directory::domain::{
    ConnectorDetached, ConnectorEvent, ConnectorId, ConnectorRefusal, TenantId, TokenRefusal,
};
use groundwire_directory::enrollment::identity::ConnectorIdentity;
use groundwire_directory::enrollment::token::TokenError;
use groundwire_directory::store::connectors::ConnectorChange;
use groundwire_directory::store::enrollment::TokenChange;
use groundwire_directory::store::streams::connector_unit;
use groundwire_envelope::signed::SigningKey;
use groundwire_eventlog::{AppendError, Appended, ProjectionChange};
use groundwire_kit::pki::{CertificateAuthority, CertificateKey, Validity};
use groundwire_kit::tls::ClientIdentity;
use groundwire_proto::gateway::v1::attach_request::Frame;
use rustls_pki_types::CertificateDer;
use secrecy::ExposeSecret;
use time::OffsetDateTime;
use tonic::Code;
use uuid::Uuid;

use crate::gateway::fake_connector::{FakeConnector, enroll_request};
use crate::gateway::rig::{GatewayRig, short_deadlines};

fn root() -> Arc<SigningKey> {
    Arc::new(SigningKey::generate().unwrap())
}

#[tokio::test]
async fn a_token_enrols_one_connector_once() {
    let gateway = GatewayRig::start(short_deadlines()).await;
    let (tenant, group) = gateway.create_tenant().await;
    let token = gateway.create_token(tenant, group).await;
    let root = root();
    let tries = (0..6).map(|_| {
        let mut client = gateway.build_client(None);
        let request = enroll_request(token.expose_secret(), &CertificateKey::generate().unwrap(), &root);
        async move { client.enroll(request).await }
    });
    let mut answers = futures_util::future::join_all(tries).await;
    answers.sort_by_key(Result::is_err);
    let enrolled = answers.remove(0).unwrap().into_inner();
    let leaf = CertificateDer::from(enrolled.certificate_chain[0].clone());
    let identity = ConnectorIdentity::from_certificate(&leaf).unwrap();
    assert_eq!((identity.tenant, identity.group), (tenant, group));
    assert_eq!(identity.connector.to_string(), enrolled.connector_id);
    for refused in answers {
        assert_eq!(refused.unwrap_err().code(), Code::PermissionDenied);
    }
    assert_eq!(
        gateway.events(tenant).await,
        ["EnrollmentTokenIssued", "ConnectorEnrolled"]
    );
    let tokens = gateway
        .store
        .enrollment_tokens(tenant, Some(group), None, 10)
        .await
        .unwrap();
    assert_eq!(
        tokens[0].connector.map(|connector| connector.to_string()),
        Some(enrolled.connector_id)
    );
}

#[tokio::test]
async fn every_refusal_reads_the_same_and_spends_nothing() {
    let gateway = GatewayRig::start(short_deadlines()).await;
    let (tenant, group) = gateway.create_tenant().await;
    let token = gateway.create_token(tenant, group).await;
    let (root, key) = (root(), CertificateKey::generate().unwrap());
    let good = enroll_request(token.expose_secret(), &key, &root);
    let mut parts: Vec<&str> = token.expose_secret().split('.').collect();
    let other_secret = "0".repeat(32);
    parts[2] = &other_secret;
    let mut wrong_secret = good.clone();
    wrong_secret.token = parts.join(".");
    let mut malformed = good.clone();
    malformed.token = "gwe1.x".to_owned();
    let other = enroll_request(token.expose_secret(), &CertificateKey::generate().unwrap(), &root);
    let mut foreign_proof = good.clone();
    foreign_proof.group_proof = other.group_proof;
    let mut no_request = enroll_request(token.expose_secret(), &key, &root);
    no_request.certificate_signing_request = vec![1, 2, 3];
    let mut words = Vec::new();
    for request in [wrong_secret, malformed, foreign_proof, no_request] {
        let status = gateway.build_client(None).enroll(request).await.unwrap_err();
        assert_eq!(status.code(), Code::PermissionDenied);
        words.push(status.message().to_owned());
    }
    words.dedup();
    assert_eq!(words.len(), 1, "{words:?}");
    gateway.build_client(None).enroll(good).await.unwrap();
}

#[tokio::test]
async fn a_token_that_expired_or_was_revoked_is_of_no_use() {
    let expired = DeliveryConfig {
        token_lifetime: Duration::ZERO,
        ..short_deadlines()
    };
    for (config, revoke) in [(expired, false), (short_deadlines(), true)] {
        let gateway = GatewayRig::start(config).await;
        let (tenant, group) = gateway.create_tenant().await;
        let (row, token) = gateway
            .enrollment
            .create_token(tenant, group, "admin")
            .await
            .unwrap();
        if revoke {
            let revoked = gateway
                .enrollment
                .revoke_token(tenant, row.token, "admin")
                .await
                .unwrap();
            assert!(revoked.revoked_at.is_some());
            let again = gateway.enrollment.revoke_token(tenant, row.token, "admin").await;
            assert!(matches!(again, Err(TokenError::NotActive(Some(_)))));
        }
        let key = CertificateKey::generate().unwrap();
        let request = enroll_request(token.expose_secret(), &key, &root());
        let status = gateway.build_client(None).enroll(request).await.unwrap_err();
        assert_eq!(status.code(), Code::PermissionDenied);
    }
}

/// Appends an event of a connector with this change; the event is none that a projection knows.
async fn append(
    gateway: &GatewayRig,
    tenant: TenantId,
    change: impl ProjectionChange + 'static,
) -> Result<Appended, AppendError> {
    let connector = ConnectorId::new(Uuid::new_v4());
    let event = ConnectorEvent::ConnectorDetached(ConnectorDetached {
        connector,
        why: "finished".into(),
    });
    let unit = connector_unit(connector, &[event]).unwrap().changing(change);
    gateway.store.log(tenant).await.unwrap().append(unit).await
}

#[tokio::test]
async fn the_tokens_row_decides_in_the_transaction_that_uses_it() {
    let gateway = GatewayRig::start(short_deadlines()).await;
    let (tenant, group) = gateway.create_tenant().await;
    let issue = || gateway.enrollment.create_token(tenant, group, "admin");
    let use_token = async |token, after| {
        let used = TokenChange::Used {
            tenant,
            token,
            connector: ConnectorId::new(Uuid::new_v4()),
            at: gateway.store.clock().now() + after,
        };
        append(&gateway, tenant, used)
            .await
            .map_err(|error| error.refusal::<TokenRefusal>().copied())
    };

    let (once, _) = issue().await.unwrap();
    let both = tokio::join!(
        use_token(once.token, Duration::ZERO),
        use_token(once.token, Duration::ZERO)
    );
    let refused: Vec<_> = [both.0, both.1].into_iter().filter_map(Result::err).collect();
    assert_eq!(refused, [Some(TokenRefusal::Used)]);

    let (late, _) = issue().await.unwrap();
    let answer = use_token(late.token, short_deadlines().token_lifetime).await;
    assert_eq!(answer.unwrap_err(), Some(TokenRefusal::Expired));

    gateway
        .enrollment
        .revoke_token(tenant, late.token, "admin")
        .await
        .unwrap();
    let answer = use_token(late.token, Duration::ZERO).await;
    assert_eq!(answer.unwrap_err(), Some(TokenRefusal::Revoked));

    let answer = use_token(Uuid::new_v4(), Duration::ZERO).await;
    assert_eq!(answer.unwrap_err(), Some(TokenRefusal::Unknown));
    let kept = gateway.store.enrollment_token(tenant, late.token).await.unwrap();
    assert!(kept.is_some_and(|token| token.used_at.is_none() && token.connector.is_none()));
}

#[tokio::test]
async fn of_two_first_connectors_one_sets_the_groups_root_key() {
    let gateway = GatewayRig::start(short_deadlines()).await;
    let (tenant, group) = gateway.create_tenant().await;
    let set = |key| append(&gateway, tenant, ConnectorChange::RootKey { tenant, group, key });
    let both = tokio::join!(set([1; 32]), set([2; 32]));
    let binding = gateway.store.group_binding(tenant, group).await.unwrap();
    let (winner, refused) = match both {
        (Ok(_), Err(error)) => ([1; 32], error),
        (Err(error), Ok(_)) => ([2; 32], error),
        other => panic!("{other:?}"),
    };
    assert_eq!(binding.root_key, Some(winner));
    assert_eq!(refused.refusal(), Some(&ConnectorRefusal::OtherRootKey));
    set(winner).await.unwrap();
}

#[tokio::test]
async fn a_later_connector_needs_the_groups_root_key() {
    let gateway = GatewayRig::start(short_deadlines()).await;
    let (tenant, group) = gateway.create_tenant().await;
    let first = root();
    gateway.enroll_connector((tenant, group), &first).await;
    let token = gateway.create_token(tenant, group).await;
    let key = CertificateKey::generate().unwrap();
    let other = enroll_request(token.expose_secret(), &key, &root());
    assert_eq!(
        gateway.build_client(None).enroll(other).await.unwrap_err().code(),
        Code::PermissionDenied
    );
    gateway
        .build_client(None)
        .enroll(enroll_request(token.expose_secret(), &key, &first))
        .await
        .unwrap();
}

#[tokio::test]
async fn a_token_is_tried_ten_times_at_most() {
    let gateway = GatewayRig::start(short_deadlines()).await;
    let (tenant, group) = gateway.create_tenant().await;
    let token = gateway.create_token(tenant, group).await;
    let mut request = enroll_request(
        token.expose_secret(),
        &CertificateKey::generate().unwrap(),
        &root(),
    );
    request.group_proof.as_mut().unwrap().signature[0] ^= 1;
    let mut client = gateway.build_client(None);
    for _ in 0..10 {
        assert_eq!(
            client.enroll(request.clone()).await.unwrap_err().code(),
            Code::PermissionDenied
        );
    }
    assert_eq!(
        client.enroll(request).await.unwrap_err().code(),
        Code::ResourceExhausted
    );
}

#[tokio::test]
async fn without_a_certificate_nothing_but_enrolment_is_possible() {
    let gateway = GatewayRig::start(short_deadlines()).await;
    let mut client = gateway.build_client(None);
    let attach = client.attach(tokio_stream::empty()).await.unwrap_err();
    assert_eq!(attach.code(), Code::Unauthenticated);
    let sync = client.sync_accounts(tokio_stream::empty()).await.unwrap_err();
    assert_eq!(sync.code(), Code::Unauthenticated);
}

#[tokio::test]
async fn a_certificate_of_another_authority_is_refused_whatever_it_claims() {
    let gateway = GatewayRig::start(short_deadlines()).await;
    let (tenant, group) = gateway.create_tenant().await;
    let connector = gateway.enroll_connector((tenant, group), &root()).await;
    let (other_tenant, _) = gateway.create_tenant().await;
    let other = gateway.authorities.load(other_tenant).await.unwrap();
    let key = CertificateKey::generate().unwrap();
    let uri = format!(
        "spiffe://groundwire/tenant/{tenant}/group/{group}/connector/{}",
        connector.response.connector_id
    );
    #[expect(clippy::disallowed_methods, reason = "certificates of a test are valid now")]
    let validity = Validity {
        now: OffsetDateTime::now_utc(),
        lifetime: Duration::from_secs(3_600),
    };
    let (foreign, _) = CertificateAuthority::create("foreign", validity).unwrap();
    let leaf = foreign
        .sign_request(&key.request().unwrap(), &uri.parse().unwrap(), validity)
        .unwrap();
    let identity = ClientIdentity {
        chain: leaf,
        key: key.to_pem(),
    };
    let refused = gateway
        .build_client(Some(identity))
        .attach(tokio_stream::empty())
        .await;
    assert!(refused.is_err());
    // The other tenant's own CA, too, makes connectors of that tenant only.
    let claimed: ConnectorIdentity = uri.parse().unwrap();
    let issued = gateway
        .authorities
        .issue(&other, &key.request().unwrap(), &claimed)
        .unwrap();
    let got = ConnectorIdentity::from_certificate(&issued.chain[0]).unwrap();
    assert_eq!(got.tenant, other_tenant);
    let mut response = connector.response.clone();
    response.certificate_chain = issued.chain.iter().map(|der| der.to_vec()).collect();
    let mut stranger = FakeConnector::new(&gateway, &response, &key, &root());
    let hello = stranger.hello();
    let mut stream = stranger.open(Frame::Hello(hello)).await;
    assert_eq!(stream.end().await.unwrap().code(), Code::PermissionDenied);
}
