//! A fake LDAPS server, for faults only: a real domain controller cannot be made to fall silent after a request, to
//! cut an answer at a chosen byte, or to answer in Windows' words. It takes any bind and answers every search with one
//! entry; how it reacts to a modify is the test's choice.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use groundwire_connector::ad::LdapsSettings;
use parking_lot::Mutex;
use rustls_pki_types::PrivateKeyDer;
use secrecy::SecretString;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use uuid::Uuid;

/// What the server does when a modify (or, where a script says so, a bind) arrives.
pub(crate) enum Reaction {
    /// Sends these bytes and goes on.
    Answer(Vec<u8>),
    /// Sends these bytes and closes the connection.
    AnswerAndClose(Vec<u8>),
    /// Sends these bytes after so long.
    AnswerAfter(Duration, Vec<u8>),
    /// Says nothing, and keeps the connection.
    Silence,
}

/// How the server reacts to the nth modify (from 0), whose message id is given.
pub(crate) type Script = Arc<dyn Fn(usize, &[u8]) -> Reaction + Send + Sync>;

/// Answers a search, given its message id and the whole message; `None`: as ever.
pub(crate) type SearchScript = Arc<dyn Fn(&[u8], &[u8]) -> Option<Vec<u8>> + Send + Sync>;
/// Who a connection's server says that it is: `dnsHostName` and invocation id.
pub(crate) type Identity = (&'static str, Uuid);

/// The server; ends with the test's runtime.
pub(crate) struct FakeLdapServer {
    pub(crate) port: u16,
    ca: String,
    /// How it answers searches, in place of one entry each; given the message id and the whole message.
    pub(crate) search_script: Arc<Mutex<Option<SearchScript>>>,
    /// How it reacts to binds, in place of taking any.
    pub(crate) bind_script: Arc<Mutex<Option<Script>>>,
    pub(crate) modifies: Arc<AtomicUsize>,
    pub(crate) binds: Arc<AtomicUsize>,
    /// Whether it says that it knows no policy hints.
    pub(crate) without_policy_hints: Arc<AtomicBool>,
    /// The last modify, as it came.
    pub(crate) last_modify: Arc<Mutex<Vec<u8>>>,
    /// Connections that were made before this was last raised end at their next message.
    pub(crate) generation: Arc<AtomicUsize>,
    /// How long every answer takes, in milliseconds.
    pub(crate) delay: Arc<AtomicU64>,
    /// As who the next connections are answered, one after the other; the last one stays. Empty: it gives itself no name.
    pub(crate) identities: Arc<Mutex<Vec<Identity>>>,
}

impl FakeLdapServer {
    pub(crate) async fn start(script: Script) -> Self {
        let certified = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        let key = PrivateKeyDer::try_from(certified.signing_key.serialize_der()).unwrap();
        let config = rustls::ServerConfig::builder_with_provider(groundwire_kit::tls::provider())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certified.cert.der().clone()], key)
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = Self {
            port,
            ca: certified.cert.pem(),
            search_script: Arc::default(),
            bind_script: Arc::default(),
            modifies: Arc::default(),
            binds: Arc::default(),
            without_policy_hints: Arc::default(),
            last_modify: Arc::default(),
            generation: Arc::default(),
            identities: Arc::default(),
            delay: Arc::default(),
        };
        let (identities, delay) = (server.identities.clone(), server.delay.clone());
        let (modifies, binds) = (server.modifies.clone(), server.binds.clone());
        let (generation, last) = (server.generation.clone(), server.last_modify.clone());
        let without_hints = server.without_policy_hints.clone();
        let (search_script, bind_script) = (server.search_script.clone(), server.bind_script.clone());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, script, search_script) =
                    (acceptor.clone(), script.clone(), search_script.clone());
                let bind_script = bind_script.clone();
                let (modifies, binds, generation) = (modifies.clone(), binds.clone(), generation.clone());
                let (last, without_hints) = (last.clone(), without_hints.clone());
                let delay = delay.clone();
                let made = generation.load(Ordering::SeqCst);
                let identity = next_identity(&mut identities.lock());
                tokio::spawn(async move {
                    let Ok(mut stream) = acceptor.accept(stream).await else {
                        return;
                    };
                    while let Some((id, operation, body)) = read_message(&mut stream).await {
                        if generation.load(Ordering::SeqCst) != made {
                            return;
                        }
                        let late = Duration::from_millis(delay.load(Ordering::SeqCst));
                        tokio::time::sleep(late).await;
                        let scripted = search_script.lock().clone().filter(|_| operation == 0x63);
                        if let Some(answer) = scripted.and_then(|script| script(&id, &body)) {
                            if stream.write_all(&answer).await.is_err() {
                                return;
                            }
                            continue;
                        }
                        if operation == 0x66 {
                            *last.lock() = body;
                        }
                        let reaction = match operation {
                            0x60 => {
                                let nth = binds.fetch_add(1, Ordering::SeqCst);
                                let scripted = bind_script.lock().clone();
                                match scripted {
                                    Some(script) => script(nth, &id),
                                    None => Reaction::Answer(message(&id, result(0x61, 0, b""))),
                                }
                            }
                            0x63 => {
                                let found = entry(!without_hints.load(Ordering::SeqCst), identity);
                                let parts = [message(&id, found), message(&id, result(0x65, 0, b""))];
                                Reaction::Answer(parts.concat())
                            }
                            0x66 => script(modifies.fetch_add(1, Ordering::SeqCst), &id),
                            _ => return,
                        };
                        let answer = match reaction {
                            Reaction::Answer(bytes) => bytes,
                            Reaction::AnswerAfter(pause, bytes) => {
                                tokio::time::sleep(pause).await;
                                bytes
                            }
                            Reaction::AnswerAndClose(bytes) => {
                                let _ = stream.write_all(&bytes).await;
                                let _ = stream.shutdown().await;
                                return;
                            }
                            Reaction::Silence => continue,
                        };
                        if stream.write_all(&answer).await.is_err() {
                            return;
                        }
                    }
                });
            }
        });
        server
    }

    pub(crate) fn settings(&self) -> LdapsSettings {
        let url = format!("ldaps://localhost:{}", self.port).parse().unwrap();
        let tls = LdapsSettings::tls_with_ca(self.ca.as_bytes()).unwrap();
        LdapsSettings::new(url, tls, "cn=service".to_owned(), SecretString::from("any"))
    }
}

