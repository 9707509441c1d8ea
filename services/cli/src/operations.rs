//! Changes, resets, checks, and the operations they become.

use groundwire_proto::directory::v1 as api;
use groundwire_proto::directory::v1::password_service_client::PasswordServiceClient;
use groundwire_proto::ids::OperationId;
use groundwire_proto::operation::v1::Operation;
use groundwire_proto::operation::{OperationFlags, OperationKind};
use uuid::Uuid;

use crate::arguments::{self, CheckKind, OperationRequest, Password, ResetKind, account_name};
use crate::connection::{Connection, answered};
use crate::exit::Exit;
use crate::{passwords, show};

type Client = PasswordServiceClient<tonic::transport::Channel>;

pub(crate) async fn password(connection: &Connection, command: Password) -> anyhow::Result<Exit> {
    let mut client = client(connection);
    match command {
        Password::Change(command) => {
            let secret = api::change_password_request::Secret::Plaintext(passwords::current_and_new()?);
            let request = api::ChangePasswordRequest {
                operation_id: id(&command),
                account: Some(account_name(&command.account)),
                secret: Some(secret),
                ..Default::default()
            };
            let answer = answered(client.change_password(connection.request(request)).await)?;
            ended(connection, &answer, answer.operation.as_ref())
        }
        Password::Reset {
            request: command,
            kind,
            must_change,
            unlock,
            allow_disabled,
        } => {
            let secret = api::reset_password_request::Secret::Plaintext(passwords::new_only()?);
            let (kind, flags) = match kind {
                ResetKind::Own => (OperationKind::SelfReset, None),
                ResetKind::Admin => {
                    let flags = OperationFlags {
                        must_change_at_next_logon: must_change,
                        unlock,
                        allow_disabled,
                    };
                    (OperationKind::AdminReset, Some(flags))
                }
            };
            let request = api::ResetPasswordRequest {
                operation_id: id(&command),
                account: Some(account_name(&command.account)),
                kind: kind.into(),
                secret: Some(secret),
                flags: flags.map(Into::into),
                ..Default::default()
            };
            let answer = answered(client.reset_password(connection.request(request)).await)?;
            ended(connection, &answer, answer.operation.as_ref())
        }
        Password::Check { account, kind } => check(connection, &mut client, &account, kind).await,
    }
}

async fn check(
    connection: &Connection,
    client: &mut Client,
    account: &str,
    kind: CheckKind,
) -> anyhow::Result<Exit> {
    let kind = match kind {
        CheckKind::Change => OperationKind::Change,
        CheckKind::SelfReset => OperationKind::SelfReset,
        CheckKind::AdminReset => OperationKind::AdminReset,
    };
    let request = api::CheckPasswordRequest {
        account: Some(account_name(account)),
        kind: kind.into(),
        secret: Some(api::check_password_request::Secret::Plaintext(
            passwords::new_only()?,
        )),
        ..Default::default()
    };
    let answer = answered(client.check_password(connection.request(request)).await)?;
    if connection.json {
        show::json(&answer)?;
    } else {
        println!(
            "{}",
            if answer.acceptable {
                "acceptable"
            } else {
                "not acceptable"
            }
        );
        show::reasons_of("reason", &answer.reasons);
        if !answer.not_checked.is_empty() {
            println!("unchecked  {}", show::codes(answer.not_checked()));
        }
    }
    Ok(if answer.acceptable {
        Exit::Done
    } else {
        Exit::Refused
    })
}

pub(crate) async fn unlock(connection: &Connection, command: &OperationRequest) -> anyhow::Result<Exit> {
    let request = api::UnlockAccountRequest {
        operation_id: id(command),
        account: Some(account_name(&command.account)),
        ..Default::default()
    };
    let answer = answered(
        client(connection)
            .unlock_account(connection.request(request))
            .await,
    )?;
    ended(connection, &answer, answer.operation.as_ref())
}

pub(crate) async fn require_change(
    connection: &Connection,
    command: &OperationRequest,
) -> anyhow::Result<Exit> {
    let request = api::RequirePasswordChangeRequest {
        operation_id: id(command),
        account: Some(account_name(&command.account)),
        ..Default::default()
    };
    let answer = answered(
        client(connection)
            .require_password_change(connection.request(request))
            .await,
    )?;
    ended(connection, &answer, answer.operation.as_ref())
}

pub(crate) async fn run(connection: &Connection, command: arguments::Operation) -> anyhow::Result<Exit> {
    let mut client = client(connection);
    match command {
        arguments::Operation::Get { operation_id } => {
            let request = api::GetOperationRequest {
                operation_id: operation_id.to_string(),
            };
            let answer = answered(client.get_operation(connection.request(request)).await)?;
            ended(connection, &answer, answer.operation.as_ref())
        }
        arguments::Operation::Cancel { operation_id } => {
            let request = api::CancelOperationRequest {
                operation_id: operation_id.to_string(),
            };
            let answer = answered(client.cancel_operation(connection.request(request)).await)?;
            ended(connection, &answer, answer.operation.as_ref())?;
            Ok(Exit::Done)
        }
        arguments::Operation::List { account, most } => list(connection, &mut client, account, most).await,
        arguments::Operation::Watch { operation_id } => {
            let request = api::WatchOperationRequest {
                operation_id: operation_id.to_string(),
            };
            let mut states = answered(client.watch_operation(connection.request(request)).await)?;
            let mut last = Exit::Open;
            while let Some(state) = answered(states.message().await.map(tonic::Response::new))? {
                last = ended(connection, &state, state.operation.as_ref())?;
            }
            Ok(last)
        }
    }
}

async fn list(
    connection: &Connection,
    client: &mut Client,
    account: Option<String>,
    most: usize,
) -> anyhow::Result<Exit> {
    let mut request = api::ListOperationsRequest {
        account: account.as_deref().map(account_name),
        page_size: i32::try_from(most.clamp(1, 500))?,
        ..Default::default()
    };
    let mut found: Vec<Operation> = Vec::new();
    loop {
        let answer = answered(client.list_operations(connection.request(request.clone())).await)?;
        if connection.json {
            show::json(&answer)?;
        }
        found.extend(answer.operations);
        if answer.next_page_token.is_empty() || found.len() >= most {
            break;
        }
        request.page_token = answer.next_page_token;
    }
    if !connection.json {
        let row = |operation: &Operation| {
            let requested = show::when(operation.requested_at.as_ref());
            let kind = show::kind_name(operation).to_owned();
            vec![
                requested,
                kind,
                show::short_state(operation),
                operation.operation_id.clone(),
            ]
        };
        let rows: Vec<Vec<String>> = found.iter().take(most).map(row).collect();
        show::table(&["requested", "kind", "state", "operation"], &rows);
    }
    Ok(Exit::Done)
}

fn ended<M: prost::Message + prost::Name>(
    connection: &Connection,
    answer: &M,
    operation: Option<&Operation>,
) -> anyhow::Result<Exit> {
    if connection.json {
        show::json(answer)?;
    } else if let Some(operation) = operation {
        show::operation(operation);
    }
    Ok(operation.map_or(Exit::Open, show::ended))
}

fn id(command: &OperationRequest) -> String {
    let id = command.operation_id;
    id.unwrap_or_else(|| OperationId::new(Uuid::new_v4())).to_string()
}

fn client(connection: &Connection) -> Client {
    PasswordServiceClient::new(connection.channel())
}
