//! A REST client that says what it expected when it is disappointed.

use std::time::Duration;

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

#[derive(Clone)]
pub(crate) struct Client {
    http: reqwest::Client,
    base: String,
    pub(crate) token: Option<String>,
    pub(crate) refresh_token: Option<String>,
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) text: String,
}

impl Client {
    pub(crate) fn new(base: &str) -> Self {
        // The server closes a connection that is idle for 5 s, and a request that is on its way then is
        // lost, so that clients give theirs up earlier.
        let builder = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            // It speaks plain HTTP, and reading the certificates of the system takes long.
            .tls_certs_only([])
            .pool_idle_timeout(Duration::from_secs(2));
        Self {
            http: builder.build().expect("a client"),
            base: base.to_owned(),
            token: None,
            refresh_token: None,
        }
    }

    /// The same user at another address.
    pub(crate) fn at(&self, base: &str) -> Self {
        Self {
            base: base.to_owned(),
            ..self.clone()
        }
    }

    pub(crate) async fn log_in(&mut self, login: &str, password: &str) {
        let body = json!({ "login": login, "password": password });
        let tokens = self
            .post("/api/v1/auth/login", body)
            .await
            .expect_status(200);
        self.token = tokens["access_token"].as_str().map(str::to_owned);
        self.refresh_token = tokens["refresh_token"].as_str().map(str::to_owned);
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.base));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        send(self.request(Method::GET, path)).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        send(self.request(Method::POST, path).json(&body)).await
    }

    /// A POST without a body.
    pub(crate) async fn touch(&self, path: &str) -> Answer {
        send(self.request(Method::POST, path)).await
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Answer {
        let request = self.request(Method::PUT, path).header("If-Match", "*");
        send(request.json(&body)).await
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> Answer {
        let request = self.request(Method::PATCH, path).header("If-Match", "*");
        send(request.json(&body)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        send(self.request(Method::DELETE, path).header("If-Match", "*")).await
    }
}

pub(crate) async fn send(request: RequestBuilder) -> Answer {
    let response = request.send().await.expect("an answer");
    Answer {
        status: response.status().as_u16(),
        headers: response.headers().clone(),
        text: response.text().await.expect("a whole body"),
    }
}

impl Answer {
    /// The body as JSON; null when there is none.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or(Value::Null)
    }

    /// The body, when the status is as expected.
    #[track_caller]
    pub(crate) fn expect_status(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
        self.json()
    }

    /// Any of these statuses.
    #[track_caller]
    pub(crate) fn expect_status_in(self, statuses: &[u16]) {
        assert!(
            statuses.contains(&self.status),
            "{} {}",
            self.status,
            self.text
        );
    }

    /// The problem, when status and code are as expected and it is a whole problem document.
    #[track_caller]
    pub(crate) fn expect_problem(self, status: u16, code: &str) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
        let media = self.header("content-type").unwrap_or_default().to_owned();
        assert_eq!(media, "application/problem+json", "{}", self.text);
        let problem = self.json();
        assert_eq!(problem["code"], code, "{problem}");
        assert_eq!(problem["status"], status);
        assert_eq!(problem["type"], format!("/problems/{code}"));
        assert_eq!(problem["instance"].as_str(), self.header("x-request-id"));
        assert!(!problem["title"].as_str().unwrap_or_default().is_empty());
        let mut explained = gopro::gateway::problem_pages::codes();
        assert!(explained.any(|known| known == code), "{code} has no page");
        problem
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    pub(crate) fn etag(&self) -> String {
        self.header("etag").expect("an ETag").to_owned()
    }
}
