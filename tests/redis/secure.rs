//! Encrypted connections, users with few permissions, and nothing of that in what is shown.

mod permissions;

use two_tier_cache::redis::{RedisConfig, TlsConfig};
use two_tier_cache::{CacheManager, HealthState};
use two_tier_cache_test_servers::{Certificates, RedisServer};

use crate::service::Service;
use crate::support::Db;

fn encrypted(certificates: &Certificates) -> RedisServer {
    RedisServer::builder().tls(certificates).tls_only().start()
}

fn keys(server: &RedisServer) -> i64 {
    server.command(&["DBSIZE"]).int()
}

/// Both ways to configure TLS, with what is to be trusted and what is to be shown.
fn services(
    server: &RedisServer,
    db: &std::sync::Arc<Db>,
    trusted: &str,
    shown: [&str; 2],
) -> [Service; 2] {
    let mut tls = TlsConfig::new().ca_file(trusted);
    let mut url = format!("{}?ca={trusted}", server.tls_url());
    if let [certificate, key] = shown
        && !certificate.is_empty()
    {
        tls = tls.client_certificate_files(certificate, key);
        url = format!("{url}&cert={certificate}&key={key}");
    }
    let config = RedisConfig::tcp("localhost", server.tls_port()).tls(tls).unwrap();
    [config, RedisConfig::from_url(&url).unwrap()]
        .map(|config| Service::configured(config, db, CacheManager::builder().redis_budget(AMPLE)))
}

/// More than a server needs that answers, however busy the machine is.
const AMPLE: std::time::Duration = std::time::Duration::from_secs(10);
const NOTHING: [&str; 2] = ["", ""];

fn path(path: &std::path::Path) -> String {
    path.to_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_server_of_a_private_authority_is_used() {
    let certificates = Certificates::generate();
    let (server, db) = (encrypted(&certificates), Db::new());
    let ca = path(&certificates.ca());
    let [one, other] = services(&server, &db, &ca, NOTHING);
    assert_eq!((one.read(7).await, other.read(7).await), (1, 1));
    assert_eq!((db.loads(), keys(&server)), (1, 1));
    // Big values, patterns and a new connection go the same way.
    let pages = one.caches.cache::<String>("page").build();
    assert!(pages.set(&1, &"x".repeat(1_000_000)).await);
    let there = other.caches.cache::<String>("page").build();
    assert!(there.exists(&1).await);
    assert_eq!(there.invalidate_pattern("*").await, two_tier_cache::Invalidation::Applied);
    assert!(!pages.exists(&1).await);
    server.restart();
    one.goes_on().await;
}

impl Service {
    /// Caches again, after whatever happened.
    async fn goes_on(&self) {
        crate::service::until_async("it caches again", async || {
            self.read(7).await;
            self.rows.exists(&7).await && self.state() == HealthState::Connected
        })
        .await;
    }
}

#[tokio::test]
async fn a_server_of_another_authority_is_refused_and_the_reason_told() {
    let certificates = Certificates::generate();
    let (server, db) = (encrypted(&certificates), Db::new());
    let ca = path(&certificates.other_ca());
    for service in services(&server, &db, &ca, NOTHING) {
        service.goes_without().await;
        let loads = db.loads();
        assert_eq!((service.read(7).await, service.read(7).await), (1, 1));
        assert_eq!(db.loads(), loads + 1, "cached in this process");
        let reason = service.reason();
        assert!(reason.contains("not trusted") && reason.contains("`?ca=`"), "{reason}");
    }
    assert_eq!(keys(&server), 0);
}

#[tokio::test]
async fn a_server_that_wants_a_certificate_gets_it_or_is_an_outage() {
    let certificates = Certificates::generate();
    let server = RedisServer::builder().tls(&certificates).tls_only();
    let (server, db) = (server.args(["--tls-auth-clients", "yes"]).start(), Db::new());
    let [ca, certificate, key] =
        [certificates.ca(), certificates.client_certificate(), certificates.client_key()]
            .map(|file| path(&file));
    for service in services(&server, &db, &ca, [&certificate, &key]) {
        service.goes_on().await;
    }
    assert_eq!(db.loads(), 1, "both use the server");
    for service in services(&server, &db, &ca, NOTHING) {
        service.goes_without().await;
        assert_eq!(service.read(8).await, 1);
        let reason = service.reason();
        assert!(reason.contains("client certificate"), "{reason}");
    }
}

#[tokio::test]
async fn with_and_without_tls_are_told_apart() {
    let certificates = Certificates::generate();
    let (server, db) = (RedisServer::builder().tls(&certificates).start(), Db::new());
    let ca = path(&certificates.ca());
    let swapped = [
        (format!("rediss://127.0.0.1:{}?ca={ca}", server.port()), "redis://"),
        (format!("redis://127.0.0.1:{}", server.tls_port()), "rediss://"),
    ];
    for (url, remedy) in swapped {
        let service = Service::patient(&url, &db);
        service.goes_without().await;
        assert_eq!(service.read(7).await, 1);
        let told = || service.reason().contains(remedy);
        crate::service::until(&format!("the reason names {remedy}"), told).await;
    }
}
