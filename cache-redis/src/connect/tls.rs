//! The TLS handshake.

use std::io;

use tokio::net::TcpStream;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{AlertDescription, CertificateError, Error};

use super::ConnectError;
use super::deadline::Deadline;
use super::dial::Wire;
use crate::config::TlsClient;

const PLAIN: &str = "a port without TLS wants `redis://`";

/// Encrypts a connection to `host`.
pub(super) async fn encrypt(
    client: &TlsClient,
    host: &str,
    stream: TcpStream,
    deadline: &Deadline,
) -> Result<Box<dyn Wire>, ConnectError> {
    let name = ServerName::try_from(host.to_owned())
        .map_err(|_| ConnectError::new(format!("`{host}` cannot be the name of a certificate")))?;
    let handshake = client.connector().connect(name, stream);
    let stream = deadline
        .limit(&format!("to the TLS handshake; {PLAIN}"), handshake)
        .await?
        .map_err(|error| ConnectError::new(describe(&error)))?;
    Ok(Box::new(stream))
}

/// An error of an encrypted connection.
pub(super) fn describe(error: &io::Error) -> String {
    match error.get_ref().and_then(|cause| cause.downcast_ref::<Error>()) {
        Some(Error::InvalidCertificate(reason)) => untrusted(reason),
        Some(Error::AlertReceived(alert)) => refused(*alert),
        Some(Error::InvalidMessage(_)) => format!("the server does not speak TLS; {PLAIN}"),
        Some(error) => format!("TLS failed: {error}"),
        None if error.kind() == io::ErrorKind::UnexpectedEof => {
            "the server closed the connection during the TLS handshake".to_owned()
        }
        None => super::error::describe(error),
    }
}

fn untrusted(reason: &CertificateError) -> String {
    match reason {
        CertificateError::UnknownIssuer => {
            "the certificate is not trusted: UnknownIssuer; give the CA with `TlsConfig::ca_file` \
             or `?ca=`"
                .to_owned()
        }
        reason => format!("the certificate is not trusted: {reason}"),
    }
}

fn refused(alert: AlertDescription) -> String {
    match alert {
        AlertDescription::CertificateRequired | AlertDescription::HandshakeFailure => format!(
            "the server refused the TLS handshake ({alert:?}); give a client certificate with \
             `TlsConfig::client_certificate_files` or `?cert=` and `&key=`"
        ),
        alert => format!("the server refused the TLS handshake ({alert:?})"),
    }
}
