use std::fs;
use std::path::Path;
use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;
use tokio_rustls::rustls::crypto::CryptoProvider;
use two_tier_cache_test_servers::{Certificates, RedisServer};

use super::connect;
use super::tests::{config, failure, text};
use crate::{RedisConfig, TlsConfig};

fn with_ca(server: &RedisServer, ca: &Path) -> String {
    format!("{}?ca={}", server.tls_url(), ca.display())
}

#[tokio::test]
async fn a_private_authority_is_trusted_when_named() {
    let certificates = Certificates::generate();
    let server = RedisServer::builder().tls(&certificates).tls_only().password("s3cret").start();
    let url = with_ca(&server, &certificates.ca());
    let by_url = config(&url.replace("rediss://", "rediss://:s3cret@"));
    let pem = TlsConfig::new().ca_pem(fs::read(certificates.ca()).unwrap());
    let typed = RedisConfig::tcp("localhost", server.tls_port()).password("s3cret");
    for config in [by_url, typed.tls(pem).unwrap()] {
        assert!(config.endpoint().starts_with("rediss://"));
        assert_eq!(text(&connect(&config).await.unwrap(), &["PING"]).await, "PONG");
        let resp2 = config.resp2();
        assert_eq!(text(&connect(&resp2).await.unwrap(), &["PING"]).await, "PONG");
    }
}

#[tokio::test]
async fn the_choice_of_cryptography_is_left_to_the_application() {
    let certificates = Certificates::generate();
    let server = RedisServer::builder().tls(&certificates).start();
    connect(&config(&with_ca(&server, &certificates.ca()))).await.unwrap();
    assert!(CryptoProvider::get_default().is_none());
}

#[tokio::test]
async fn another_authority_is_refused() {
    let certificates = Certificates::generate();
    let server = RedisServer::builder().tls(&certificates).start();
    let expected = "the certificate is not trusted: UnknownIssuer; give the CA with \
                    `TlsConfig::ca_file` or `?ca=`";
    let other = config(&with_ca(&server, &certificates.other_ca()));
    assert_eq!(failure(&other).await, expected);
    #[cfg(feature = "tls-webpki-roots")]
    {
        let mozilla = TlsConfig::new().webpki_roots();
        let mozilla = RedisConfig::tcp("localhost", server.tls_port()).tls(mozilla).unwrap();
        assert_eq!(failure(&mozilla).await, expected);
    }
}

#[tokio::test]
async fn a_certificate_for_another_host_is_refused() {
    let certificates = Certificates::generate();
    let bind = ["--bind", "127.0.0.1", "127.0.0.2"];
    let server = RedisServer::builder().tls(&certificates).args(bind).start();
    let tls = TlsConfig::new().ca_file(certificates.ca());
    let config = RedisConfig::tcp("127.0.0.2", server.tls_port()).tls(tls.clone()).unwrap();
    let error = failure(&config).await;
    assert!(error.starts_with("the certificate is not trusted: "), "{error}");
    assert!(error.contains("127.0.0.2"), "{error}");
    let config = RedisConfig::tcp("local host", server.tls_port()).tls(tls).unwrap();
    assert!(!failure(&config).await.is_empty());
}

#[tokio::test]
async fn a_client_certificate_is_shown() {
    let certificates = Certificates::generate();
    let server =
        RedisServer::builder().tls(&certificates).args(["--tls-auth-clients", "yes"]).start();
    let url = with_ca(&server, &certificates.ca());
    let (certificate, key) = (certificates.client_certificate(), certificates.client_key());
    let shown = format!("{url}&cert={}&key={}", certificate.display(), key.display());
    assert_eq!(text(&connect(&config(&shown)).await.unwrap(), &["PING"]).await, "PONG");
    let expected = "the server refused the TLS handshake (CertificateRequired); give a client \
                    certificate with `TlsConfig::client_certificate_files` or `?cert=` and `&key=`";
    assert_eq!(failure(&config(&url)).await, expected);
}

#[tokio::test]
async fn a_port_without_tls_is_recognised() {
    let server = RedisServer::start();
    let certificates = Certificates::generate();
    let tls = TlsConfig::new().ca_file(certificates.ca());
    let config = RedisConfig::tcp("127.0.0.1", server.port()).tls(tls).unwrap();
    let error = failure(&config.connect_timeout(Duration::from_millis(300))).await;
    assert!(error.ends_with("; a port without TLS wants `redis://`"), "{error}");
}

#[tokio::test]
async fn a_port_with_tls_is_recognised() {
    let certificates = Certificates::generate();
    let server = RedisServer::builder().tls(&certificates).start();
    let error = failure(&RedisConfig::tcp("127.0.0.1", server.tls_port())).await;
    let expected = "the server closed the connection during the handshake; a port with TLS wants \
                    `rediss://`";
    assert_eq!(error, expected);
}

#[tokio::test]
async fn a_silent_peer_ends_with_the_deadline() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        while stream.read(&mut [0; 4096]).await.is_ok_and(|count| count > 0) {}
    });
    let certificates = Certificates::generate();
    let tls = TlsConfig::new().ca_file(certificates.ca());
    let config = RedisConfig::tcp("127.0.0.1", port).tls(tls).unwrap();
    let error = failure(&config.connect_timeout(Duration::from_millis(50))).await;
    let expected =
        "no answer within 50ms to the TLS handshake; a port without TLS wants `redis://`";
    assert_eq!(error, expected);
}
