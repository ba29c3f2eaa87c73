//! One command of one call: on the connection in use, and once more on the next if that one broke.

use std::sync::Arc;
use std::time::{Duration, Instant};

use two_tier_cache_backend::BackendError;

use crate::error::{CommandError, Kind};
use crate::supervision::link::{Link, Live};

/// A caller that gives up after less says nothing about the server.
const SUSPICIOUS: Duration = Duration::from_millis(50);

/// Carries out a command. Every command may run twice: its token makes that harmless.
///
/// It waits for as long as the server takes; the caller sets the limit.
///
/// # Cancel safety
///
/// The command may run on the server, also later.
pub(crate) async fn carry_out<A, F>(
    link: &Arc<Link>,
    command: impl Fn(Arc<Live>) -> F,
) -> Result<A, BackendError>
where
    F: Future<Output = Result<A, CommandError>>,
{
    let mut again = true;
    let mut asked = Asked { link, since: Instant::now(), answered: false };
    loop {
        let live = match link.live().await {
            Ok(live) => live,
            Err(down) => {
                asked.answered = true;
                return Err(down);
            }
        };
        let error = match command(Arc::clone(&live)).await {
            Ok(answer) => {
                asked.answered = true;
                return Ok(answer);
            }
            Err(error) => error,
        };
        match error.kind {
            Kind::Lost => link.lost(&live),
            Kind::Unready => link.doubt(),
            Kind::Refused | Kind::NoScript => {}
        }
        if error.kind != Kind::Lost || !std::mem::take(&mut again) {
            asked.answered = true;
            return Err(BackendError::new(error.to_string()));
        }
        link.replaced(&live).await;
    }
}

/// A command that waits for its answer.
struct Asked<'a> {
    link: &'a Link,
    since: Instant,
    answered: bool,
}

impl Drop for Asked<'_> {
    /// The caller gave up waiting.
    fn drop(&mut self) {
        if !self.answered && self.since.elapsed() >= SUSPICIOUS {
            self.link.doubt();
        }
    }
}
