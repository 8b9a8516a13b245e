//! The state of a course as a page that can be printed.

mod plots;
mod timeline;

use std::fmt::Write;

use crate::analytics::{CourseAnalytics, ExerciseAnalytics, LessonAnalytics};
use crate::certificates::escaped;
use crate::domain::Risk;
use crate::error::{Error, ReportError};
use crate::reports::service::CourseState;
use crate::roster::CourseLearner;

const STYLE: &str = include_str!("page/style.css");
/// The only style that the page may have (CSP level 3).
pub(super) const STYLE_HASH: &str = "sha256-yDFjEB4MGOSa/agnPjj7XDdaYkr009VsyBeiOz8k7IA=";
/// A table has so many rows at most, so that the page stays one that can be read.
const MAX_ROWS: usize = 300;

/// # Errors
/// When a plot cannot be drawn, which only a defect brings.
pub(super) fn of(state: &CourseState) -> Result<String, Error> {
    let analytics = &state.analytics;
    let title = escaped(&state.title);
    let made_at = state.made_at.format("%-d %B %Y, %H:%M UTC");
    let plots = plots(state).map_err(ReportError::NotWritten)?;
    let body = [
        numbers(state),
        plots,
        lessons(analytics),
        exercises(analytics),
        at_risk(state),
    ];
    Ok(format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{title}: state of the course</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n<p class=\"dim\">State of the course on {made_at}, version {}. Includes learners who have left; learners on other versions are not included.</p>\n{}</main>\n</body>\n</html>\n",
        analytics.version,
        body.concat(),
    ))
}

fn numbers(state: &CourseState) -> String {
    let learners = &state.analytics.learners;
    let days = learners.median_days_to_completion;
    let tiles = [
        ("Enrolled", learners.enrolled.to_string()),
        ("Active in 7 days", learners.active_in_7_days.to_string()),
        ("Active in 30 days", learners.active_in_30_days.to_string()),
        (
            "Completed",
            format!(
                "{} <small>{}%</small>",
                learners.completed, learners.completion_percent
            ),
        ),
        (
            "Median days to completion",
            days.map_or_else(|| "–".to_owned(), |days| days.to_string()),
        ),
        ("Left", learners.left.to_string()),
    ];
    let tiles =
        tiles.map(|(term, number)| format!("<div><dt>{term}</dt><dd>{number}</dd></div>\n"));
    format!("<dl>\n{}</dl>\n", tiles.concat())
}

fn plots(state: &CourseState) -> std::io::Result<String> {
    let (step, enrolled) = timeline::bars(&state.enrolled, state.made_at.date_naive());
    let all: i64 = state.enrolled.values().sum();
    let step = step.word();
    let told = format!("Bars of how many learners enrolled in each {step}, {all} in all");
    let enrolled = plots::bars(&enrolled, &told)?;
    let scores = &state.analytics.scores;
    let answered: i64 = scores.iter().map(|bucket| bucket.learners).sum();
    let scores = scores
        .iter()
        .map(|bucket| (bucket.from_percent.to_string(), bucket.learners));
    let scores: Vec<(String, i64)> = scores.collect();
    let told = format!("Bars of how many of {answered} learners have which score, in tenths");
    let scores = plots::bars(&scores, &told)?;
    Ok(format!(
        "<div class=\"plots\">\n<section><h2>Enrollments over time</h2>\n<figure>{enrolled}<figcaption>Learners who enrolled in each {step}, in all versions: {all}.</figcaption></figure></section>\n<section><h2>Scores</h2>\n<figure>{scores}<figcaption>Learners by score, in steps of 10%; learners who have answered: {answered}.</figcaption></figure></section>\n</div>\n"
    ))
}

fn lessons(analytics: &CourseAnalytics) -> String {
    let enrolled = analytics.learners.enrolled.max(1);
    let row = |lesson: &LessonAnalytics| {
        let (completed, started) = (
            lesson.completed * 100 / enrolled,
            lesson.started * 100 / enrolled,
        );
        let minutes = lesson.median_seconds;
        let minutes = minutes.map_or_else(
            || "–".to_owned(),
            |seconds| format!("{} min", (seconds + 30) / 60),
        );
        format!(
            "<tr><td>{}</td><td>{}</td>{}{}{}{}</tr>\n",
            escaped(&lesson.title),
            plots::share(completed, started),
            number(format!("{} ({started}%)", lesson.started)),
            number(format!("{} ({completed}%)", lesson.completed)),
            number(lesson.stopped),
            number(minutes),
        )
    };
    table(
        "Progress by lesson",
        "Full color: completed; pale: started; as a share of all enrolled learners. Stopped: this is their furthest lesson, and they have been inactive for 30 days.",
        "<th>Lesson</th><th>Learners</th><th class=\"number\">Started</th><th class=\"number\">Completed</th><th class=\"number\">Stopped</th><th class=\"number\">Median time</th>",
        (&analytics.lessons, row),
    )
}

