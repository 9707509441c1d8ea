//! Tenants, groups, enrolment, connectors, settings and status.

use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use groundwire_kit::pki::write_private;
use groundwire_proto::directory::v1 as api;
use groundwire_proto::directory::v1::tenant_service_client::TenantServiceClient;
use groundwire_proto::time::duration_to_wire;

use crate::arguments::{self, Status, account_name};
use crate::connection::{Connection, answered};
use crate::exit::Exit;
use crate::show;

type Client = TenantServiceClient<tonic::transport::Channel>;

/// How often `status --wait` asks.
const ASK_EVERY: Duration = Duration::from_millis(200);

pub(crate) async fn status(connection: &Connection, command: Status) -> anyhow::Result<Exit> {
    let mut client = client(connection);
    let begun = Instant::now();
    loop {
        let account = command.account.as_deref().map(account_name);
        let request = api::GetWritebackStatusRequest { account };
        let result = client.get_writeback_status(connection.request(request)).await;
        let over = begun.elapsed() >= connection.timeout;
        let ready = result.as_ref().is_ok_and(|answer| is_ready(answer.get_ref()));
        if command.wait && !ready && !over {
            tokio::time::sleep(ASK_EVERY).await;
            continue;
        }
        let answer = answered(result)?;
        if connection.json {
            show::json(&answer)?;
        } else {
            print_status(&answer);
        }
        return Ok(if is_ready(&answer) {
            Exit::Done
        } else {
            Exit::Refused
        });
    }
}

fn is_ready(status: &api::GetWritebackStatusResponse) -> bool {
    status.enabled && status.ready && status.account.as_ref().is_none_or(|account| account.eligible)
}

fn print_status(status: &api::GetWritebackStatusResponse) {
    let yes = |flag: bool| if flag { "yes" } else { "no" };
    println!("writeback on  {}", yes(status.enabled));
    println!("ready         {}", yes(status.ready));
    println!("last applied  {}", show::when(status.last_applied_at.as_ref()));
    show::reasons_of("not ready", &status.not_ready_reasons);
    if let Some(account) = &status.account {
        println!("account       {}", account.anchor);
        println!("eligible      {}", yes(account.eligible));
        show::reasons_of("reason", &account.reasons);
    }
}

pub(crate) async fn tenant(connection: &Connection, command: arguments::Tenant) -> anyhow::Result<Exit> {
    let mut client = client(connection);
    let found = match command {
        arguments::Tenant::Create { name, id } => {
            let request = api::CreateTenantRequest {
                display_name: name,
                tenant_id: text(id),
            };
            let answer = answered(client.create_tenant(connection.request(request)).await)?;
            json_if(connection, &answer)?;
            answer.tenant.into_iter().collect()
        }
        arguments::Tenant::Get => {
            let request = api::GetTenantRequest {};
            let answer = answered(client.get_tenant(connection.request(request)).await)?;
            json_if(connection, &answer)?;
            answer.tenant.into_iter().collect()
        }
        arguments::Tenant::List => {
            let mut found = Vec::new();
            let mut request = api::ListTenantsRequest::default();
            loop {
                let answer = answered(client.list_tenants(connection.request(request.clone())).await)?;
                json_if(connection, &answer)?;
                found.extend(answer.tenants);
                if answer.next_page_token.is_empty() {
                    break found;
                }
                request.page_token = answer.next_page_token;
            }
        }
    };
    let row = |tenant: &api::Tenant| {
        vec![
            tenant.tenant_id.clone(),
            show::when(tenant.created_at.as_ref()),
            tenant.display_name.clone(),
        ]
    };
    rows(
        connection,
        &["tenant", "created", "name"],
        found.iter().map(row).collect(),
    );
    Ok(Exit::Done)
}

