//! The pipeline over a real audit store and a fake Active Directory, with events signed as the directory signs them.
//!
//! To test what becomes of an event:
//! 1. `PipelineRig::new()`: an account, a connector, its keys and its audit store;
//! 2. say what the event is: `EventSpec::new(kind)`, with what is particular to the case;
//! 3. prepare Active Directory: `rig.ad.change_account(…)`, `rig.ad.fail_next_write(…)`;
//! 4. `rig.start_process()`, then `process.handle(rig.sign_event(&spec))`, or `crash_at` and a second process;
//! 5. look at the answer (`process.next_outcome()`), the records (`rig.store.history(…)`) and Active Directory
//!    (`rig.ad.effects()`, `rig.ad.marker()`).
//!
//! Real: the pipeline, Postgres, signatures, sealing. Not real: Active Directory (`fake_ad.rs`; `real_dc.rs` has the
//! real one), and the stream to the directory, of which there are only the frames.

use std::sync::Arc;
use std::time::Duration;

use groundwire_connector::ad::ActiveDirectory;
use groundwire_connector::domain::{
    AccountAnchor, Attempt, ConnectorGroupId, ConnectorId, FenceCount, Marker, MarkerKey, MarkerScope,
    MarkerState, OperationId, OperationKind, Sequence, TenantId,
};
use groundwire_connector::pipeline::{
    CrashPoints, GroupContext, Limits, NoObserver, Observer, OutcomeSink, Pipeline, PipelineParts,
    SealingKeys,
};
use groundwire_connector::policy::{Guardrails, Scope};
use groundwire_envelope::signed::{Domain, SigningKey};
use groundwire_envelope::{SealContext, SealedKind, SealingPrivateKey, SecretPayload, seal};
use groundwire_kit::clock::{Clock, SystemClock};
use groundwire_proto::envelope::v1 as envelope;
use groundwire_proto::gateway::v1::{
    Actor, CheckRequest, CheckRequestPayload, DomainController, PasswordEvent, PasswordEventPayload,
};
use groundwire_proto::operation::v1 as wire;
use groundwire_proto::time::timestamp_from_ms;
use prost::Message;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::pipeline::crash_points::TestCrashPoints;
use crate::pipeline::event_spec::EventSpec;
use crate::pipeline::fake_ad::FakeAd;
use crate::pipeline::process::PipelineProcess;
use crate::pipeline::store::TestAuditStore;

/// The password that the account has.
pub(crate) const OLD: &str = "Initial-Harbour-47";
/// The password that it is to have.
pub(crate) const NEW: &str = "Brighter-Lantern-83";
const MARKER_SECRET: [u8; 32] = [9; 32];

/// What all processes of one connector share.
pub(crate) struct PipelineRig {
    pub(crate) store: TestAuditStore,
    pub(crate) ad: FakeAd,
    pub(crate) anchor: AccountAnchor,
    pub(crate) tenant: TenantId,
    pub(crate) group: ConnectorGroupId,
    pub(crate) connector: ConnectorId,
    signing: SigningKey,
    sealing: Arc<Vec<u8>>,
    pub(crate) limits: Limits,
    pub(crate) observer: Arc<dyn Observer>,
    pub(crate) scope: String,
}

impl PipelineRig {
    pub(crate) async fn new() -> Self {
        Self::with_store(TestAuditStore::create().await)
    }

    pub(crate) fn with_store(store: TestAuditStore) -> Self {
        let anchor = AccountAnchor::new(Uuid::new_v4());
        Self {
            store,
            ad: FakeAd::new(anchor),
            anchor,
            tenant: TenantId::new(Uuid::new_v4()),
            group: ConnectorGroupId::new(Uuid::new_v4()),
            connector: ConnectorId::new(Uuid::new_v4()),
            signing: SigningKey::generate().unwrap(),
            sealing: Arc::new(SealingPrivateKey::generate().unwrap().to_bytes().to_vec()),
            limits: Limits {
                retry_for: Duration::from_millis(400),
                longest_hold: Duration::from_millis(100),
                ..Limits::default()
            },
            observer: Arc::new(NoObserver),
            scope: "OU=Staff,DC=corp,DC=example".to_owned(),
        }
    }

    fn sealing_key(&self) -> SealingPrivateKey {
        SealingPrivateKey::from_bytes(&self.sealing)
            .map_err(|_| ())
            .unwrap()
    }

    /// A process of the connector, over the fake Active Directory.
    pub(crate) async fn start_process(&self) -> PipelineProcess {
        self.start_process_over(Arc::new(self.ad.clone())).await
    }

    /// A process of the connector.
    pub(crate) async fn start_process_over(&self, ad: Arc<dyn ActiveDirectory>) -> PipelineProcess {
        let audit = self.store.open(self.connector).await;
        let points = Arc::new(TestCrashPoints::default());
        let pipeline = Pipeline::new(PipelineParts {
            audit: audit.clone(),
            ad,
            keys: Arc::new(SealingKeys::new(vec![self.sealing_key()])),
            group: GroupContext {
                tenant: self.tenant,
                group: self.group,
                connector: self.connector,
                marker_keys: vec![MarkerKey::new(Zeroizing::new(MARKER_SECRET))],
                event_keys: vec![self.signing.verifying_key()],
            },
            guardrails: Guardrails {
                scope: Scope {
                    include: vec![self.scope.parse().unwrap()],
                    exclude: Vec::new(),
                },
                kinds: OperationKind::ALL.to_vec(),
                allow_password_not_required: false,
            },
            self_reset_unlocks: true,
            limits: self.limits,
            clock: Arc::new(SystemClock),
            observer: Arc::clone(&self.observer),
            crash_points: Arc::clone(&points) as Arc<dyn CrashPoints>,
        });
        let (sink, frames) = OutcomeSink::channel(64);
        PipelineProcess {
            pipeline,
            audit,
            sink,
            frames,
            points,
        }
    }

