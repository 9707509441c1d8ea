//! What never becomes an operation.

use std::time::Duration;

use groundwire_directory::domain::{OperationKind, Role};
use groundwire_directory::metrics::Metrics;
use groundwire_directory::operations::{GivenSecret, RefusalLimits, Refusals, RefusedAttempt, RequestError};
use groundwire_directory::store::SYSTEM_LOG;
use groundwire_envelope::{Password, SecretPayload};
use groundwire_eventlog::Position;
use groundwire_proto::reasons::ReasonCode;

use crate::database::soon;
use crate::operations::rig::{DirectoryRig, RequestSpec, new_account};

async fn refusal(
    directory: &DirectoryRig,
    change: impl FnOnce(&mut RequestSpec),
    kind: OperationKind,
) -> Option<ReasonCode> {
    let mut spec = directory.spec(new_account(), kind);
    change(&mut spec);
    match directory.request(spec).await {
        Err(RequestError::Refused(reason)) => Some(reason.code()),
        Err(
            RequestError::Invalid { .. }
            | RequestError::AlreadyExists
            | RequestError::Contended
            | RequestError::TooLate
            | RequestError::RecordingUnknown(_)
            | RequestError::Store(_),
        )
        | Ok(_) => None,
    }
}

#[tokio::test]
async fn settings_and_roles_refuse_with_their_reasons() {
    let directory = DirectoryRig::new().await;
    let nothing = |_: &mut _| {};
    assert_eq!(
        refusal(&directory, nothing, OperationKind::Unlock).await,
        Some(ReasonCode::UnlockDisabled)
    );
    let helpdesk = |spec: &mut RequestSpec| spec.call.principal.role = Role::Helpdesk;
    assert_eq!(
        refusal(&directory, helpdesk, OperationKind::Change).await,
        Some(ReasonCode::OperationNotPermitted)
    );
    directory
        .change_settings(|settings| settings.require_proof = true)
        .await;
    assert_eq!(
        refusal(&directory, nothing, OperationKind::Change).await,
        Some(ReasonCode::ProofMissing)
    );
    directory
        .change_settings(|settings| settings.allowed_kinds = vec![OperationKind::Unlock])
        .await;
    assert_eq!(
        refusal(&directory, nothing, OperationKind::Change).await,
        Some(ReasonCode::OperationNotPermitted)
    );
    directory
        .change_settings(|settings| settings.enabled = false)
        .await;
    assert_eq!(
        refusal(&directory, nothing, OperationKind::Change).await,
        Some(ReasonCode::WritebackDisabled)
    );
}

#[tokio::test]
async fn plaintext_is_refused_where_callers_must_seal_and_a_password_too_long_to_seal_always() {
    let directory = DirectoryRig::new().await;
    let long = |spec: &mut RequestSpec| {
        spec.request.secret = GivenSecret::Plaintext(SecretPayload::reset(Password::new("x".repeat(5_000))));
    };
    assert_eq!(
        refusal(&directory, long, OperationKind::SelfReset).await,
        Some(ReasonCode::PasswordTooLong)
    );
    directory
        .change_settings(|settings| settings.require_sealed = true)
        .await;
    let refused = directory
        .request(directory.spec(new_account(), OperationKind::Change))
        .await;
    assert!(matches!(
        refused,
        Err(RequestError::Invalid {
            field: "plaintext",
            ..
        })
    ));
}

#[tokio::test]
async fn a_queue_longer_than_the_callers_deadline_is_refused_with_when_to_try_again() {
    let directory = DirectoryRig::new().await;
    for _ in 0..10 {
        directory
            .request(directory.spec(new_account(), OperationKind::Change))
            .await
            .unwrap();
    }
    let hasty = |spec: &mut RequestSpec| spec.call.wait_timeout = Duration::from_millis(100);
    assert_eq!(
        refusal(&directory, hasty, OperationKind::Change).await,
        Some(ReasonCode::Overloaded)
    );
    assert_eq!(refusal(&directory, |_| {}, OperationKind::Change).await, None);
}

#[tokio::test]
async fn refused_attempts_have_records_that_are_aggregated_above_a_rate() {
    let directory = DirectoryRig::new().await;
    let limits = RefusalLimits {
        single: 2,
        window: Duration::from_millis(100),
    };
    let refusals = Refusals::new(directory.store.clone(), Metrics::new(), limits);
    let attempt = |tenant| RefusedAttempt {
        tenant,
        subject: Some("app".to_owned()),
        method: "ChangePassword",
        reason: "WRITEBACK_DISABLED".to_owned(),
    };
    for _ in 0..50 {
        refusals.note(attempt(Some(directory.tenant)));
    }
    refusals.note(attempt(None));
    // A tenant that does not exist gets no log.
    let nobody = groundwire_directory::domain::TenantId::new(uuid::Uuid::new_v4());
    refusals.note(attempt(Some(nobody)));
    let counted = |tenant| {
        let reader = directory.store.reader(tenant);
        async move {
            let records = reader.read_log(Position::ZERO, 1_000).await.unwrap();
            let bodies = records
                .iter()
                .filter(|record| record.event_type == "AttemptRefused");
            let bodies =
                bodies.map(|record| serde_json::from_slice::<serde_json::Value>(&record.body).unwrap());
            bodies
                .map(|body| body["count"].as_u64().unwrap())
                .collect::<Vec<u64>>()
        }
    };
    soon(async {
        while counted(directory.tenant).await.iter().sum::<u64>() < 50 || counted(SYSTEM_LOG).await.len() < 2
        {
            tokio::task::yield_now().await;
        }
    })
    .await;
    let counts = counted(directory.tenant).await;
    assert_eq!(&counts[..2], [1, 1]);
    assert!(counts.len() < 10, "{counts:?}");
    assert!(counted(nobody).await.is_empty());
}