fn exercises(analytics: &CourseAnalytics) -> String {
    let row = |exercise: &ExerciseAnalytics| {
        let percent =
            |share: Option<i64>| share.map_or_else(|| "–".to_owned(), |share| format!("{share}%"));
        let attempts = exercise.mean_attempts;
        let attempts = attempts.map_or_else(|| "–".to_owned(), |mean| format!("{mean:.1}"));
        let tells = match exercise.discrimination {
            None => number("–"),
            Some(low) if low < 0.1 => {
                format!("<td class=\"number warn\">{low:.2} – check it</td>")
            }
            Some(value) => number(format!("{value:.2}")),
        };
        format!(
            "<tr><td>{}</td><td>{}</td>{}{}{}{}{tells}</tr>\n",
            escaped(&exercise.title),
            plots::share(exercise.first_score_percent.unwrap_or(0), 0),
            number(percent(exercise.first_score_percent)),
            number(percent(exercise.first_pass_percent)),
            number(attempts),
            number(exercise.learners),
        )
    };
    table(
        "Difficulty of exercises",
        "The share of the points at the first try: the shorter the bar, the more difficult. Discrimination tells whether good learners pass more often than others, from 20 learners on; below 0.1, check the question and its answer key.",
        "<th>Exercise</th><th>First try</th><th class=\"number\">Points</th><th class=\"number\">Passed</th><th class=\"number\">Tries</th><th class=\"number\">Learners</th><th class=\"number\">Discrimination</th>",
        (&analytics.exercises, row),
    )
}

fn at_risk(state: &CourseState) -> String {
    let row = |learner: &CourseLearner| {
        let name = learner.display_name.as_deref().unwrap_or("(unknown)");
        let risk = match learner.risk {
            Risk::High => "<td class=\"warn\">high</td>",
            Risk::Low => "<td>low</td>",
            Risk::None => "<td>none</td>",
        };
        format!(
            "<tr><td>{}</td><td>{}</td>{}{}{risk}</tr>\n",
            escaped(name),
            plots::share(learner.percent.into(), 0),
            number(format!("{} of {}", learner.done, learner.total)),
            number(learner.last_activity_at.format("%-d %b %Y")),
        )
    };
    let said = format!(
        "Learners who have been inactive for unusually long, compared with their own pace, in all versions: {} at high risk and {} at low risk. The first 20 are listed, high risk first.",
        state.at_high_risk, state.at_low_risk
    );
    table(
        "Learners at risk",
        &said,
        "<th>Learner</th><th>Progress</th><th class=\"number\">Lessons</th><th class=\"number\">Last activity</th><th>Risk</th>",
        (&state.at_risk, row),
    )
}

/// A section with a table, or a sentence where there is nothing to show.
fn table<T>(
    title: &str,
    said: &str,
    heads: &str,
    (items, row): (&[T], impl Fn(&T) -> String),
) -> String {
    let mut section = format!("<section><h2>{title}</h2>\n<p class=\"dim\">{said}</p>\n");
    if items.is_empty() {
        section.push_str("<p>There are none.</p>\n</section>\n");
        return section;
    }
    let rows: String = items.iter().take(MAX_ROWS).map(row).collect();
    let heads = heads.replace("<th", "<th scope=\"col\"");
    // Writing to a string cannot fail.
    let _ = write!(
        section,
        "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"{title}\"><table><thead><tr>{heads}</tr></thead>\n<tbody>\n{rows}</tbody></table></div>\n"
    );
    if let Some(more) = items.len().checked_sub(MAX_ROWS).filter(|more| *more > 0) {
        let _ = writeln!(section, "<p class=\"dim\">And {more} more.</p>");
    }
    section.push_str("</section>\n");
    section
}

fn number(text: impl std::fmt::Display) -> String {
    format!("<td class=\"number\">{text}</td>")
}