fn next_identity(identities: &mut Vec<Identity>) -> Option<Identity> {
    match identities.len() {
        0 => None,
        1 => identities.first().copied(),
        _ => Some(identities.remove(0)),
    }
}

/// Reads one message: its id's bytes, the tag of its operation, and all of it.
async fn read_message(stream: &mut (impl tokio::io::AsyncRead + Unpin)) -> Option<(Vec<u8>, u8, Vec<u8>)> {
    let tag = stream.read_u8().await.ok()?;
    let first = stream.read_u8().await.ok()?;
    let mut length = usize::from(first);
    if first >= 0x80 {
        length = 0;
        for _ in 0..(first & 0x7F) {
            length = length * 256 + usize::from(stream.read_u8().await.ok()?);
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    assert_eq!((tag, body[0]), (0x30, 0x02), "an LDAP message");
    let id_end = 2 + usize::from(body[1]);
    Some((body[2..id_end].to_vec(), body[id_end], body))
}

/// A BER element.
pub(crate) fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len();
    let mut bytes = vec![tag];
    if length < 0x80 {
        bytes.push(u8::try_from(length).unwrap());
    } else {
        bytes.extend([
            0x82,
            u8::try_from(length >> 8).unwrap(),
            u8::try_from(length & 0xFF).unwrap(),
        ]);
    }
    bytes.extend(content);
    bytes
}

/// An LDAP message around an operation.
pub(crate) fn message(id: &[u8], operation: Vec<u8>) -> Vec<u8> {
    element(0x30, &[element(0x02, id), operation].concat())
}

/// A result (RFC 4511 4.1.9) as the answer `tag`.
pub(crate) fn result(tag: u8, code: u8, text: &[u8]) -> Vec<u8> {
    element(
        tag,
        &[element(0x0A, &[code]), element(0x04, b""), element(0x04, text)].concat(),
    )
}

/// The answer to a modify.
pub(crate) fn modified(id: &[u8], code: u8, text: &[u8]) -> Vec<u8> {
    message(id, result(0x67, code, text))
}

fn entry(policy_hints: bool, identity: Option<Identity>) -> Vec<u8> {
    let attribute = |name: &str, value: &[u8]| {
        let values = element(0x31, &element(0x04, value));
        element(0x30, &[element(0x04, name.as_bytes()), values].concat())
    };
    let mut attributes = vec![
        attribute("defaultNamingContext", b"DC=scripted"),
        attribute("objectGUID", Uuid::nil().as_bytes()),
    ];
    if policy_hints {
        attributes.push(attribute("supportedControl", b"1.2.840.113556.1.4.2239"));
    }
    if let Some((name, invocation_id)) = identity {
        attributes.push(attribute("dnsHostName", name.as_bytes()));
        attributes.push(attribute("dsServiceName", b"CN=NTDS Settings"));
        attributes.push(attribute("invocationId", &invocation_id.to_bytes_le()));
    }
    let content = [element(0x04, b""), element(0x30, &attributes.concat())].concat();
    element(0x64, &content)
}
