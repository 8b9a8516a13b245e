//! What each event in the life of an account ends, and what requires recent authentication, as
//! `docs/security/model.md` says (S-35): every cell of its tables is tried on a running server.

use std::collections::{BTreeMap, BTreeSet};

use chrono::Duration;
use gopro::module_name::ModuleName;
use kernel::Role;
use reqwest::Method;
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use testkit::FixedClock;

use super::providers::{Begun, CHALLENGE, FederationTest, RETURN_URL, VERIFIER};
use crate::support::app::PASSWORD;
use crate::support::client::send;
use crate::support::{Answer, AppTest, Client, totp};

const OTHER: &str = "another horse with a better battery";
const GUESSABLE: &str = "aaaaaaaaaaaaaaaa";
const CHANGED_KEPT: &str = "password changed, API tokens kept";
const RESET: &str = "password reset by link";
const RESET_UNVERIFIED: &str = "password reset by link, address never verified before";
const RESTORED: &str = "change of address undone";
const RESTORED_UNVERIFIED: &str = "change of address undone, address never verified before";
const FACTOR_ENABLED: &str = "second factor enabled";
const STARTED: &str = "reset started by an administrator";
const ERASED: &str = "account erased";
const CALLED_OFF: &str = "erasure canceled";
const UNLINKED: &str = "identity unlinked";

/// What the model says, by event and credential.
type Model = BTreeMap<String, BTreeMap<String, String>>;

fn model() -> Model {
    let text = std::fs::read_to_string("docs/security/model.md").expect("the model");
    let mut columns: Vec<String> = Vec::new();
    let mut table = Model::new();
    for line in text.lines() {
        let row: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        match (line.starts_with("| "), row[0]) {
            (false, _) => {
                if !line.starts_with("|-") {
                    columns.clear();
                }
            }
            (true, "event") => columns = row[1..].iter().map(ToString::to_string).collect(),
            (true, event) => {
                for (column, cell) in columns.iter().zip(&row[1..]) {
                    let word = cell.split(" (").next().unwrap_or_default();
                    let cells = table.entry(event.to_owned()).or_default();
                    cells.insert(column.clone(), word.to_owned());
                }
            }
        }
    }
    table
}

/// Everything that lets somebody into one account, or that was given out for it.
struct Held {
    name: String,
    id: String,
    email: String,
    here: Client,
    recovery_codes: Vec<String>,
    verify_link: Option<String>,
    keep_link: Option<String>,
    undo_links: Vec<String>,
    more: Option<More>,
}

/// What is not looked at where the link that verifies an address is all that matters.
struct More {
    other: Client,
    api_token: String,
    identity: String,
    challenge: String,
    sign_in_code: String,
    linking: Linking,
    reset_link: String,
    change_link: String,
    invitations: Vec<(Role, String)>,
    export: String,
}

/// A linking that is under way, and what the provider will say at its end.
struct Linking {
    begun: Begun,
    challenge: String,
    claims: Value,
}

fn field(answer: &Value, name: &str) -> String {
    answer[name].as_str().expect(name).to_owned()
}

async fn refreshed(client: &mut Client) -> u16 {
    let body = json!({ "refresh_token": client.refresh_token });
    let answer = client.post("/api/v1/auth/refresh", body).await;
    let status = answer.status;
    if status == 200 {
        let tokens = answer.json();
        client.token = Some(field(&tokens, "access_token"));
        client.refresh_token = Some(field(&tokens, "refresh_token"));
    }
    status
}

