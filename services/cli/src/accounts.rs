//! The commands on synced accounts.

use groundwire_proto::directory::v1 as api;
use groundwire_proto::directory::v1::account_service_client::AccountServiceClient;

use crate::arguments::{Account, account_name};
use crate::connection::{Connection, answered};
use crate::exit::Exit;
use crate::{operations, show};

pub(crate) async fn run(connection: &Connection, command: Account) -> anyhow::Result<Exit> {
    let mut client = AccountServiceClient::new(connection.channel());
    match command {
        Account::Get { account } => {
            let request = api::GetAccountRequest {
                account: Some(account_name(&account)),
            };
            let answer = answered(client.get_account(connection.request(request)).await)?;
            if connection.json {
                show::json(&answer)?;
            } else if let Some(account) = answer.account {
                println!("anchor   {}", account.anchor);
                println!("UPN      {}", account.user_principal_name);
                println!("account  {}", account.sam_account_name);
                println!("name     {}", account.display_name);
                println!("group    {}", account.connector_group_id);
                println!("enabled  {}", account.enabled);
                println!("synced   {}", show::when(account.synced_at.as_ref()));
            }
            Ok(Exit::Done)
        }
        Account::List { prefix, most } => list(connection, prefix, most).await,
        Account::Unlock(command) => operations::unlock(connection, &command).await,
        Account::RequireChange(command) => operations::require_change(connection, &command).await,
    }
}

async fn list(connection: &Connection, prefix: String, most: usize) -> anyhow::Result<Exit> {
    let mut client = AccountServiceClient::new(connection.channel());
    let page_size = i32::try_from(most.clamp(1, 500))?;
    let mut request = api::ListAccountsRequest {
        name_prefix: prefix,
        page_size,
        ..Default::default()
    };
    let mut rows = Vec::new();
    loop {
        let answer = answered(client.list_accounts(connection.request(request.clone())).await)?;
        if connection.json {
            show::json(&answer)?;
        }
        rows.extend(answer.accounts.into_iter().map(|account| {
            let enabled = if account.enabled { "yes" } else { "no" };
            vec![account.sam_account_name, enabled.to_owned(), account.anchor]
        }));
        if answer.next_page_token.is_empty() || rows.len() >= most {
            break;
        }
        request.page_token = answer.next_page_token;
    }
    if !connection.json {
        rows.truncate(most);
        show::table(&["account", "enabled", "anchor"], &rows);
    }
    Ok(Exit::Done)
}
