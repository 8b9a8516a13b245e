//! What is shown of certificates: the page, the picture, the document, and the credential.

use kernel::Role;
use serde_json::{Value, json};

use super::super::credential::claims;
use super::super::page;
use super::super::view::{CertificateView, RevocationList};
use crate::tests::{ModuleTest, learner};

impl ModuleTest {
    async fn public(&self, code: &str) -> CertificateView {
        self.progress.certificates.find(code).await.unwrap()
    }

    async fn picture(&self, code: &str) -> String {
        self.progress.certificates.image(code).await.unwrap()
    }
}

#[tokio::test]
async fn the_page_and_the_picture_show_whose_it_is_and_let_no_markup_through() {
    let (test, certificate) = Box::pin(ModuleTest::certified("<b>Anna & Söhne</b>")).await;
    let html = page::of_certificate(&test.public(&certificate.code).await);
    let svg = test.picture(&certificate.code).await;
    for text in [&html, &svg] {
        assert!(
            text.contains("&lt;b&gt;Anna &amp; Söhne&lt;/b&gt;"),
            "{text}"
        );
        assert!(!text.contains("<b>"), "{text}");
        assert!(text.contains(&certificate.code));
    }
    assert!(html.contains("This certificate is valid"));
    assert!(!svg.contains("<text"), "all of it is drawn with our fonts");
}

#[tokio::test]
async fn a_revoked_certificate_says_so_everywhere() {
    let (test, certificate) = Box::pin(ModuleTest::certified("Anna")).await;
    let code = certificate.code.as_str();
    let service = &test.progress.certificates;
    let before = test.picture(code).await;
    let pdf_before = service.document(&test.public(code).await).await.unwrap();
    test.revoke(Role::Admin, code).await.unwrap();
    let revoked = test.public(code).await;
    let html = page::of_certificate(&revoked);
    assert!(html.contains("This certificate was revoked") && !html.contains("is valid"));
    let told = html.contains("Somebody else wrote it");
    assert!(!told, "the reason is not for all");
    let svg = test.picture(code).await;
    assert!(svg.contains("Revoked on 2 November 2026, not valid"));
    assert!(!before.contains("Revoked"));
    let pdf = service.document(&revoked).await.unwrap();
    assert_ne!(pdf, pdf_before);
    let status = |certificate| serde_json::to_value(RevocationList::of(certificate)).unwrap();
    let id = format!("{}/credential/status", certificate.url);
    assert_eq!(
        status(&revoked),
        json!({
            "id": id, "issuer": "https://learn.example.org",
            "revokedCredentials": [{ "id": certificate.url, "revoked": true }],
        })
    );
    assert_eq!(status(&certificate)["revokedCredentials"], json!([]));
}

#[tokio::test]
async fn the_credential_says_what_the_certificate_says() {
    let (test, certificate) = Box::pin(ModuleTest::certified("Анна Каренина")).await;
    let signed = test.progress.certificates.credential(&certificate.code);
    let signed = signed.await.unwrap();
    let payload: Value = serde_json::from_str(signed.strip_prefix("signed ").unwrap()).unwrap();
    assert_eq!(payload, claims(&certificate));
    assert_eq!(payload["iss"], "https://learn.example.org");
    assert_eq!(payload["jti"], certificate.url.as_str());
    assert!(payload.get("aud").is_none() && payload.get("exp").is_none());
    let subject = &payload["credentialSubject"];
    assert_eq!(payload["sub"], subject["id"]);
    assert_eq!(subject["identifier"][0]["identityHash"], "Анна Каренина");
    assert_eq!(subject["achievement"]["name"], "Go from zero");
    let status = payload["credentialStatus"]["id"].as_str().unwrap();
    assert_eq!(status, format!("{}/credential/status", certificate.url));
    let account = learner().to_string();
    assert!(!signed.contains(&account), "it does not name the account");
}

#[tokio::test]
async fn the_page_of_an_unknown_number_says_what_to_do() {
    let (test, _) = Box::pin(ModuleTest::certified("Anna")).await;
    let service = &test.progress.certificates;
    for (code, title) in [
        ("0000-0000-0000-0000", "This certificate is unknown"),
        ("0000-0000-0000-0001", "This number is mistyped"),
    ] {
        let fault = service.find(code).await.unwrap_err();
        let html = page::of_fault(&fault, service.settings());
        assert!(html.contains(title) && html.contains("ompare it"), "{html}");
    }
}