/// Logs in, by a recovery code where a second factor is required; returns whether it was.
async fn logged_in(test: &FederationTest, held: &mut Held, password: &str) -> (Client, bool) {
    let mut client = test.app.anonymous();
    let login = json!({ "login": held.name, "password": password });
    let answer = client.post("/api/v1/auth/login", login).await;
    let mut tokens = answer.expect_status(200);
    let owed = tokens["mfa_token"].as_str().map(str::to_owned);
    if let Some(mfa_token) = &owed {
        let code = held.recovery_codes.pop().expect("a code is left");
        let body = json!({ "mfa_token": mfa_token, "code": code });
        let answer = client.post("/api/v1/auth/mfa/challenge", body).await;
        tokens = answer.expect_status(200);
    }
    client.token = Some(field(&tokens, "access_token"));
    client.refresh_token = Some(field(&tokens, "refresh_token"));
    (client, owed.is_some())
}

async fn enroll(held: &mut Held) {
    let begun = held.here.touch("/api/v1/auth/mfa/totp").await;
    let secret = field(&begun.expect_status(201), "secret");
    let body = json!({ "code": totp::code(&secret) });
    let answer = held.here.post("/api/v1/auth/mfa/totp/confirm", body).await;
    let codes = answer.expect_status(200)["codes"].clone();
    let codes = codes.as_array().expect("codes").iter();
    held.recovery_codes = codes
        .map(|code| code.as_str().expect("a code").to_owned())
        .collect();
    assert_eq!(refreshed(&mut held.here).await, 200);
}

/// Moves the account to a new address.
async fn moved(test: &FederationTest, held: &mut Held) {
    let new = format!("{}@move{}.example", held.name, held.undo_links.len() + 1);
    let link = change_link(test, &held.here, &new).await;
    let body = json!({ "token": link, "password": PASSWORD });
    opened(test, body).await.expect_status(200);
    let undo = test.app.mail(&held.email, "/account/undo#token=").await;
    held.undo_links.push(undo.token());
    held.email = new;
    assert_eq!(refreshed(&mut held.here).await, 200);
}

async fn change_link(test: &FederationTest, client: &Client, email: &str) -> String {
    let body = json!({ "email": email });
    let asked = client.post("/api/v1/users/me/email", body).await;
    asked.expect_status(202);
    let mail = test.app.mail(email, "/account/verify#token=").await;
    mail.token()
}

async fn verified(test: &FederationTest, link: &str) -> Answer {
    opened(test, json!({ "token": link })).await
}

async fn opened(test: &FederationTest, body: Value) -> Answer {
    let client = test.app.anonymous();
    client.post("/api/v1/auth/email/verify", body).await
}

async fn reset(test: &FederationTest, link: &str, new: &str) -> Answer {
    let client = test.app.anonymous();
    let body = json!({ "token": link, "new_password": new });
    client.post("/api/v1/auth/password/reset", body).await
}

async fn kept(test: &FederationTest, link: &str) -> Answer {
    let client = test.app.anonymous();
    let body = json!({ "token": link });
    client.post("/api/v1/auth/account/keep", body).await
}

/// Begins a sign-in in which the provider will say that somebody is `subject`.
async fn begun(test: &FederationTest, client: &Client, query: &str, subject: &str) -> Linking {
    let begun = test.begin(client, "school", query).await;
    let mut state = test.idp("school").state();
    state.claims["sub"] = json!(subject);
    state.claims["email"] = json!(format!("{subject}@school.example"));
    Linking {
        begun,
        challenge: state.challenge.clone(),
        claims: state.claims.clone(),
    }
}

async fn finished(test: &FederationTest, linking: &Linking) -> Answer {
    {
        let mut state = test.idp("school").state();
        state.challenge.clone_from(&linking.challenge);
        state.claims = linking.claims.clone();
    }
    test.finish(&linking.begun).await
}

async fn linked(test: &FederationTest, client: &Client, subject: &str) -> String {
    let begun = begun(test, client, "", subject).await;
    let linked = finished(test, &begun).await;
    field(&linked.expect_status(200), "id")
}

async fn sign_in_code(test: &FederationTest, subject: &str) -> String {
    let query = format!("?return_to={RETURN_URL}&code_challenge={CHALLENGE}");
    let begun = begun(test, &test.app.anonymous(), &query, subject).await;
    let answer = finished(test, &begun).await;
    let location = answer.header("location").expect("an address").to_owned();
    let code = location.strip_prefix(&format!("{RETURN_URL}#code="));
    code.expect(&location).to_owned()
}

