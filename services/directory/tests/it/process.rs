//! The real program as a process: its commands, what it says, and its exit statuses.

use std::net::SocketAddr;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use groundwire_kit::testing::free_port;

use crate::database::{OWNER, SERVICE, TestDatabase, soon};

/// A folder with the files of a directory, and where its metrics are.
pub(crate) struct Program {
    folder: tempfile::TempDir,
    metrics: SocketAddr,
}

/// Ends with its test.
struct Serving(Child);

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Program {
    /// With this configuration, less the tokens and the folder of its keys.
    pub(crate) fn new(database: (&str, &str), config: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let metrics = free_port();
        let file = |name: &str, content: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, content).unwrap();
            path.display().to_string()
        };
        let token = format!(
            "[[token]]\nsubject = \"operator\"\nrole = \"operator\"\nsha256 = \"{}\"\n",
            "0".repeat(64)
        );
        let keys = folder.path().join("keys");
        std::fs::create_dir(&keys).unwrap();
        let whole = format!(
            "{config}api.listen = \"127.0.0.1:0\"\napi.tokens_file = {:?}\ngateway.listen = \"127.0.0.1:0\"\n\
             keys.folder = {keys:?}\ndatabase.url_file = {:?}\nmigrate.url_file = {:?}\n\
             migrate.service_role = \"{SERVICE}\"\n",
            file("tokens", &token),
            file("service", database.0),
            file("owner", database.1),
        );
        file("directory.toml", &whole.replace("METRICS", &metrics.to_string()));
        Self { folder, metrics }
    }

    pub(crate) fn of(database: &TestDatabase, config: &str) -> Self {
        Self::new((&database.url(SERVICE), &database.url(OWNER)), config)
    }

    fn config(&self) -> std::path::PathBuf {
        self.folder.path().join("directory.toml")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_groundwire-directory"));
        command
            .env_clear()
            .args(arguments)
            .arg("--config")
            .arg(self.config())
            .stdin(Stdio::null());
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    fn serve(&self) -> Serving {
        let log = std::fs::File::create(self.folder.path().join("log")).unwrap();
        Serving(self.command(&["serve"]).stderr(log).spawn().unwrap())
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap()
    }

    /// Asks for its health until the answer is as expected.
    async fn health_is(&self, expected: impl Fn(&Output) -> bool) {
        soon(async {
            while !expected(&self.run(&["healthcheck"])) {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        })
        .await;
    }
}

impl Serving {
    fn terminate(&self) {
        let pid = self.0.id().to_string();
        let killed = Command::new("kill").args(["-TERM", &pid]).status().unwrap();
        assert!(killed.success());
    }

    async fn exit_status(&mut self) -> Option<i32> {
        soon(async {
            loop {
                if let Some(status) = self.0.try_wait().unwrap() {
                    return status.code();
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        })
        .await
    }
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

pub(crate) fn status(output: &Output) -> Option<i32> {
    output.status.code()
}

pub(crate) const METRICS: &str = "metrics.listen = \"METRICS\"\n";

#[tokio::test]
async fn the_program_makes_its_keys_migrates_serves_and_stops_before_the_grace_is_over() {
    let database = TestDatabase::empty().await;
    let program = Program::of(&database, METRICS);
    let made = program.run(&["init-keys"]);
    assert_eq!(
        (status(&made), text(&made.stdout).as_str()),
        (
            Some(0),
            "made the server's CA\nmade the server's certificate for localhost, 127.0.0.1\n"
        )
    );
    let again = program.run(&["init-keys"]);
    assert_eq!((status(&again), text(&again.stdout).as_str()), (Some(0), ""));
    let migrated = program.run(&["migrate"]);
    assert_eq!(status(&migrated), Some(0), "{migrated:?}");
    assert!(text(&migrated.stderr).contains("the schema is up to date"));

    assert_eq!(status(&program.run(&["healthcheck"])), Some(1));
    let mut serving = program.serve();
    program.health_is(|health| status(health) == Some(0)).await;
    let metrics = get(program.metrics, "/metrics").await;
    assert!(
        metrics.contains("groundwire_directory_open_operations 0"),
        "{metrics}"
    );
    let begun = Instant::now();
    serving.terminate();
    assert_eq!(serving.exit_status().await, Some(0));
    // The default is 10 s, and nothing is under way.
    assert!(begun.elapsed() < Duration::from_secs(8), "{:?}", begun.elapsed());
    assert!(!program.log().contains("\"ERROR\""), "{}", program.log());
}

#[tokio::test]
async fn a_start_can_be_watched_and_a_signal_ends_it_at_once() {
    let nobody = "postgres://nobody:x@127.0.0.1:1/nothing";
    let program = Program::new((nobody, nobody), METRICS);
    assert_eq!(status(&program.run(&["init-keys"])), Some(0));
    let mut serving = program.serve();
    program
        .health_is(|health| text(&health.stderr).contains("not ready: database: not yet"))
        .await;
    let second = program.run(&["serve"]);
    assert_eq!(status(&second), Some(1));
    assert!(text(&second.stderr).contains("(`metrics.listen`)"), "{second:?}");
    serving.terminate();
    assert_eq!(serving.exit_status().await, Some(0));
}

#[tokio::test]
async fn a_failed_start_is_an_error_in_the_log_and_status_1() {
    let nobody = "postgres://nobody:x@127.0.0.1:1/nothing";
    let program = Program::new((nobody, nobody), METRICS);
    let served = program.run(&["serve"]);
    assert_eq!(status(&served), Some(1));
    let log = text(&served.stderr);
    assert_eq!(log.lines().count(), 1, "{log}");
    assert!(log.contains("\"ERROR\"") && log.contains("run `groundwire-directory init-keys` first"));
}

#[test]
fn a_configuration_that_cannot_be_used_is_refused_before_anything_is_done() {
    let refusal = |config: &str, arguments: &[&str]| {
        let program = Program::new(("x", "x"), config);
        let refused = program.run(arguments);
        assert_eq!((status(&refused), text(&refused.stdout).as_str()), (Some(2), ""));
        text(&refused.stderr).replace(&program.config().display().to_string(), "FILE")
    };
    let unknown = refusal("# A comment.\n\ngateway.listen_at = \"x\"\n", &["healthcheck"]);
    assert!(
        unknown.starts_with("groundwire-directory: FILE:3: `gateway.listen_at`: unknown field `listen_at`"),
        "{unknown}"
    );
    let value = refusal("shutdown.grace = \"soon\"\n", &["migrate"]);
    assert!(
        value.starts_with("groundwire-directory: FILE:1: `shutdown.grace`: "),
        "{value}"
    );
    let check = refusal("keys.server_names = []\n", &["serve"]);
    assert_eq!(
        check,
        "groundwire-directory: the configuration cannot be used: `keys.server_names` is required (FILE:1)\n"
    );
    let usage = refusal("", &["surf"]);
    assert!(usage.contains("Usage: groundwire-directory"), "{usage}");
}

#[tokio::test]
async fn old_keys_are_read_with_a_warning() {
    let database = TestDatabase::empty().await;
    let program = Program::of(&database, "http.port = 9001\n");
    let migrated = program.run(&["migrate"]);
    assert_eq!(status(&migrated), Some(0), "{migrated:?}");
    let path = program.config().display().to_string();
    let warning = format!("`http.port` ({path}:1) is now `metrics.listen = \\\"127.0.0.1:9001\\\"`");
    let log = text(&migrated.stderr);
    assert!(log.contains("\"WARN\"") && log.contains(&warning), "{log}");

    let printed = program
        .command(&["serve", "--dump-config"])
        .env("GROUNDWIRE_DIRECTORY__GATEWAY__HELLO_WITHIN_MS", "700")
        .output()
        .unwrap();
    assert_eq!(status(&printed), Some(0));
    let (said, warned) = (text(&printed.stdout), text(&printed.stderr));
    assert!(
        said.contains(&format!("[metrics]\nlisten = \"127.0.0.1:9001\" # {path}:1\n")),
        "{said}"
    );
    assert!(said.contains(
        "hello_timeout = \"700ms\" # environment variable GROUNDWIRE_DIRECTORY__GATEWAY__HELLO_WITHIN_MS\n"
    ));
    assert!(
        warned.contains("warning: `--dump-config` is now the command `print-config`"),
        "{warned}"
    );
    assert!(
        warned.contains("is now GROUNDWIRE_DIRECTORY__GATEWAY__HELLO_TIMEOUT=\"700ms\""),
        "{warned}"
    );
    assert_eq!(
        text(&program.run(&["print-config"]).stdout),
        said.replace(
            "hello_timeout = \"700ms\" # environment variable GROUNDWIRE_DIRECTORY__GATEWAY__HELLO_WITHIN_MS",
            "hello_timeout = \"5s\"",
        )
    );
}

async fn get(address: SocketAddr, path: &str) -> String {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}
