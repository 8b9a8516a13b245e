//! How the layers override each other, and every fault that they report.

use std::collections::BTreeMap;

use super::load;

fn environment(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    let pair = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    pairs.iter().map(pair).collect()
}

#[test]
fn the_defaults_are_valid() {
    let settings = load(None, &BTreeMap::new(), &[]).expect("the defaults");
    assert_eq!(settings.auth.access_token_minutes, 15);
}

#[test]
fn the_environment_overrides_and_flags_override_the_environment() {
    let environment = environment(&[
        ("GOPRO__LIMITS__REQUESTS_PER_MINUTE", "7"),
        (
            "GOPRO__CORS__ALLOWED_ORIGINS",
            "https://a.example, https://b.example",
        ),
        ("GOPRO__DATA__FOLDER", "/srv/a"),
    ]);
    let flags = [("data.folder", "/srv/b".to_owned())];
    let settings = load(None, &environment, &flags).expect("valid");
    assert_eq!(settings.limits.requests_per_minute, 7);
    assert_eq!(
        settings.cors.allowed_origins,
        ["https://a.example", "https://b.example"]
    );
    assert_eq!(settings.data.folder.to_str(), Some("/srv/b"));
}

#[test]
fn every_fault_is_reported_at_once_with_its_key() {
    let environment = environment(&[
        ("GOPRO__SERVER__ADDRES", "127.0.0.1:1"),
        ("GOPRO__LIMITS__REQUESTS_PER_MINUTE", "many"),
        ("GOPRO__AUTH__MASTER_KEY", "short"),
        ("GOPRO__DATABASE__URL_FILE", "/nowhere/at/all"),
    ]);
    let faults = load(None, &environment, &[]).expect_err("four faults").0;
    assert_eq!(faults.len(), 4, "{faults:?}");
    let all = faults.join("\n");
    for key in [
        "server.addres",
        "limits.requests_per_minute",
        "auth.master_key",
        "database.url_file",
    ] {
        assert!(all.contains(key), "{key} is missing in {all}");
    }
    assert!(!all.contains("short"), "a secret was told: {all}");
}

#[test]
fn values_that_could_never_work_are_reported_with_their_keys() {
    let flags = [
        ("server.address", "127.0.0.1:99999"),
        ("database.url", "postgres://[::bad"),
        ("auth.mfa_roles", "boss"),
        ("auth.breached_passwords_file", "/nowhere/at/all"),
        ("cache.url", "redis://:hush@cache:port"),
        ("cors.allowed_origins", "*"),
        ("mail.from", "GO-PRO"),
        ("mail.smtp_url", "smtp://me:secret@mail.example:25"),
        ("log.level", "loud"),
    ];
    let flags = flags.map(|(key, value)| (key, value.to_owned()));
    let faults = load(None, &BTreeMap::new(), &flags).expect_err("faults").0;
    for (key, _) in &flags {
        let told = faults
            .iter()
            .filter(|fault| fault.contains(&format!("{key}: ")));
        assert_eq!(told.count(), 1, "{key} in {faults:?}");
    }
    for secret in ["secret", "hush"] {
        assert!(!faults.join("").contains(secret), "{faults:?}");
    }
    for (key, value) in [
        (
            "cors.allowed_origins",
            "http://localhost:3000,https://a.example",
        ),
        ("database.url", "postgres://gopro@db.internal/gopro"),
        ("cache.url", "rediss://me:hush@cache.internal/1"),
        ("server.address", "[::1]:8080"),
        ("auth.mfa_roles", "admin,instructor"),
    ] {
        let flags = [(key, value.to_owned())];
        load(None, &BTreeMap::new(), &flags).expect(value);
    }
}

#[test]
fn the_transport_of_events_needs_its_broker_and_its_build() {
    let forgotten = [("bus.url", "amqp://broker".to_owned())];
    let all = told(None, &BTreeMap::new(), &forgotten);
    assert!(all.contains("bus.url: set bus.kind to rabbitmq"), "{all}");
    let wanted = [("bus.kind", "rabbitmq".to_owned())];
    let faults = load(None, &BTreeMap::new(), &wanted)
        .expect_err("no broker")
        .0;
    let all = faults.join("\n");
    assert!(all.contains("bus.url"), "{all}");
    let built = cfg!(feature = "rabbitmq");
    assert_eq!(all.contains("--features rabbitmq"), !built, "{all}");
}

