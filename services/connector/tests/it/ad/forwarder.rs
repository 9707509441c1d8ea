//! A TCP forwarder on the way to a domain controller, which can forget its connections as a firewall does: they stay
//! open and nothing comes through any more in either direction, while new ones pass.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// The forwarder; ends with the test's runtime.
pub(crate) struct Forwarder {
    pub(crate) port: u16,
    cuts: watch::Sender<usize>,
    /// How many connections it has passed on.
    pub(crate) accepted: Arc<AtomicUsize>,
}

impl Forwarder {
    /// Forwards to this port of the loopback address.
    pub(crate) async fn start(target: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (cuts, _) = watch::channel(0);
        let accepted = Arc::new(AtomicUsize::new(0));
        let (sender, counter) = (cuts.clone(), Arc::clone(&accepted));
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                counter.fetch_add(1, Ordering::SeqCst);
                let mut cut = sender.subscribe();
                tokio::spawn(forward(
                    client,
                    SocketAddr::from(([127, 0, 0, 1], target)),
                    async move {
                        let _ = cut.changed().await;
                    },
                ));
            }
        });
        Self { port, cuts, accepted }
    }

    /// Forgets every connection that there is.
    pub(crate) fn cut(&self) {
        self.cuts.send_modify(|cuts| *cuts += 1);
    }
}

async fn forward(mut client: TcpStream, target: SocketAddr, cut: impl Future<Output = ()>) {
    let Ok(mut server) = TcpStream::connect(target).await else {
        return;
    };
    client.set_nodelay(true).unwrap();
    server.set_nodelay(true).unwrap();
    let is_cut = tokio::select! {
        _ = copy_bidirectional(&mut client, &mut server) => false,
        () = cut => true,
    };
    if is_cut {
        // Open on both sides, and silent.
        std::future::pending::<()>().await;
    }
}
