use std::fs;

use two_tier_cache_test_servers::Certificates;

use crate::{RedisConfig, TlsConfig};

fn failure(tls: TlsConfig) -> String {
    RedisConfig::tcp("host", 6379).tls(tls).expect_err("no configuration").to_string()
}

fn url_failure(url: &str) -> String {
    RedisConfig::from_url(url).expect_err("no configuration").to_string()
}

#[test]
fn a_file_that_cannot_be_used_is_named() {
    let certificates = Certificates::generate();
    let key = certificates.client_key();
    let key_text = key.display();
    let missing = "TLS: `/no/such/file` cannot be read: No such file or directory (os error 2)";
    assert_eq!(failure(TlsConfig::new().ca_file("/no/such/file")), missing);
    assert_eq!(url_failure("rediss://host?ca=/no/such%2Ffile"), missing);
    assert_eq!(
        failure(TlsConfig::new().ca_file(&key)),
        format!("TLS: `{key_text}` holds no certificate")
    );
    let with_ca = TlsConfig::new().ca_file(certificates.ca());
    let ca = certificates.ca();
    assert_eq!(
        failure(with_ca.clone().client_certificate_files(certificates.client_certificate(), &ca)),
        format!("TLS: `{}` holds no private key (PKCS#8, PKCS#1 or SEC1)", ca.display())
    );
    assert_eq!(failure(with_ca.clone().client_certificate_files("/no/such/file", &key)), missing);
    assert_eq!(
        failure(with_ca.client_certificate_files(certificates.server_certificate(), &key)),
        format!(
            "TLS: the key in `{key_text}` does not fit `{}`",
            certificates.server_certificate().display()
        )
    );
}

#[test]
fn text_that_cannot_be_used_is_not_quoted() {
    assert_eq!(
        failure(TlsConfig::new().ca_pem("s3cret")),
        "TLS: the PEM text given holds no certificate"
    );
    let broken = "-----BEGIN CERTIFICATE-----\ns3cret!\n-----END CERTIFICATE-----\n";
    let tls = TlsConfig::new().ca_pem(broken);
    assert!(!format!("{tls:?} {}", failure(tls.clone())).contains("s3cret"));
    let no_certificate = "-----BEGIN CERTIFICATE-----\nczNjcmV0\n-----END CERTIFICATE-----\n";
    let text = failure(TlsConfig::new().ca_pem(no_certificate));
    assert!(text.starts_with("TLS: a certificate in the PEM text given: "), "{text}");
    let certificates = Certificates::generate();
    let certificate = fs::read(certificates.client_certificate()).unwrap();
    let tls = TlsConfig::new().ca_file(certificates.ca());
    let text =
        failure(tls.client_certificate_pem(certificate, "-----BEGIN PRIVATE KEY-----\ns3cret!"));
    assert_eq!(text, "TLS: the PEM text given holds no private key (PKCS#8, PKCS#1 or SEC1)");
}

#[test]
fn urls_with_tls_are_read() {
    let certificates = Certificates::generate();
    let ca = certificates.ca();
    for scheme in ["rediss", "valkeys"] {
        let url = format!("{scheme}://:s3cret@Host:6380/1?ca={}", ca.display());
        let config = RedisConfig::from_url(&url).unwrap();
        assert_eq!(config.endpoint(), "rediss://host:6380/1");
        assert!(!format!("{config:?}").contains("s3cret"));
    }
    assert_eq!(
        url_failure(&format!("rediss://host?ca={}&cert=/x", ca.display())),
        "the Redis URL has one of `cert` and `key`: a client certificate needs both"
    );
    assert_eq!(
        url_failure("rediss://host?cacert=x"),
        "the Redis URL has the unknown parameter `cacert`: known are `client_name`, `protocol`, `failover`, \
         `ca`, `cert`, `key`"
    );
    assert_eq!(
        url_failure("redis://host?ca=x"),
        "the Redis URL has the unknown parameter `ca`: known are `client_name`, `protocol`, `failover`"
    );
}

#[test]
fn a_unix_socket_takes_no_tls() {
    let error = RedisConfig::unix("/s").tls(TlsConfig::new()).unwrap_err();
    assert_eq!(error.to_string(), "a Unix socket takes no TLS");
}

#[cfg(feature = "tls-webpki-roots")]
#[test]
fn the_roots_of_mozilla_need_no_system() {
    let config = RedisConfig::tcp("host", 6379).tls(TlsConfig::new().webpki_roots()).unwrap();
    assert_eq!(config.endpoint(), "rediss://host:6379");
}