#[test]
fn the_address_of_the_cache_may_come_from_a_file_and_is_not_printed() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("url");
    std::fs::write(&file, "redis://:hush@cache:6379/0\n").expect("written");
    let flags = [("cache.url_file", file.display().to_string())];
    let settings = load(None, &BTreeMap::new(), &flags).expect("valid");
    let printed = serde_json::to_value(&settings).expect("JSON");
    assert_eq!(printed["cache"]["url"], "(set)");
}

#[test]
fn a_part_of_the_modules_needs_a_way_to_the_others() {
    let flags = [("modules.run", "progress, boss".to_owned())];
    let faults = load(None, &BTreeMap::new(), &flags).expect_err("faults").0;
    let all = faults.join("\n");
    for told in [
        "\"boss\" is not a module",
        "bus.kind: ",
        "database.url: ",
        "auth.master_key: ",
        "rpc.user: ",
        "rpc.course: ",
    ] {
        assert!(all.contains(told), "{told} is missing in {all}");
    }
    assert_eq!(faults.len(), 6, "{all}");
}

#[test]
fn a_module_that_is_named_twice_is_reported_and_nothing_that_follows_from_it() {
    for run in ["user,user", "user,course,user,progress,notification"] {
        let flags = [("modules.run", run.to_owned())];
        let faults = load(None, &BTreeMap::new(), &flags).expect_err(run).0;
        let told = "  modules.run: names user more than once; name each module once";
        assert_eq!(faults, [format!("{told} (--set modules.run)")]);
    }
}

#[test]
fn what_would_be_public_or_trusts_everybody_is_a_fault() {
    let flags = [
        ("server.public_url", "https://me:hush@a.example"),
        ("auth.account_url", "https://me:hush@a.example/account"),
        ("auth.master_key", "hushhushhushhushhushhushhushhush"),
        ("server.trusted_proxies", "0.0.0.0/0,10.0.0.5/8"),
    ];
    let flags = flags.map(|(key, value)| (key, value.to_owned()));
    let faults = load(None, &BTreeMap::new(), &flags).expect_err("faults").0;
    assert_eq!(faults.len(), 5, "{faults:?}");
    let all = faults.join("\n");
    assert!(!all.contains("hush"), "{all}");
    for told in [
        "server.public_url: must not contain a user",
        "auth.account_url: must not contain a user",
        "auth.master_key: must be random",
        "is every address",
        "write 10.0.0.0/8 for the network",
    ] {
        assert!(all.contains(told), "{told} is missing in {all}");
    }
}

#[test]
fn a_provider_is_configured_by_the_environment_alone_and_its_secret_is_not_printed() {
    let environment = environment(&[
        ("GOPRO__AUTH__PROVIDERS__GOOGLE__CLIENT_ID", "us"),
        ("GOPRO__AUTH__PROVIDERS__GOOGLE__CLIENT_SECRET", "hush"),
        ("GOPRO__AUTH__PROVIDERS__GITHUB__CLIENT_ID", "us"),
        ("GOPRO__AUTH__PROVIDERS__GITHUB__CLIENT_SECRET", "hush"),
        (
            "GOPRO__AUTH__PROVIDERS__GITHUB__SCOPES",
            "user:email, read:user",
        ),
        ("GOPRO__AUTH__RETURN_URLS", "https://app.example.org/in"),
    ]);
    let settings = load(None, &environment, &[]).expect("valid");
    let google = &settings.auth.providers["google"];
    assert_eq!(google.issuer, "https://accounts.google.com");
    let github = &settings.auth.providers["github"];
    assert_eq!(github.issuer, "https://github.com");
    assert_eq!(github.kind, super::super::ProviderKind::Github);
    assert_eq!(github.scopes, ["user:email", "read:user"]);
    assert_eq!([&google.label, &github.label], ["Google", "GitHub"]);
    let printed = serde_json::to_string(&settings).expect("JSON");
    assert!(!printed.contains("hush"), "{printed}");
}

#[test]
fn every_fault_of_a_provider_is_reported() {
    let environment = environment(&[
        (
            "GOPRO__AUTH__PROVIDERS__SCHOOL__CLIENT_SECRET_FILE",
            "/nowhere",
        ),
        ("GOPRO__AUTH__PROVIDERS__SCHOOL__COLOUR", "red"),
        ("GOPRO__AUTH__PROVIDERS__WORK__CLIENT_ID", "us"),
        ("GOPRO__AUTH__PROVIDERS__WORK__CLIENT_SECRET", "  "),
        ("GOPRO__AUTH__PROVIDERS__WORK__KIND", "saml"),
        (
            "GOPRO__AUTH__PROVIDERS__WORK__ISSUER",
            "http://id.example.org",
        ),
        ("GOPRO__AUTH__PROVIDERS__9__CLIENT_ID", "us"),
        (
            "GOPRO__AUTH__RETURN_URLS",
            "http://app.example.org/in,https://*.example.org/in",
        ),
    ]);
    let faults = load(None, &environment, &[]).expect_err("faults").0;
    let all = faults.join("\n");
    for key in [
        "auth.providers.school.client_secret_file",
        "auth.providers.school.client_id",
        "auth.providers.school.issuer",
        "auth.providers.school.colour",
        "auth.providers.work.kind",
        "auth.providers.work.issuer",
        "auth.providers.work.client_secret: is blank",
        "auth.providers.9: ",
        "auth.return_urls: \"http://app.example.org/in\"",
        "auth.return_urls: \"https://*.example.org/in\"",
    ] {
        assert!(all.contains(key), "{key} is missing in {all}");
    }
}

