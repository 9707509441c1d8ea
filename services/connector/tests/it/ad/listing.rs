//! The account sync's listing against the real domain controller.

use std::collections::HashSet;

use groundwire_connector::ad::{ActiveDirectory, AdError, LdapsDirectory, ListedAccount};
use groundwire_connector::domain::NamedBy;
use groundwire_connector::policy::Scope;
use groundwire_proto::operation::LookupName;
use tokio::sync::mpsc;

use crate::ad::rig::TestDomain;

async fn list(directory: &LdapsDirectory, scope: &Scope) -> Result<Vec<Vec<ListedAccount>>, AdError> {
    let (sender, mut receiver) = mpsc::channel(2);
    let collect = async {
        let mut pages = Vec::new();
        while let Some(page) = receiver.recv().await {
            pages.push(page);
        }
        pages
    };
    let (count, pages) = tokio::join!(directory.list_accounts(scope, sender), collect);
    assert_eq!(count?, pages.iter().map(|page| page.len() as u64).sum::<u64>());
    Ok(pages)
}

fn scope(include: &[String], exclude: &[String]) -> Scope {
    let parse = |names: &[String]| names.iter().map(|name| name.parse().unwrap()).collect();
    Scope {
        include: parse(include),
        exclude: parse(exclude),
    }
}

#[tokio::test]
async fn every_user_account_in_scope_is_listed_once_and_nothing_else() {
    let domain = TestDomain::from_environment().await;
    let staff = format!("OU=Staff,{}", domain.base);
    let tests = format!("OU=Tests,{staff}");
    let mut settings = domain.settings();
    settings.page_size = 7;
    let directory = LdapsDirectory::start(settings);
    // Overlapping bases, and the tests' unit left out: others make and remove accounts there all the time.
    let scope = scope(&[staff.clone(), format!("OU=Sales,{staff}")], &[tests]);
    let pages = list(&directory, &scope).await.unwrap();
    assert!(pages.len() > 5, "{} pages", pages.len());
    let accounts: Vec<ListedAccount> = pages.concat();
    let anchors: HashSet<_> = accounts.iter().map(|account| account.anchor).collect();
    assert_eq!(anchors.len(), accounts.len());
    let find = |name: &str| {
        accounts
            .iter()
            .find(|account| account.sam_account_name.as_deref() == Some(name))
    };
    assert_eq!(
        find("disabled01").and_then(|account| account.enabled),
        Some(false)
    );
    assert_eq!(
        find("alice").and_then(|account| account.mail.as_deref()),
        Some("alice@corp.example")
    );
    assert_eq!(
        find("noupn01").map(|account| account.user_principal_name.is_none()),
        Some(true)
    );
    for present in [
        "odd01",
        "odd13",
        "иванова",
        "yamada",
        "emoji",
        "o'brien",
        "with space",
    ] {
        assert!(find(present).is_some(), "{present}");
    }
    for absent in ["WS01$", "outside01", "outsidestaff01", "inusers01", "test01"] {
        assert!(find(absent).is_none(), "{absent}");
    }
}

#[tokio::test]
async fn a_base_that_is_not_there_is_an_error_and_not_an_empty_listing() {
    let domain = TestDomain::from_environment().await;
    let missing = scope(&[format!("OU=Nowhere,{}", domain.base)], &[]);
    assert!(list(&domain.connect_service(), &missing).await.is_err());
}

#[tokio::test]
async fn a_listing_ends_when_its_receiver_goes_away() {
    let domain = TestDomain::from_environment().await;
    let (sender, receiver) = mpsc::channel(1);
    drop(receiver);
    let staff = scope(&[format!("OU=Staff,{}", domain.base)], &[]);
    assert_eq!(
        domain.connect_service().list_accounts(&staff, sender).await,
        Err(AdError::ReceiverGone)
    );
}

#[tokio::test]
async fn every_account_bears_the_names_that_are_listed_for_it_and_the_implicit_one() {
    let domain = TestDomain::from_environment().await;
    let staff = format!("OU=Staff,{}", domain.base);
    let tests = format!("OU=Tests,{staff}");
    let directory = domain.connect_service();
    let accounts = list(&directory, &scope(&[staff], &[tests]))
        .await
        .unwrap()
        .concat();
    let mut compared = 0;
    for account in &accounts {
        let sam = account.sam_account_name.clone().unwrap();
        let implicit = format!("{}@corp.example", sam.to_uppercase());
        let principals = account.user_principal_name.clone().into_iter().chain([implicit]);
        let names = principals.map(LookupName::UserPrincipalName);
        for name in names.chain([LookupName::SamAccountName(sam.clone())]) {
            let by = NamedBy::Name(name);
            let read = directory.read_account(account.anchor, &by).await.unwrap();
            assert!(read.bears_name, "{sam}");
            compared += 1;
        }
    }
    assert!(compared > 100, "{compared}");
}
