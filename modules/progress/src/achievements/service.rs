//! What can be earned, how far a learner is, and what administrators change of that.

mod evaluation;
mod refusals;
mod rules;

use std::collections::HashMap;

use database::{Database, idempotency};
use kernel::{AchievementId, Env, Expected, Operation, Outcome, Page, PageRequest, UserId, text};

use super::image;
use super::request::{AchievementFilter, CreateAchievement, UpdateAchievement};
use super::store::{definitions, evaluations};
use super::view::{AchievementProgress, AchievementView, EarnedAchievement};
use crate::domain::{Achievement, Rule, RuleScope};
use crate::error::{AchievementError, Error};
use crate::learners;
use crate::outlines;
use crate::rewards::{self, EarnedRecord};

/// How many achievements there can be, the retired ones included: each change of a learner's points looks at those
/// that they have not earned.
const MAX_ACHIEVEMENTS: u64 = 300;

/// Achievements and their administration.
#[derive(Clone)]
pub(crate) struct Service {
    database: Database,
    env: Env,
    outlines: outlines::Service,
    rewards: rewards::Service,
}

impl Service {
    pub(crate) fn new(
        database: Database,
        env: Env,
        outlines: outlines::Service,
        rewards: rewards::Service,
    ) -> Self {
        Self {
            database,
            env,
            outlines,
            rewards,
        }
    }

    /// What can be earned, or what cannot be any more.
    pub(crate) async fn list(
        &self,
        filter: &AchievementFilter,
        page_request: &PageRequest,
    ) -> Result<Page<AchievementView>, Error> {
        let retired = filter.retired.unwrap_or(false);
        let page = definitions::list(self.database.read(), retired, page_request).await?;
        Ok(page.map(AchievementView::from))
    }

    pub(crate) async fn find(&self, id: AchievementId) -> Result<AchievementView, Error> {
        let found = definitions::find(self.database.read(), id).await?;
        Ok(found.ok_or(AchievementError::NotFound)?.into())
    }

    pub(crate) async fn image(&self, id: AchievementId) -> Result<String, Error> {
        let found = definitions::find(self.database.read(), id).await?;
        let found = found.ok_or(AchievementError::NotFound)?;
        Ok(image::draw(
            found.tier,
            found.rule.metric,
            found.rule.threshold,
        ))
    }

    /// What a learner has earned.
    pub(crate) async fn list_earned(
        &self,
        learner: UserId,
        page_request: &PageRequest,
    ) -> Result<Page<EarnedAchievement>, Error> {
        let db = self.database.read();
        let page = rewards::list_earned(db, learner, page_request).await?;
        let ids: Vec<_> = page.items.iter().map(|row| row.achievement).collect();
        let known = rewards::list_by_id(db, &ids).await?;
        let earned = |row: &EarnedRecord| {
            let found = known.iter().find(|known| known.id == row.achievement)?;
            Some(EarnedAchievement {
                achievement: found.clone().into(),
                earned_at: row.at,
            })
        };
        Ok(Page {
            items: page.items.iter().filter_map(earned).collect(),
            next: page.next,
            prev: page.prev,
            total: page.total,
        })
    }

    /// How far a learner is towards each that they can earn or have earned.
    pub(crate) async fn list_progress(
        &self,
        learner: UserId,
        page_request: &PageRequest,
    ) -> Result<Page<AchievementProgress>, Error> {
        let db = self.database.read();
        let page = definitions::list_for(db, learner, page_request).await?;
        let earned = rewards::earned_of(db, learner).await?.into_iter();
        let earned: HashMap<_, _> = earned.map(|row| (row.achievement, row.at)).collect();
        let scopes = rewards::scopes_of(db, learner, &page.items).await?;
        let learner = learners::find_or_new(db, learner).await?;
        Ok(page.map(|one| {
            let counted = one.rule.current(&learner, &scopes).unwrap_or(0);
            let earned_at = earned.get(&one.id).copied();
            AchievementProgress::of(one, counted, earned_at)
        }))
    }

