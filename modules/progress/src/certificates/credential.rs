//! A certificate as a credential (Open Badges 3.0), and whether that is revoked.

use serde_json::{Value, json};

use super::view::CertificateView;

const CONTEXTS: [&str; 2] = [
    "https://www.w3.org/ns/credentials/v2",
    "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
];

/// The payload of the signed credential: an `OpenBadgeCredential` with the registered claims of a JWT.
///
/// It says nothing that the certificate does not, and is the same each time.
pub(super) fn claims(certificate: &CertificateView) -> Value {
    let url = certificate.url.as_str();
    let issuer = &certificate.issuer;
    // The holder has no address of their own; this one means whoever the certificate names.
    let holder = format!("{url}#holder");
    let mut claims = json!({
        "@context": CONTEXTS,
        "id": url,
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": certificate.course_title,
        "issuer": {
            "id": issuer.url,
            "type": ["Profile"],
            "name": issuer.name,
            "url": issuer.url,
        },
        "validFrom": certificate.issued_at,
        "awardedDate": certificate.issued_at,
        "credentialSubject": {
            "id": holder,
            "type": ["AchievementSubject"],
            "identifier": [{
                "type": "IdentityObject",
                "identityType": "name",
                "identityHash": certificate.name,
                "hashed": false,
            }],
            "achievement": {
                "id": format!("{}/api/v1/courses/{}", issuer.url, certificate.course_id),
                "type": ["Achievement"],
                "achievementType": "CertificateOfCompletion",
                "name": certificate.course_title,
                "version": certificate.course_version.to_string(),
                "description": format!("Completion of the course “{}”.", certificate.course_title),
                "criteria": { "narrative": "Complete all lessons of the course." },
            },
        },
        "credentialStatus": {
            "id": format!("{url}/credential/status"),
            "type": "1EdTechRevocationList",
        },
        "iss": issuer.url,
        "jti": url,
        "sub": holder,
        "nbf": certificate.issued_at.timestamp(),
        "iat": certificate.issued_at.timestamp(),
    });
    if let Some(expires_at) = certificate.expires_at {
        claims["validUntil"] = json!(expires_at);
        claims["exp"] = json!(expires_at.timestamp());
    }
    claims
}
