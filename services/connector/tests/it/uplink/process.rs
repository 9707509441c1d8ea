//! The real program as a process: it migrates, enrols itself, attaches, listens where it is told and nowhere else, shows
//! its audit log to auditors, and stops in good order. The gateway is a fake; Postgres is real; no domain controller
//! answers.

use std::collections::HashSet;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use groundwire_envelope::Fingerprint;
use groundwire_kit::testing::{free_port, reflected_services, soon};
use groundwire_kit::tls::{Connector, ConnectorOptions, ServerTrust, TlsVersions};
use groundwire_proto::audit::v1::audit_service_client::AuditServiceClient;
use groundwire_proto::audit::v1::{ListAuditEventsRequest, VerifyAuditLogRequest};
use groundwire_proto::reasons::ReasonCode;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Request};

use crate::pipeline::store::TestAuditStore;
use crate::uplink::fake_gateway::{CONNECTOR, FakeGateway};

const AUDITOR: &str = "auditors-token";

struct ConnectorProcess {
    child: Child,
    folder: tempfile::TempDir,
    metrics: SocketAddr,
    audit_api: SocketAddr,
}

impl Drop for ConnectorProcess {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn write(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path
}

pub(crate) fn program(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_groundwire-connector"));
    command
        .env_clear()
        .arg("--config")
        .arg(folder.join("connector.toml"))
        .stdin(Stdio::null());
    command
}

impl ConnectorProcess {
    fn start(gateway: &FakeGateway, database_url: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (metrics, audit_api) = (free_port(), free_port());
        let at = folder.path();
        let url_file = write(at, "database-url", database_url);
        let password = write(at, "ad-password", "not used");
        let token = write(at, "token", gateway.token());
        let hash = Fingerprint::of(AUDITOR.as_bytes());
        let tokens = format!("[[token]]\nsubject = \"ann\"\nrole = \"auditor\"\nsha256 = \"{hash}\"\n");
        let tokens = write(at, "tokens.toml", &tokens);
        // Any CA will do: nobody answers there.
        let ca = write(at, "ca.pem", gateway.authority_pem());
        let state = at.join("state");
        std::fs::create_dir(&state).unwrap();
        let config = format!(
            "[directory]\ngateway_url = \"{}\"\n[enrollment]\ntoken_file = {token:?}\n[identity]\nfolder = {state:?}\n\
             [ad]\nurl = \"ldaps://127.0.0.1:1\"\nca_file = {ca:?}\nbind_dn = \"CN=svc\"\npassword_file = {password:?}\n\
             scope_include = [\"OU=Staff,DC=x\"]\n[database]\nurl_file = {url_file:?}\n[audit_api]\n\
             listen = \"{audit_api}\"\ntokens_file = {tokens:?}\n[metrics]\nlisten = \"{metrics}\"\n\
             [shutdown]\ngrace = \"5s\"\n",
            gateway.url()
        );
        write(at, "connector.toml", &config);
        let child = program(at).arg("serve").stderr(Stdio::inherit()).spawn().unwrap();
        Self {
            child,
            folder,
            metrics,
            audit_api,
        }
    }

    /// Local addresses of this process's listening TCP sockets and unconnected UDP sockets, as the kernel writes them.
    fn listening(&self) -> HashSet<String> {
        let own: HashSet<String> = std::fs::read_dir(format!("/proc/{}/fd", self.child.id()))
            .expect("tests run as root, or the process would hide its files")
            .filter_map(|entry| std::fs::read_link(entry.ok()?.path()).ok())
            .filter_map(|link| {
                Some(
                    link.to_str()?
                        .strip_prefix("socket:[")?
                        .strip_suffix(']')?
                        .to_owned(),
                )
            })
            .collect();
        ["tcp", "tcp6", "udp", "udp6"]
            .iter()
            .flat_map(|table| {
                let text = std::fs::read_to_string(format!("/proc/net/{table}")).unwrap_or_default();
                text.lines().skip(1).map(str::to_owned).collect::<Vec<_>>()
            })
            .filter_map(|line| {
                let fields: Vec<&str> = line.split_whitespace().collect();
                // 0A is LISTEN; 07 is an unconnected UDP socket.
                let is_open = matches!(*fields.get(3)?, "0A" | "07");
                let local = (*fields.get(1)?).to_owned();
                (is_open && own.contains(*fields.get(9)?)).then_some(local)
            })
            .collect()
    }

