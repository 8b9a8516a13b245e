//! The demo: three accounts, a course and an enrollment, the same however often it is loaded.

use anyhow::{Context, Result};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use kernel::{
    CourseId, EnrollmentId, Env, ExposeSecret, Fault, Operation, Role, SecretString, UserId,
};
use user::NewAccount;

use crate::config::DemoSettings;
use crate::modules::Modules;

const LEARNER: &str = "01940000-0000-7000-8000-000000000a01";
const INSTRUCTOR: &str = "01940000-0000-7000-8000-000000000a02";
const ADMIN: &str = "01940000-0000-7000-8000-000000000a03";
const COURSE: &str = "01940000-0000-7000-8000-000000000001";
const ENROLLMENT: &str = "01940000-0000-7000-8000-000000000e01";

/// An account that was made just now.
#[derive(Debug)]
pub struct MadeAccount {
    /// What to log in with.
    pub username: &'static str,
    /// The password, when it was generated and must be printed.
    pub password: Option<SecretString>,
}

/// Loads what is missing of the demo; returns the accounts that were made.
///
/// # Errors
/// When a module does not run here, a database fails or a configured password breaks a rule.
pub async fn demo(
    modules: &Modules,
    settings: &DemoSettings,
    env: &Env,
) -> Result<Vec<MadeAccount>> {
    let operation = Operation::system("demo");
    let student = vec![Role::Student];
    let instructor = vec![Role::Student, Role::Instructor];
    let admin = vec![Role::Student, Role::Instructor, Role::Admin];
    let mut made = Vec::new();
    for (id, username, name, roles, password) in [
        (
            LEARNER,
            "learner",
            "Lea Learner",
            student,
            &settings.learner_password,
        ),
        (
            INSTRUCTOR,
            "instructor",
            "Ina Instructor",
            instructor,
            &settings.instructor_password,
        ),
        (ADMIN, "admin", "Ada Admin", admin, &settings.admin_password),
    ] {
        let id: UserId = id.parse()?;
        if !modules.users().find_users(&[id]).await?.is_empty() {
            continue;
        }
        let generated = password.expose_secret().is_empty();
        let password: SecretString = if generated {
            BASE64_URL_SAFE_NO_PAD.encode(env.bytes::<15>()).into()
        } else {
            password.clone()
        };
        let account = NewAccount {
            id: Some(id),
            username: username.to_owned(),
            email: format!("{username}@example.org"),
            password: password.clone(),
            display_name: Some(name.to_owned()),
            locale: None,
            time_zone: None,
            roles: roles.into(),
        };
        modules
            .user()?
            .create(&operation, account)
            .await
            .map_err(explained)
            .with_context(|| {
                format!(
                    "the demo account {username} cannot be made; check demo.{username}_password"
                )
            })?;
        made.push(MadeAccount {
            username,
            password: generated.then_some(password),
        });
    }
    load_course(modules, &operation).await?;
    Ok(made)
}

/// The fields at fault in one line, as a terminal shows no JSON.
pub(crate) fn explained(error: user::Error) -> anyhow::Error {
    let fields = error.fields().into_iter().map(|fault| {
        let field = fault.pointer.trim_start_matches('/');
        format!("{field} {}", fault.message)
    });
    let fields: Vec<String> = fields.collect();
    if fields.is_empty() {
        return error.into();
    }
    anyhow::anyhow!("{error}: {}", fields.join("; "))
}

async fn load_course(modules: &Modules, operation: &Operation) -> Result<()> {
    let owner: UserId = INSTRUCTOR.parse()?;
    let files = course::CourseFiles::demo();
    modules
        .course()?
        .import(&files, owner, operation, true, false)
        .await
        .context("the demo course cannot be loaded")?;
    load_draft(modules, operation, owner).await?;
    modules.settle().await?;
    let learner: UserId = LEARNER.parse()?;
    let course: CourseId = COURSE.parse()?;
    let enrollment: EnrollmentId = ENROLLMENT.parse()?;
    modules
        .progress()?
        .enroll_as(learner, course, enrollment, operation)
        .await
        .context("the demo learner cannot be enrolled")?;
    modules.settle().await
}

/// A draft that authors can publish, change and delete without touching the demo course.
async fn load_draft(modules: &Modules, operation: &Operation, owner: UserId) -> Result<()> {
    let files = course::CourseFiles::demo_draft();
    let report = modules
        .course()?
        .import(&files, owner, operation, false, false)
        .await
        .context("the demo draft cannot be loaded")?;
    if report.created {
        let assistant: UserId = ADMIN.parse()?;
        modules
            .course()?
            .add_assistant(report.course_id, assistant, operation)
            .await?;
    }
    Ok(())
}
