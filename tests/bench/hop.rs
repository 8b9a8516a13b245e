//! What a question to another module costs within the process and over gRPC on this machine.

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use contracts::course::{Admission, CourseApi, OutlineView};
use kernel::{CourseId, Failure, UserId};
use rpc::{Peer, RemoteCourse, Served};
use tokio_util::sync::CancellationToken;

const ROUNDS: usize = 5;
const QUESTIONS: u32 = 5_000;

/// Knows no course, so that nothing but the way is measured.
struct Empty;

#[async_trait]
impl CourseApi for Empty {
    async fn outline(&self, _: CourseId) -> Result<Option<OutlineView>, Failure> {
        Ok(None)
    }

    async fn admit(&self, _: CourseId, _: UserId, _: Option<&str>) -> Result<Admission, Failure> {
        Ok(Admission::default())
    }
}

async fn ask(api: &dyn CourseApi, course: CourseId) -> Result<Duration, Failure> {
    let begun = Instant::now();
    for _ in 0..QUESTIONS {
        api.outline(course).await?;
    }
    Ok(begun.elapsed() / QUESTIONS)
}

#[expect(
    clippy::print_stdout,
    reason = "the figure is what this program is for"
)]
#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let local: Arc<dyn CourseApi> = Arc::new(Empty);
    let served = Served {
        user: None,
        course: Some(Arc::clone(&local)),
        consistency: None,
    };
    let stop = CancellationToken::new();
    let (address, serving) = rpc::serve("127.0.0.1:0".parse()?, served, None, stop.clone()).await?;
    let remote = RemoteCourse::new(vec![Peer::at(&format!("http://{address}"), None)?]);
    let course: CourseId = kernel::Env::system().id();
    ask(&remote, course).await?;
    let mut pairs = Vec::new();
    for _ in 0..ROUNDS {
        pairs.push((ask(&remote, course).await?, ask(&*local, course).await?));
    }
    pairs.sort();
    let (remote, local) = pairs[ROUNDS / 2];
    println!(
        "a question to another module takes {remote:.1?} over gRPC and {local:.1?} in process"
    );
    stop.cancel();
    serving.await?;
    Ok(())
}
