//! A TCP forwarder between a service and its server, which a test makes worse than the server is.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// What becomes of connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Weather {
    /// Nothing passes, in either direction; connections stay open and new ones are accepted.
    frozen: bool,
    /// New connections are reset at once.
    refusing: bool,
    /// Of connections up to this number nothing passes any more, nor are they ever closed.
    black_hole: u64,
    /// Connections up to this number are cut.
    cut: u64,
}

/// Forwards connections to a server that can be exchanged. Ends with its runtime.
pub struct Forwarder {
    address: SocketAddr,
    weather: watch::Sender<Weather>,
    shared: Arc<Shared>,
}

struct Shared {
    target: Mutex<(String, u16)>,
    begun: Mutex<u64>,
}

impl Forwarder {
    /// Forwards to this host and port.
    ///
    /// # Panics
    /// Where no port is free.
    pub async fn start(host: &str, port: u16) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (weather, _) = watch::channel(Weather {
            frozen: false,
            refusing: false,
            black_hole: 0,
            cut: 0,
        });
        let shared = Arc::new(Shared {
            target: Mutex::new((host.to_owned(), port)),
            begun: Mutex::new(0),
        });
        tokio::spawn(accept(listener, weather.clone(), Arc::clone(&shared)));
        Self {
            address,
            weather,
            shared,
        }
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Lets nothing pass until [`Forwarder::heal`], as a server does whose processes are stopped.
    pub fn freeze(&self) {
        self.weather.send_modify(|weather| weather.frozen = true);
    }

    /// Resets new connections until [`Forwarder::heal`].
    pub fn refuse(&self) {
        self.weather.send_modify(|weather| weather.refusing = true);
    }

    /// Lets nothing more of the connections that stand pass, ever, and tells nobody; new ones pass.
    pub fn black_hole(&self) {
        let begun = *self.shared.begun.lock();
        self.weather.send_modify(|weather| weather.black_hole = begun);
    }

    /// Cuts the connections that stand.
    pub fn cut(&self) {
        let begun = *self.shared.begun.lock();
        self.weather.send_modify(|weather| weather.cut = begun);
    }

    /// Ends what [`Forwarder::freeze`] and [`Forwarder::refuse`] began.
    pub fn heal(&self) {
        self.weather.send_modify(|weather| {
            weather.frozen = false;
            weather.refusing = false;
        });
    }

    /// New connections go to another server.
    pub fn point_at(&self, host: &str, port: u16) {
        *self.shared.target.lock() = (host.to_owned(), port);
    }

    /// How many connections to this forwarder this machine's kernel holds as established: those that their client closed
    /// are not, also where nothing passes.
    ///
    /// # Panics
    /// Where `/proc/net/tcp` cannot be read.
    #[must_use]
    pub fn established(&self) -> usize {
        const ESTABLISHED: &str = "01";
        let remote = format!(
            "{:08X}:{:04X}",
            u32::from_le_bytes(Ipv4Addr::LOCALHOST.octets()),
            self.address.port()
        );
        let table = std::fs::read_to_string("/proc/net/tcp").unwrap();
        let is_ours = |line: &str| {
            let fields: Vec<&str> = line.split_whitespace().collect();
            fields.get(2) == Some(&remote.as_str()) && fields.get(3) == Some(&ESTABLISHED)
        };
        table.lines().filter(|line| is_ours(line)).count()
    }
}

async fn accept(listener: TcpListener, weather: watch::Sender<Weather>, shared: Arc<Shared>) {
    while let Ok((client, _)) = listener.accept().await {
        if weather.borrow().refusing {
            reset(client);
            continue;
        }
        let number = {
            let mut begun = shared.begun.lock();
            *begun += 1;
            *begun
        };
        tokio::spawn(forward(client, number, weather.subscribe(), Arc::clone(&shared)));
    }
}

async fn forward(client: TcpStream, number: u64, weather: watch::Receiver<Weather>, shared: Arc<Shared>) {
    let mut cut = weather.clone();
    let passing = async {
        wait_until_passing(&mut weather.clone(), number).await;
        let target = shared.target.lock().clone();
        let Ok(server) = TcpStream::connect(target).await else {
            return reset(client);
        };
        let (from_client, to_client) = client.into_split();
        let (from_server, to_server) = server.into_split();
        tokio::join!(
            copy(from_client, to_server, number, weather.clone()),
            copy(from_server, to_client, number, weather.clone()),
        );
    };
    tokio::select! {
        () = passing => {}
        _ = cut.wait_for(|weather| number <= weather.cut) => {}
    }
}

async fn copy(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    number: u64,
    mut weather: watch::Receiver<Weather>,
) {
    let mut buffer = vec![0; 16 * 1024];
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        wait_until_passing(&mut weather, number).await;
        if to.write_all(&buffer[..length]).await.is_err() {
            break;
        }
    }
    wait_until_passing(&mut weather, number).await;
    let _gone = to.shutdown().await;
}

async fn wait_until_passing(weather: &mut watch::Receiver<Weather>, number: u64) {
    let passes = |weather: &Weather| !weather.frozen && number > weather.black_hole;
    let _the_end = weather.wait_for(passes).await;
}

fn reset(client: TcpStream) {
    let _best_effort = client.set_zero_linger();
}
