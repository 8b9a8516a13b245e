//! The catalogue, and the list of one's own courses.

use database::Database;
use kernel::{Caller, CourseId, Page, PageRequest};

use super::request::ListCourses;
use super::store::{listings, words};
use super::view::{CourseSummary, NamedCount};
use crate::authoring;
use crate::authoring::courses;
use crate::domain::{CourseFilter, CourseOrder, searched};
use crate::error::Error;

/// Searches the catalogue.
#[derive(Clone)]
pub(crate) struct Service {
    database: Database,
    authoring: authoring::Service,
}

/// A page of courses, and whether everybody would get the same.
#[derive(Debug)]
pub(crate) struct Listing {
    pub(crate) page: Page<CourseSummary>,
    pub(crate) public: bool,
}

impl Service {
    pub(crate) fn new(database: Database, authoring: authoring::Service) -> Self {
        Self {
            database,
            authoring,
        }
    }

    pub(crate) async fn list(
        &self,
        caller: Option<&Caller>,
        query: &ListCourses,
        page_request: &PageRequest,
    ) -> Result<Listing, Error> {
        let (filter, order) = (filter(query), order(query));
        let db = self.database.read();
        let public = !query.mine.unwrap_or(false);
        let mut page = if public {
            let page = listings::list(db, &filter, order, page_request).await?;
            page.map(CourseSummary::from)
        } else {
            let user = caller.ok_or(Error::TokenNeeded)?.user_id;
            let page = courses::list_of_user(db, user, &filter, order, page_request).await?;
            page.map(CourseSummary::from)
        };
        let ids: Vec<CourseId> = page.items.iter().map(|course| course.id).collect();
        let mut authors = self.authoring.authors_of(&ids).await?;
        for course in &mut page.items {
            course.authors = authors.remove(&course.id).unwrap_or_default();
        }
        Ok(Listing { page, public })
    }

    pub(crate) async fn tags(&self, page_request: &PageRequest) -> Result<Page<NamedCount>, Error> {
        let tags = words::tags(self.database.read(), page_request).await?;
        Ok(tags.map(counted))
    }

    pub(crate) async fn categories(
        &self,
        page_request: &PageRequest,
    ) -> Result<Page<NamedCount>, Error> {
        let categories = words::categories(self.database.read(), page_request).await?;
        Ok(categories.map(counted))
    }
}

fn counted((name, courses): (String, i64)) -> NamedCount {
    NamedCount { name, courses }
}

fn filter(query: &ListCourses) -> CourseFilter {
    CourseFilter {
        words: searched(query.q.as_deref().unwrap_or_default()),
        difficulty: query.difficulty,
        category: query.category.clone(),
        tag: query.tag.clone(),
    }
}

fn order(query: &ListCourses) -> CourseOrder {
    match query.sort.as_deref() {
        Some("title") => CourseOrder::TitleUp,
        Some("-title") => CourseOrder::TitleDown,
        _ => CourseOrder::Newest,
    }
}
