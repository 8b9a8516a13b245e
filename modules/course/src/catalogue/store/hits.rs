//! Which listed courses have all words that are looked for, and how well they fit.

use sea_orm::sea_query::{
    Alias, CaseStatement, Condition, Expr, ExprTrait, Func, JoinType, Query, SelectStatement,
    SimpleExpr, UnionType,
};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect, Select};

use crate::domain::SearchWord;
use crate::domain::search::{is_typo, variants};
use crate::entity::search_typo;
use crate::entity::search_word::{Column, Entity};
use crate::error::Error;

const HITS: &str = "hits";
/// The column of a joined list by which it is sorted by relevance.
pub(super) const SCORE: (&str, &str) = (HITS, "score");
/// How many words with a typo in common are looked for.
const MOST_TYPOS: usize = 50;

/// A statement with the id and the score of each course that has all `words`; `None` when there are none.
pub(super) async fn of(
    db: &impl ConnectionTrait,
    words: &[SearchWord],
) -> Result<Option<SelectStatement>, Error> {
    let mut all: Option<SelectStatement> = None;
    for word in words {
        let points = points(db, word).await?;
        all = Some(match all {
            None => points,
            Some(mut before) => before.union(UnionType::All, points).take(),
        });
    }
    let count = i64::try_from(words.len()).unwrap_or(i64::MAX);
    Ok(all.map(|all| {
        let score = Func::sum(Expr::col("points"));
        Query::select()
            .expr_as(Expr::col("course_id"), "found_id")
            .expr_as(Expr::from(score).cast_as("bigint"), "score")
            .from_subquery(all, "word_hits")
            .group_by_col("course_id")
            .and_having(Expr::cust("COUNT(*)").eq(count))
            .take()
    }))
}

/// Keeps of `select` what is found.
pub(super) fn join<E: EntityTrait>(select: &mut Select<E>, hits: SelectStatement, id: E::Column) {
    let on = Expr::col((HITS, "found_id")).equals(id.as_column_ref());
    QuerySelect::query(select).join_subquery(JoinType::InnerJoin, hits, Alias::new(HITS), on);
}

/// The courses that have a word, with the most points that it gives in each: a whole word counts twice.
async fn points(db: &impl ConnectionTrait, wanted: &SearchWord) -> Result<SelectStatement, Error> {
    let is = |word: &str| Expr::col(Column::Word).eq(word);
    let fits = match wanted.whole {
        true => Condition::all().add(is(&wanted.word)),
        false => beginning(&wanted.word),
    };
    let mut fits = Condition::any().add(fits);
    if wanted.forgives() && !any(db, fits.clone()).await? {
        let meant = meant(db, &wanted.word).await?;
        fits = Condition::any().add(Column::Word.is_in(meant));
    }
    let twice = CaseStatement::new().case(is(&wanted.word), 2).finally(1);
    let points = Expr::col(Column::Points).mul(SimpleExpr::Case(Box::new(twice)));
    Ok(Query::select()
        .column(Column::CourseId)
        .expr_as(Func::max(points), "points")
        .from(Entity)
        .cond_where(fits)
        .group_by_col(Column::CourseId)
        .take())
}

/// The words that begin like this one, by the order of the index.
fn beginning(word: &str) -> Condition {
    let beyond = format!("{word}\u{10FFFF}");
    Condition::all()
        .add(Expr::col(Column::Word).gte(word))
        .add(Expr::col(Column::Word).lt(beyond))
}

async fn any(db: &impl ConnectionTrait, fits: Condition) -> Result<bool, Error> {
    let found: Option<String> = Entity::find()
        .select_only()
        .column(Column::Word)
        .filter(fits)
        .limit(1)
        .into_tuple()
        .one(db)
        .await?;
    Ok(found.is_some())
}

/// The words that somebody may have meant who typed this one with a typo.
async fn meant(db: &impl ConnectionTrait, word: &str) -> Result<Vec<String>, Error> {
    let near: Vec<String> = search_typo::Entity::find()
        .select_only()
        .column(search_typo::Column::Word)
        .distinct()
        .filter(search_typo::Column::Variant.is_in(variants(word)))
        .limit(1000)
        .into_tuple()
        .all(db)
        .await?;
    let meant = near.into_iter().filter(|known| is_typo(known, word));
    Ok(meant.take(MOST_TYPOS).collect())
}
