//! `AccountService`: reads of the accounts that connectors synced.

use groundwire_proto::directory::v1 as api;
use groundwire_proto::directory::v1::account_service_server::AccountService;
use groundwire_proto::time::timestamp_from;
use tonic::{Request, Response, Status};

use super::callers::read;
use super::fields;
use super::principal::tenant_of;
use super::status::Refused;
use crate::accounts::{self, Accounts};
use crate::domain::{Principal, SyncedAccount};

pub struct AccountApi {
    accounts: Accounts,
}

impl AccountApi {
    /// Over these accounts.
    #[must_use]
    pub const fn new(accounts: Accounts) -> Self {
        Self { accounts }
    }

    async fn get(
        &self,
        caller: &Principal,
        message: api::GetAccountRequest,
    ) -> Result<api::GetAccountResponse, Refused> {
        let name = fields::account_name(message.account)?;
        let account = self.accounts.find(tenant_of(caller)?, &name).await?;
        Ok(api::GetAccountResponse {
            account: Some(to_wire(&account)),
        })
    }

    async fn list(
        &self,
        caller: &Principal,
        message: api::ListAccountsRequest,
    ) -> Result<api::ListAccountsResponse, Refused> {
        let tenant = tenant_of(caller)?;
        let group = fields::optional_id("connector_group_id", &message.connector_group_id)?;
        let page_size = fields::page_size(message.page_size, 50, 500)?;
        let after = fields::page_token(&message.page_token, accounts::cursor)?;
        let (page, next) = self
            .accounts
            .list(tenant, group, &message.name_prefix, after, page_size)
            .await?;
        Ok(api::ListAccountsResponse {
            accounts: page.iter().map(to_wire).collect(),
            next_page_token: next.map(accounts::page_token).unwrap_or_default(),
        })
    }
}

fn to_wire(account: &SyncedAccount) -> api::Account {
    api::Account {
        anchor: account.anchor.to_string(),
        connector_group_id: account.group.to_string(),
        user_principal_name: account.user_principal_name.clone(),
        sam_account_name: account.sam_account_name.clone(),
        display_name: account.display_name.clone(),
        enabled: account.enabled,
        synced_at: Some(timestamp_from(account.synced_at)),
    }
}

#[tonic::async_trait]
impl AccountService for AccountApi {
    async fn get_account(
        &self,
        request: Request<api::GetAccountRequest>,
    ) -> Result<Response<api::GetAccountResponse>, Status> {
        let work = async |caller: &_, message| self.get(caller, message).await;
        read(request, work).await
    }

    async fn list_accounts(
        &self,
        request: Request<api::ListAccountsRequest>,
    ) -> Result<Response<api::ListAccountsResponse>, Status> {
        let work = async |caller: &_, message| self.list(caller, message).await;
        read(request, work).await
    }
}