async fn invited(test: &FederationTest, held: &Held, role: Role) -> (Role, String) {
    let email = format!("{}-{}@invited.example", held.name, role.into_str());
    let body = json!({ "email": email, "roles": [role.into_str()] });
    let sent = held.here.post("/api/v1/auth/invitations", body).await;
    sent.expect_status(201);
    let mail = test.app.mail(&email, "/account/invite#token=").await;
    (role, mail.token())
}

/// An account whose address nobody has verified yet.
async fn registered(test: &FederationTest, name: &str) -> Held {
    let email = format!("{name}@example.org");
    let body = json!({ "username": name, "email": email, "password": PASSWORD });
    let client = test.app.anonymous();
    let made = client.post("/api/v1/auth/register", body).await;
    let made = made.expect_status(201);
    let mail = test.app.mail(&email, "/account/verify#token=").await;
    Held {
        name: name.to_owned(),
        id: field(&made, "id"),
        email,
        here: test.app.log_in(name).await,
        recovery_codes: Vec::new(),
        verify_link: Some(mail.token()),
        keep_link: None,
        undo_links: Vec::new(),
        more: None,
    }
}

/// An account with a verified address, made by the operator, whatever the mode of registration.
async fn made(test: &FederationTest, name: &str) -> Held {
    let roles = [Role::Student, Role::Instructor, Role::Admin];
    let here = test.app.new_user(name, &roles).await;
    let me = here.get("/api/v1/users/me").await.expect_status(200);
    Held {
        name: name.to_owned(),
        id: field(&me, "id"),
        email: format!("{name}@example.org"),
        here,
        recovery_codes: Vec::new(),
        verify_link: None,
        keep_link: None,
        undo_links: Vec::new(),
        more: None,
    }
}

fn is_restored(event: &str) -> bool {
    event == RESTORED || event == RESTORED_UNVERIFIED
}

/// Gives the roles that invite to anything.
async fn promote(test: &FederationTest, held: &mut Held) {
    let roles = json!({ "roles": ["student", "instructor", "admin"] });
    let path = format!("/api/v1/users/{}", held.id);
    test.admin.patch(&path, roles).await.expect_status(200);
    assert_eq!(refreshed(&mut held.here).await, 200);
}

/// Opens everything that an event may end.
async fn fill(test: &FederationTest, held: &mut Held, event: &str, moves: usize, invites: bool) {
    let app = &test.app;
    let name = held.name.clone();
    let identity = linked(test, &held.here, &name).await;
    // A move shows who reads the address and knows the password.
    let before_moves = event == RESET_UNVERIFIED;
    if before_moves {
        enroll(held).await;
    }
    for _ in 0..moves {
        moved(test, held).await;
    }
    if !before_moves {
        enroll(held).await;
    }
    let login = json!({ "login": name, "password": PASSWORD });
    let owed = app.anonymous().post("/api/v1/auth/login", login).await;
    let challenge = field(&owed.expect_status(200), "mfa_token");
    if event == FACTOR_ENABLED {
        // A token that owes a code outlives the factor, until there is a new one.
        let removed = held.here.delete("/api/v1/auth/mfa/totp").await;
        removed.expect_status(204);
    }
    let other = logged_in(test, held, PASSWORD).await.0;
    let token = json!({ "name": "script", "scopes": ["profile:read"] });
    let token = held.here.post("/api/v1/users/me/tokens", token).await;
    let mut invitations = Vec::new();
    if invites {
        for role in [Role::Student, Role::Instructor] {
            invitations.push(invited(test, held, role).await);
        }
    }
    let export = held.here.touch("/api/v1/users/me/export").await;
    let forgot = json!({ "email": held.email });
    let anonymous = app.anonymous();
    let forgot = anonymous.post("/api/v1/auth/password/forgot", forgot).await;
    forgot.expect_status(202);
    let forgot = app.mail(&held.email, "/account/reset#token=").await;
    held.more = Some(More {
        other,
        api_token: field(&token.expect_status(201), "token"),
        identity,
        challenge,
        sign_in_code: sign_in_code(test, &name).await,
        linking: begun(test, &held.here, "", &format!("{name}-second")).await,
        reset_link: forgot.token(),
        change_link: change_link(test, &held.here, &format!("{name}@later.example")).await,
        invitations,
        export: field(&export.expect_status(202), "id"),
    });
}

