//! The account projection: finding, listing, and applying a sync.

use std::time::Duration;

use groundwire_eventlog::{FIRST_ANSWER, STATEMENT_DEADLINE, Session};
use sqlx::FromRow;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{Store, StoreError};
use crate::domain::{
    AccountAnchor, AccountName, ConnectorGroupId, SyncCounts, SyncRow, SyncedAccount, TenantId, fold_name,
};

/// Most accounts that a name is looked up for: more than one is ambiguous anyway.
const AMBIGUITY_LIMIT: i64 = 20;

/// Where a page of accounts begins: after this account.
pub type AccountCursor = (AccountAnchor, ConnectorGroupId);

impl Store {
    /// The accounts of this name.
    pub async fn accounts_named(
        &self,
        tenant: TenantId,
        name: &AccountName,
    ) -> Result<Vec<SyncedAccount>, StoreError> {
        // It may be the first that is said on a connection that is gone: then another one answers.
        let rows = match self.rows_named(tenant, name, FIRST_ANSWER).await {
            Err(error) if !matches!(error, sqlx::Error::Database(_)) => {
                self.rows_named(tenant, name, STATEMENT_DEADLINE).await?
            }
            answered => answered?,
        };
        Ok(rows.into_iter().map(Into::into).collect())
    }

    async fn rows_named(
        &self,
        tenant: TenantId,
        name: &AccountName,
        deadline: Duration,
    ) -> Result<Vec<AccountRow>, sqlx::Error> {
        let (upn, sam, anchor) = match name {
            AccountName::UserPrincipalName(upn) => (Some(fold_name(upn.trim())), None, None),
            AccountName::SamAccountName(sam) => (None, Some(fold_name(sam.trim())), None),
            AccountName::Anchor(anchor) => (None, None, Some(anchor.uuid())),
        };
        // One round trip: the function says whose rows it sees.
        sqlx::query_as(
            "SELECT anchor, group_id, user_principal_name, sam_account_name, display_name, enabled, synced_at \
             FROM directory.accounts_named($1, $2, $3, $4, $5)",
        )
        .bind(tenant.uuid())
        .bind(upn)
        .bind(sam)
        .bind(anchor)
        .bind(AMBIGUITY_LIMIT)
        .fetch_all(&mut self.session(deadline).await?)
        .await
    }

    /// The accounts that have this principal implicitly: sAMAccountName, `@`, and the name of their group's domain, which is
    /// that of its DC without the first label. (Where a DC is named otherwise, they are not found by it.)
    pub async fn accounts_of_implicit_principal(
        &self,
        tenant: TenantId,
        principal: &str,
    ) -> Result<Vec<SyncedAccount>, StoreError> {
        let folded = fold_name(principal.trim());
        let Some((account, domain)) = folded.rsplit_once('@') else {
            return Ok(Vec::new());
        };
        if account.is_empty() || domain.is_empty() {
            return Ok(Vec::new());
        }
        let mut transaction = self.tenant_transaction(tenant).await?;
        let rows: Vec<AccountRow> = sqlx::query_as(
            "SELECT a.anchor, a.group_id, a.user_principal_name, a.sam_account_name, a.display_name, a.enabled, a.synced_at \
             FROM directory.accounts a JOIN directory.group_bindings b USING (tenant_id, group_id) \
             WHERE a.tenant_id = $1 AND a.sam_start = left($2, 200) AND a.sam_folded = $2 \
             AND lower(substr(b.dc_host, strpos(b.dc_host, '.') + 1)) = $3 LIMIT $4",
        )
        .bind(tenant.uuid())
        .bind(account)
        .bind(domain)
        .bind(AMBIGUITY_LIMIT)
        .fetch_all(&mut transaction)
        .await?;
        Ok(rows.into_iter().map(Into::into).collect())
    }

    /// Accounts by anchor, after a cursor; of one group, and with names that begin so, where given.
    pub async fn accounts(
        &self,
        tenant: TenantId,
        group: Option<ConnectorGroupId>,
        name_prefix: &str,
        after: Option<AccountCursor>,
        limit: u32,
    ) -> Result<Vec<SyncedAccount>, StoreError> {
        // By a prefix it may read every account of a large tenant to find few.
        let mut transaction = if name_prefix.is_empty() {
            self.tenant_transaction(tenant).await?
        } else {
            self.bulk_transaction(tenant).await?
        };
        let prefix = (!name_prefix.is_empty()).then(|| like_prefix(&fold_name(name_prefix)));
        let rows: Vec<AccountRow> = sqlx::query_as(
            "SELECT anchor, group_id, user_principal_name, sam_account_name, display_name, enabled, synced_at \
             FROM directory.accounts WHERE tenant_id = $1 AND ($2::uuid IS NULL OR group_id = $2) \
             AND ($3::text IS NULL OR upn_folded LIKE $3 OR sam_folded LIKE $3 OR display_folded LIKE $3) \
             AND ($4::uuid IS NULL OR (anchor, group_id) > ($4, $5)) ORDER BY anchor, group_id LIMIT $6",
        )
        .bind(tenant.uuid())
        .bind(group.map(ConnectorGroupId::uuid))
        .bind(prefix)
        .bind(after.map(|(anchor, _)| anchor.uuid()))
        .bind(after.map(|(_, group)| group.uuid()))
        .bind(i64::from(limit))
        .fetch_all(&mut transaction)
        .await?;
        Ok(rows.into_iter().map(Into::into).collect())
    }