pub(crate) async fn group(connection: &Connection, command: arguments::Group) -> anyhow::Result<Exit> {
    let mut client = client(connection);
    let found = match command {
        arguments::Group::Create { name, id } => {
            let request = api::CreateConnectorGroupRequest {
                display_name: name,
                connector_group_id: text(id),
            };
            let answer = answered(client.create_connector_group(connection.request(request)).await)?;
            json_if(connection, &answer)?;
            answer.connector_group.into_iter().collect()
        }
        arguments::Group::List => {
            let request = api::ListConnectorGroupsRequest {
                page_size: 500,
                ..Default::default()
            };
            let answer = answered(client.list_connector_groups(connection.request(request)).await)?;
            json_if(connection, &answer)?;
            answer.connector_groups
        }
        arguments::Group::SetDc {
            group,
            host,
            invocation_id,
            accept_lost_writes,
        } => {
            let request = api::SetGroupDomainControllerRequest {
                connector_group_id: group.to_string(),
                host,
                invocation_id: text(invocation_id),
                accept_lost_writes,
            };
            let answer = answered(
                client
                    .set_group_domain_controller(connection.request(request))
                    .await,
            )?;
            json_if(connection, &answer)?;
            if !connection.json {
                println!(
                    "connectors attached: {} at it, {} at another one",
                    answer.connectors_there, answer.connectors_elsewhere
                );
            }
            answer.connector_group.into_iter().collect()
        }
    };
    let row = |group: &api::ConnectorGroup| {
        vec![
            group.connector_group_id.clone(),
            group.accounts.to_string(),
            group.dc.clone(),
            group.display_name.clone(),
        ]
    };
    rows(
        connection,
        &["connector group", "accounts", "DC", "name"],
        found.iter().map(row).collect(),
    );
    Ok(Exit::Done)
}

pub(crate) async fn enrollment(
    connection: &Connection,
    command: arguments::Enrollment,
) -> anyhow::Result<Exit> {
    let mut client = client(connection);
    match command {
        arguments::Enrollment::Create { group, out } => {
            let request = api::CreateEnrollmentTokenRequest {
                connector_group_id: group.to_string(),
            };
            let answer = answered(client.create_enrollment_token(connection.request(request)).await)?;
            let expires = answer
                .enrollment_token
                .as_ref()
                .and_then(|token| token.expires_at.as_ref());
            match out {
                None => println!("{}", answer.token),
                Some(path) => {
                    write_private(&path, answer.token.as_bytes())
                        .with_context(|| format!("cannot write {}", path.display()))?;
                    println!("token in {}, good until {}", path.display(), show::when(expires));
                }
            }
        }
        arguments::Enrollment::List => {
            let request = api::ListEnrollmentTokensRequest {
                page_size: 500,
                ..Default::default()
            };
            let answer = answered(client.list_enrollment_tokens(connection.request(request)).await)?;
            json_if(connection, &answer)?;
            rows(
                connection,
                TOKEN_HEAD,
                answer.enrollment_tokens.iter().map(token_row).collect(),
            );
        }
        arguments::Enrollment::Revoke { token_id } => {
            let request = api::RevokeEnrollmentTokenRequest {
                token_id: token_id.to_string(),
            };
            let answer = answered(client.revoke_enrollment_token(connection.request(request)).await)?;
            json_if(connection, &answer)?;
            rows(
                connection,
                TOKEN_HEAD,
                answer.enrollment_token.iter().map(token_row).collect(),
            );
        }
    }
    Ok(Exit::Done)
}

const TOKEN_HEAD: &[&str] = &["token", "state", "expires"];

fn token_row(token: &api::EnrollmentToken) -> Vec<String> {
    let state = token.state().as_str_name();
    let state = state.strip_prefix("ENROLLMENT_TOKEN_STATE_").unwrap_or(state);
    vec![
        token.token_id.clone(),
        state.to_owned(),
        show::when(token.expires_at.as_ref()),
    ]
}

