//! The accounts of the demo, for who tries it in a browser on the very machine that it runs on.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use kernel::{ExposeSecret, SecretString};
use serde_json::json;
use url::{Host, Url};

use crate::config::Settings;

/// The accounts whose passwords are known; none on a server that others reach.
#[derive(Clone, Default)]
pub struct DemoLogins(Vec<(&'static str, SecretString)>);

impl DemoLogins {
    /// What a server with these settings may offer.
    pub fn of(settings: &Settings, known: Vec<(&'static str, SecretString)>) -> Self {
        let own = settings.server.address.ip().is_loopback() && is_own(&settings.public_url());
        Self(if own { known } else { Vec::new() })
    }
}

/// A page of another name that leads to this machine gets nothing, nor does one of another site.
pub(super) async fn show(request: HttpRequest, logins: web::Data<DemoLogins>) -> HttpResponse {
    let text = |name: &str| {
        request
            .headers()
            .get(name)
            .and_then(|value| value.to_str().ok())
    };
    let host = text("host").is_some_and(|host| is_own(&format!("http://{host}")));
    let same = text("sec-fetch-site").is_none_or(|site| ["same-origin", "none"].contains(&site));
    let shown = logins.0.iter().filter(|_| host && same);
    let accounts = shown.map(|(username, password)| {
        json!({ "username": username, "password": password.expose_secret() })
    });
    HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(json!({ "accounts": accounts.collect::<Vec<_>>() }))
}

/// Whether a URL leads to this very machine by a name that nobody else can give.
fn is_own(url: &str) -> bool {
    match Url::parse(url).ok().as_ref().and_then(Url::host) {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use actix_web::{App, test, web};
    use serde_json::Value;

    use super::{DemoLogins, show};

    fn logins(flags: &[(&str, &str)]) -> DemoLogins {
        let flags: Vec<_> = flags
            .iter()
            .map(|(key, value)| (*key, (*value).to_owned()))
            .collect();
        let settings = crate::config::load(None, &BTreeMap::new(), &flags).expect("settings");
        DemoLogins::of(&settings, vec![("learner", "secret".to_owned().into())])
    }

    async fn shown(logins: DemoLogins, headers: &[(&'static str, &'static str)]) -> Value {
        let resource = web::resource("/").app_data(web::Data::new(logins));
        let app = test::init_service(App::new().service(resource.route(web::get().to(show)))).await;
        let request = headers
            .iter()
            .fold(test::TestRequest::get(), |request, header| {
                request.insert_header(*header)
            });
        let answer: Value = test::call_and_read_body_json(&app, request.to_request()).await;
        answer["accounts"].clone()
    }

    #[actix_web::test]
    async fn a_known_password_is_shown_on_this_machine_and_to_its_own_page_alone() {
        let known = serde_json::json!([{ "username": "learner", "password": "secret" }]);
        let same = ("sec-fetch-site", "same-origin");
        for host in ["localhost:8080", "127.0.0.1:8080", "[::1]:8080"] {
            let headers = [("host", host), same];
            assert_eq!(shown(logins(&[]), &headers).await, known, "{host}");
        }
        let nothing = serde_json::json!([]);
        for headers in [
            [("host", "rebound.example:8080"), same],
            [("host", "localhost.example"), same],
            [("host", "localhost:8080"), ("sec-fetch-site", "cross-site")],
            [("host", "localhost:8080"), ("sec-fetch-site", "same-site")],
        ] {
            assert_eq!(shown(logins(&[]), &headers).await, nothing, "{headers:?}");
        }
        for flags in [
            [("server.address", "0.0.0.0:8080")],
            [("server.public_url", "https://learn.example.org")],
        ] {
            let headers = [("host", "localhost:8080"), same];
            assert_eq!(shown(logins(&flags), &headers).await, nothing, "{flags:?}");
        }
    }
}
