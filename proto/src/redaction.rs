//! Tests that no secret field of the contract shows in a `Debug`.

use crate::directory::v1::{
    ChangePasswordRequest, CreateEnrollmentTokenResponse, PlaintextPasswords, change_password_request,
};
use crate::envelope::v1::SealedCopy;
use crate::gateway::v1::{AttachResponse, EnrollRequest, PasswordEventPayload, SyncedAccount};

const SECRET: &str = "correct horse battery staple";

#[test]
fn passwords_tokens_and_proofs_never_show() {
    let passwords = PlaintextPasswords {
        current_password: SECRET.into(),
        new_password: SECRET.into(),
    };
    let change = ChangePasswordRequest {
        operation_id: "visible".into(),
        proof: SECRET.into(),
        secret: Some(change_password_request::Secret::Plaintext(passwords)),
        ..ChangePasswordRequest::default()
    };
    let shown = format!("{change:?} {change:#?}");
    assert!(shown.contains("visible") && shown.contains("[redacted]"));
    assert!(!shown.contains("horse"));

    let token = CreateEnrollmentTokenResponse {
        token: SECRET.into(),
        ..Default::default()
    };
    assert!(!format!("{token:?}").contains("horse"));
    assert!(
        !format!(
            "{:?}",
            EnrollRequest {
                token: SECRET.into(),
                ..Default::default()
            }
        )
        .contains("horse")
    );
    assert!(
        !format!(
            "{:?}",
            PasswordEventPayload {
                proof: SECRET.into(),
                ..Default::default()
            }
        )
        .contains("horse")
    );
}

#[test]
fn ciphertext_and_names_of_synced_people_never_show() {
    let copy = SealedCopy {
        key_id: "k".into(),
        encapsulated_key: vec![7; 32],
        ciphertext: vec![7; 32],
    };
    assert!(!format!("{copy:?}").contains("7, 7"));
    let account = SyncedAccount {
        sam_account_name: SECRET.into(),
        ..Default::default()
    };
    assert!(!format!("{account:?}").contains("horse"));
    assert!(format!("{:?}", AttachResponse::default()).contains("frame"));
}