/// The time to keep the account passes, and every step is done without its pause.
async fn erase(test: &FederationTest, held: &Held) {
    let databases = test.app.modules.databases();
    let users = databases.of(ModuleName::User).expect("a module");
    let users = users.for_migrations();
    let over = "UPDATE saga SET available_at = created_at
        WHERE kind = 'erasure' AND state IN ('waiting', 'running')";
    let path = format!("/api/v1/users/{}/erasure", held.id);
    for _ in 0..100 {
        users.execute_unprepared(over).await.expect("over");
        test.app.user().run_due_sagas().await.expect("tended");
        test.app.settle().await;
        let erasure = test.admin.get(&path).await.expect_status(200);
        if !erasure["finished_at"].is_null() {
            return;
        }
    }
    panic!("the erasure of {} does not end", held.name);
}

/// Lets the event happen; gives the password that counts afterwards.
async fn happen(test: &FederationTest, held: &mut Held, event: &str) -> &'static str {
    let admin = &test.admin;
    let path = format!("/api/v1/users/{}", held.id);
    match event {
        "password changed" | CHANGED_KEPT => {
            let body = json!({
                "current_password": PASSWORD,
                "new_password": OTHER,
                "keep_api_tokens": event == CHANGED_KEPT,
            });
            let changed = held.here.put("/api/v1/users/me/password", body).await;
            changed.expect_status(200);
            return OTHER;
        }
        RESET | RESET_UNVERIFIED => {
            let link = &held.more.as_ref().expect("a reset link").reset_link;
            reset(test, link, OTHER).await.expect_status(200);
            return OTHER;
        }
        STARTED => {
            let started = admin.touch(&format!("{path}/password-reset")).await;
            started.expect_status(202);
        }
        "email address changed" => moved(test, held).await,
        RESTORED | RESTORED_UNVERIFIED => {
            if held.undo_links.is_empty() {
                moved(test, held).await;
            }
            let undo = held.undo_links.remove(0);
            verified(test, &undo).await.expect_status(200);
            held.email = format!("{}@example.org", held.name);
        }
        "account disabled" => {
            for disabled in [true, false] {
                let change = json!({ "disabled": disabled });
                admin.patch(&path, change).await.expect_status(200);
            }
        }
        "roles changed" => {
            let roles = json!({ "roles": ["student", "instructor"] });
            admin.patch(&path, roles).await.expect_status(200);
        }
        "erasure requested" => {
            let asked = held.here.delete("/api/v1/users/me").await;
            asked.expect_status(202);
            let mail = test.app.mail(&held.email, "/account/keep#token=").await;
            kept(test, &mail.token()).await.expect_status(204);
            held.keep_link = Some(mail.token());
        }
        ERASED => {
            let asked = held.here.delete("/api/v1/users/me").await;
            asked.expect_status(202);
            let mail = test.app.mail(&held.email, "/account/keep#token=").await;
            held.keep_link = Some(mail.token());
            erase(test, held).await;
        }
        FACTOR_ENABLED => enroll(held).await,
        "second factor disabled by its owner" => {
            if held.more.is_none() {
                enroll(held).await;
            }
            let removed = held.here.delete("/api/v1/auth/mfa/totp").await;
            removed.expect_status(204);
        }
        "second factor removed by an administrator" => {
            if held.more.is_none() {
                enroll(held).await;
            }
            let removed = admin.delete(&format!("{path}/mfa")).await;
            removed.expect_status(204);
        }
        "identity linked" | UNLINKED => {
            let id = linked(test, &held.here, &format!("{}-third", held.name)).await;
            if event == UNLINKED {
                let path = format!("/api/v1/users/me/identities/{id}");
                held.here.delete(&path).await.expect_status(204);
            }
        }
        other => panic!("nobody has taught this test the event {other:?}"),
    }
    PASSWORD
}