    /// A marker as this group makes it.
    pub(crate) fn format_marker(
        &self,
        state: MarkerState,
        operation: OperationId,
        sequence: u64,
        attempt: u32,
        count: u32,
    ) -> String {
        let scope = MarkerScope {
            tenant: self.tenant.to_string(),
            group: self.group.to_string(),
        };
        let marker = Marker {
            state,
            sequence: Sequence(sequence),
            operation,
            attempt: Attempt(attempt),
            fence_count: FenceCount(count),
        };
        MarkerKey::new(Zeroizing::new(MARKER_SECRET)).format(&scope, self.anchor, &marker)
    }

    pub(crate) fn set_marker(&self, value: &str) {
        self.ad
            .change_account(|account| account.marker = Some(value.as_bytes().to_vec()));
    }

    fn sealed(
        &self,
        operation: OperationId,
        kind: SealedKind,
        spec: &EventSpec,
        not_after: i64,
    ) -> envelope::SealedSecret {
        let secret = SecretPayload {
            current: spec.current.clone().map(Into::into),
            new: spec.new.clone().map(Into::into),
        };
        let context = SealContext {
            tenant: self.tenant.uuid(),
            group: self.group.uuid(),
            anchor: self.anchor.uuid(),
            operation_id: operation.uuid(),
            kind,
            not_after_unix_ms: not_after,
        };
        let sealed = seal(&secret, &context, &[self.sealing_key().public_key().clone()]).unwrap();
        envelope::SealedSecret {
            copies: sealed
                .copies
                .into_iter()
                .map(|copy| envelope::SealedCopy {
                    key_id: copy.key_id.to_string(),
                    encapsulated_key: copy.enc,
                    ciphertext: copy.ciphertext,
                })
                .collect(),
            not_after: Some(timestamp_from_ms(not_after)),
        }
    }

    /// What the directory signs.
    pub(crate) fn build_payload(&self, spec: &EventSpec) -> PasswordEventPayload {
        let expires = SystemClock.unix_ms() + spec.expires_in;
        let sealed = spec.kind.sealed_kind().filter(|_| spec.with_secret);
        PasswordEventPayload {
            operation_id: spec.operation.to_string(),
            tenant_id: self.tenant.to_string(),
            connector_group_id: self.group.to_string(),
            connector_id: self.connector.to_string(),
            account_anchor: self.anchor.to_string(),
            kind: spec.kind.into(),
            flags: Some(spec.flags),
            sequence: spec.sequence,
            attempt: spec.attempt,
            last_applied_sequence: spec.last_applied,
            last_applied_unicode_pwd_version: spec.last_version,
            group_dc: Some(DomainController {
                host: spec.group_dc.clone(),
                ..DomainController::default()
            }),
            actor: Some(Actor {
                subject: "portal".to_owned(),
                role: "self_service".to_owned(),
                on_behalf_of: Some(wire::OnBehalfOf {
                    subject: "ann@corp.example".to_owned(),
                    client_address: "192.0.2.7".to_owned(),
                    authentication_methods: vec!["otp".to_owned()],
                }),
            }),
            proof: String::new(),
            secret: sealed.map(|kind| self.sealed(spec.operation, kind, spec, expires)),
            expires_at: Some(timestamp_from_ms(expires)),
            traceparent: spec.traceparent.clone(),
            signed_at: Some(timestamp_from_ms(SystemClock.unix_ms())),
            account_name: spec.account_name.clone(),
            last_applied_may_be_lost: spec.last_may_be_lost,
        }
    }

    pub(crate) fn sign_payload(&self, payload: &PasswordEventPayload) -> PasswordEvent {
        PasswordEvent {
            event: Some(self.signed(Domain::Event, payload.encode_to_vec())),
            operation_id: payload.operation_id.clone(),
            attempt: payload.attempt,
        }
    }

    pub(crate) fn sign_event(&self, spec: &EventSpec) -> PasswordEvent {
        self.sign_payload(&self.build_payload(spec))
    }

    pub(crate) fn sign_check(&self, spec: &EventSpec) -> CheckRequest {
        let expires = SystemClock.unix_ms() + spec.expires_in;
        let kind = self.build_payload(spec).kind;
        let payload = CheckRequestPayload {
            check_id: spec.operation.to_string(),
            tenant_id: self.tenant.to_string(),
            connector_group_id: self.group.to_string(),
            connector_id: self.connector.to_string(),
            account_anchor: self.anchor.to_string(),
            kind,
            secret: Some(self.sealed(spec.operation, SealedKind::Check, spec, expires)),
            expires_at: Some(timestamp_from_ms(expires)),
            traceparent: spec.traceparent.clone(),
            account_name: spec.account_name.clone(),
        };
        CheckRequest {
            check: Some(self.signed(Domain::Check, payload.encode_to_vec())),
        }
    }

    fn signed(&self, domain: Domain, payload: Vec<u8>) -> envelope::SignedBytes {
        self.signing.sign(domain, payload).into()
    }
}
