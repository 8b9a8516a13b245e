//! The achievements that the product ships with: data, not code.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::prelude::Uuid;

/// Name, description, tier, points, metric, threshold.
type Seed = (
    &'static str,
    &'static str,
    &'static str,
    i32,
    &'static str,
    i64,
);

const SEEDS: [Seed; 13] = [
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
        "Centurion",
        "Complete 100 lessons.",
        "gold",
        150,
        "lessons",
        100,
    ),
    (
        "Graduate",
        "Complete your first course.",
        "silver",
        50,
        "courses",
        1,
    ),
    ("Polymath", "Complete 5 courses.", "gold", 200, "courses", 5),
    (
        "Hands on",
        "Pass 10 exercises.",
        "bronze",
        20,
        "exercises",
        10,
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
        "Flawless",
        "Get the full score in 10 exercises.",
        "silver",
        50,
        "perfect_scores",
        10,
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
        "Habit",
        "Learn on 30 days in a row.",
        "gold",
        200,
        "streak_days",
        30,
    ),
    (
        "Four figures",
        "Collect 1000 points.",
        "silver",
        50,
        "points",
        1000,
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
            ])
            .map_err(|error| DbErr::Custom(error.to_string()))?;
    }
    manager.execute(insert).await
}
