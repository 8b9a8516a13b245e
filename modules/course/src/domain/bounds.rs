//! How large a course and its parts may be.

pub(crate) const MAX_SECTIONS: usize = 100;
pub(crate) const MAX_LESSONS: usize = 500;
/// Of one lesson.
pub(crate) const MAX_EXERCISES: usize = 100;
pub(crate) const MAX_EXERCISES_OF_COURSE: usize = 1500;
pub(crate) const MAX_STAFF: usize = 100;
/// How many of those who write a course a list names: a page holds 200 courses.
pub(crate) const MAX_LISTED_AUTHORS: usize = 50;
/// The text of one lesson, in characters, as its schema says too.
pub(crate) const MAX_CONTENT: usize = 100_000;
/// All texts of a draft together, as the JSON that is kept of them.
pub(crate) const MAX_COURSE_BYTES: u64 = 4 * 1024 * 1024;
/// Of one course. A version is kept for ever, because learners may be on it.
pub(crate) const MAX_VERSIONS: u64 = 1000;
/// Of one course.
pub(crate) const MAX_INVITATIONS: u64 = 100;
/// All versions of a course together, as they are kept.
pub(crate) const MAX_VERSION_BYTES: u64 = 256 * 1024 * 1024;

/// Of one course.
pub(crate) const MAX_ASSETS: usize = 500;
/// Of one asset.
pub(crate) const MAX_ASSET_BYTES: u64 = 10 * 1024 * 1024;

/// What one learner hands in within a day. Answers are kept for ever, so without a bound one
/// account could fill the disk.
pub(crate) const MAX_SUBMISSIONS_OF_DAY: u64 = 2000;
pub(crate) const MAX_ANSWER_BYTES_OF_DAY: u64 = 20 * 1024 * 1024;

/// Attempts that one learner has started and not handed in; what is saved of them is kept until then.
pub(crate) const MAX_OPEN_ATTEMPTS: u64 = 200;

/// What all files may have together, which is enough for the largest course: YAML and its indents
/// take more than what is kept of it.
pub(crate) const MAX_FILE_BYTES: u64 = 16 * 1024 * 1024;
/// What the assets in a folder may have together, which are read at once.
pub(crate) const MAX_FOLDER_BYTES: u64 = 1024 * 1024 * 1024;
/// A folder with more files than this is no course.
pub(crate) const MAX_FILES: usize = 5000;
/// No file shows more faults at once; who has mended them sees the others.
pub(crate) const MAX_FILE_FAULTS: usize = 100;
/// Values, lists and maps in a file: a hundred exercises with all their options have fewer.
pub(crate) const MAX_YAML_NODES: usize = 50_000;
/// The same in all files together: the largest course has fewer.
pub(crate) const MAX_YAML_NODES_OF_COURSE: usize = 200_000;
/// Lists and maps within each other: a question is five deep.
pub(crate) const MAX_YAML_DEPTH: usize = 16;
/// No name that a course knows is nearly as long, in bytes.
pub(crate) const MAX_YAML_NAME: usize = 100;

/// Whoever owns so many courses creates no more.
pub(crate) const MAX_COURSES_OF_OWNER: u64 = 1000;
/// How often an exercise is regraded: each regrade stays as a record.
pub(crate) const MAX_REGRADES: usize = 100;
