//! The parts of the system as containers: stopped, paused, killed, cut off, looked into.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::World;

/// Holds the domain controller's database so that reads go on and writes stall, until it is dropped or released.
///
/// Real, not a fake: an LDB transaction of another process on the DC, as a backup or a bulk import holds one.
pub(crate) struct StalledWrites {
    holder: Child,
}

impl StalledWrites {
    pub(crate) fn release(mut self) {
        self.let_go();
    }

    fn let_go(&mut self) {
        if let Some(mut input) = self.holder.stdin.take() {
            let _ = input.write_all(b"\n");
        }
        let _ = self.holder.wait();
    }
}

impl Drop for StalledWrites {
    fn drop(&mut self) {
        self.let_go();
    }
}

/// Holds a lock in a database so that appends to its log stall, until it is dropped.
pub(crate) struct StalledLog {
    session: Child,
}

impl StalledLog {
    /// Lets go of the log, and loses what was sent to it and waits: a statement whose sender died is otherwise carried out.
    pub(crate) fn lose_what_waits(mut self) {
        const LOSE: &[u8] = b"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity \
            WHERE datname = current_database() AND wait_event_type = 'Lock';\n";
        let input = self.session.stdin.as_mut().expect("a pipe");
        input.write_all(LOSE).expect("psql takes input");
    }
}

impl Drop for StalledLog {
    fn drop(&mut self) {
        if let Some(mut input) = self.session.stdin.take() {
            let _ = input.write_all(b"ROLLBACK;\n\\q\n");
        }
        let _ = self.session.wait();
    }
}

impl World {
    /// The name of a part's container; v1 and v2 of compose differ in the separator.
    pub(crate) fn container(&self, service: &str) -> String {
        let label = format!("label=com.docker.compose.service={service}");
        let project = format!("label=com.docker.compose.project={}", self.project);
        let listed = run(&["ps", "--all", "--quiet", "--filter", &label, "--filter", &project]);
        let id = listed
            .lines()
            .next()
            .unwrap_or_else(|| panic!("no container of {service}"));
        id.to_owned()
    }

    pub(crate) fn docker(&self, verb: &str, service: &str) {
        run(&[verb, &self.container(service)]);
    }

    /// At once, as a crash: SIGKILL.
    pub(crate) fn kill(&self, service: &str) {
        run(&["kill", "--signal", "KILL", &self.container(service)]);
    }

    pub(crate) fn start(&self, service: &str) {
        run(&["start", &self.container(service)]);
    }

    /// Waits until a part that was started answers its health check.
    pub(crate) fn wait_healthy(&self, service: &str) {
        const PATIENCE: Duration = Duration::from_secs(60);
        let container = self.container(service);
        let begun = Instant::now();
        let is_healthy =
            || run(&["inspect", "--format", "{{.State.Health.Status}}", &container]).trim() == "healthy";
        while !is_healthy() {
            assert!(begun.elapsed() < PATIENCE, "{service} is not healthy again");
        }
    }

    /// The one network that a part is on.
    pub(crate) fn network_of(&self, service: &str) -> String {
        const NAMES: &str = "{{range $name, $_ := .NetworkSettings.Networks}}{{$name}}{{end}}";
        let network = run(&["inspect", "--format", NAMES, &self.container(service)]);
        network.trim().to_owned()
    }

    /// Where a part is on a network.
    pub(crate) fn address_of(&self, service: &str, network: &str) -> String {
        let format = format!("{{{{(index .NetworkSettings.Networks {network:?}).IPAddress}}}}");
        let address = run(&["inspect", "--format", &format, &self.container(service)]);
        address.trim().to_owned()
    }

    /// Takes a part off a network: what is sent to it is lost, and nobody says so.
    pub(crate) fn disconnect(&self, service: &str, network: &str) {
        run(&["network", "disconnect", network, &self.container(service)]);
    }

    /// Puts a part on a network, under the name of its service.
    pub(crate) fn connect(&self, service: &str, network: &str) {
        run(&[
            "network",
            "connect",
            "--alias",
            service,
            network,
            &self.container(service),
        ]);
    }

    /// Runs a command in a part and answers what it printed.
    pub(crate) fn inside(&self, service: &str, command: &[&str]) -> String {
        let container = self.container(service);
        let mut arguments = vec!["exec", container.as_str()];
        arguments.extend(command);
        run(&arguments)
    }

