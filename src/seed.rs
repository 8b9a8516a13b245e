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

/// An account of the demo.
#[derive(Debug, Clone)]
pub struct DemoAccount {
    /// What to log in with.
    pub username: &'static str,
    /// The password, if it is known: configured, or generated just now.
    pub password: Option<SecretString>,
    /// Whether it was made just now.
    pub is_new: bool,
    /// Whether the password was generated, so that it must be printed.
    pub is_generated: bool,
}

/// Makes the accounts of the demo that are missing, and adds all of them to `accounts`; those that were made
/// before an error are there too, because nobody can learn their passwords later.
///
/// # Errors
/// When a module does not run here, a database fails or a configured password breaks a rule.
pub async fn make_accounts(
    modules: &Modules,
    settings: &DemoSettings,
    env: &Env,
    accounts: &mut Vec<DemoAccount>,
) -> Result<()> {
    let operation = Operation::system("demo");
    let student = vec![Role::Student];
    let instructor = vec![Role::Student, Role::Instructor];
    let admin = vec![Role::Student, Role::Instructor, Role::Admin];
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
        let configured = Some(password.clone()).filter(|text| !text.expose_secret().is_empty());
        let mut known = DemoAccount {
            username,
            password: configured,
            is_new: false,
            is_generated: false,
        };
        if !modules.users().find_users(&[id]).await?.is_empty() {
            accounts.push(known);
            continue;
        }
        known.is_new = true;
        known.is_generated = known.password.is_none();
        let generated = || BASE64_URL_SAFE_NO_PAD.encode(env.bytes::<15>()).into();
        let password: SecretString = known.password.clone().unwrap_or_else(generated);
        known.password = Some(password.clone());
        let account = NewAccount {
            id: Some(id),
            username: username.to_owned(),
            email: format!("{username}@example.org"),
            password,
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
        accounts.push(known);
    }
    Ok(())
}

/// Loads the courses of the demo once their accounts are there.
///
/// # Errors
/// When a module does not run here, a database fails, or the broker is away.
pub async fn load_courses(modules: &Modules) -> Result<()> {
    load_course(modules, &Operation::system("demo")).await
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
