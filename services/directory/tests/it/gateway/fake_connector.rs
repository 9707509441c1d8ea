//! A connector whose frames a test writes, over the real TLS and the real contract.

use std::sync::Arc;

use base64::Engine as _;
use groundwire_envelope::SealingPrivateKey;
use groundwire_envelope::signed::{Domain, SigningKey};
use groundwire_kit::pki::CertificateKey;
use groundwire_kit::testing::soon;
use groundwire_kit::tls::ClientIdentity;
use groundwire_proto::envelope::v1::{SealingKeyCertificate, SignedBytes};
use groundwire_proto::gateway::v1::{
    AttachRequest, AttachResponse, EnrollRequest, EnrollResponse, Hello, Welcome, attach_request,
    attach_response,
};
use prost::Message;
use prost_types::Timestamp;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Status, Streaming};
use uuid::Uuid;

use crate::gateway::rig::{Client, GatewayRig};

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
pub(crate) struct FakeConnector {
    pub(crate) response: EnrollResponse,
    pub(crate) client: Client,
    pub(crate) sealing: SealingPrivateKey,
    root: Arc<SigningKey>,
}

impl FakeConnector {
    pub(crate) fn new(
        gateway: &GatewayRig,
        response: &EnrollResponse,
        key: &CertificateKey,
        root: &Arc<SigningKey>,
    ) -> Self {
        let chain = response.certificate_chain.iter().map(|der| pem(der)).collect();
        let identity = ClientIdentity {
            chain,
            key: key.to_pem(),
        };
        Self::with_client(gateway.build_client(Some(identity)), response, root)
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
    pub(crate) async fn open(&mut self, first: attach_request::Frame) -> ConnectorStream {
        let (up, frames) = mpsc::channel(16);
        up.send(AttachRequest { frame: Some(first) }).await.unwrap();
        let down = self
            .client
            .attach(ReceiverStream::new(frames))
            .await
            .unwrap()
            .into_inner();
        ConnectorStream { up: Some(up), down }
    }

    pub(crate) async fn attach(&mut self) -> (ConnectorStream, Welcome) {
        let hello = self.hello();
        self.attach_with(hello).await
    }

    pub(crate) async fn attach_with(&mut self, hello: Hello) -> (ConnectorStream, Welcome) {
        let mut stream = self.open(attach_request::Frame::Hello(hello)).await;
        match stream.next().await {
            Ok(Some(attach_response::Frame::Welcome(welcome))) => (stream, welcome),
            other => panic!("expected Welcome, got {other:?}"),
        }
    }
}

/// An open stream.
pub(crate) struct ConnectorStream {
    pub(crate) up: Option<mpsc::Sender<AttachRequest>>,
    down: Streaming<AttachResponse>,
}

impl ConnectorStream {
    pub(crate) async fn send(&self, frame: attach_request::Frame) {
        let up = self.up.as_ref().unwrap();
        up.send(AttachRequest { frame: Some(frame) }).await.unwrap();
    }

    pub(crate) async fn next(&mut self) -> Result<Option<attach_response::Frame>, Status> {
        let next = soon("a frame", self.down.message()).await;
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

pub(crate) fn pem(der: &[u8]) -> String {
    let text = base64::engine::general_purpose::STANDARD.encode(der);
    format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n")
}
