//! What the API document says of this module.

use actix_web::App;
use serde_json::Value;
use utoipa_actix_web::AppExt;

use super::*;

#[tokio::test]
async fn every_endpoint_is_documented_and_all_but_certificates_and_pictures_require_a_token() {
    let test = ModuleTest::new().await;
    let (_, document) = App::new()
        .into_utoipa_app()
        .configure(|cfg| test.progress.configure(cfg))
        .split_for_parts();
    let document = serde_json::to_value(document).unwrap();
    let paths = document["paths"].as_object().unwrap();
    let operations: Vec<&Value> = paths
        .values()
        .flat_map(|path| path.as_object().unwrap().values())
        .filter(|operation| operation.get("operationId").is_some())
        .collect();
    assert_eq!(operations.len(), 71);
    for operation in operations {
        let id = &operation["operationId"];
        assert!(operation["summary"].is_string(), "{id}");
        let name = id.as_str().unwrap();
        let public = name.starts_with("get_certificate") || name == "get_achievement_image";
        let bearer = operation["security"][0].get("bearer").is_some();
        assert_eq!(bearer, !public, "{id}");
    }
}