    async fn audit_channel(&self) -> Channel {
        let ca = std::fs::read_to_string(self.folder.path().join("state/audit-ca.crt")).unwrap();
        let connector = Connector::new(ConnectorOptions {
            versions: TlsVersions::From12,
            ..ConnectorOptions::new(ServerTrust::RootsPem(ca))
        })
        .unwrap();
        let endpoint = Endpoint::from_shared(format!("http://{}", self.audit_api)).unwrap();
        endpoint.connect_with_connector(connector).await.unwrap()
    }
}

fn with_token<T>(message: T, token: &str) -> Request<T> {
    let mut request = Request::new(message);
    let value = format!("Bearer {token}").parse().unwrap();
    request.metadata_mut().insert("authorization", value);
    request
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_program_enrols_attaches_and_listens_only_where_it_is_told() {
    let store = TestAuditStore::create().await;
    let mut gateway = FakeGateway::start().await;
    let mut process = ConnectorProcess::start(&gateway, &store.service_url());
    let mut stream = gateway.next_stream().await;
    assert_eq!(stream.hello.version, env!("CARGO_PKG_VERSION"));
    let identity = std::fs::read_to_string(process.folder.path().join("state/connector.json")).unwrap();
    assert!(identity.contains(&CONNECTOR.to_string()));

    let on_loopback = |address: SocketAddr| format!("0100007F:{:04X}", address.port());
    let expected = HashSet::from([on_loopback(process.metrics), on_loopback(process.audit_api)]);
    assert_eq!(process.listening(), expected);

    // It says that its domain controller is away, to the directory and to whoever asks for its health.
    let complaint = soon("the complaint", async {
        loop {
            let heartbeat = stream.next_heartbeat().await;
            if let Some(reason) = heartbeat.conditions.first() {
                return reason.code();
            }
        }
    })
    .await;
    assert_eq!(complaint, ReasonCode::DcUnreachable);
    let health = program(process.folder.path())
        .arg("healthcheck")
        .output()
        .unwrap();
    assert!(!health.status.success());
    assert!(String::from_utf8_lossy(&health.stderr).contains("domain_controller: does not answer"));

    let channel = process.audit_channel().await;
    list_the_audit_log(AuditServiceClient::new(channel.clone())).await;
    for services in reflected_services(channel).await.unwrap() {
        let audit = "groundwire.audit.v1.AuditService".to_owned();
        assert!(services.contains(&audit), "{services:?}");
    }

    let pid = process.child.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-TERM", &pid])
            .status()
            .unwrap()
            .success()
    );
    while stream.next().await.is_some() {}
    let stopped = soon("the end", async {
        loop {
            if let Some(status) = process.child.try_wait().unwrap() {
                return status;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
    assert!(stopped.success(), "{stopped}");
}

async fn list_the_audit_log(mut client: AuditServiceClient<Channel>) {
    let nobody = client.list_audit_events(ListAuditEventsRequest::default()).await;
    assert_eq!(nobody.unwrap_err().code(), Code::Unauthenticated);
    let wrong = client
        .list_audit_events(with_token(ListAuditEventsRequest::default(), "other"))
        .await;
    assert_eq!(wrong.unwrap_err().code(), Code::Unauthenticated);
    let later = client
        .verify_audit_log(with_token(VerifyAuditLogRequest::default(), AUDITOR))
        .await;
    assert_eq!(later.unwrap_err().code(), Code::Unimplemented);
    for malformed in [
        ListAuditEventsRequest {
            page_size: 1_001,
            ..ListAuditEventsRequest::default()
        },
        ListAuditEventsRequest {
            operation_id: "x".to_owned(),
            ..ListAuditEventsRequest::default()
        },
        ListAuditEventsRequest {
            trace_id: "x".to_owned(),
            ..ListAuditEventsRequest::default()
        },
        ListAuditEventsRequest {
            page_token: "x".to_owned(),
            ..ListAuditEventsRequest::default()
        },
    ] {
        let refused = client.list_audit_events(with_token(malformed, AUDITOR)).await;
        assert_eq!(refused.unwrap_err().code(), Code::InvalidArgument);
    }

    let mut seen = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = ListAuditEventsRequest {
            page_size: 1,
            page_token,
            ..ListAuditEventsRequest::default()
        };
        let page = client
            .list_audit_events(with_token(request, AUDITOR))
            .await
            .unwrap()
            .into_inner();
        assert!(page.audit_events.len() <= 1);
        assert!(page.head.is_some());
        seen.extend(page.audit_events);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    let positions: Vec<u64> = seen.iter().map(|event| event.position).collect();
    assert_eq!(positions, (1..=positions.len() as u64).collect::<Vec<_>>());
    let started = seen
        .iter()
        .find(|event| event.event_type == "Started")
        .expect("Started is recorded");
    assert_eq!(started.stream, format!("connector/{CONNECTOR}"));
    assert!(started.body_json.contains(env!("CARGO_PKG_VERSION")));
    let chained = seen.windows(2).all(|pair| pair[1].previous_hash == pair[0].hash);
    assert!(chained, "each record names the one before");
}

#[test]
fn a_configuration_that_cannot_be_used_is_refused_before_anything_is_done() {
    let folder = tempfile::tempdir().unwrap();
    let config = write(
        folder.path(),
        "connector.toml",
        "ad.url = \"ldap://dc1\"\n\n[guardrails]\nkind = 1\n",
    );
    let run = |arguments: &[&str]| {
        let output = program(folder.path()).args(arguments).output().unwrap();
        let text =
            |bytes: &[u8]| String::from_utf8_lossy(bytes).replace(&config.display().to_string(), "FILE");
        (output.status.code(), text(&output.stdout), text(&output.stderr))
    };
    let (status, said, refused) = run(&["healthcheck"]);
    assert_eq!((status, said.as_str()), (Some(2), ""));
    assert!(
        refused.starts_with("groundwire-connector: FILE:4: `guardrails.kind`: unknown field `kind`"),
        "{refused}"
    );

    write(folder.path(), "connector.toml", "[ad]\nurl = \"ldap://dc1\"\n");
    let (status, said, refused) = run(&["serve"]);
    assert_eq!((status, said.as_str()), (Some(2), ""));
    assert!(
        refused.contains("`ad.url` must be ldaps://host[:port]; anything else would show passwords (FILE:2)")
            && refused.contains("`ad.bind_dn` is required (the defaults)"),
        "{refused}"
    );
    // Only `serve` needs a whole configuration; `doctor` says what it lacks.
    let (status, said, _) = run(&["doctor"]);
    assert_eq!(status, Some(1));
    assert!(
        said.contains("configuration") && said.contains("(FILE:2)"),
        "{said}"
    );
}

#[test]
fn old_keys_are_read_with_a_warning() {
    let folder = tempfile::tempdir().unwrap();
    let config = write(
        folder.path(),
        "connector.toml",
        "[shutdown]\ngrace_seconds = 5\n[database_rights]\nwriter_role = \"writer\"\n",
    );
    let output = program(folder.path()).arg("print-config").output().unwrap();
    assert!(output.status.success());
    let (said, warned) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    let file = config.display();
    assert!(
        said.contains(&format!("[shutdown]\ngrace = \"5s\" # {file}:2\n")),
        "{said}"
    );
    assert!(
        said.contains(&format!(
            "[migrate]\nservice_role = \"writer\" # {file}:4\nurl_file = \"\"\n"
        )),
        "{said}"
    );
    assert!(
        warned.contains(&format!(
            "groundwire-connector: warning: `database_rights.writer_role` ({file}:4) is now \
             `migrate.service_role = \"writer\"`; the old key will not be read by the next release"
        )),
        "{warned}"
    );
}
