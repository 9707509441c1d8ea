//! Lists the user accounts in scope, in pages (RFC 2696), on a connection of its own, so that bulk never delays a
//! password. Whole or an error: a page that cannot be read ends it.

use std::collections::HashSet;

use ldap3::Scope as SearchScope;
use ldap3::asn1::{PL, parse_tag};
use ldap3::controls::{MakeCritical as _, PagedResults, RawControl};
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::connection::Connection;
use super::settings::LdapsSettings;
use super::{AdError, ListedAccount, attributes};
use crate::domain::AccountAnchor;
use crate::policy::Scope;

const PAGED_RESULTS: &str = "1.2.840.113556.1.4.319";
/// People only: `objectCategory=person` leaves out computers and service accounts that are computers.
const FILTER: &str = "(&(objectCategory=person)(objectClass=user))";
/// How long one page may wait for the receiver.
const RECEIVER_PATIENCE: std::time::Duration = std::time::Duration::from_secs(60);

/// Lists one base. `seen` keeps accounts of overlapping bases from being listed twice.
pub(super) async fn list(
    connection: &Connection,
    settings: &LdapsSettings,
    base: &str,
    scope: &Scope,
    seen: &mut HashSet<AccountAnchor>,
    pages: &mpsc::Sender<Vec<ListedAccount>>,
) -> Result<(), AdError> {
    let dc = settings.url.host.as_str();
    let unreadable = |what| AdError::Unreadable {
        dc: dc.to_owned(),
        what,
    };
    let mut cookie = Vec::new();
    loop {
        let paging = PagedResults {
            size: settings.page_size,
            cookie,
        }
        .critical();
        let found = connection
            .search(
                settings.timeouts.read,
                base,
                SearchScope::Subtree,
                FILTER,
                &attributes::LISTED,
                vec![RawControl::from(paging)],
            )
            .await
            .map_err(|error| error.into_ad_error(dc))?;
        let page: Vec<ListedAccount> = found
            .entries
            .iter()
            .filter(|entry| scope.breach(&entry.distinguished_name).is_none())
            .filter_map(attributes::listed)
            .filter(|account| seen.insert(account.anchor))
            .collect();
        if !page.is_empty() {
            match timeout(RECEIVER_PATIENCE, pages.send(page)).await {
                Ok(Ok(())) => {}
                Ok(Err(_)) | Err(_) => return Err(AdError::ReceiverGone),
            }
        }
        let control = found
            .controls
            .iter()
            .find(|control| control.ctype == PAGED_RESULTS);
        // Without the answer's control nobody knows whether there is more.
        let value = control
            .and_then(|control| control.val.as_deref())
            .ok_or(unreadable("a page"))?;
        cookie = cookie_of(value).ok_or(unreadable("a page's cookie"))?;
        if cookie.is_empty() {
            return Ok(());
        }
    }
}

/// SEQUENCE { size INTEGER, cookie OCTET STRING }. The library's own reader panics on anything else.
fn cookie_of(value: &[u8]) -> Option<Vec<u8>> {
    let (_, tag) = parse_tag(value).ok()?;
    let PL::C(parts) = tag.payload else { return None };
    match parts.into_iter().nth(1)?.payload {
        PL::P(cookie) => Some(cookie),
        PL::C(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_cookie_is_found() {
        let control = RawControl::from(PagedResults {
            size: 500,
            cookie: b"next".to_vec(),
        });
        assert_eq!(cookie_of(&control.val.unwrap()), Some(b"next".to_vec()));
        let last = RawControl::from(PagedResults {
            size: 0,
            cookie: Vec::new(),
        });
        assert_eq!(cookie_of(&last.val.unwrap()), Some(Vec::new()));
        assert_eq!(cookie_of(b""), None);
    }

    proptest! {
        #[test]
        fn any_bytes_have_a_cookie_or_none(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            let _ = cookie_of(&bytes);
        }
    }
}
