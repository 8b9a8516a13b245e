//! What the contract traits must hold: the same suite over the modules themselves, over gRPC, and
//! over gRPC through a proxy that fails.

mod consistency;
mod rotation;
mod settings;
mod tls;

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use contracts::course::{Admission, CourseApi, OutlineView};
use contracts::user::{ContactView, EmailContent, UserApi, UserView, VerifyingKey};
use kernel::{
    CourseId, Env, Failure, Fault, FieldFault, Kind, OneTimeTokenId, Role, Roles, SessionId, UserId,
};
use rpc::{Access, Peer, RemoteCourse, RemoteUser, Served, Tls};
use serde_json::json;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::support::AppTest;
use crate::support::certificates::Files;
use crate::support::proxy::{Passing, Proxy};

const LEARNER: &str = "01940000-0000-7000-8000-000000000a01";
const INSTRUCTOR: &str = "01940000-0000-7000-8000-000000000a02";
const NOBODY: &str = "01940000-0000-7000-8000-00000000ffff";
const COURSE: &str = "01940000-0000-7000-8000-000000000001";

/// A server that answers for some modules, and ends with its test.
struct RpcTest {
    address: String,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl RpcTest {
    async fn new(user: Option<Arc<dyn UserApi>>, course: Option<Arc<dyn CourseApi>>) -> Self {
        Self::admitting(None, user, course).await
    }

    async fn admitting(
        access: Option<Access>,
        user: Option<Arc<dyn UserApi>>,
        course: Option<Arc<dyn CourseApi>>,
    ) -> Self {
        let stop = CancellationToken::new();
        let any = "127.0.0.1:0".parse().expect("an address");
        let served = Served {
            user,
            course,
            ..Served::default()
        };
        let serving = rpc::serve(any, served, access, stop.clone()).await;
        let (address, task) = serving.expect("served");
        let address = address.to_string();
        Self {
            address,
            stop,
            task,
        }
    }

    /// The way to it by its name and not its address.
    fn secure_peer(&self, tls: Tls) -> Peer {
        let (_, port) = self.address.rsplit_once(':').expect("a port");
        Peer::at(&format!("https://localhost:{port}"), Some(tls)).expect("an address")
    }

    async fn end(self) {
        self.stop.cancel();
        self.task.await.expect("the server ends well");
    }
}

fn peer(address: impl std::fmt::Display) -> Peer {
    Peer::at(&format!("http://{address}"), None).expect("an address")
}

fn secure_peer(server: &RpcTest, files: &Files) -> Peer {
    server.secure_peer(files.tls())
}

fn id(text: &str) -> UserId {
    text.parse().expect("an id")
}

async fn holds_of_users(app: &AppTest, users: &dyn UserApi) {
    let asked = [id(LEARNER), id(NOBODY), id(INSTRUCTOR)];
    let mut found = users.find_users(&asked).await.expect("users");
    found.sort_by_key(|one| one.id);
    let names: Vec<_> = found.iter().map(|one| one.username.as_str()).collect();
    assert_eq!(names, ["learner", "instructor"]);
    assert_eq!(found[0].display_name, "Lea Learner");
    assert_eq!(users.find_users(&[]).await.expect("nobody"), vec![]);

    let names = [
        INSTRUCTOR,
        "Learner ",
        "LEARNER@example.org",
        "nobody",
        NOBODY,
        "a\0b",
    ];
    let named = users.identify(&names.map(str::to_owned)).await;
    let (learner, none) = (Some(id(LEARNER)), None);
    let expected = [Some(id(INSTRUCTOR)), learner, learner, none, none, none];
    assert_eq!(named.expect("an answer"), expected);

    let contact = users.contact(id(LEARNER)).await.expect("an answer");
    let contact = contact.expect("a contact");
    assert_eq!(contact.email, "learner@example.org");
    assert_eq!((&*contact.locale, &*contact.time_zone), ("en", "UTC"));
    assert_eq!(users.contact(id(NOBODY)).await.expect("an answer"), None);

    let keys = users.verifying_keys().await.expect("keys");
    let local = app.user().api().verifying_keys().await.expect("keys");
    assert_eq!(keys, local);
    assert_eq!(keys.len(), 1);

    let learner = app.log_in("learner").await;
    let sessions = learner.get("/api/v1/users/me/sessions").await;
    let session = sessions.expect_status(200)["items"][0]["id"].clone();
    let session: SessionId = session.as_str().expect("an id").parse().expect("an id");
    let now = Env::system().now().timestamp();
    let open = async |user: &str, session| {
        let open = users.session_open(id(user), session, now + 5).await;
        open.expect("an answer")
    };
    let student: Roles = vec![Role::Student].into();
    assert_eq!(open(LEARNER, session).await, Some(student));
    assert_eq!(open(INSTRUCTOR, session).await, None);
    assert_eq!(open(LEARNER, id(NOBODY).uuid().into()).await, None);

    let token = json!({ "name": "script", "scopes": ["profile:read"] });
    let token = learner.post("/api/v1/users/me/tokens", token).await;
    let token = token.expect_status(201)["token"].clone();
    let token = token.as_str().expect("a token");
    let access = users.exchange(token).await.expect("an answer");
    assert_eq!(access.expect("a token").split('.').count(), 3);
    let none = users.exchange("gopro_pat_of_nobody").await;
    assert_eq!(none.expect("an answer"), None);

    let unknown: OneTimeTokenId = id(NOBODY).uuid().into();
    let mail = users.email_content(unknown).await.expect("an answer");
    assert!(mail.is_none());
}

async fn holds_of_courses(app: &AppTest, courses: &dyn CourseApi) {
    let course: CourseId = COURSE.parse().expect("an id");
    let outline = courses.outline(course).await.expect("an answer");
    let local = app.course().api().outline(course).await;
    assert_eq!(outline, local.expect("an answer"));
    let outline = outline.expect("an outline");
    assert_eq!((outline.version, &*outline.slug), (1, "go-from-zero"));
    let lessons = outline.sections.iter().map(|one| one.lessons.len());
    assert_eq!(lessons.sum::<usize>(), 5);
    let unknown: CourseId = NOBODY.parse().expect("an id");
    assert_eq!(courses.outline(unknown).await.expect("an answer"), None);
    let admission = courses.admit(course, id(LEARNER), None).await;
    assert_eq!(admission.expect("an answer"), Admission::default());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_module_here_and_one_behind_grpc_answer_alike() {
    let app = AppTest::demo().await;
    let (user, course) = (app.user().api(), app.course().api());
    holds_of_users(&app, &*user).await;
    holds_of_courses(&app, &*course).await;
    let server = RpcTest::new(Some(user), Some(course)).await;
    holds_of_users(&app, &RemoteUser::new(vec![peer(&server.address)])).await;
    holds_of_courses(&app, &RemoteCourse::new(vec![peer(&server.address)])).await;
    let proxy = Proxy::to(server.address.clone()).await;
    holds_of_users(&app, &RemoteUser::new(vec![peer(proxy.address)])).await;
    holds_of_courses(&app, &RemoteCourse::new(vec![peer(proxy.address)])).await;
    drop(proxy);
    server.end().await;
}

#[derive(Debug, thiserror::Error)]
#[error("it is {0:?} ☂")]
struct Odd(Kind);

impl Fault for Odd {
    fn kind(&self) -> Kind {
        self.0
    }

    fn code(&self) -> &str {
        "test.odd"
    }

    fn fields(&self) -> Vec<FieldFault> {
        vec![FieldFault::new("/a/0", "odd", "must be even")]
    }

    fn retry_after(&self) -> Option<Duration> {
        Some(Duration::from_millis(1500))
    }
}

/// Fails in every way, one after the other.
struct Failing(Failure);

#[async_trait]
impl UserApi for Failing {
    async fn find_users(&self, _: &[UserId]) -> Result<Vec<UserView>, Failure> {
        Err(self.0.clone())
    }
    async fn identify(&self, _: &[String]) -> Result<Vec<Option<UserId>>, Failure> {
        Err(self.0.clone())
    }
    async fn contact(&self, _: UserId) -> Result<Option<ContactView>, Failure> {
        Err(self.0.clone())
    }
    async fn verifying_keys(&self) -> Result<Vec<VerifyingKey>, Failure> {
        Err(self.0.clone())
    }
    async fn credential_keys(&self) -> Result<Vec<VerifyingKey>, Failure> {
        Err(self.0.clone())
    }
    async fn sign_credential(&self, _: &str) -> Result<String, Failure> {
        Err(self.0.clone())
    }
    async fn session_open(
        &self,
        _: UserId,
        _: SessionId,
        _: i64,
    ) -> Result<Option<Roles>, Failure> {
        Err(self.0.clone())
    }
    async fn email_content(&self, _: OneTimeTokenId) -> Result<Option<EmailContent>, Failure> {
        Err(self.0.clone())
    }
    async fn exchange(&self, _: &str) -> Result<Option<String>, Failure> {
        Err(self.0.clone())
    }
}

#[async_trait]
impl CourseApi for Failing {
    async fn outline(&self, _: CourseId) -> Result<Option<OutlineView>, Failure> {
        Err(self.0.clone())
    }
    async fn admit(&self, _: CourseId, _: UserId, _: Option<&str>) -> Result<Admission, Failure> {
        Err(self.0.clone())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_failure_comes_out_as_it_went_in() {
    let kinds = [
        Kind::NotFound,
        Kind::Invalid,
        Kind::Conflict,
        Kind::Stale,
        Kind::Unauthenticated,
        Kind::Forbidden,
        Kind::Limited,
        Kind::Unavailable,
        Kind::Internal,
    ];
    for kind in kinds {
        let failure = Failure::of(&Odd(kind));
        let failing = Arc::new(Failing(failure.clone()));
        let server = RpcTest::new(Some(failing.clone()), Some(failing)).await;
        let user = RemoteUser::new(vec![peer(&server.address)]);
        let course = RemoteCourse::new(vec![peer(&server.address)]);
        let (user_id, course_id) = (id(LEARNER), COURSE.parse().expect("an id"));
        let (session, token) = (user_id.uuid().into(), user_id.uuid().into());
        let failures = [
            user.find_users(&[user_id]).await.err(),
            user.identify(&["ada".to_owned()]).await.err(),
            user.contact(user_id).await.err(),
            user.verifying_keys().await.err(),
            user.session_open(user_id, session, 0).await.err(),
            user.email_content(token).await.err(),
            user.exchange("token").await.err(),
            course.outline(course_id).await.err(),
            course.admit(course_id, user_id, Some("code")).await.err(),
        ];
        for got in failures {
            assert_eq!(got.as_ref(), Some(&failure));
        }
        server.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_module_that_is_down_is_reported_in_time_and_called_again_when_it_is_back() {
    let app = AppTest::demo().await;
    let server = RpcTest::new(Some(app.user().api()), None).await;
    let proxy = Proxy::to(server.address.clone()).await;
    let users = RemoteUser::new(vec![peer(proxy.address)]);
    users.contact(id(LEARNER)).await.expect("an answer");

    for passing in [Passing::Questions, Passing::Nothing] {
        proxy.pass(passing);
        let begun = Instant::now();
        let silent = users.contact(id(LEARNER)).await.expect_err("no answer");
        assert_eq!(silent.code(), "module.unreachable");
        assert_eq!(silent.kind(), Kind::Unavailable);
        assert!(begun.elapsed() < Duration::from_secs(10), "{begun:?}");

        proxy.pass(Passing::All);
        proxy.cut();
        let deadline = Instant::now() + Duration::from_secs(30);
        while users.contact(id(LEARNER)).await.is_err() {
            assert!(Instant::now() < deadline, "it was not asked again");
        }
    }
    let course = RemoteCourse::new(vec![peer(&server.address)]);
    let elsewhere = course.outline(COURSE.parse().expect("an id")).await;
    let elsewhere = elsewhere.expect_err("it is not served here");
    assert_eq!(elsewhere.code(), "module.unreachable");

    server.end().await;
    let gone = users.contact(id(LEARNER)).await.expect_err("it has ended");
    assert_eq!(gone.code(), "module.unreachable");
}
