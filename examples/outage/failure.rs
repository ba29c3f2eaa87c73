//! What can happen to a Redis, and its end.

use std::{fmt, sync::Arc};

use anyhow::Context as _;
use tokio::task::spawn_blocking;
use two_tier_cache_test_servers::{RedisServer, Reply};

const PASSWORD: &str = "right";

/// What happens to it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The process is gone, its port refuses connections.
    Killed,
    /// The process stands still. The kernel takes connections and bytes, nobody answers.
    Hung,
    /// Somebody has changed the password on the server.
    WrongPassword,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Killed => "killed",
            Self::Hung => "hung",
            Self::WrongPassword => "wrong password",
        })
    }
}

/// A server of our own.
pub(crate) struct Server {
    pub(crate) url: String,
    inner: Arc<RedisServer>,
}

impl Server {
    pub(crate) async fn start(failure: Failure) -> anyhow::Result<Self> {
        let start = move || match failure {
            Failure::WrongPassword => RedisServer::builder().password(PASSWORD).start(),
            Failure::Killed | Failure::Hung => RedisServer::start(),
        };
        let inner = spawn_blocking(start).await.context("starting redis-server")?;
        let url = match failure {
            Failure::WrongPassword => inner.url_as("", PASSWORD),
            Failure::Killed | Failure::Hung => inner.url(),
        };
        Ok(Self { url, inner: Arc::new(inner) })
    }

    /// The outage begins.
    pub(crate) async fn fail(&self, failure: Failure) -> anyhow::Result<()> {
        self.wait_for(move |server| match failure {
            Failure::Killed => server.kill(),
            Failure::Hung => server.pause(),
            Failure::WrongPassword => {
                server.set_password("wrong");
                server.kill_clients();
            }
        })
        .await
    }

    /// The outage ends: the server answers when this returns.
    pub(crate) async fn repair(&self, failure: Failure) -> anyhow::Result<()> {
        self.wait_for(move |server| match failure {
            Failure::Killed => server.restart(),
            Failure::Hung => server.resume(),
            Failure::WrongPassword => server.set_password(PASSWORD),
        })
        .await
    }

    pub(crate) async fn command(&self, args: Vec<Vec<u8>>) -> anyhow::Result<Reply> {
        self.wait_for(move |server| server.command(&args)).await
    }

    /// Does what blocks where blocking is no harm.
    async fn wait_for<T: Send + 'static>(
        &self,
        work: impl FnOnce(&RedisServer) -> T + Send + 'static,
    ) -> anyhow::Result<T> {
        let server = Arc::clone(&self.inner);
        Ok(spawn_blocking(move || work(&server)).await?)
    }
}