    /// How many accounts a group has.
    pub async fn account_count(&self, tenant: TenantId, group: ConnectorGroupId) -> Result<u64, StoreError> {
        let mut transaction = self.tenant_transaction(tenant).await?;
        let count = count(&mut transaction, tenant, group).await?;
        Ok(count)
    }

    /// Puts a page of a sync aside, with each anchor once; what an earlier page said of it is replaced.
    pub async fn stage_accounts(
        &self,
        tenant: TenantId,
        sync: Uuid,
        page: &[SyncRow],
        now: OffsetDateTime,
    ) -> Result<(), StoreError> {
        let column =
            |pick: fn(&SyncRow) -> &str| page.iter().map(pick).map(str::to_owned).collect::<Vec<String>>();
        let folded =
            |pick: fn(&SyncRow) -> &str| page.iter().map(pick).map(fold_name).collect::<Vec<String>>();
        let anchors: Vec<Uuid> = page.iter().map(|row| row.anchor.uuid()).collect();
        let enabled: Vec<bool> = page.iter().map(|row| row.enabled).collect();
        let mut transaction = self.bulk_transaction(tenant).await?;
        sqlx::query(
            "INSERT INTO directory.sync_pages (tenant_id, sync_id, anchor, user_principal_name, sam_account_name, \
             display_name, upn_folded, sam_folded, display_folded, enabled, staged_at) \
             SELECT $1, $2, p.*, $11 FROM unnest($3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], \
             $9::text[], $10::bool[]) AS p \
             ON CONFLICT (tenant_id, sync_id, anchor) DO UPDATE SET user_principal_name = excluded.user_principal_name, \
             sam_account_name = excluded.sam_account_name, display_name = excluded.display_name, \
             upn_folded = excluded.upn_folded, sam_folded = excluded.sam_folded, \
             display_folded = excluded.display_folded, enabled = excluded.enabled",
        )
        .bind(tenant.uuid())
        .bind(sync)
        .bind(&anchors)
        .bind(column(|row| &row.user_principal_name))
        .bind(column(|row| &row.sam_account_name))
        .bind(column(|row| &row.display_name))
        // Outer white space is none of a name that is looked up: neither here nor at a domain controller.
        .bind(folded(|row| row.user_principal_name.trim()))
        .bind(folded(|row| row.sam_account_name.trim()))
        .bind(folded(|row| &row.display_name))
        .bind(&enabled)
        .bind(now)
        .execute(&mut transaction)
        .await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Throws a sync's pages away, and those of syncs that died more than a day ago.
    pub async fn discard_staged(
        &self,
        tenant: TenantId,
        sync: Uuid,
        now: OffsetDateTime,
    ) -> Result<(), StoreError> {
        let mut transaction = self.bulk_transaction(tenant).await?;
        discard(&mut transaction, tenant, sync, now).await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Makes a group's accounts what was put aside, in one transaction: readers see the old accounts or the new ones.
    ///
    /// # Errors
    /// [`StoreError`]; nothing changed then.
    pub async fn apply_sync(
        &self,
        tenant: TenantId,
        group: ConnectorGroupId,
        sync: Uuid,
        remove_missing: bool,
        now: OffsetDateTime,
    ) -> Result<SyncCounts, StoreError> {
        let mut transaction = self.bulk_transaction(tenant).await?;
        // One sync of a group at a time, across processes.
        sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended('groundwire.sync:' || $1::text, 0))")
            .bind(group.uuid())
            .execute(&mut transaction)
            .await?;
        let (added, updated) = upsert(&mut transaction, tenant, group, sync, now).await?;
        let removed = if remove_missing {
            remove(&mut transaction, tenant, group, sync).await?
        } else {
            0
        };
        sqlx::query(
            "INSERT INTO directory.group_bindings (tenant_id, group_id, synced_at) VALUES ($1, $2, $3) \
             ON CONFLICT (tenant_id, group_id) DO UPDATE SET synced_at = excluded.synced_at",
        )
        .bind(tenant.uuid())
        .bind(group.uuid())
        .bind(now)
        .execute(&mut transaction)
        .await?;
        discard(&mut transaction, tenant, sync, now).await?;
        let total = count(&mut transaction, tenant, group).await?;
        transaction.commit().await?;
        Ok(SyncCounts {
            added,
            updated,
            removed,
            total,
        })
    }
}

/// Answers how many were new, and how many changed in more than when they were seen.
async fn upsert(
    session: &mut Session,
    tenant: TenantId,
    group: ConnectorGroupId,
    sync: Uuid,
    now: OffsetDateTime,
) -> Result<(u64, u64), sqlx::Error> {
    let updated: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM directory.accounts a JOIN directory.sync_pages p \
         ON p.tenant_id = a.tenant_id AND p.anchor = a.anchor AND p.sync_id = $3 \
         WHERE a.tenant_id = $1 AND a.group_id = $2 AND \
         (a.user_principal_name, a.sam_account_name, a.display_name, a.enabled) IS DISTINCT FROM \
         (p.user_principal_name, p.sam_account_name, p.display_name, p.enabled)",
    )
    .bind(tenant.uuid())
    .bind(group.uuid())
    .bind(sync)
    .fetch_one(&mut *session)
    .await?;
    // `xmax = 0` tells a row that was inserted from one that was updated.
    let added: i64 = sqlx::query_scalar(
        "WITH written AS ( \
           INSERT INTO directory.accounts (tenant_id, group_id, anchor, user_principal_name, sam_account_name, \
           display_name, upn_folded, sam_folded, display_folded, enabled, synced_at) \
           SELECT tenant_id, $2, anchor, user_principal_name, sam_account_name, display_name, upn_folded, sam_folded, \
           display_folded, enabled, $4 FROM directory.sync_pages WHERE tenant_id = $1 AND sync_id = $3 \
           ON CONFLICT (tenant_id, anchor, group_id) DO UPDATE SET user_principal_name = excluded.user_principal_name, \
           sam_account_name = excluded.sam_account_name, display_name = excluded.display_name, \
           upn_folded = excluded.upn_folded, sam_folded = excluded.sam_folded, \
           display_folded = excluded.display_folded, enabled = excluded.enabled, synced_at = excluded.synced_at \
           RETURNING (xmax = 0) AS is_new) \
         SELECT count(*) FILTER (WHERE is_new) FROM written",
    )
    .bind(tenant.uuid())
    .bind(group.uuid())
    .bind(sync)
    .bind(now)
    .fetch_one(session)
    .await?;
    Ok((unsigned(added), unsigned(updated)))
}

