//! What is sent to a mail server, and how long its answers are read.

use std::io::{BufRead, BufReader, Read, Write};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Instant;

use rustls::{ServerConnection, StreamOwned};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;

use super::*;

fn mail() -> Message {
    let mail = Message::builder()
        .from("a@example.org".parse().unwrap())
        .to("b@example.org".parse().unwrap());
    mail.body("Hello.".to_owned()).unwrap()
}

/// A server that says these words and then the last of them again and again.
async fn that_says(words: &'static [&'static [u8]], pause: Duration) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let endless = words.iter().chain(words.last().into_iter().cycle());
        for word in endless {
            if stream.write_all(word).await.is_err() {
                return;
            }
            tokio::time::sleep(pause).await;
        }
    });
    port
}

async fn send_to(port: u16, encryption: Encryption) -> SendError {
    let server = Server {
        timeout: Duration::from_millis(700),
        ..Server::new("127.0.0.1".to_owned(), port, encryption, None)
    };
    let sent = server.send(&mail()).await;
    sent.expect_err("nobody has taken it")
}

#[tokio::test]
async fn a_server_that_takes_its_time_word_by_word_is_given_up_as_a_whole() {
    let tls = TlsParameters::new("127.0.0.1".to_owned()).unwrap();
    for encryption in [Encryption::None, Encryption::Always(tls)] {
        let begun = Instant::now();
        // A line that never ends, one character at a time: no single wait is long.
        let port = that_says(&[b"2"], Duration::from_millis(50)).await;
        let error = send_to(port, encryption).await;
        assert!(!error.is_permanent(), "{error}");
        assert!(begun.elapsed() < Duration::from_secs(3), "{error}");
    }
    let port = that_says(&[b"220 a\r\n", b"250-a\r\n"], Duration::from_millis(50)).await;
    let error = send_to(port, Encryption::None).await;
    assert!(matches!(error, SendError::Timeout(_)), "{error}");
}

/// Speaks SMTP until the email is there, or until encryption is requested; returns what it received.
fn speak(stream: impl Read + Write, greets: bool) -> String {
    let mut stream = BufReader::new(stream);
    let mut heard = String::new();
    if greets && stream.get_mut().write_all(b"220 ready\r\n").is_err() {
        return heard;
    }
    loop {
        let from = heard.len();
        if stream.read_line(&mut heard).unwrap_or_default() == 0 {
            return heard;
        }
        let answer: &[u8] = match &heard[from..] {
            "STARTTLS\r\n" => b"220 go on\r\n",
            "DATA\r\n" => b"354 go on\r\n",
            line if line.starts_with("EHLO") => b"250-here\r\n250-STARTTLS\r\n250 AUTH PLAIN\r\n",
            line if line.starts_with("AUTH") => b"235 welcome\r\n",
            line if line.starts_with("MAIL") || line.starts_with("RCPT") => b"250 well\r\n",
            // It has the email and never says goodbye.
            ".\r\n" => b"250 taken\r\n",
            _ => continue,
        };
        stream.get_mut().write_all(answer).unwrap();
        stream.get_mut().flush().unwrap();
        if heard.ends_with("STARTTLS\r\n") {
            return heard;
        }
    }
}

/// A server with a certificate that nobody vouches for; returns what it received encrypted.
fn with_certificate(at_once: bool) -> (u16, JoinHandle<String>) {
    let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).unwrap();
    let key = rustls::pki_types::PrivateKeyDer::try_from(made.signing_key.serialize_der());
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key.unwrap());
    let encryption = ServerConnection::new(Arc::new(config.unwrap())).unwrap();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let heard = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        if !at_once {
            speak(&mut stream, true);
        }
        speak(StreamOwned::new(encryption, stream), at_once)
    });
    (port, heard)
}

#[tokio::test]
async fn an_email_and_its_password_are_sent_encrypted_or_not_at_all() {
    for at_once in [true, false] {
        for believed in [true, false] {
            let tls = TlsParameters::builder("127.0.0.1".to_owned());
            let tls = tls
                .dangerous_accept_invalid_certs(believed)
                .build()
                .unwrap();
            let encryption = match at_once {
                true => Encryption::Always(tls),
                false => Encryption::Required(tls),
            };
            let (port, heard) = with_certificate(at_once);
            let me = Credentials::new("me".to_owned(), "secret".to_owned());
            let server = Server::new("127.0.0.1".to_owned(), port, encryption, Some(me));
            let sent = server.send(&mail()).await;
            assert_eq!(sent.is_ok(), believed, "{sent:?}");
            let heard = heard.join().unwrap();
            for word in ["AUTH PLAIN", "RCPT TO:<b@example.org>", "Hello."] {
                assert_eq!(heard.contains(word), believed, "{word} in {heard}");
            }
        }
    }
}
