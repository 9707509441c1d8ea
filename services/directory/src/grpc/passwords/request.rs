//! The messages that ask for an operation become [`OperationRequest`]s, in one step: every field is checked, so that the
//! caller learns of each one that is wrong, not of the first one.

use groundwire_envelope::{MAX_PASSWORD_BYTES, Password, SecretPayload};
use groundwire_proto::directory::v1 as api;
use groundwire_proto::operation::v1 as proto;

use crate::domain::{OnBehalfOf, OperationFlags, OperationKind};
use crate::grpc::fields;
use crate::grpc::status::Refused;
use crate::operations::{GivenSecret, OperationRequest};

/// Longest text about the person, in characters.
const LONGEST_TEXT: usize = 256;

/// Longest proof, in bytes: a JWT.
const LONGEST_PROOF: usize = 16 * 1024;

impl TryFrom<api::ChangePasswordRequest> for OperationRequest {
    type Error = Refused;

    fn try_from(message: api::ChangePasswordRequest) -> Result<Self, Refused> {
        use api::change_password_request::Secret;
        let secret = match message.secret {
            Some(Secret::Plaintext(passwords)) => plaintext(passwords, true),
            Some(Secret::Sealed(sealed)) => Ok(GivenSecret::Sealed(sealed)),
            None => Err(Refused::invalid("secret", "`plaintext` or `sealed`")),
        };
        check_fields(
            &message.operation_id,
            message.account,
            (Ok(OperationKind::Change), OperationFlags::default()),
            secret,
            message.on_behalf_of,
            message.proof,
        )
    }
}

impl TryFrom<api::ResetPasswordRequest> for OperationRequest {
    type Error = Refused;

    fn try_from(message: api::ResetPasswordRequest) -> Result<Self, Refused> {
        use api::reset_password_request::Secret;
        let secret = match message.secret {
            Some(Secret::Plaintext(passwords)) => plaintext(passwords, false),
            Some(Secret::Sealed(sealed)) => Ok(GivenSecret::Sealed(sealed)),
            None => Err(Refused::invalid("secret", "`plaintext` or `sealed`")),
        };
        let flags = OperationFlags::from(message.flags.unwrap_or_default());
        check_fields(
            &message.operation_id,
            message.account,
            (reset_kind(message.kind, flags), flags),
            secret,
            message.on_behalf_of,
            message.proof,
        )
    }
}

impl TryFrom<api::UnlockAccountRequest> for OperationRequest {
    type Error = Refused;

    fn try_from(message: api::UnlockAccountRequest) -> Result<Self, Refused> {
        check_fields(
            &message.operation_id,
            message.account,
            (Ok(OperationKind::Unlock), OperationFlags::default()),
            Ok(GivenSecret::None),
            message.on_behalf_of,
            message.proof,
        )
    }
}

impl TryFrom<api::RequirePasswordChangeRequest> for OperationRequest {
    type Error = Refused;

    fn try_from(message: api::RequirePasswordChangeRequest) -> Result<Self, Refused> {
        check_fields(
            &message.operation_id,
            message.account,
            (Ok(OperationKind::RequireChange), OperationFlags::default()),
            Ok(GivenSecret::None),
            message.on_behalf_of,
            String::new(),
        )
    }
}

fn check_fields(
    id: &str,
    account: Option<proto::AccountName>,
    (kind, flags): (Result<OperationKind, Refused>, OperationFlags),
    secret: Result<GivenSecret, Refused>,
    person: Option<proto::OnBehalfOf>,
    jwt: String,
) -> Result<OperationRequest, Refused> {
    let mut violations = Vec::new();
    let operation_id = note(&mut violations, fields::id("operation_id", id));
    let account = note(&mut violations, fields::account_name(account));
    let kind = note(&mut violations, kind);
    let secret = note(&mut violations, secret);
    let on_behalf_of = note(&mut violations, on_behalf_of(person));
    let proof = note(&mut violations, proof(jwt));
    match (operation_id, account, kind, secret, on_behalf_of, proof) {
        (Some(operation_id), Some(account), Some(kind), Some(secret), Some(on_behalf_of), Some(proof)) => {
            Ok(OperationRequest {
                operation_id,
                account,
                kind,
                flags,
                secret,
                on_behalf_of,
                proof,
            })
        }
        _ => Err(Refused::Invalid(violations)),
    }
}

/// The candidate of a check.
pub(super) fn candidate(secret: Option<api::check_password_request::Secret>) -> Result<GivenSecret, Refused> {
    use api::check_password_request::Secret;
    match secret {
        Some(Secret::Plaintext(passwords)) => plaintext(passwords, false),
        Some(Secret::Sealed(sealed)) => Ok(GivenSecret::Sealed(sealed)),
        None => Err(Refused::invalid("secret", "`plaintext` or `sealed`")),
    }
}

fn reset_kind(number: i32, flags: OperationFlags) -> Result<OperationKind, Refused> {
    let kind = fields::kind("kind", number)?;
    match kind {
        OperationKind::SelfReset if flags != OperationFlags::default() => {
            Err(Refused::invalid("flags", "none: they belong to ADMIN_RESET"))
        }
        OperationKind::SelfReset | OperationKind::AdminReset => Ok(kind),
        OperationKind::Change | OperationKind::Unlock | OperationKind::RequireChange => Err(
            Refused::invalid("kind", "OPERATION_KIND_SELF_RESET or OPERATION_KIND_ADMIN_RESET"),
        ),
    }
}

