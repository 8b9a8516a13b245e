//! New certificates come into force without a restart, and broken ones do not.

use contracts::course::CourseApi;
use rpc::RemoteCourse;

use super::tls::{ask, counting, is_refused};
use super::{COURSE, secure_peer};
use crate::support::certificates::{Authority, Files};

#[tokio::test(flavor = "multi_thread")]
async fn new_files_count_for_new_connections_on_both_sides() {
    let (old, new) = (Authority::named("old"), Authority::named("new"));
    let files = Files::of(&old, &["localhost"]);
    let (course, server) = counting(files.admitting(&["gateway"])).await;
    let mine = Files::of(&old, &["gateway"]);
    let open = RemoteCourse::new(vec![secure_peer(&server, &mine)]);
    let id = COURSE.parse().expect("an id");
    open.outline(id).await.expect("an answer");
    let tls = mine.tls();

    // Both trust both for a while.
    let both = old.pem() + &new.pem();
    files.replace(&old.issue(&["localhost"]), &both);
    ask(&server, &mine).await.expect("the old certificate");
    let only_new = Files::with(&new.issue(&["gateway"]), &both);
    ask(&server, &only_new).await.expect("the new certificate");

    files.replace(&new.issue(&["localhost"]), &new.pem());
    is_refused(&server, &mine).await;
    let asked = course.asked();
    open.outline(id).await.expect("an open connection goes on");
    mine.replace(&new.issue(&["gateway"]), &new.pem());
    let again = RemoteCourse::new(vec![server.secure_peer(tls)]);
    again.outline(id).await.expect("the files were read again");
    assert_eq!(course.asked(), asked + 2);
    server.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn broken_files_leave_the_old_ones_in_force_until_they_are_mended() {
    let (old, new) = (Authority::named("old"), Authority::named("new"));
    let issued = old.issue(&["localhost"]);
    let files = Files::with(&issued, &old.pem());
    let (_, server) = counting(files.admitting(&["gateway"])).await;
    let mine = Files::of(&old, &["gateway"]);
    for (name, broken) in [
        ("certificate.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n"),
        ("certificate.pem", ""),
        ("key.pem", "no key"),
        ("key.pem", &old.issue(&["localhost"]).key),
        ("ca.pem", ""),
    ] {
        files.write(name, broken);
        ask(&server, &mine)
            .await
            .expect("the old ones are in force");
        files.replace(&issued, &old.pem());
    }
    std::fs::remove_file(files.path("key.pem")).expect("removed");
    ask(&server, &mine)
        .await
        .expect("the old ones are in force");

    files.replace(&new.issue(&["localhost"]), &new.pem());
    is_refused(&server, &mine).await;
    let theirs = Files::of(&new, &["gateway"]);
    ask(&server, &theirs)
        .await
        .expect("the new ones are in force");
    server.end().await;
}