    /// Adds an achievement, and asks for it to be given to whoever has reached it.
    pub(crate) async fn create(
        &self,
        operation: &Operation,
        request: CreateAchievement,
    ) -> Result<Outcome<AchievementView>, Error> {
        let scope = match (request.course_id, &request.tag) {
            (Some(_), Some(_)) => return Err(refusals::two_scopes().into()),
            (Some(course), None) => RuleScope::Course(course),
            (None, Some(tag)) => RuleScope::Tag(text::clean(tag)),
            (None, None) => RuleScope::Everything,
        };
        let wanted = Achievement {
            id: self.env.id(),
            position: 0,
            name: text::clean(&request.name),
            description: text::clean(&request.description),
            tier: request.tier,
            points: request.points,
            rule: Rule {
                metric: request.metric,
                threshold: request.threshold,
                scope,
            },
            retired_at: None,
            revision: 1,
        };
        let (db, asked) = (self.database.read(), operation.moment(self.env.now()));
        // Whatever has become of its course since.
        if let Some(first) = idempotency::peek(db, asked, operation).await? {
            return Ok(first);
        }
        self.check(&wanted, None).await?;
        let wanted = &wanted;
        database::retry_transaction(move || async move {
            let txn = self.database.begin_private().await?;
            let now = operation.moment(self.env.now());
            if let Some(first) = idempotency::replay(&txn, now, operation).await? {
                return Ok(first);
            }
            let known = definitions::lock_names(&txn).await?;
            if known.len() >= usize::try_from(MAX_ACHIEVEMENTS).unwrap_or(usize::MAX) {
                return Err(AchievementError::TooMany(MAX_ACHIEVEMENTS).into());
            }
            refusals::check_name(wanted, &known)?;
            let position = known.iter().map(|one| one.position).max().unwrap_or(0) + 1;
            let achievement = Achievement {
                position,
                ..wanted.clone()
            };
            definitions::insert(&txn, &achievement).await?;
            evaluations::request(&txn, achievement.id, now).await?;
            let view = AchievementView::from(achievement);
            let kept = idempotency::keep(&txn, operation, view).await?;
            txn.commit().await?;
            Ok(kept)
        })
        .await
    }

    /// Changes an achievement. One that becomes easier is given to whoever has reached it; nobody loses one.
    pub(crate) async fn update(
        &self,
        operation: &Operation,
        id: AchievementId,
        expected: &Expected,
        request: UpdateAchievement,
    ) -> Result<AchievementView, Error> {
        let known = definitions::find(self.database.read(), id).await?;
        let known = known.ok_or(AchievementError::NotFound)?;
        let now = operation.moment(self.env.now());
        let apply = |mut changed: Achievement| {
            if let Some(name) = &request.name {
                changed.name = text::clean(name);
            }
            if let Some(description) = &request.description {
                changed.description = text::clean(description);
            }
            changed.tier = request.tier.unwrap_or(changed.tier);
            changed.points = request.points.unwrap_or(changed.points);
            changed.rule.threshold = request.threshold.unwrap_or(changed.rule.threshold);
            changed.retired_at = match request.retired {
                Some(true) => changed.retired_at.or(Some(now)),
                Some(false) => None,
                None => changed.retired_at,
            };
            changed
        };
        self.check(&apply(known.clone()), Some(&known)).await?;
        let apply = &apply;
        database::retry_transaction(move || async move {
            let txn = self.database.begin_private().await?;
            let found = definitions::lock(&txn, id).await?;
            let found = found.ok_or(AchievementError::NotFound)?;
            expected.check(found.revision)?;
            let mut changed = apply(found.clone());
            if changed == found {
                return Ok(found.into());
            }
            changed.revision += 1;
            refusals::check_name(&changed, &definitions::lock_names(&txn).await?)?;
            definitions::update(&txn, &changed).await?;
            let easier = changed.rule.threshold < found.rule.threshold;
            let returns = found.retired_at.is_some() && changed.retired_at.is_none();
            if changed.retired_at.is_none() && (easier || returns) {
                evaluations::request(&txn, id, now).await?;
            }
            txn.commit().await?;
            Ok(changed.into())
        })
        .await
    }

    /// Deletes an achievement, or retires it where somebody has earned it.
    pub(crate) async fn delete(&self, id: AchievementId, expected: &Expected) -> Result<(), Error> {
        database::retry_transaction(move || async move {
            let txn = self.database.begin_private().await?;
            let found = definitions::lock(&txn, id).await?;
            let mut found = found.ok_or(AchievementError::NotFound)?;
            expected.check(found.revision)?;
            if definitions::is_earned(&txn, id).await? {
                if found.retired_at.is_none() {
                    found.retired_at = Some(self.env.now());
                    found.revision += 1;
                    definitions::update(&txn, &found).await?;
                }
            } else {
                definitions::delete(&txn, id).await?;
            }
            Ok(txn.commit().await?)
        })
        .await
    }
}