fn word(stays: bool) -> &'static str {
    match stays {
        true => "stays",
        false => "ends",
    }
}

/// Whether the second factor, the identity and the export of an erased account still count.
async fn left_of(test: &FederationTest, held: &Held, more: &More) -> (bool, bool, bool) {
    let login = json!({ "login": held.name, "password": PASSWORD });
    let login = test.app.anonymous().post("/api/v1/auth/login", login).await;
    let factor = login.text.contains("mfa_token");
    // The identity leads to a new account or to none.
    let code = sign_in_code(test, &held.name).await;
    let body = json!({ "code": code, "code_verifier": VERIFIER });
    let mut newcomer = test.app.anonymous();
    let path = "/api/v1/auth/providers/exchange";
    let tokens = newcomer.post(path, body).await.expect_status(200);
    newcomer.token = tokens["access_token"].as_str().map(str::to_owned);
    let me = newcomer.get("/api/v1/users/me").await.expect_status(200);
    let export = format!("/api/v1/users/me/export/{}", more.export);
    let by_old = held.here.get(&export).await.status == 200;
    let by_new = newcomer.get(&export).await.status == 200;
    (factor, field(&me, "id") == held.id, by_old || by_new)
}

/// What became of everything, by the titles of the model's columns.
async fn found(
    test: &FederationTest,
    mut held: Held,
    event: &str,
    mut password: &'static str,
) -> BTreeMap<&'static str, &'static str> {
    let app = &test.app;
    let anonymous = app.anonymous();
    let mut found = BTreeMap::new();
    let more = held.more.take();
    if let Some(mut more) = more {
        let wrong = json!({ "mfa_token": more.challenge, "code": "000000" });
        let answer = anonymous.post("/api/v1/auth/mfa/challenge", wrong).await;
        // Only a login that waits for a code learns that it is wrong.
        let stays = answer.json()["code"] == "auth.mfa_code_invalid";
        found.insert("`mfa_token`s", word(stays));
        let body = json!({ "code": more.sign_in_code, "code_verifier": VERIFIER });
        let answer = anonymous
            .post("/api/v1/auth/providers/exchange", body)
            .await;
        found.insert("codes of a provider sign-in", word(answer.status == 200));
        let answer = finished(test, &more.linking).await;
        found.insert("linking under way", word(answer.status == 200));
        let mut script = app.anonymous();
        script.token = Some(more.api_token.clone());
        let answer = script.get("/api/v1/users/me").await;
        found.insert("API tokens", word(answer.status == 200));
        let sessions = match (
            refreshed(&mut held.here).await,
            refreshed(&mut more.other).await,
        ) {
            (200, 200) => "stays",
            (200, _) => "others end",
            _ => "ends",
        };
        found.insert("sessions", sessions);
        let answer = reset(test, &more.reset_link, GUESSABLE).await;
        found.insert("reset links", word(answer.status == 422));
        let mut open = Vec::new();
        for (role, token) in &more.invitations {
            let body = json!({
                "username": format!("{}-{}", held.name, role.into_str()),
                "email": format!("{}-{}@invited.example", held.name, role.into_str()),
                "password": PASSWORD,
                "invitation": token,
            });
            let answer = anonymous.post("/api/v1/auth/register", body).await;
            open.push(answer.status == 201);
        }
        match open.as_slice() {
            [true, true] => drop(found.insert("invitations sent", "stays")),
            [true, false] if event == "roles changed" => {
                found.insert("invitations sent", "beyond roles ends");
            }
            [true, false] => drop(found.insert("invitations sent", "beyond student ends")),
            [_, _] => drop(found.insert("invitations sent", "ends")),
            _ => {}
        }
        let body = json!({ "token": more.change_link, "password": password });
        let answer = opened(test, body).await;
        found.insert("change links", word(answer.status == 200));
        if answer.status == 200 {
            held.email = format!("{}@later.example", held.name);
        }
        if event == ERASED {
            let (factor, identity, export) = left_of(test, &held, &more).await;
            found.insert("second factor", word(factor));
            found.insert("linked identities", word(identity));
            found.insert("data exports", word(export));
        } else {
            if event == STARTED || is_restored(event) {
                let sign = "account needs a new password";
                let mail = app.mail(&held.email, sign).await;
                reset(test, &mail.token(), OTHER).await.expect_status(200);
                password = OTHER;
            }
            let (again, asked) = logged_in(test, &mut held, password).await;
            let factor = match (asked, event == RESTORED) {
                // It was set up after the change that was taken back.
                (false, true) => "newer end",
                (asked, _) => word(asked),
            };
            found.insert("second factor", factor);
            let identities = again.get("/api/v1/users/me/identities").await;
            let identities = identities.expect_status(200).to_string();
            found.insert(
                "linked identities",
                word(identities.contains(&more.identity)),
            );
            let export = format!("/api/v1/users/me/export/{}", more.export);
            let answer = again.get(&export).await;
            found.insert("data exports", word(answer.status == 200));
        }
    }
    if let Some(link) = &held.verify_link {
        let answer = verified(test, link).await;
        found.insert("verify links", word(answer.status == 200));
    }
    if let Some(link) = &held.keep_link {
        let answer = kept(test, link).await;
        found.insert("keep links", word(answer.status == 204));
    }
    // The newest first, as somebody would who goes back step by step.
    for link in held.undo_links.iter().rev() {
        let answer = verified(test, link).await;
        let undo = match (answer.status == 200, is_restored(event)) {
            (false, true) => "newer end",
            (stays, _) => word(stays),
        };
        found.insert("undo links", undo);
    }
    found
}

