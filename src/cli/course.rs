//! `gopro course` checks, imports and exports course folders.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::Subcommand;
use course::{CourseFiles, ImportReport};
use kernel::{Ambient, Operation, UserId};

use super::say;
use crate::config::Settings;
use crate::modules::{Databases, ModuleName, Modules};

#[derive(Debug, Subcommand)]
pub(super) enum Course {
    /// Read a course folder and tell every fault with its file and line.
    Check {
        /// The folder with course.yaml.
        folder: PathBuf,
    },
    /// Load a course folder; a course that is there already is brought up to date.
    Import {
        /// The folder with course.yaml.
        folder: PathBuf,
        /// The id of the person who shall own a new course.
        #[arg(long)]
        owner: UserId,
        /// Publish a new version when something has changed.
        #[arg(long)]
        publish: bool,
        /// Say what would change, and change nothing.
        #[arg(long)]
        dry_run: bool,
    },
    /// Write a course's draft to a folder that import reads.
    Export {
        /// The course's id or slug.
        course: String,
        /// A folder that is empty or new.
        folder: PathBuf,
    },
}

impl Course {
    pub(super) async fn run(self, settings: Settings) -> Result<()> {
        match self {
            Self::Check { folder } => check(&folder),
            Self::Import {
                folder,
                owner,
                publish,
                dry_run,
            } => {
                check(&folder)?;
                let files = read(&folder)?;
                let ambient = Ambient::system();
                let (_data, modules) = Modules::start(&settings, &ambient).await?;
                let known = modules.users().people(&[owner]).await?;
                if known.is_empty() {
                    bail!(
                        "there is no account {owner}; make one with gopro user create --role instructor, which prints its id"
                    );
                }
                let operation = Operation::system("gopro course import");
                let report = modules
                    .course()?
                    .import(&files, owner, &operation, publish, dry_run)
                    .await?;
                tell(&report, dry_run);
                modules
                    .settle()
                    .await
                    .context("the others hear of it when a server runs and sends its events")
            }
            Self::Export { course, folder } => {
                let databases = Databases::visit(&settings).await?;
                databases.refuse_pending().await?;
                course::Course::export(databases.of(ModuleName::Course)?, &course, &folder)
                    .await
                    .with_context(|| format!("cannot export {course} to {}", folder.display()))?;
                say(&format!("The course is written to {}", folder.display()));
                Ok(())
            }
        }
    }
}

fn check(folder: &std::path::Path) -> Result<()> {
    let files = read(folder)?;
    let faults = course::Course::check(&files);
    for fault in &faults {
        say(&format!("{}:{}: {}", fault.file, fault.line, fault.message));
    }
    if !faults.is_empty() {
        bail!(
            "{} fault(s) and nothing imported; mend them and run it again",
            faults.len()
        );
    }
    say("The course is good.");
    Ok(())
}

fn read(folder: &std::path::Path) -> Result<CourseFiles> {
    CourseFiles::from_folder(folder).with_context(|| {
        format!(
            "cannot read {}; give the folder that holds course.yaml",
            folder.display()
        )
    })
}

fn tell(report: &ImportReport, dry_run: bool) {
    let would = if dry_run { "would be " } else { "" };
    if report.unchanged() {
        say(&format!("{} is unchanged.", report.slug));
        return;
    }
    let what = if report.created {
        "created"
    } else {
        "brought up to date"
    };
    say(&format!(
        "{} {would}{what}: {} added, {} changed, {} removed.",
        report.slug, report.added, report.changed, report.removed
    ));
    if let Some(version) = report.published {
        say(&format!("Version {version} {would}published."));
    }
}
