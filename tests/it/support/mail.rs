//! The emails that a test's server wrote to its folder.

use std::path::Path;
use std::time::{Duration, Instant};

/// An email as its reader sees it.
#[derive(Debug, Clone)]
pub(crate) struct Mail {
    pub(crate) to: String,
    pub(crate) text: String,
}

impl Mail {
    /// The secret behind the hash of its link.
    pub(crate) fn token(&self) -> String {
        let (_, rest) = self.text.split_once("#token=").expect("a link");
        let letters = rest
            .chars()
            .take_while(|letter| letter.is_ascii_alphanumeric() || "-_".contains(*letter));
        letters.collect()
    }
}

/// All emails to an address, the oldest first.
pub(crate) fn mails_to(folder: &Path, address: &str) -> Vec<Mail> {
    let Ok(entries) = std::fs::read_dir(folder.join("mail")) else {
        return Vec::new();
    };
    let mut files: Vec<_> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|end| end == "eml"))
        .collect();
    // A delivery's id is a UUIDv7, so its file's name sorts by time.
    files.sort();
    let mails = files.iter().filter_map(|file| {
        let text = std::fs::read_to_string(file).ok()?;
        let to = text
            .lines()
            .find(|line| line.starts_with("To:"))?
            .to_owned();
        Some(Mail {
            to,
            text: text.replace("=\r\n", "").replace("=3D", "="),
        })
    });
    mails
        .filter(|mail| mail.to.to_lowercase().contains(address))
        .collect()
}

/// The newest email to an address in whose text `sign` occurs, as soon as it is there.
pub(crate) async fn wait_for(folder: &Path, address: &str, sign: &str) -> Mail {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        let mut found = mails_to(folder, address);
        found.retain(|mail| mail.text.contains(sign));
        if let Some(mail) = found.pop() {
            return mail;
        }
        assert!(
            Instant::now() < deadline,
            "no mail to {address} that says {sign:?}; there are {:?}",
            mails_to(folder, address)
        );
        crate::support::between_looks().await;
    }
}
