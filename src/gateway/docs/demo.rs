//! The accounts of the demo, for who opens Swagger UI by the link that the server has printed.

use std::sync::Arc;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use kernel::{Env, ExposeSecret, SecretString};
use serde_json::json;

const KEY: &str = "x-demo-key";

/// The accounts whose passwords are known, and the key that shows them.
#[derive(Clone, Default)]
pub struct DemoLogins {
    key: Option<Arc<str>>,
    known: Vec<(&'static str, SecretString)>,
}

impl DemoLogins {
    /// What a server may offer that knows these passwords.
    pub fn new(known: Vec<(&'static str, SecretString)>, env: &Env) -> Self {
        let key = || BASE64_URL_SAFE_NO_PAD.encode(env.bytes::<16>()).into();
        Self {
            key: (!known.is_empty()).then(key),
            known,
        }
    }

    /// What stands behind `/docs/` in the link; empty when there is nothing to offer.
    pub fn fragment(&self) -> String {
        let key = self.key.as_ref();
        key.map_or_else(String::new, |key| format!("#demo={key}"))
    }
}

/// Only who has the key gets anything: a server may be reached by others.
pub(super) async fn show(request: HttpRequest, logins: web::Data<DemoLogins>) -> HttpResponse {
    let shown = request
        .headers()
        .get(KEY)
        .map(header::HeaderValue::as_bytes);
    let knows = logins
        .key
        .as_ref()
        .is_some_and(|key| shown == Some(key.as_bytes()));
    let known = logins.known.iter().filter(|_| knows);
    let accounts = known.map(|(username, password)| {
        json!({ "username": username, "password": password.expose_secret() })
    });
    HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(json!({ "accounts": accounts.collect::<Vec<_>>() }))
}

#[cfg(test)]
mod tests {
    use actix_web::{App, test, web};
    use kernel::Env;
    use serde_json::{Value, json};

    use super::{DemoLogins, KEY, show};

    async fn shown(logins: &DemoLogins, key: &str) -> Value {
        let resource = web::resource("/").app_data(web::Data::new(logins.clone()));
        let app = test::init_service(App::new().service(resource.route(web::get().to(show)))).await;
        let request = test::TestRequest::get().insert_header((KEY, key));
        let answer: Value = test::call_and_read_body_json(&app, request.to_request()).await;
        answer["accounts"].clone()
    }

    #[actix_web::test]
    async fn a_password_is_shown_to_who_has_the_link_alone() {
        let known = vec![("learner", "secret".to_owned().into())];
        let logins = DemoLogins::new(known, &Env::system());
        let fragment = logins.fragment();
        let key = fragment.strip_prefix("#demo=").expect("a link");
        assert!(key.len() >= 22, "{key}");
        let known = json!([{ "username": "learner", "password": "secret" }]);
        assert_eq!(shown(&logins, key).await, known);
        for other in ["", &key[1..], &key.to_lowercase(), "x"] {
            assert_eq!(shown(&logins, other).await, json!([]), "{other}");
        }
        let nothing = DemoLogins::new(Vec::new(), &Env::system());
        assert_eq!(nothing.fragment(), "");
        assert_eq!(shown(&nothing, "").await, json!([]));
    }
}