#[test]
fn a_misspelled_setting_is_reported_with_the_one_that_was_meant() {
    let environment = environment(&[
        ("GOPRO__LOG__LEVLE", "info"),
        ("GOPRO__DATABSE__URL", "postgres://db/gopro"),
        ("GOPRO__SERVER__MASTER_KEY", "hush"),
        ("GOPRO__MAIL__SMTP_URL_FIEL", "/run/secrets/smtp"),
        ("GOPRO__MODULES__RUN", "user,curse"),
        ("GOPRO__COLOUR", "red"),
    ]);
    let flags = [
        ("server.adress", "127.0.0.1:1".to_owned()),
        ("migrate.on_start", "allways".to_owned()),
        ("auth.mfa_roles", "admn".to_owned()),
    ];
    let all = told(None, &environment, &flags);
    for line in [
        "  log.levle: is not a setting; did you mean log.level? (GOPRO__LOG__LEVLE)",
        "  databse: is not a setting; did you mean database? (GOPRO__DATABSE__URL)",
        "  server.master_key: is not a setting; did you mean auth.master_key? (GOPRO__SERVER__MASTER_KEY)",
        "  mail.smtp_url_fiel: is not a setting; did you mean mail.smtp_url_file?",
        "  modules.run: \"curse\" is not a module; use user, course, progress or notification; did you mean course?",
        "  colour: is not a setting; gopro config reference lists all (GOPRO__COLOUR)",
        "  server.adress: is not a setting; did you mean server.address? (--set server.adress)",
        "  migrate.on_start: must be one of auto, always, never, not \"allways\"; did you mean always?",
        "did you mean admin?",
    ] {
        assert!(all.contains(line), "{line} is missing in {all}");
    }
    assert!(!all.contains("hush"), "{all}");
}

#[test]
fn an_unknown_variable_with_the_prefix_is_reported() {
    let wrong = environment(&[
        ("GOPRO_SERVER_ADDRESS", "127.0.0.1:1"),
        ("GOPRO_DATABASE_URL_FILE", "/run/secrets/url"),
        ("GOPRO_SERVER__INTERNAL_ADDRESS", "127.0.0.1:1"),
        ("gopro__log__level", "debug"),
        ("GOPRO__server__address", "127.0.0.1:1"),
        ("GOPRO_WHATEVER", "1"),
        (
            "GOPRO__AUTH__MASTER_KEY",
            "a key with \u{fffd}, which was no UTF-8",
        ),
    ]);
    let all = told(None, &wrong, &[]);
    for line in [
        "GOPRO_SERVER_ADDRESS: is not the variable of a setting; unset it; did you mean GOPRO__SERVER__ADDRESS?",
        "did you mean GOPRO__DATABASE__URL_FILE?",
        "did you mean GOPRO__SERVER__INTERNAL_ADDRESS?",
        "gopro__log__level: is not the variable of a setting; unset it; did you mean GOPRO__LOG__LEVEL?",
        "GOPRO__server__address: is not the variable of a setting; unset it; did you mean GOPRO__SERVER__ADDRESS?",
        "GOPRO_WHATEVER: is not the variable of a setting; unset it; settings are written",
        "GOPRO__AUTH__MASTER_KEY: is not UTF-8",
    ] {
        assert!(all.contains(line), "{line} is missing in {all}");
    }
    assert!(!all.contains("a key with"), "{all}");
    let of_others = environment(&[
        ("GOPROXY", "direct"),
        ("GOPRO_TEST_BUS", "rabbitmq"),
        ("GOPRO_SERVICE_HOST", "10.0.0.1"),
        ("GOPRO_USER_SERVICE_PORT_HTTP", "8080"),
        ("GOPRO_PORT", "tcp://10.0.0.1:8080"),
        ("GOPRO_PORT_8080_TCP_ADDR", "10.0.0.1"),
    ]);
    load(None, &of_others, &[]).expect("they are not ours");
}