/// The rows that an event goes through: a disabled account is enabled again, and an erasure canceled,
/// before one can see what has become of everything.
fn rows_of(event: &str) -> Vec<&str> {
    match event {
        "account disabled" => vec![event, "account enabled"],
        "erasure requested" => vec![event, "erasure canceled"],
        _ => vec![event],
    }
}

/// The cells that were tried; fails where the model says otherwise.
fn compared(
    model: &Model,
    event: &str,
    found: &BTreeMap<&'static str, &'static str>,
) -> BTreeSet<(String, String)> {
    let mut tried = BTreeSet::new();
    for (column, became) in found {
        let rows = rows_of(event);
        let said = rows.iter().map(|row| model[*row][*column].as_str());
        let said = said.reduce(|first, then| if first == "stays" { then } else { first });
        assert_eq!(Some(*became), said, "{event}: {column}");
        tried.extend(
            rows.iter()
                .map(|row| ((*row).to_owned(), (*column).to_owned())),
        );
    }
    tried
}

/// An account in which everything is open that the event may end. `moves` is how often its address
/// was changed before.
async fn filled(test: &FederationTest, name: &str, event: &str, moves: usize) -> Held {
    let mut held = match event {
        RESET_UNVERIFIED | RESTORED_UNVERIFIED => {
            let mut held = registered(test, name).await;
            promote(test, &mut held).await;
            held
        }
        _ => made(test, name).await,
    };
    fill(test, &mut held, event, moves, true).await;
    held
}