pub(crate) async fn connector(
    connection: &Connection,
    command: arguments::Connector,
) -> anyhow::Result<Exit> {
    let arguments::Connector::List = command;
    let request = api::ListConnectorsRequest {
        page_size: 500,
        ..Default::default()
    };
    let answer = answered(
        client(connection)
            .list_connectors(connection.request(request))
            .await,
    )?;
    json_if(connection, &answer)?;
    let row = |connector: &api::Connector| {
        let online = if connector.online { "online" } else { "offline" };
        let heartbeat = show::when(connector.last_heartbeat_at.as_ref());
        vec![
            connector.display_name.clone(),
            online.to_owned(),
            heartbeat,
            connector.dc.clone(),
        ]
    };
    rows(
        connection,
        &["connector", "state", "last heartbeat", "DC"],
        answer.connectors.iter().map(row).collect(),
    );
    if !connection.json {
        answer
            .connectors
            .iter()
            .for_each(|connector| show::reasons_of("condition", &connector.conditions));
    }
    Ok(Exit::Done)
}

pub(crate) async fn settings(connection: &Connection, command: arguments::Settings) -> anyhow::Result<Exit> {
    let mut client = client(connection);
    let settings = match command {
        arguments::Settings::Get => {
            let request = api::GetWritebackSettingsRequest {};
            let answer = answered(client.get_writeback_settings(connection.request(request)).await)?;
            json_if(connection, &answer)?;
            answer.settings
        }
        arguments::Settings::Update {
            enabled,
            self_service_unlock,
            require_sealed,
            operation_lifetime,
            unknown_horizon,
        } => {
            let mut settings = api::WritebackSettings::default();
            let mut paths = Vec::new();
            let mut set = |path: &str| paths.push(path.to_owned());
            if let Some(value) = enabled {
                settings.enabled = value;
                set("enabled");
            }
            if let Some(value) = self_service_unlock {
                settings.self_service_unlock = value;
                set("self_service_unlock");
            }
            if let Some(value) = require_sealed {
                settings.require_sealed = value;
                set("require_sealed");
            }
            if let Some(value) = operation_lifetime {
                let lifetime = Duration::from_secs(u64::from(value));
                settings.operation_lifetime = Some(duration_to_wire(lifetime));
                set("operation_lifetime");
            }
            if let Some(value) = unknown_horizon {
                let horizon = Duration::from_secs(u64::from(value));
                settings.unknown_horizon = Some(duration_to_wire(horizon));
                set("unknown_horizon");
            }
            if paths.is_empty() {
                bail!("say what to change: see `groundwire settings update --help`");
            }
            let request = api::UpdateWritebackSettingsRequest {
                settings: Some(settings),
                update_mask: Some(prost_types::FieldMask { paths }),
            };
            let answer = answered(
                client
                    .update_writeback_settings(connection.request(request))
                    .await,
            )?;
            json_if(connection, &answer)?;
            answer.settings
        }
    };
    if let (false, Some(settings)) = (connection.json, settings) {
        let seconds = |duration: Option<prost_types::Duration>| duration.unwrap_or_default().seconds;
        println!("enabled              {}", settings.enabled);
        println!("self-service unlock  {}", settings.self_service_unlock);
        println!("callers must seal    {}", settings.require_sealed);
        println!("proof required       {}", settings.require_proof);
        println!("operation lifetime   {} s", seconds(settings.operation_lifetime));
        println!("unknown horizon      {} s", seconds(settings.unknown_horizon));
    }
    Ok(Exit::Done)
}

fn json_if<M: prost::Message + prost::Name>(connection: &Connection, answer: &M) -> anyhow::Result<()> {
    if connection.json {
        show::json(answer)
    } else {
        Ok(())
    }
}

fn rows(connection: &Connection, head: &[&str], rows: Vec<Vec<String>>) {
    if !connection.json {
        show::table(head, &rows);
    }
}

fn text<T: ToString>(id: Option<T>) -> String {
    id.map_or_else(String::new, |id| id.to_string())
}

fn client(connection: &Connection) -> Client {
    TenantServiceClient::new(connection.channel())
}
