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
    /// `None`, said aloud, when the server is not installed and tests may leave it out. It does not
    /// flush, which tests of anything but disks need not wait for.
    pub(crate) fn start() -> Option<Self> {
        Self::start_with("fsync=off", &[])
    }

    /// As [`PrivatePostgres::start`], with a setting and variables of the environment.
    pub(crate) fn start_with(setting: &str, environment: &[(&str, String)]) -> Option<Self> {
        let server = Self::find()?;
        server.make(&[]);
        server.begin(setting, environment);
        Some(server)
    }

    /// As [`PrivatePostgres::start`], in a folder that `prepare` has done something to, with its log
    /// elsewhere; `None` when that could not be done.
    pub(crate) fn start_on(prepare: impl FnOnce(&Path) -> bool) -> Option<Self> {
        let server = Self::find()?;
        let data = server.folder.path().join("data");
        std::fs::create_dir(&data).expect("a folder");
        if !prepare(&data) {
            return None;
        }
        // Its own user must own the folder.
        let owned = Command::new("chown").arg("postgres").arg(&data).status();
        assert!(owned.expect("chown runs").success());
        let log = server.folder.path().join("log");
        server.make(&["--waldir", log.to_str().expect("UTF-8")]);
        server.begin("fsync=on", &[]);
        Some(server)
    }

    fn find() -> Option<Self> {
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
        Some(Self {
            programs,
            folder,
            port: quiet_port(),
        })
    }

    fn make(&self, further: &[&str]) {
        let arguments = ["--auth=trust", "--username=postgres", "--no-sync"];
        self.run("initdb", &[&arguments, further].concat());
    }

    fn begin(&self, setting: &str, environment: &[(&str, String)]) {
        let options = format!(
            "-p {} -k {} -c {setting}",
            self.port,
            self.folder.path().display()
        );
        let mut start = self.command("pg_ctl", &["-w", "-o", &options, "start"]);
        start.envs(environment.iter().map(|(name, value)| (name, value)));
        assert!(start.status().expect("it runs").success(), "it starts");
    }

    pub(crate) fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    /// The process that starts all others of the server.
    pub(crate) fn id(&self) -> u32 {
        let file = self.folder.path().join("data/postmaster.pid");
        let text = std::fs::read_to_string(file).expect("it runs");
        let id = text.lines().next().expect("a line");
        id.parse().expect("a number")
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