/// What becomes of the link that keeps an account. It is there only while the account waits to be
/// erased, when much cannot happen: then the event is tried and refused, and the link is as it was.
async fn keep_link_after(test: &FederationTest, name: &str, event: &str) -> &'static str {
    let mut held = filled(test, name, event, 1).await;
    let asked = held.here.delete("/api/v1/users/me").await;
    asked.expect_status(202);
    let mail = test.app.mail(&held.email, "/account/keep#token=").await;
    let link = mail.token();
    let path = format!("/api/v1/users/{}", held.id);
    let more = held.more.as_ref().expect("links");
    match event {
        "password changed" | CHANGED_KEPT => {
            let body = json!({ "current_password": PASSWORD, "new_password": OTHER });
            let answer = held.here.put("/api/v1/users/me/password", body).await;
            answer.expect_status(401);
        }
        RESET | RESET_UNVERIFIED => {
            let answer = reset(test, &more.reset_link, OTHER).await;
            answer.expect_status(403);
        }
        STARTED => {
            let answer = test.admin.touch(&format!("{path}/password-reset")).await;
            answer.expect_status(409);
        }
        "email address changed" => {
            let body = json!({ "token": more.change_link, "password": PASSWORD });
            opened(test, body).await.expect_status(403);
        }
        "erasure requested" => {
            test.admin.delete(&path).await.expect_status(202);
        }
        CALLED_OFF => {
            kept(test, &link).await.expect_status(204);
        }
        ERASED => erase(test, &held).await,
        FACTOR_ENABLED => {
            let answer = held.here.touch("/api/v1/auth/mfa/totp").await;
            answer.expect_status(401);
        }
        "second factor disabled by its owner" => {
            let answer = held.here.delete("/api/v1/auth/mfa/totp").await;
            answer.expect_status(401);
        }
        "identity linked" => {
            let answer = finished(test, &more.linking).await;
            assert_ne!(answer.status, 200, "{}", answer.text);
        }
        UNLINKED => {
            let path = format!("/api/v1/users/me/identities/{}", more.identity);
            held.here.delete(&path).await.expect_status(401);
        }
        "account enabled" => {
            happen(test, &mut held, "account disabled").await;
        }
        _ => {
            happen(test, &mut held, event).await;
        }
    }
    word(kept(test, &link).await.status == 204)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_event_ends_what_the_model_says() {
    let test = FederationTest::new(&[]).await;
    let model = model();
    let mut tried = BTreeSet::new();
    for (number, event) in model.keys().enumerate() {
        // Each of the two happens right after the row that it goes with.
        if event == "account enabled" || event == CALLED_OFF {
            continue;
        }
        let moves: &[usize] = match event.as_str() {
            RESTORED | RESTORED_UNVERIFIED => &[2],
            RESET_UNVERIFIED => &[0, 1],
            _ => &[1],
        };
        for moves in moves {
            let name = format!("full{number}m{moves}");
            let mut held = filled(&test, &name, event, *moves).await;
            let password = happen(&test, &mut held, event).await;
            let found = found(&test, held, event, password).await;
            tried.extend(compared(&model, event, &found));
        }
        if event != RESET && event != RESET_UNVERIFIED {
            let mut held = registered(&test, &format!("new{number}")).await;
            let password = happen(&test, &mut held, event).await;
            let found = found(&test, held, event, password).await;
            tried.extend(compared(&model, event, &found));
        }
    }
    // That column has a test of its own, which goes through every row.
    tried.extend(
        model
            .keys()
            .map(|event| (event.clone(), "keep links".to_owned())),
    );
    let cells = model.iter().flat_map(|(event, cells)| {
        let cells = cells.keys();
        cells.map(|column| (event.clone(), column.clone()))
    });
    let untried: Vec<_> = cells.filter(|cell| !tried.contains(cell)).collect();
    // Whatever verifies an address ends the links that do, so none is left for a later reset.
    let cannot_be = (RESET.to_owned(), "verify links".to_owned());
    assert_eq!(untried, [cannot_be]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_link_that_keeps_an_account_ends_as_the_model_says_with_every_event() {
    let test = FederationTest::new(&[]).await;
    for (number, (event, cells)) in model().iter().enumerate() {
        let became = keep_link_after(&test, &format!("keep{number}"), event).await;
        assert_eq!(became, cells["keep links"], "{event}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_ends_the_same_in_every_mode_of_registration() {
    let model = model();
    for mode in ["verified", "invite", "closed"] {
        let test = FederationTest::new(&[("auth.registration", mode)]).await;
        let mut held = made(&test, "ada").await;
        fill(&test, &mut held, RESET, 1, mode != "closed").await;
        let password = happen(&test, &mut held, RESET).await;
        let found = found(&test, held, RESET, password).await;
        let tried = compared(&model, RESET, &found);
        assert!(tried.len() >= 11, "{mode}: {tried:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sensitive_operations_require_recent_authentication() {
    let clock = FixedClock::at("2026-03-01T12:00:00Z");
    let app = AppTest::demo_at(&clock).await;
    let admin = app.log_in("admin").await;
    let lena = app.learner().await;
    let me = lena.get("/api/v1/users/me").await.expect_status(200);
    let id = field(&me, "id");
    let token = json!({ "name": "script", "scopes": ["profile:read"] });
    clock.advance(Duration::minutes(11));
    let operations = [
        ("POST", "/users/me/tokens", token.clone()),
        ("POST", "/users/me/email", json!({ "email": "a@b.example" })),
        ("POST", "/auth/mfa/totp", Value::Null),
        ("POST", "/auth/mfa/recovery-codes", Value::Null),
        ("DELETE", "/auth/mfa/totp", Value::Null),
        ("DELETE", "/users/me/identities/{identity}", Value::Null),
        ("POST", "/users/me/export", Value::Null),
        ("GET", "/users/me/export/{export}/content", Value::Null),
        ("DELETE", "/users/me", Value::Null),
        ("PATCH", "/users/{user}", json!({ "roles": ["admin"] })),
        ("POST", "/users/{user}/password-reset", Value::Null),
        ("DELETE", "/users/{user}/mfa", Value::Null),
        ("DELETE", "/users/{user}", Value::Null),
        (
            "POST",
            "/auth/invitations",
            json!({ "email": "a@b.example", "roles": ["instructor"] }),
        ),
    ];
    for (method, path, body) in &operations {
        let filled = path
            .replace("{user}", &id)
            .replace("{identity}", &id)
            .replace("{export}", &id);
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        let mut request = admin.request(method, &format!("/api/v1{filled}"));
        request = request.header("If-Match", "*");
        if !body.is_null() {
            request = request.json(body);
        }
        let refused = send(request).await;
        assert_eq!(refused.status, 401, "{path}: {}", refused.text);
        refused.expect_problem(401, "auth.step_up_required");
    }
    let text = std::fs::read_to_string("docs/security/model.md").expect("the model");
    let (_, list) = text
        .split_once("## What requires recent authentication")
        .expect("the list");
    let (list, _) = list.split_once("\n## ").expect("the next section");
    let listed = list.lines().filter_map(|line| {
        let (operation, _) = line.strip_prefix("| `")?.split_once('`')?;
        Some(operation.to_owned())
    });
    // A provider and a second factor are not here; the tests of the module try these two.
    let elsewhere = [
        "PUT /users/me/password",
        "GET /auth/providers/{name}/authorize",
    ];
    let listed: BTreeSet<_> = listed
        .filter(|operation| !elsewhere.contains(&operation.as_str()))
        .collect();
    let tried = operations
        .iter()
        .map(|(method, path, _)| format!("{method} {path}"));
    assert_eq!(listed, tried.collect());
    let shown = json!({ "password": PASSWORD });
    let shown = lena.post("/api/v1/auth/mfa/challenge", shown).await;
    shown.expect_status_in(&[200, 204]);
    let made = lena.post("/api/v1/users/me/tokens", token).await;
    made.expect_status(201);
}