#[test]
fn every_fault_of_a_file_is_reported_with_its_line_and_without_its_secrets() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("gopro.toml");
    let text = "[server]\nadress = \"127.0.0.1:1\"\n\n[limits]\nrequests_per_minute = \"many\"\nrequests_per_minute = 7\n\n[database]\nurl = \"postgres://me:hush@db/gopro\n\n[log]\nlevel = 3\n";
    std::fs::write(&file, text).expect("written");
    let all = told(Some(&file), &BTreeMap::new(), &[]);
    for line in [
        "did you mean server.address? (",
        "gopro.toml, line 2)",
        "gopro.toml, line 6: is not TOML: duplicate key",
        "gopro.toml, line 9: is not TOML:",
        "log.level: must be a text in quotes, not 3 (",
    ] {
        assert!(all.contains(line), "{line} is missing in {all}");
    }
    assert!(!all.contains("hush"), "{all}");
    let missing = folder.path().join("none.toml");
    assert!(told(Some(&missing), &BTreeMap::new(), &[]).contains("cannot be read"));
}

#[test]
fn a_value_of_another_type_is_reported_with_what_is_expected() {
    let flags = [
        ("limits.instances", "0".to_owned()),
        ("auth.session_idle_days", "soon".to_owned()),
        ("mail.allow_plaintext_password", "yes".to_owned()),
        ("server", "127.0.0.1:1".to_owned()),
        ("auth.master_key", "short".to_owned()),
        ("database.url", "mysql://me:hush@db/gopro".to_owned()),
    ];
    let all = told(None, &BTreeMap::new(), &flags);
    for line in [
        "limits.instances: must be at least 1, not 0",
        "auth.session_idle_days: must be a whole number from 1 to 365, not \"soon\"",
        "mail.allow_plaintext_password: must be true or false, not \"yes\"",
        "server: is a section, not a value; set its fields: address,",
        "auth.master_key: is invalid. Encrypts",
        "database.url: is invalid. Empty: SQLite",
    ] {
        assert!(all.contains(line), "{line} is missing in {all}");
    }
    assert!(!all.contains("hush") && !all.contains("short"), "{all}");
}

#[test]
fn a_secret_has_one_place() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("key");
    std::fs::write(&file, "\n").expect("written");
    let flags = [
        (
            "auth.master_key",
            "a master key that nobody may see!".to_owned(),
        ),
        ("auth.master_key_file", file.display().to_string()),
    ];
    let all = told(None, &BTreeMap::new(), &flags);
    assert!(all.contains("auth.master_key is set too"), "{all}");
    assert!(all.contains("it is empty"), "{all}");
}

#[test]
fn the_file_of_a_secret_is_named_by_a_text() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("gopro.toml");
    let text = "[database]\nurl_file = 5\n[auth]\nmaster_key_file = [\"/run/key\"]\n[mail]\nsmtp_url_file = true\n";
    std::fs::write(&path, text).expect("a file");
    let fault = load(Some(&path), &BTreeMap::new(), &[]).expect_err("no paths");
    for key in [
        "database.url_file",
        "auth.master_key_file",
        "mail.smtp_url_file",
    ] {
        let line = format!("{key}: must be the path of a file");
        assert!(fault.to_string().contains(&line), "{key}: {fault}");
    }
}

#[test]
fn an_email_password_without_encryption_requires_a_setting_of_the_operator() {
    let readable = |url: &str| [("mail.smtp_url", url.to_owned())];
    for (url, fault) in [
        (
            "smtp://me:hush@host:2588?starttls=required",
            "unknown parameter",
        ),
        ("smtp://me:hush@host:2588/tls=required", "the SMTP URL has"),
        ("smtp://me:hush@host:2588", "the SMTP URL has"),
    ] {
        let all = told(None, &BTreeMap::new(), &readable(url));
        assert!(all.contains(&format!("  mail.smtp_url: {fault}")), "{all}");
        assert!(!all.contains("hush"), "{all}");
    }
    let [url] = readable("smtp://me:hush@localhost:2588");
    let allowed = ("mail.allow_plaintext_password", "true".to_owned());
    let settings = load(None, &BTreeMap::new(), &[url, allowed]).expect("as the operator says");
    assert!(settings.mail.allow_plaintext_password);
}

