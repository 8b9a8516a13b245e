//! What achievements need beside their own table, and those that the product ships with: data, not code.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{string, timestamp_with_time_zone, uuid, uuid_null};
use sea_orm_migration::sea_orm::prelude::Uuid;

use crate::shared::{NewIndex, child};

pub(crate) const INDEXES: &[NewIndex] = &[
    ("course_tag_tag", "course_tag", &["tag", "course_id"], false),
    (
        "earned_achievement_holders",
        "earned_achievement",
        &["achievement_id"],
        false,
    ),
];

pub(crate) fn tables() -> Vec<TableCreateStatement> {
    let course_tag = Table::create()
        .table("course_tag")
        .col(uuid("course_id"))
        .col(string("tag"))
        .primary_key(Index::create().col("course_id").col("tag"))
        .foreign_key(&mut child("course_tag", "course_id", "course"))
        .to_owned();
    let evaluation = Table::create()
        .table("achievement_evaluation")
        .col(uuid("achievement_id").primary_key())
        .col(timestamp_with_time_zone("requested_at"))
        .col(timestamp_with_time_zone("tried_at"))
        .col(uuid_null("after"))
        .foreign_key(&mut child(
            "achievement_evaluation",
            "achievement_id",
            "achievement",
        ))
        .to_owned();
    vec![course_tag, evaluation]
}

/// Name, description, tier, points, metric, threshold.
type Seed = (
    &'static str,
    &'static str,
    &'static str,
    i32,
    &'static str,
    i64,
);

const SEEDS: [Seed; 31] = [
    (
        "First step",
        "Complete your first lesson.",
        "bronze",
        10,
        "lessons",
        1,
    ),
    (
        "Getting going",
        "Complete 5 lessons.",
        "bronze",
        20,
        "lessons",
        5,
    ),
    (
        "Well read",
        "Complete 25 lessons.",
        "silver",
        50,
        "lessons",
        25,
    ),
    (
        "Halfway to a hundred",
        "Complete 50 lessons.",
        "silver",
        75,
        "lessons",
        50,
    ),
    (
        "Centurion",
        "Complete 100 lessons.",
        "gold",
        150,
        "lessons",
        100,
    ),
    (
        "Scholar",
        "Complete 250 lessons.",
        "gold",
        250,
        "lessons",
        250,
    ),
    (
        "Living library",
        "Complete 500 lessons.",
        "platinum",
        500,
        "lessons",
        500,
    ),
    (
        "Graduate",
        "Complete your first course.",
        "silver",
        50,
        "courses",
        1,
    ),
    (
        "Hat trick",
        "Complete 3 courses.",
        "silver",
        100,
        "courses",
        3,
    ),
    ("Polymath", "Complete 5 courses.", "gold", 200, "courses", 5),
    (
        "Top ten",
        "Complete 10 courses.",
        "gold",
        300,
        "courses",
        10,
    ),
    (
        "Renaissance",
        "Complete 25 courses.",
        "platinum",
        600,
        "courses",
        25,
    ),
    (
        "Hands on",
        "Pass 10 exercises.",
        "bronze",
        20,
        "exercises",
        10,
    ),
    (
        "In practice",
        "Pass 50 exercises.",
        "silver",
        75,
        "exercises",
        50,
    ),
    (
        "Problem solver",
        "Pass 100 exercises.",
        "gold",
        150,
        "exercises",
        100,
    ),
    (
        "Tireless",
        "Pass 250 exercises.",
        "gold",
        250,
        "exercises",
        250,
    ),
    (
        "Virtuoso",
        "Pass 500 exercises.",
        "platinum",
        500,
        "exercises",
        500,
    ),
    (
        "Sharp eye",
        "Get the full score in 5 exercises.",
        "bronze",
        25,
        "perfect_scores",
        5,
    ),
    (
        "Flawless",
        "Get the full score in 10 exercises.",
        "silver",
        50,
        "perfect_scores",
        10,
    ),
    (
        "Precision",
        "Get the full score in 50 exercises.",
        "gold",
        150,
        "perfect_scores",
        50,
    ),
    (
        "Perfectionist",
        "Get the full score in 200 exercises.",
        "platinum",
        400,
        "perfect_scores",
        200,
    ),
    (
        "Warming up",
        "Learn on 3 days in a row.",
        "bronze",
        15,
        "streak_days",
        3,
    ),
    (
        "A week of it",
        "Learn on 7 days in a row.",
        "silver",
        50,
        "streak_days",
        7,
    ),
    (
        "Fortnight",
        "Learn on 14 days in a row.",
        "silver",
        75,
        "streak_days",
        14,
    ),
    (
        "Habit",
        "Learn on 30 days in a row.",
        "gold",
        200,
        "streak_days",
        30,
    ),
    (
        "Hundred days",
        "Learn on 100 days in a row.",
        "gold",
        400,
        "streak_days",
        100,
    ),
    (
        "Around the sun",
        "Learn on 365 days in a row.",
        "platinum",
        1000,
        "streak_days",
        365,
    ),
    (
        "Four figures",
        "Collect 1000 points.",
        "silver",
        50,
        "points",
        1000,
    ),
    (
        "Collector",
        "Collect 5000 points.",
        "gold",
        100,
        "points",
        5000,
    ),
    (
        "Five figures",
        "Collect 10000 points.",
        "gold",
        150,
        "points",
        10000,
    ),
    (
        "Treasury",
        "Collect 25000 points.",
        "platinum",
        250,
        "points",
        25000,
    ),
];

/// The ids are fixed, so that every installation speaks of the same achievements.
const FIRST_ID: u128 = 0x0194_0000_0000_7000_8000_0000_000a_c001;

pub(crate) async fn seed(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let mut insert = Query::insert();
    insert.into_table("achievement").columns([
        "id",
        "position",
        "name",
        "description",
        "tier",
        "points",
        "metric",
        "threshold",
        "revision",
    ]);
    let positions = 1_i64..;
    for (id, (position, seed)) in (FIRST_ID..).zip(positions.zip(SEEDS)) {
        let (name, description, tier, points, metric, threshold) = seed;
        insert
            .values([
                Uuid::from_u128(id).into(),
                position.into(),
                name.into(),
                description.into(),
                tier.into(),
                points.into(),
                metric.into(),
                threshold.into(),
                1_i64.into(),
            ])
            .map_err(|error| DbErr::Custom(error.to_string()))?;
    }
    manager.execute(insert).await
}
