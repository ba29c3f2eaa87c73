//! Which certificates to trust, and the client's own.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{ClientConfig, Error, RootCertStore, crypto};
use two_tier_cache_backend::ConfigError;

/// How a connection is encrypted: which certificates are trusted, and which one is shown.
///
/// Trusts the root certificates of the system, until told otherwise. The server's certificate must
/// be for the host as configured; nothing turns that off. The cryptography is that of *ring*,
/// whichever provider the application chose for its own use of rustls.
///
/// It is a description: [`RedisConfig::tls`](crate::RedisConfig::tls) reads the files, once.
///
/// # Examples
///
/// ```no_run
/// use two_tier_cache_redis::{RedisConfig, TlsConfig};
///
/// let tls = TlsConfig::new()
///     .ca_file("/etc/redis/ca.pem")
///     .client_certificate_files("/etc/redis/client.pem", "/etc/redis/client.key");
/// let config = RedisConfig::tcp("cache.internal", 6380).tls(tls)?;
/// # Ok::<(), two_tier_cache_backend::ConfigError>(())
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct TlsConfig {
    roots: Roots,
    client: Option<(Pem, Pem)>,
}

#[derive(Debug, Clone)]
enum Roots {
    System,
    #[cfg(feature = "tls-webpki-roots")]
    Mozilla,
    Given(Vec<Pem>),
}

/// PEM text, or where it is.
#[derive(Clone)]
enum Pem {
    File(PathBuf),
    Text(Vec<u8>),
}

impl Default for TlsConfig {
    fn default() -> Self {
        Self::new()
    }
}

impl TlsConfig {
    /// Trusts the root certificates of the system. With the feature `tls-webpki-roots`, a system
    /// that has none gets those of Mozilla.
    pub fn new() -> Self {
        Self { roots: Roots::System, client: None }
    }

    /// Trusts the root certificates of Mozilla, as they were when this was built, and no others.
    #[cfg(feature = "tls-webpki-roots")]
    pub fn webpki_roots(mut self) -> Self {
        self.roots = Roots::Mozilla;
        self
    }

    /// Trusts the certificates in this PEM file, others of `ca_file` and `ca_pem`, and no more.
    pub fn ca_file(self, path: impl AsRef<Path>) -> Self {
        self.ca(Pem::File(path.as_ref().to_owned()))
    }

    /// As [`ca_file`](Self::ca_file), with the text itself.
    pub fn ca_pem(self, pem: impl Into<Vec<u8>>) -> Self {
        self.ca(Pem::Text(pem.into()))
    }

    /// Shows the server this certificate, with the chain that may follow it in its PEM file.
    pub fn client_certificate_files(
        mut self,
        certificate: impl AsRef<Path>,
        key: impl AsRef<Path>,
    ) -> Self {
        let file = |path: &Path| Pem::File(path.to_owned());
        self.client = Some((file(certificate.as_ref()), file(key.as_ref())));
        self
    }

    /// As [`client_certificate_files`](Self::client_certificate_files), with the texts themselves.
    pub fn client_certificate_pem(
        mut self,
        certificate: impl Into<Vec<u8>>,
        key: impl Into<Vec<u8>>,
    ) -> Self {
        self.client = Some((Pem::Text(certificate.into()), Pem::Text(key.into())));
        self
    }

    fn ca(mut self, pem: Pem) -> Self {
        if let Roots::Given(given) = &mut self.roots {
            given.push(pem);
        } else {
            self.roots = Roots::Given(vec![pem]);
        }
        self
    }

    /// Reads and checks everything.
    pub(super) fn build(self) -> Result<TlsClient, ConfigError> {
        let client = self.client.as_ref();
        // Never the process default: an application may have chosen another, or none.
        let builder =
            ClientConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
                .with_safe_default_protocol_versions()
                .map_err(|error| ConfigError::new(format!("TLS: {error}")))?
                .with_root_certificates(self.roots.load()?);
        let Some((certificate, key)) = client else {
            return Ok(TlsClient(Arc::new(builder.with_no_client_auth())));
        };
        let config = builder
            .with_client_auth_cert(certificate.certificates()?, key.private_key()?)
            .map_err(|error| match error {
                Error::InconsistentKeys(_) => {
                    ConfigError::new(format!("TLS: the key in {key} does not fit {certificate}"))
                }
                error => ConfigError::new(format!("TLS: {certificate} with {key}: {error}")),
            })?;
        Ok(TlsClient(Arc::new(config)))
    }
}

impl Roots {
    fn load(self) -> Result<RootCertStore, ConfigError> {
        let mut store = RootCertStore::empty();
        match self {
            Self::Given(given) => {
                for pem in &given {
                    for certificate in pem.certificates()? {
                        store.add(certificate).map_err(|error| {
                            ConfigError::new(format!("TLS: a certificate in {pem}: {error}"))
                        })?;
                    }
                }
            }
            #[cfg(feature = "tls-webpki-roots")]
            Self::Mozilla => add_mozilla(&mut store),
            Self::System => {
                // What cannot be used of a system's store is not ours to complain about.
                store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
                #[cfg(feature = "tls-webpki-roots")]
                if store.is_empty() {
                    add_mozilla(&mut store);
                }
            }
        }
        if store.is_empty() {
            return Err(ConfigError::new(
                "TLS: this system has no root certificates: give the server's CA with \
                 `TlsConfig::ca_file` or `?ca=`",
            ));
        }
        Ok(store)
    }
}

#[cfg(feature = "tls-webpki-roots")]
fn add_mozilla(store: &mut RootCertStore) {
    store.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
}

impl Pem {
    fn read(&self) -> Result<Vec<u8>, ConfigError> {
        match self {
            Self::Text(text) => Ok(text.clone()),
            Self::File(path) => fs::read(path)
                .map_err(|error| ConfigError::new(format!("TLS: {self} cannot be read: {error}"))),
        }
    }

    /// At least one.
    fn certificates(&self) -> Result<Vec<CertificateDer<'static>>, ConfigError> {
        let found = CertificateDer::pem_slice_iter(&self.read()?)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| ConfigError::new(format!("TLS: {self} is not PEM: {error}")))?;
        if found.is_empty() {
            return Err(ConfigError::new(format!("TLS: {self} holds no certificate")));
        }
        Ok(found)
    }

    fn private_key(&self) -> Result<PrivateKeyDer<'static>, ConfigError> {
        // The reason may quote the text, so it is left out.
        PrivateKeyDer::from_pem_slice(&self.read()?).map_err(|_| {
            ConfigError::new(format!("TLS: {self} holds no private key (PKCS#8, PKCS#1 or SEC1)"))
        })
    }
}

impl fmt::Display for Pem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "`{}`", path.display()),
            Self::Text(_) => f.write_str("the PEM text given"),
        }
    }
}

impl fmt::Debug for Pem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What every connection is encrypted with.
#[derive(Clone)]
pub(crate) struct TlsClient(Arc<ClientConfig>);

impl TlsClient {
    pub(crate) fn connector(&self) -> TlsConnector {
        TlsConnector::from(self.0.clone())
    }
}

impl fmt::Debug for TlsClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TlsClient")
    }
}
