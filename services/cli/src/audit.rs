//! The audit log, which the connector serves on premises.

use groundwire_proto::audit::v1 as api;
use groundwire_proto::audit::v1::audit_service_client::AuditServiceClient;

use crate::arguments::Audit;
use crate::connection::{Connection, answered};
use crate::exit::Exit;
use crate::show;

pub(crate) async fn run(connection: &Connection, command: Audit) -> anyhow::Result<Exit> {
    let Audit::List {
        operation,
        after,
        most,
        full,
    } = command;
    let mut client = AuditServiceClient::new(connection.channel());
    let mut request = api::ListAuditEventsRequest {
        after_position: after,
        operation_id: operation.map_or_else(String::new, |id| id.to_string()),
        page_size: i32::try_from(most.clamp(1, 1000))?,
        ..Default::default()
    };
    let mut found = Vec::new();
    loop {
        let answer = answered(
            client
                .list_audit_events(connection.request(request.clone()))
                .await,
        )?;
        if connection.json {
            show::json(&answer)?;
        }
        found.extend(answer.audit_events);
        if answer.next_page_token.is_empty() || found.len() >= most {
            break;
        }
        request.page_token = answer.next_page_token;
    }
    if !connection.json {
        found.truncate(most);
        found.iter().for_each(|event| print(event, full));
    }
    Ok(Exit::Done)
}

fn print(event: &api::AuditEvent, full: bool) {
    let hash: String = event
        .hash
        .iter()
        .take(4)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let recorded = show::when(event.recorded_at.as_ref());
    println!(
        "{:>6}  {recorded}  {:<16} {hash}  {}",
        event.position, event.event_type, event.actor
    );
    if full {
        println!("        trace {}", event.trace_id);
        println!("        {}", event.body_json);
        if !event.personal_json.is_empty() {
            println!("        personal {}", event.personal_json);
        }
    }
}
