//! Certificates for servers with TLS.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose,
};
use tempfile::TempDir;

/// A certificate authority with a server's and a client's certificate, and a second authority that
/// issued neither. All are PEM files in a directory that is removed with the last clone.
#[derive(Debug, Clone)]
pub struct Certificates {
    dir: Arc<TempDir>,
}

impl Certificates {
    /// Makes new ones. The server's is good for `localhost` and `127.0.0.1`.
    ///
    /// # Panics
    ///
    /// If there is no place for temporary files.
    #[must_use]
    pub fn generate() -> Self {
        let new = Self { dir: Arc::new(tempfile::tempdir().expect("a temporary directory")) };
        new.write().expect("new certificates");
        new
    }

    /// The certificate of the authority that the server and the client have theirs from.
    #[must_use]
    pub fn ca(&self) -> PathBuf {
        self.path("ca.crt")
    }

    /// The certificate of an authority that has nothing to do with them.
    #[must_use]
    pub fn other_ca(&self) -> PathBuf {
        self.path("other-ca.crt")
    }

    /// The server's certificate.
    #[must_use]
    pub fn server_certificate(&self) -> PathBuf {
        self.path("server.crt")
    }

    /// The server's private key.
    #[must_use]
    pub fn server_key(&self) -> PathBuf {
        self.path("server.key")
    }

    /// The client's certificate.
    #[must_use]
    pub fn client_certificate(&self) -> PathBuf {
        self.path("client.crt")
    }

    /// The client's private key.
    #[must_use]
    pub fn client_key(&self) -> PathBuf {
        self.path("client.key")
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn write(&self) -> Result<(), Box<dyn std::error::Error>> {
        let ca = authority("test authority")?;
        fs::write(self.ca(), ca.pem())?;
        fs::write(self.other_ca(), authority("other authority")?.pem())?;
        let server = (self.server_certificate(), self.server_key());
        let names = ["localhost", "127.0.0.1"];
        issue(&ca, &names, ExtendedKeyUsagePurpose::ServerAuth, (&server.0, &server.1))?;
        let client = (self.client_certificate(), self.client_key());
        issue(&ca, &["client"], ExtendedKeyUsagePurpose::ClientAuth, (&client.0, &client.1))
    }
}

fn authority(name: &str) -> Result<CertifiedIssuer<'static, KeyPair>, rcgen::Error> {
    let mut params = CertificateParams::new(Vec::new())?;
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    CertifiedIssuer::self_signed(params, KeyPair::generate()?)
}

fn issue(
    authority: &CertifiedIssuer<'static, KeyPair>,
    names: &[&str],
    purpose: ExtendedKeyUsagePurpose,
    (certificate, key): (&Path, &Path),
) -> Result<(), Box<dyn std::error::Error>> {
    let names: Vec<String> = names.iter().copied().map(str::to_owned).collect();
    let mut params = CertificateParams::new(names)?;
    params.distinguished_name.push(DnType::CommonName, "test");
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![purpose];
    let pair = KeyPair::generate()?;
    fs::write(certificate, params.signed_by(&pair, authority)?.pem())?;
    // The directory is ours alone, and so is the key in it.
    fs::write(key, pair.serialize_pem())?;
    Ok(())
}
