//! Sends the requests of a plan at a constant rate, and says how long each took since the moment at
//! which it was due, so that a server that stalls is not asked more slowly.
//! Usage: load URL RATE CONNECTIONS < PLAN
//! A line of the plan has a method, a path, an access token, and a body, which may be empty, separated by
//! tabs. The answer is a line of JSON: percentiles in milliseconds, and how many requests had which status.

use std::collections::BTreeMap;
use std::io::Read;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, IF_MATCH};
use reqwest::{Client, Method};
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep_until};

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

struct Planned {
    method: Method,
    url: String,
    token: String,
    body: String,
}

fn parse(line: &str, base: &str) -> Outcome<Planned> {
    let fields: Vec<&str> = line.split('\t').collect();
    let [method, path, token, body] = fields[..] else {
        return Err(format!("not four fields: {line}").into());
    };
    Ok(Planned {
        method: method.parse()?,
        url: format!("{base}{path}"),
        token: format!("Bearer {token}"),
        body: body.to_owned(),
    })
}

/// The status of the answer, or why there was none.
async fn send(client: &Client, planned: Planned) -> String {
    let mut request = client
        .request(planned.method, planned.url)
        .header(AUTHORIZATION, planned.token)
        .header(IF_MATCH, "*");
    if !planned.body.is_empty() {
        request = request
            .header(CONTENT_TYPE, "application/json")
            .body(planned.body);
    }
    let answer = match request.send().await {
        Ok(answer) => answer,
        Err(error) => return error.to_string(),
    };
    let status = answer.status().as_u16().to_string();
    match answer.bytes().await {
        Ok(_) => status,
        Err(error) => error.to_string(),
    }
}

#[expect(
    clippy::print_stdout,
    reason = "the figures are what this program is for"
)]
#[tokio::main(flavor = "current_thread")]
async fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [base, rate, connections] = &arguments[..] else {
        return Err("usage: load URL RATE CONNECTIONS < PLAN".into());
    };
    let gap = Duration::from_secs_f64(1.0 / rate.parse::<f64>()?);
    let places = Arc::new(Semaphore::new(connections.parse()?));
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text)?;
    let plan: Outcome<Vec<Planned>> = text.lines().map(|line| parse(line, base)).collect();
    let client = Client::builder().no_proxy().build()?;
    let mut due = Instant::now() + Duration::from_millis(100);
    let mut sent = Vec::new();
    for planned in plan? {
        sleep_until(due).await;
        let (client, places, was_due) = (client.clone(), Arc::clone(&places), due);
        sent.push(tokio::spawn(async move {
            let _place = places.acquire().await;
            let status = send(&client, planned).await;
            (was_due.elapsed(), status)
        }));
        due += gap;
    }
    let (mut times, mut statuses) = (Vec::new(), BTreeMap::<String, usize>::new());
    for each in sent {
        let (took, status) = each.await?;
        times.push(took.as_secs_f64() * 1e3);
        *statuses.entry(status).or_default() += 1;
    }
    times.sort_by(f64::total_cmp);
    let percentile = |part: usize| times.get(times.len() * part / 100).copied();
    let report = serde_json::json!({
        "p50": percentile(50),
        "p95": percentile(95),
        "p99": percentile(99),
        "statuses": statuses,
    });
    println!("{report}");
    Ok(())
}
