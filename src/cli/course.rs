//! `gopro course` checks, imports, and exports course folders.

use std::path::PathBuf;

use anyhow::{Context, Result, bail, ensure};
use clap::Subcommand;
use course::{CourseFiles, ImportReport, write_schemas};
use kernel::{Env, Fault, Kind, Operation, UserId};

use super::output::say;
use crate::config::Settings;
use crate::module_name::ModuleName;
use crate::modules::{Databases, Modules, asset_store};

#[derive(Debug, Subcommand)]
pub(super) enum Course {
    /// Write a new course folder with a lesson and an exercise of each kind.
    New {
        /// A new or empty folder.
        folder: PathBuf,
        /// The title of the course, from which its slug is made; without it, the name of the folder.
        #[arg(long)]
        title: Option<String>,
    },
    /// Write the JSON schemas of the files to a course folder, for editors that complete and check YAML.
    Schema {
        /// The folder with course.yaml.
        folder: PathBuf,
    },
    /// Check a course folder and report every error with its file and line.
    Check {
        /// The folder with course.yaml.
        folder: PathBuf,
    },
    /// Import a course folder; a course that already exists is updated.
    Import {
        /// The folder with course.yaml.
        folder: PathBuf,
        /// The owner of a new course: a username, an email address, or a user id.
        #[arg(long)]
        owner: String,
        /// Publish a new version if anything has changed.
        #[arg(long)]
        publish: bool,
        /// Show what would change without changing anything.
        #[arg(long)]
        dry_run: bool,
    },
    /// Export the draft of a course to a folder that import can read.
    Export {
        /// The course's id or slug.
        course: String,
        /// A new or empty folder.
        folder: PathBuf,
    },
}

impl Course {
    pub(super) async fn run(self, settings: Settings) -> Result<()> {
        match self {
            Self::New { folder, title } => {
                let name = folder.file_name().map(|name| name.to_string_lossy());
                let title = title.or(name.map(|name| name.replace('-', " ")));
                let tail = Env::system().bytes::<3>().map(|byte| format!("{byte:02x}"));
                let files = CourseFiles::template(&title.unwrap_or_default(), &tail.concat());
                let faults = files.check();
                if let Some(fault) = faults.first() {
                    bail!("this title cannot be used: {}", fault.message);
                }
                files
                    .write_to(&folder)
                    .and_then(|()| write_schemas(&folder))
                    .with_context(|| format!("cannot write {}", folder.display()))?;
                say(&format!(
                    "The course was written to {0}; check it with gopro course check {0}",
                    folder.display()
                ));
                Ok(())
            }
            Self::Schema { folder } => {
                let course = folder.join("course.yaml");
                ensure!(course.is_file(), "there is no {}", course.display());
                write_schemas(&folder)
                    .with_context(|| format!("cannot write to {}", folder.display()))?;
                say(&format!(
                    "The schemas were written to {}/.gopro",
                    folder.display()
                ));
                Ok(())
            }
            Self::Check { folder } => check(&folder),
            Self::Import {
                folder,
                owner,
                publish,
                dry_run,
            } => {
                check(&folder)?;
                let files = read(&folder)?;
                let env = Env::system();
                let (_data, modules) = Modules::start(&settings, &env).await?;
                let owner = find_owner(&modules, &owner).await?;
                let operation = Operation::system("gopro course import");
                let course = modules.course()?;
                let imported = course.import(&files, owner, &operation, publish, dry_run);
                let report = imported.await.inspect_err(|refused| {
                    refused.places().iter().for_each(|place| say(place));
                })?;
                print_report(&report, dry_run);
                modules.settle().await.context(
                    "the other modules are notified once a server runs and publishes its events",
                )
            }
            Self::Export { course, folder } => {
                let databases = Databases::attach(&settings).await?;
                databases.refuse_pending().await?;
                let database = databases.of(ModuleName::Course)?;
                let assets = asset_store(&settings)?;
                course::Course::export(database, &assets, &course, &folder)
                    .await
                    .with_context(|| format!("cannot export {course} to {}", folder.display()))?;
                say(&format!("The course was exported to {}", folder.display()));
                Ok(())
            }
        }
    }
}

/// The user of this id, or who logs in so.
async fn find_owner(modules: &Modules, owner: &str) -> Result<UserId> {
    let found = match owner.parse::<UserId>() {
        Ok(id) => {
            let known = modules.users().find_users(&[id]).await?;
            known.first().map(|user| user.id)
        }
        Err(_) => match modules.user()?.find_login(owner).await {
            Ok(id) => Some(id),
            Err(error) if error.kind() == Kind::NotFound => None,
            Err(error) => return Err(error.into()),
        },
    };
    found.with_context(|| {
        format!(
            "there is no account {owner}; create one with gopro user create --role instructor, which prints its id"
        )
    })
}

fn check(folder: &std::path::Path) -> Result<()> {
    let files = read(folder)?;
    let faults = course::Course::check(&files);
    for fault in &faults {
        say(&format!("{}:{}: {}", fault.file, fault.line, fault.message));
    }
    if !faults.is_empty() {
        bail!(
            "{} error(s); fix them and run the command again",
            faults.len()
        );
    }
    for warning in course::Course::warnings(&files) {
        say(&format!(
            "{}:{}: warning: {}",
            warning.file, warning.line, warning.message
        ));
    }
    say("The course is valid.");
    Ok(())
}

fn read(folder: &std::path::Path) -> Result<CourseFiles> {
    CourseFiles::from_folder(folder).with_context(|| {
        format!(
            "cannot read {}; specify the folder that contains course.yaml",
            folder.display()
        )
    })
}

fn print_report(report: &ImportReport, dry_run: bool) {
    let would = if dry_run { "would be " } else { "" };
    if report.unchanged() {
        say(&format!("{} is unchanged.", report.slug));
        return;
    }
    let what = if report.created { "created" } else { "updated" };
    say(&format!(
        "{} {would}{what}: {} added, {} changed, {} removed.",
        report.slug, report.added, report.changed, report.removed
    ));
    if let Some(version) = report.published {
        say(&format!("Version {version} {would}published."));
    }
}
