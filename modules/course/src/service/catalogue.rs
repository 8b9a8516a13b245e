//! The catalogue, and the list of one's own courses.

use std::collections::HashMap;

use kernel::text::fold;
use kernel::{CourseId, Key, Page, Slice};
use rest::Caller;

use super::{Service, paging};
use crate::Error;
use crate::command::ListCourses;
use crate::content::{StaffRole, Status};
use crate::store;
use crate::store::catalogue::{CatalogueFilter, CatalogueOrder, CatalogueRecord};
use crate::store::courses::CourseRecord;
use crate::view::{Author, CourseSummary, NamedCount};

/// A page of courses, and whether everybody would get the same.
#[derive(Debug)]
pub(crate) struct Listing {
    pub(crate) page: Page<CourseSummary>,
    pub(crate) public: bool,
}

impl Service {
    pub(crate) async fn list(
        &self,
        caller: Option<&Caller>,
        query: &ListCourses,
        slice: &Slice,
    ) -> Result<Listing, Error> {
        let (filter, order) = (filter(query), order(query));
        let db = self.database.read();
        let public = !query.mine.unwrap_or(false);
        let page = if public {
            let page = store::catalogue::list(db, &filter, order, slice).await?;
            page.map(CourseSummary::from)
        } else {
            let person = caller.ok_or(Error::TokenNeeded)?.user_id;
            let page = store::courses::list_of(db, person, &filter, order, slice).await?;
            page.map(CourseSummary::from)
        };
        Ok(Listing {
            page: self.with_authors(page).await?,
            public,
        })
    }

    async fn with_authors(
        &self,
        mut page: Page<CourseSummary>,
    ) -> Result<Page<CourseSummary>, Error> {
        let ids: Vec<CourseId> = page.items.iter().map(|course| course.id).collect();
        let staff = store::staff::list_of(self.database.read(), &ids).await?;
        let writers = || {
            staff
                .iter()
                .filter(|staff| staff.role != StaffRole::Assistant)
        };
        let names = self
            .names(writers().map(|staff| staff.user_id).collect())
            .await;
        let mut authors: HashMap<CourseId, Vec<Author>> = HashMap::new();
        for staff in writers() {
            authors.entry(staff.course_id).or_default().push(Author {
                id: staff.user_id,
                display_name: names.get(&staff.user_id).cloned(),
            });
        }
        for course in &mut page.items {
            course.authors = authors.remove(&course.id).unwrap_or_default();
        }
        Ok(page)
    }

    pub(crate) async fn tags(&self, slice: &Slice) -> Result<Page<NamedCount>, Error> {
        let tags = store::catalogue::tags(self.database.read()).await?;
        Ok(counted(tags, slice))
    }

    pub(crate) async fn categories(&self, slice: &Slice) -> Result<Page<NamedCount>, Error> {
        let categories = store::catalogue::categories(self.database.read()).await?;
        Ok(counted(categories, slice))
    }
}

fn counted(words: Vec<(String, i64)>, slice: &Slice) -> Page<NamedCount> {
    let counts = words
        .into_iter()
        .map(|(name, courses)| NamedCount { name, courses })
        .collect();
    paging::page(counts, slice, |count| vec![Key::Text(count.name.clone())])
}

fn filter(query: &ListCourses) -> CatalogueFilter {
    let words = fold(query.q.as_deref().unwrap_or_default());
    CatalogueFilter {
        words: words.split_whitespace().map(str::to_owned).collect(),
        difficulty: query.difficulty,
        category: query.category.clone(),
        tag: query.tag.clone(),
    }
}

fn order(query: &ListCourses) -> CatalogueOrder {
    match query.sort.as_deref() {
        Some("title") => CatalogueOrder::TitleUp,
        Some("-title") => CatalogueOrder::TitleDown,
        _ => CatalogueOrder::Newest,
    }
}

impl From<CatalogueRecord> for CourseSummary {
    fn from(course: CatalogueRecord) -> Self {
        Self {
            id: course.course_id,
            slug: course.slug,
            title: course.title,
            summary: course.summary,
            difficulty: course.difficulty,
            category: course.category,
            tags: course.tags,
            status: Status::Published,
            published_version: Some(course.number),
            published_at: Some(course.published_at),
            authors: Vec::new(),
        }
    }
}

impl From<CourseRecord> for CourseSummary {
    fn from(course: CourseRecord) -> Self {
        Self {
            id: course.id,
            slug: course.slug,
            title: course.body.title,
            summary: course.body.summary,
            difficulty: course.body.difficulty,
            category: course.body.category,
            tags: course.body.tags,
            status: course.status,
            published_version: Some(course.published_version).filter(|number| *number > 0),
            published_at: None,
            authors: Vec::new(),
        }
    }
}
