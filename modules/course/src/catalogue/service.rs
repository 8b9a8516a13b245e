//! The catalogue, and the list of one's own courses.

use database::Database;
use kernel::{Caller, CourseId, Page, PageRequest};

use super::request::{CountCourses, ListCourses};
use super::store::{listings, words};
use super::view::{CourseFacets, CourseSummary, Highlights, NamedCount};
use crate::authoring;
use crate::authoring::{courses, lessons};
use crate::domain::bounds::MAX_LISTED_AUTHORS;
use crate::domain::language::canonical;
use crate::domain::search::marked;
use crate::domain::{CourseFilter, CourseOrder, SearchWord};
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
        let (category, tag) = (query.category.as_ref(), query.tag.as_ref());
        let language = language(query.language.as_ref());
        let words = query.q.as_deref();
        let filter = CourseFilter::of(words, query.difficulty, language, category, tag);
        let order = order(query);
        let db = self.database.read();
        let public = !query.mine.unwrap_or(false);
        let mut page = if public {
            let page = listings::list(db, &filter, order, page_request).await?;
            page.map(CourseSummary::from)
        } else {
            let user = caller.ok_or(Error::TokenNeeded)?.user_id;
            let page = courses::list_of_user(db, user, &filter, order, page_request).await?;
            let mut page = page.map(CourseSummary::from);
            let ids: Vec<CourseId> = page.items.iter().map(|course| course.id).collect();
            let minutes = lessons::minutes_of(db, &ids).await?;
            for course in &mut page.items {
                course.duration_minutes = minutes.get(&course.id).copied().unwrap_or(0);
            }
            page
        };
        for course in &mut page.items {
            course.highlights = highlights(course, &filter.words);
        }
        let ids: Vec<CourseId> = page.items.iter().map(|course| course.id).collect();
        let mut authors = self.authoring.authors_of(&ids).await?;
        for course in &mut page.items {
            course.authors = authors.remove(&course.id).unwrap_or_default();
            course.authors.truncate(MAX_LISTED_AUTHORS);
        }
        Ok(Listing { page, public })
    }

    pub(crate) async fn facets(&self, query: &CountCourses) -> Result<CourseFacets, Error> {
        let (category, tag) = (query.category.as_ref(), query.tag.as_ref());
        let language = language(query.language.as_ref());
        let words = query.q.as_deref();
        let filter = CourseFilter::of(words, query.difficulty, language, category, tag);
        let facets = listings::facets(self.database.read(), &filter).await?;
        let all = |counted: Vec<(String, i64)>| counted.into_iter().map(self::counted).collect();
        Ok(CourseFacets {
            difficulties: all(facets.difficulties),
            languages: all(facets.languages),
            categories: all(facets.categories),
            tags: all(facets.tags),
        })
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

/// The canonical form of the language that is asked for; what is none fits no course.
fn language(tag: Option<&String>) -> Option<String> {
    tag.map(|tag| canonical(tag).unwrap_or_else(|| tag.clone()))
}

fn counted((name, courses): (String, i64)) -> NamedCount {
    NamedCount { name, courses }
}

fn order(query: &ListCourses) -> CourseOrder {
    match query.sort.as_deref() {
        Some("title") => CourseOrder::TitleUp,
        Some("-title") => CourseOrder::TitleDown,
        Some("-published_at") => CourseOrder::Newest,
        Some(_) => CourseOrder::Relevance,
        None if query.q.is_some() => CourseOrder::Relevance,
        None => CourseOrder::Newest,
    }
}

/// Title and summary, where they have what was looked for.
fn highlights(course: &CourseSummary, words: &[SearchWord]) -> Option<Highlights> {
    let title = marked(&course.title, words, 200);
    let summary = marked(&course.summary, words, 160);
    (title.is_some() || summary.is_some()).then_some(Highlights { title, summary })
}