#[test]
fn a_bucket_needs_its_key_and_encryption_unless_the_operator_allows_to_do_without() {
    let bucket = ("assets.s3_bucket", "gopro".to_owned());
    let endpoint = ("assets.s3_endpoint", "http://s3.example".to_owned());
    let all = told(None, &BTreeMap::new(), &[bucket.clone(), endpoint.clone()]);
    for key in ["s3_access_key", "s3_secret_key", "s3_endpoint"] {
        assert!(all.contains(&format!("  assets.{key}: ")), "{all}");
    }
    let flags = [
        bucket,
        endpoint,
        ("assets.s3_access_key", "key".to_owned()),
        ("assets.s3_secret_key", "hush".to_owned()),
        ("assets.s3_allow_http", "true".to_owned()),
    ];
    let settings = load(None, &BTreeMap::new(), &flags).expect("as the operator says");
    let printed = serde_json::to_string(&settings).expect("JSON");
    assert!(printed.contains("s3.example") && !printed.contains("hush"));
}

#[test]
fn a_secret_at_the_wrong_place_is_not_printed() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("gopro.toml");
    std::fs::write(&file, "bus = \"amqp://u:hunter2@h\"\n").expect("written");
    let environment = environment(&[
        ("GOPRO__DATABASE", "postgres://u:hunter2@h/d"),
        ("GOPRO__AUTH__PROVIDERS__GOOGLE", "hunter2"),
        ("GOPRO__CACHE__PREFIX__URL", "redis://:hunter2@h"),
        ("GOPRO__LIMITS__NAME", "hunter2"),
    ]);
    let flags = [
        ("mail", "smtp://u:hunter2@h"),
        ("rpc.user", "http://u:hunter2@user:9090"),
        ("gateway.user", "http://u:hun@hunter2@user:8080"),
        ("auth.return_urls", "https://u:hunter2@app.example.org/in"),
        ("auth.master_key_file", "postgres://u:hunter2@h"),
        ("limits.instances", "http://u:hunter2@h"),
        ("cors.allowed_origins", "https://u:hunter2@h"),
        ("server.trusted_proxies", "http://u:hunter2@h"),
        ("log.level", "http://u:hunter2@h"),
    ];
    let flags = flags.map(|(key, value)| (key, value.to_owned()));
    let all = told(Some(&file), &environment, &flags);
    for line in [
        "database: is a section",
        "mail: is a section",
        "auth.providers.google: is a section",
        "http://(hidden)@user:9090",
    ] {
        assert!(all.contains(line), "{line} is missing in {all}");
    }
    assert!(!all.contains("hunter2"), "{all}");
    let sender = ("mail.from", "smtp://u:hunter2@h".to_owned());
    let all = told(None, &BTreeMap::new(), &[sender]);
    assert!(!all.contains("hunter2"), "{all}");
}

#[test]
fn the_file_of_a_secret_is_a_regular_one_of_64_kib_at_most() {
    let folder = tempfile::tempdir().expect("a folder");
    let large = folder.path().join("large");
    std::fs::write(&large, "k".repeat(64 * 1024 + 1)).expect("written");
    for (path, why) in [
        ("/dev/zero", "it is not a regular file"),
        (large.to_str().expect("UTF-8"), "it is larger than 64 KiB"),
    ] {
        let all = told(
            None,
            &BTreeMap::new(),
            &[("auth.master_key_file", path.to_owned())],
        );
        assert!(all.contains(why), "{all}");
    }
}

fn told(
    file: Option<&std::path::Path>,
    environment: &BTreeMap<String, String>,
    flags: &[(&str, String)],
) -> String {
    load(file, environment, flags)
        .expect_err("faults")
        .to_string()
}

#[test]
fn a_signature_of_emails_needs_a_key_and_a_name_for_it() {
    let faults = |values: &[(&'static str, &str)]| {
        let mut all = vec![("mail.from", "a@school.example".to_owned())];
        all.extend(
            values
                .iter()
                .map(|(key, value)| (*key, (*value).to_owned())),
        );
        let error = load(None, &BTreeMap::new(), &all).unwrap_err();
        error.to_string()
    };
    let text = faults(&[("mail.dkim_selector", "gopro")]);
    assert!(text.contains("  mail.dkim_key: is empty"), "{text}");
    let text = faults(&[("mail.dkim_key", "secret")]);
    assert!(text.contains("  mail.dkim_selector: is empty"), "{text}");
    let both = [("mail.dkim_key", "secret"), ("mail.dkim_selector", "gopro")];
    let text = faults(&both);
    assert!(
        text.contains("  mail.dkim_key: is not an RSA key"),
        "{text}"
    );
    assert!(!text.contains("secret"), "{text}");
    let text = faults(&[both[0], both[1], ("mail.from", "a@127.0.0.1")]);
    assert!(text.contains("  mail.from: emails from"), "{text}");
}
