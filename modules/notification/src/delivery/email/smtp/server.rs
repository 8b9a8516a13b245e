//! A mail server, and one conversation with it for each mail.

use std::io;
use std::time::Duration;

use lettre::Message;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, AsyncTokioStream, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use tokio::net::TcpStream;

use super::bounded::{Bounded, Encrypted};
use crate::delivery::email::SendError;

/// How long a whole email may take; well below the lease of a delivery.
const SEND_TIMEOUT: Duration = Duration::from_secs(45);
/// How long one address of a server is tried before its next one.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);
/// How long a server that has accepted an email may take to answer QUIT.
const GOODBYE_TIMEOUT: Duration = Duration::from_secs(2);

/// Where emails are sent, and how.
#[derive(Clone)]
pub(crate) struct Server {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) encryption: Encryption,
    pub(super) credentials: Option<Credentials>,
    pub(super) timeout: Duration,
}

/// When the connection is encrypted.
#[derive(Clone)]
pub(super) enum Encryption {
    /// Never.
    None,
    /// If the server offers it.
    Offered(TlsParameters),
    /// Before anything of the email is sent.
    Required(TlsParameters),
    /// Before the first word.
    Always(TlsParameters),
}

impl Server {
    pub(super) fn new(
        host: String,
        port: u16,
        encryption: Encryption,
        credentials: Option<Credentials>,
    ) -> Self {
        Self {
            host,
            port,
            encryption,
            credentials,
            timeout: SEND_TIMEOUT,
        }
    }

    /// Sends one email, within [`SEND_TIMEOUT`] as a whole, and returns the server's last line.
    pub(crate) async fn send(&self, mail: &Message) -> Result<String, SendError> {
        // The library keeps large states, and most callers have nothing to send.
        let sending = Box::pin(async {
            let mut connection = self.connect().await?;
            let sent = connection.send(mail.envelope(), &mail.formatted()).await;
            let response = sent.map_err(SendError::Email)?;
            let line = response.first_line().unwrap_or_default();
            Ok((connection, format!("{} {line}", response.code())))
        });
        let sent = tokio::time::timeout(self.timeout, sending).await;
        let (connection, line) = sent.unwrap_or(Err(SendError::Timeout(self.timeout)))?;
        say_goodbye(connection).await;
        Ok(line)
    }

    /// Connects and logs in, and sends nothing.
    pub(crate) async fn check(&self) -> Result<(), SendError> {
        let connecting = tokio::time::timeout(self.timeout, Box::pin(self.connect())).await;
        let connection = connecting.unwrap_or(Err(SendError::Timeout(self.timeout)))?;
        say_goodbye(connection).await;
        Ok(())
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, SendError> {
        let name = ClientId::default();
        let opened = self.open().await.map_err(SendError::Unreachable)?;
        let stream = Bounded::new(opened);
        let stream: Box<dyn AsyncTokioStream> = match &self.encryption {
            Encryption::Always(tls) => Box::new(Encrypted::over(stream, tls.clone()).await?),
            _ => Box::new(stream),
        };
        let mut connection = AsyncSmtpConnection::connect_with_transport(stream, &name).await?;
        match &self.encryption {
            Encryption::Required(tls) => connection.starttls(tls.clone(), &name).await?,
            Encryption::Offered(tls) if connection.can_starttls() => {
                connection.starttls(tls.clone(), &name).await?;
            }
            _ => {}
        }
        if let Some(credentials) = &self.credentials {
            let ways = [Mechanism::Plain, Mechanism::Login];
            connection.auth(&ways, credentials).await?;
        }
        Ok(connection)
    }

    async fn open(&self) -> io::Result<TcpStream> {
        // An IPv6 address stands in brackets in an address alone.
        let host = self.host.trim_start_matches('[').trim_end_matches(']');
        let mut failed = io::Error::other("its name stands for no address");
        for address in tokio::net::lookup_host((host, self.port)).await? {
            let connecting = TcpStream::connect(address);
            match tokio::time::timeout(CONNECT_TIMEOUT, connecting).await {
                Ok(Ok(stream)) => return Ok(stream),
                Ok(Err(error)) => failed = error,
                Err(_) => failed = io::ErrorKind::TimedOut.into(),
            }
        }
        Err(failed)
    }
}

/// What was accepted stays so: a server that does not answer QUIT must not get the email again.
async fn say_goodbye(mut connection: AsyncSmtpConnection) {
    let _ended = tokio::time::timeout(GOODBYE_TIMEOUT, connection.abort()).await;
}

#[cfg(test)]
mod tests;