    /// Whether a command in a part succeeds; it does not while the part is down.
    pub(crate) fn succeeds_inside(&self, service: &str, command: &[&str]) -> bool {
        let output = Command::new("docker")
            .arg("exec")
            .arg(self.container(service))
            .args(command)
            .output()
            .expect("docker runs");
        output.status.success()
    }

    /// Everything the part has logged.
    pub(crate) fn logs(&self, service: &str) -> String {
        let output = Command::new("docker")
            .arg("logs")
            .arg(self.container(service))
            .output()
            .expect("docker runs");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        text(&output.stdout) + &text(&output.stderr)
    }

    /// What a query of one value answers, in the database of this part.
    pub(crate) fn value(&self, database: &str, query: &str) -> String {
        let command = format!(
            "psql --no-psqlrc --quiet --tuples-only --no-align -U postgres -d \"$DATABASE\" -c \"{query}\""
        );
        let answer = self.inside(database, &["sh", "-c", &command]);
        answer.trim().to_owned()
    }

    /// Keeps what the database of this part holds now, for [`World::restore_dump`]. Whoever uses it must be stopped.
    pub(crate) fn dump(&self, database: &str) {
        self.administer(database, "DROP DATABASE IF EXISTS ${DATABASE}_dump WITH (FORCE)");
        self.administer(database, "CREATE DATABASE ${DATABASE}_dump TEMPLATE ${DATABASE}");
    }

    /// The database of this part holds what it held at [`World::dump`]: what came later is lost. Whoever uses it must be
    /// stopped.
    pub(crate) fn restore_dump(&self, database: &str) {
        self.administer(database, "DROP DATABASE ${DATABASE} WITH (FORCE)");
        self.administer(database, "CREATE DATABASE ${DATABASE} TEMPLATE ${DATABASE}_dump");
        self.administer(database, "DROP DATABASE ${DATABASE}_dump WITH (FORCE)");
    }

    /// Nobody may use a database while it is copied; health checks do for a moment.
    fn administer(&self, database: &str, statement: &str) {
        let command = format!(
            "for try in 1 2 3 4 5 6 7 8 9 10; do \
               psql --no-psqlrc --quiet -U postgres -d postgres -c \"{statement}\" && exit 0; sleep 0.3; \
             done; exit 1"
        );
        self.inside(database, &["sh", "-c", &command]);
    }

    /// Reads go on, writes stall.
    pub(crate) fn stall_dc_writes(&self) -> StalledWrites {
        const HOLD: &str = "import sys\n\
            from samba.samdb import SamDB\n\
            from samba.param import LoadParm\n\
            from samba.auth import system_session\n\
            lp = LoadParm()\n\
            lp.load_default()\n\
            db = SamDB(lp=lp, session_info=system_session())\n\
            db.transaction_start()\n\
            print('held', flush=True)\n\
            sys.stdin.readline()\n\
            db.transaction_cancel()\n";
        let container = self.container("dc");
        let mut holder = Command::new("docker")
            .args(["exec", "--interactive", &container, "python3", "-c", HOLD])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("docker runs");
        let mut line = String::new();
        let output = holder.stdout.take().expect("a pipe");
        BufReader::new(output)
            .read_line(&mut line)
            .expect("the holder speaks");
        assert_eq!(line.trim(), "held", "the DC's database could not be held");
        StalledWrites { holder }
    }

    /// Appends to the logs in this database stall.
    pub(crate) fn stall_log(&self, database: &str) -> StalledLog {
        let container = self.container(database);
        let mut session = Command::new("docker")
            .args(["exec", "--interactive", &container, "sh", "-c"])
            .arg("psql --no-psqlrc --quiet --tuples-only --no-align -U postgres \"$DATABASE\"")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("docker runs");
        let input = session.stdin.as_mut().expect("a pipe");
        input
            .write_all(b"BEGIN; LOCK TABLE eventlog.records IN EXCLUSIVE MODE; SELECT 'held';\n")
            .expect("psql takes input");
        let mut line = String::new();
        let output = session.stdout.take().expect("a pipe");
        BufReader::new(output).read_line(&mut line).expect("psql speaks");
        assert_eq!(line.trim(), "held", "the log could not be held");
        StalledLog { session }
    }
}

pub(crate) fn run(arguments: &[&str]) -> String {
    let output = Command::new("docker")
        .args(arguments)
        .output()
        .expect("docker runs");
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "docker {}: {error}", arguments.join(" "));
    String::from_utf8_lossy(&output.stdout).into_owned()
}