async fn remove(
    session: &mut Session,
    tenant: TenantId,
    group: ConnectorGroupId,
    sync: Uuid,
) -> Result<u64, sqlx::Error> {
    let removed = sqlx::query(
        "DELETE FROM directory.accounts a WHERE a.tenant_id = $1 AND a.group_id = $2 AND NOT EXISTS ( \
         SELECT 1 FROM directory.sync_pages p WHERE p.tenant_id = $1 AND p.sync_id = $3 AND p.anchor = a.anchor)",
    )
    .bind(tenant.uuid())
    .bind(group.uuid())
    .bind(sync)
    .execute(session)
    .await?;
    Ok(removed.rows_affected())
}

async fn discard(
    session: &mut Session,
    tenant: TenantId,
    sync: Uuid,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM directory.sync_pages WHERE tenant_id = $1 AND (sync_id = $2 OR staged_at < $3)")
        .bind(tenant.uuid())
        .bind(sync)
        .bind(now - time::Duration::days(1))
        .execute(session)
        .await
        .map(|_| ())
}

async fn count(session: &mut Session, tenant: TenantId, group: ConnectorGroupId) -> Result<u64, sqlx::Error> {
    sqlx::query_scalar("SELECT count(*) FROM directory.accounts WHERE tenant_id = $1 AND group_id = $2")
        .bind(tenant.uuid())
        .bind(group.uuid())
        .fetch_one(session)
        .await
        .map(unsigned)
}

fn unsigned(count: i64) -> u64 {
    u64::try_from(count).unwrap_or(0)
}

/// A pattern that matches what begins with this text and nothing else.
fn like_prefix(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + 1);
    for character in text.chars() {
        if matches!(character, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern.push('%');
    pattern
}

#[derive(FromRow)]
struct AccountRow {
    anchor: Uuid,
    group_id: Uuid,
    user_principal_name: String,
    sam_account_name: String,
    display_name: String,
    enabled: bool,
    synced_at: OffsetDateTime,
}

impl From<AccountRow> for SyncedAccount {
    fn from(row: AccountRow) -> Self {
        Self {
            anchor: AccountAnchor::new(row.anchor),
            group: ConnectorGroupId::new(row.group_id),
            user_principal_name: row.user_principal_name,
            sam_account_name: row.sam_account_name,
            display_name: row.display_name,
            enabled: row.enabled,
            synced_at: row.synced_at,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_matches_itself_only() {
        assert_eq!(like_prefix("a_b%c\\d"), "a\\_b\\%c\\\\d%");
    }
}
