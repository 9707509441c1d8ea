//! What can reach what: nothing of `onprem` from `cloud`, and nothing listens on the connector's outward network.

use crate::world::As;
use crate::world::World;
use groundwire_proto::directory::v1::{ListAccountsRequest, ListConnectorsRequest};
use std::time::Duration;

/// Ports that anything of ours listens on, and the usual suspects.
const PORTS: &[u16] = &[
    22, 53, 80, 88, 135, 389, 443, 445, 464, 636, 3268, 3269, 4317, 5432, 8443, 8444, 9443, 9464,
];

/// The ports on which a TCP connection opens from one part to an address, tried from inside with nothing but bash, all
/// at once.
fn open_ports(world: &World, from: &str, address: &str) -> Vec<u16> {
    let ports = PORTS.iter().map(u16::to_string).collect::<Vec<_>>().join(" ");
    let attempts = format!(
        "for port in {ports}; do (timeout 2 bash -c \"exec 3<>/dev/tcp/{address}/$port\" && echo $port) & done \
         2>/dev/null; wait"
    );
    let found = world.inside(from, &["bash", "-c", &attempts]);
    found
        .split_whitespace()
        .map(|port| port.parse().expect("a port"))
        .collect()
}

fn address_on(world: &World, network: &str, service: &str) -> Option<String> {
    let container = world.container(service);
    let format = format!(
        "{{{{ with index .NetworkSettings.Networks \"{}_{network}\" }}}}{{{{ .IPAddress }}}}{{{{ end }}}}",
        world.project
    );
    let address = crate::world::docker(&["inspect", "--format", &format, &container]);
    Some(address.trim().to_owned()).filter(|address| !address.is_empty())
}

#[tokio::test]
async fn nothing_listens_on_the_connectors_outward_network() {
    let world = World::ready().await;
    let address = address_on(&world, "uplink", "connector").expect("the connector is on the uplink");
    let open = open_ports(&world, "directory", &address);
    assert!(
        open.is_empty(),
        "the directory can open {open:?} on the connector"
    );
    // The kernel's own list: no listening socket is bound to that address, or to all of them.
    let listening = world.inside("connector", &["cat", "/proc/net/tcp", "/proc/net/tcp6"]);
    for line in listening
        .lines()
        .filter(|line| line.split_whitespace().nth(3) == Some("0A"))
    {
        let local = line.split_whitespace().nth(1).unwrap_or_default();
        let everywhere =
            local.starts_with("00000000:") || local.starts_with("00000000000000000000000000000000:");
        assert!(!everywhere, "a socket listens on every address: {line}");
    }
}

#[tokio::test]
async fn nothing_of_onprem_is_reachable_from_the_cloud() {
    let world = World::ready().await;
    for service in ["dc", "connector-db", "connector", "otlp-onprem"] {
        let address = address_on(&world, "onprem", service).expect("on the onprem network");
        for from in ["directory", "directory-db"] {
            let open = open_ports(&world, from, &address);
            assert!(open.is_empty(), "{from} can open {open:?} on {service}");
        }
    }
}

#[tokio::test]
async fn another_tenant_lists_neither_accounts_nor_connectors() {
    let world = World::ready().await;
    let patience = Duration::from_secs(10);
    let request = world.request(As::Stranger, patience, ListAccountsRequest::default());
    let accounts = world
        .accounts()
        .list_accounts(request)
        .await
        .map(|answer| answer.into_inner().accounts);
    assert!(accounts.is_ok_and(|accounts| accounts.is_empty()));
    let request = world.request(As::Stranger, patience, ListConnectorsRequest::default());
    let connectors = world
        .tenants()
        .list_connectors(request)
        .await
        .map(|answer| answer.into_inner().connectors);
    assert!(connectors.is_ok_and(|connectors| connectors.is_empty()));
}
