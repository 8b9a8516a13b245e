//! A PostgreSQL server of a test's own, which it may stop and break.

use std::net::{SocketAddr, TcpStream};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use super::process::quiet_port;
use super::services_required;

pub(crate) struct PrivatePostgres {
    programs: PathBuf,
    folder: TempDir,
    port: u16,
}

impl PrivatePostgres {
    /// `None`, said aloud, when the server is not installed and tests may leave it out.
    pub(crate) fn start() -> Option<Self> {
        let versions = std::fs::read_dir("/usr/lib/postgresql")
            .into_iter()
            .flatten();
        let mut programs: Vec<_> = versions
            .flatten()
            .map(|one| one.path().join("bin"))
            .collect();
        programs.sort();
        assert!(
            !programs.is_empty() || !services_required(),
            "PostgreSQL is not installed"
        );
        let Some(programs) = programs.pop() else {
            testkit::left_out("a PostgreSQL server that may be stopped is not installed");
            return None;
        };
        let folder = tempfile::tempdir().expect("a temporary folder");
        // The server's own user must get in, who is not the one of the tests.
        let open = std::fs::Permissions::from_mode(0o777);
        std::fs::set_permissions(folder.path(), open).expect("a mode");
        let server = Self {
            programs,
            folder,
            port: quiet_port(),
        };
        server.run(
            "initdb",
            &["--auth=trust", "--username=postgres", "--no-sync"],
        );
        let options = format!(
            "-p {} -k {} -c fsync=off",
            server.port,
            server.folder.path().display()
        );
        server.run("pg_ctl", &["-w", "-o", &options, "start"]);
        Some(server)
    }

    pub(crate) fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    /// Its processes are killed without a goodbye, and it starts again on its data.
    pub(crate) fn restart(&self) {
        self.run("pg_ctl", &["-w", "-m", "immediate", "restart"]);
        let address = SocketAddr::from(([127, 0, 0, 1], self.port));
        TcpStream::connect(address).expect("it listens");
    }

    fn run(&self, program: &str, arguments: &[&str]) {
        let done = self.command(program, arguments).status();
        assert!(done.expect("it runs").success(), "{program} {arguments:?}");
    }

    /// PostgreSQL refuses to run as root.
    fn command(&self, program: &str, arguments: &[&str]) -> Command {
        let program = self.programs.join(program);
        let root = Path::new("/proc/self").metadata();
        let root = root.is_ok_and(|me| me.uid() == 0);
        let mut command = match root {
            true => {
                let mut command = Command::new("runuser");
                command.args(["-u", "postgres", "--"]).arg(program);
                command
            }
            false => Command::new(program),
        };
        command
            .arg("-D")
            .arg(self.folder.path().join("data"))
            .args(arguments)
            .current_dir(self.folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command
    }
}

impl Drop for PrivatePostgres {
    fn drop(&mut self) {
        let _ = self
            .command("pg_ctl", &["-m", "immediate", "stop"])
            .status();
    }
}
