//! The users of a course by the names that the user module gives them.

use std::collections::HashMap;

use kernel::{CourseId, Outcome, UserId};
use sea_orm::ConnectionTrait;

use super::Service;
use crate::authoring::store::{self, CourseRecord};
use crate::authoring::view::{Author, CourseDetail, Prerequisite};
use crate::domain::StaffRole;
use crate::error::Error;

impl Service {
    /// The names of users; those whom the user module does not give now are left out.
    pub(crate) async fn names(&self, mut ids: Vec<UserId>) -> HashMap<UserId, String> {
        ids.sort_unstable();
        ids.dedup();
        let mut names = HashMap::new();
        for batch in ids.chunks(200) {
            match self.users.find_users(batch).await {
                Ok(known) => names.extend(known.into_iter().map(|p| (p.id, p.display_name))),
                Err(error) => {
                    tracing::warn!(error = %error, "the names of users are not available and are left out");
                }
            }
        }
        names
    }

    /// Those who write each of the courses, with their names.
    pub(crate) async fn authors_of(
        &self,
        courses: &[CourseId],
    ) -> Result<HashMap<CourseId, Vec<Author>>, Error> {
        let mut authors = authors(self.database.read(), courses).await?;
        self.name(authors.values_mut().flatten()).await;
        Ok(authors)
    }

    pub(crate) async fn named(&self, mut course: CourseDetail) -> CourseDetail {
        self.name(course.authors.iter_mut()).await;
        course
    }

    pub(crate) async fn named_outcome(
        &self,
        outcome: Outcome<CourseDetail>,
    ) -> Outcome<CourseDetail> {
        Outcome {
            value: self.named(outcome.value).await,
            replayed: outcome.replayed,
        }
    }

    async fn name<'a>(&self, authors: impl Iterator<Item = &'a mut Author>) {
        let mut authors: Vec<&mut Author> = authors.collect();
        let ids = authors.iter().map(|author| author.id).collect();
        let names = self.names(ids).await;
        for author in &mut authors {
            author.display_name = names.get(&author.id).cloned();
        }
    }

    /// The draft as its staff sees it, without the names of its authors.
    pub(crate) async fn detail(
        &self,
        db: &impl ConnectionTrait,
        course: CourseRecord,
    ) -> Result<CourseDetail, Error> {
        let required = self.prerequisites(db, &course.body.prerequisites).await?;
        detail(db, course, required).await
    }

    /// The course as everybody sees it who may see it, without the names of its authors.
    pub(crate) async fn public_detail(
        &self,
        db: &impl ConnectionTrait,
        course: CourseRecord,
    ) -> Result<CourseDetail, Error> {
        let required = self.public_prerequisites(db, &course.body).await?;
        detail(db, course, required).await
    }
}

async fn detail(
    db: &impl ConnectionTrait,
    course: CourseRecord,
    prerequisites: Vec<Prerequisite>,
) -> Result<CourseDetail, Error> {
    let authors = authors(db, &[course.id]).await?.remove(&course.id);
    let minutes = store::lessons::minutes_of(db, &[course.id]).await?;
    let minutes = minutes.get(&course.id).copied().unwrap_or(0);
    Ok(CourseDetail::new(
        course,
        authors.unwrap_or_default(),
        minutes,
        prerequisites,
    ))
}

/// Those who write each of the courses and have accepted that, without their names.
async fn authors(
    db: &impl ConnectionTrait,
    courses: &[CourseId],
) -> Result<HashMap<CourseId, Vec<Author>>, Error> {
    let mut authors: HashMap<CourseId, Vec<Author>> = HashMap::new();
    for staff in store::staff::list(db, courses).await? {
        if staff.accepted && staff.role != StaffRole::Assistant {
            authors.entry(staff.course_id).or_default().push(Author {
                id: staff.user_id,
                display_name: None,
            });
        }
    }
    Ok(authors)
}
