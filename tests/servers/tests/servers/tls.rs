//! Servers with TLS.

use std::net::{Ipv4Addr, TcpStream};
use std::path::Path;
use std::sync::Arc;

use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use two_tier_cache_test_servers::{Certificates, RedisServer, Reply};

use crate::plain::{Plain, panic_text};

/// What a client says and shows.
struct Client<'a> {
    ca: &'a Path,
    name: &'static str,
    /// Its certificate, if it has one.
    certificates: Option<&'a Certificates>,
}

impl Client<'_> {
    fn ping(&self, port: u16) -> std::io::Result<Reply> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(self.ca).unwrap()).unwrap();
        let config = ClientConfig::builder().with_root_certificates(roots);
        let config = match self.certificates {
            None => config.with_no_client_auth(),
            Some(own) => {
                let chain = vec![CertificateDer::from_pem_file(own.client_certificate()).unwrap()];
                let key = PrivateKeyDer::from_pem_file(own.client_key()).unwrap();
                config.with_client_auth_cert(chain, key).unwrap()
            }
        };
        let name = ServerName::try_from(self.name).unwrap();
        let connection = ClientConnection::new(Arc::new(config), name).unwrap();
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
        Plain::new(StreamOwned::new(connection, stream)).try_command(&["PING"])
    }
}

#[test]
fn a_client_that_trusts_the_authority_is_served() {
    let certificates = Certificates::generate();
    let server = RedisServer::builder().tls(&certificates).start();
    let ca = certificates.ca();
    for name in ["localhost", "127.0.0.1"] {
        let client = Client { ca: &ca, name, certificates: None };
        assert_eq!(client.ping(server.tls_port()).unwrap().text(), "PONG");
    }
    assert_eq!(Plain::tcp(server.port()).command(&["PING"]).text(), "PONG");
    assert_eq!(server.tls_url(), format!("rediss://127.0.0.1:{}", server.tls_port()));
}

#[test]
fn a_client_that_trusts_another_authority_or_name_goes_away() {
    let certificates = Certificates::generate();
    let server = RedisServer::builder().tls(&certificates).start();
    let (ca, other) = (certificates.ca(), certificates.other_ca());
    let wrong_ca = Client { ca: &other, name: "localhost", certificates: None };
    let text = wrong_ca.ping(server.tls_port()).unwrap_err().to_string();
    assert!(text.contains("UnknownIssuer") || text.contains("BadSignature"), "{text}");
    let wrong_name = Client { ca: &ca, name: "example.com", certificates: None };
    let text = wrong_name.ping(server.tls_port()).unwrap_err().to_string();
    assert!(text.contains("not valid for name"), "{text}");
}

#[test]
fn a_server_can_ask_for_a_certificate() {
    let certificates = Certificates::generate();
    let args = ["--tls-auth-clients", "yes"];
    let server = RedisServer::builder().tls(&certificates).args(args).start();
    let ca = certificates.ca();
    let with = Client { ca: &ca, name: "localhost", certificates: Some(&certificates) };
    assert_eq!(with.ping(server.tls_port()).unwrap().text(), "PONG");
    let without = Client { certificates: None, ..with };
    assert!(without.ping(server.tls_port()).is_err());
    let unrelated = Certificates::generate();
    let foreign = Client { certificates: Some(&unrelated), ..without };
    assert!(foreign.ping(server.tls_port()).is_err());
}

#[test]
fn without_a_plain_port_everything_else_works_on() {
    let certificates = Certificates::generate();
    let server = RedisServer::builder().tls(&certificates).tls_only().start();
    let ca = certificates.ca();
    // The files are the server's as well.
    let copy = tempfile::NamedTempFile::new().unwrap();
    std::fs::copy(&ca, copy.path()).unwrap();
    drop(certificates);
    server.restart();
    let monitor = server.monitor();
    let client = Client { ca: copy.path(), name: "localhost", certificates: None };
    assert_eq!(client.ping(server.tls_port()).unwrap().text(), "PONG");
    assert_eq!(monitor.stop(), [["PING"]]);
    let text = panic_text(|| server.port());
    assert!(text.contains("tls_only"), "{text}");
}