/// Moves the passwords out of the message into types that wipe them.
fn plaintext(passwords: api::PlaintextPasswords, with_current: bool) -> Result<GivenSecret, Refused> {
    let current = Password::new(passwords.current_password);
    let new = Password::new(passwords.new_password);
    let mut violations = Vec::new();
    let mut check = |field: &str, password: &Password| {
        if password.is_empty() {
            violations.push((format!("secret.plaintext.{field}"), "a password".to_owned()));
        } else if password.expose().len() > MAX_PASSWORD_BYTES {
            // What is longer than AD holds but fits a sealed secret is an operation that ends as PASSWORD_TOO_LONG.
            let limit = format!("at most {MAX_PASSWORD_BYTES} bytes of UTF-8");
            violations.push((format!("secret.plaintext.{field}"), limit));
        }
    };
    check("new_password", &new);
    if with_current {
        check("current_password", &current);
    } else if !current.is_empty() {
        violations.push((
            "secret.plaintext.current_password".to_owned(),
            "empty: only a change has one".to_owned(),
        ));
    }
    if !violations.is_empty() {
        return Err(Refused::Invalid(violations));
    }
    let payload = if with_current {
        SecretPayload::change(current, new)
    } else {
        SecretPayload::reset(new)
    };
    Ok(GivenSecret::Plaintext(payload))
}

fn on_behalf_of(person: Option<proto::OnBehalfOf>) -> Result<Option<OnBehalfOf>, Refused> {
    let Some(person) = person else { return Ok(None) };
    let texts = [&person.subject, &person.client_address]
        .into_iter()
        .chain(&person.authentication_methods);
    let fit = texts
        .into_iter()
        .all(|text| text.chars().count() <= LONGEST_TEXT && !text.contains('\0'));
    if !fit || person.authentication_methods.len() > 16 {
        let limit = format!("at most {LONGEST_TEXT} characters a field, 16 methods, no NUL");
        return Err(Refused::invalid("on_behalf_of", limit));
    }
    // A message without a word in it names nobody.
    Ok(Some(person.into()).filter(|person| *person != OnBehalfOf::default()))
}

fn proof(jwt: String) -> Result<Option<String>, Refused> {
    let mut violations = Vec::new();
    if jwt.len() > LONGEST_PROOF {
        violations.push(("proof".to_owned(), format!("at most {LONGEST_PROOF} bytes")));
    }
    // A JWT is (RFC 7519, section 3); anything else would be refused by the database, which quotes what it refuses.
    if !jwt.bytes().all(|byte| byte.is_ascii_graphic()) {
        violations.push((
            "proof".to_owned(),
            "a JWT: visible ASCII characters only".to_owned(),
        ));
    }
    if !violations.is_empty() {
        return Err(Refused::Invalid(violations));
    }
    Ok(Some(jwt).filter(|jwt| !jwt.is_empty()))
}

fn note<T>(violations: &mut Vec<(String, String)>, checked: Result<T, Refused>) -> Option<T> {
    match checked {
        Ok(value) => Some(value),
        Err(Refused::Invalid(fields)) => {
            violations.extend(fields);
            None
        }
        Err(other) => {
            violations.push(("request".to_owned(), other.to_string()));
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(current: &str, new: &str) -> api::ChangePasswordRequest {
        let passwords = api::PlaintextPasswords {
            current_password: current.into(),
            new_password: new.into(),
        };
        api::ChangePasswordRequest {
            operation_id: "0f8fad5b-d9cb-469f-a165-70867728950e".into(),
            account: Some(proto::AccountName {
                name: Some(proto::account_name::Name::SamAccountName("anna".into())),
            }),
            secret: Some(api::change_password_request::Secret::Plaintext(passwords)),
            ..Default::default()
        }
    }

    fn wrong_fields(message: api::ChangePasswordRequest) -> Vec<String> {
        match OperationRequest::try_from(message) {
            Ok(_) => Vec::new(),
            Err(Refused::Invalid(fields)) => fields.into_iter().map(|(field, _)| field).collect(),
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn every_field_that_is_wrong_is_named_at_once() {
        let empty = api::ChangePasswordRequest::default();
        assert_eq!(wrong_fields(empty), ["operation_id", "account", "secret"]);
        let both = wrong_fields(change("", ""));
        assert_eq!(
            both,
            [
                "secret.plaintext.new_password",
                "secret.plaintext.current_password"
            ]
        );
        assert!(wrong_fields(change("old", "new")).is_empty());
        let long = change("old", &"x".repeat(MAX_PASSWORD_BYTES + 1));
        assert_eq!(wrong_fields(long).len(), 1);
    }

    #[test]
    fn flags_belong_to_the_administrators_reset_only() {
        let flags = OperationFlags {
            unlock: true,
            ..OperationFlags::default()
        };
        let of = |kind: proto::OperationKind, flags| reset_kind(kind.into(), flags);
        assert!(of(proto::OperationKind::AdminReset, flags).is_ok());
        assert!(of(proto::OperationKind::SelfReset, flags).is_err());
        assert!(of(proto::OperationKind::SelfReset, OperationFlags::default()).is_ok());
        assert!(of(proto::OperationKind::Unlock, OperationFlags::default()).is_err());
        assert!(of(proto::OperationKind::Unspecified, OperationFlags::default()).is_err());
    }
}
