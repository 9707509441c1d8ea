//! Where a program under test can listen.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};

/// A local address whose port was free a moment ago.
///
/// # Panics
/// Where no port is free.
#[must_use]
pub fn free_port() -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.local_addr().unwrap()
}
