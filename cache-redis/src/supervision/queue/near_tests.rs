//! The near tier is told of every change before those who wait for it are.

use std::sync::OnceLock;

use two_tier_cache_backend::NearTier;

use super::*;

type Outcome = oneshot::Receiver<Invalidation>;

/// A near tier that notes, for each change it is told of, whether somebody was told before, and whether
/// reads are kept away already.
#[derive(Debug, Default)]
struct Witness {
    queue: OnceLock<Arc<Queue>>,
    outcome: Mutex<Option<Outcome>>,
    seen: Mutex<Vec<(bool, bool)>>,
}

impl NearTier for Witness {
    fn invalidate(&self, key: &str) {
        let outcome = self.outcome.lock().as_mut().map(Outcome::try_recv);
        let told = outcome.is_some_and(|outcome| outcome.is_ok());
        let covers = self.queue.get().is_some_and(|queue| queue.covers(&Key::from_text(key)));
        self.seen.lock().push((told, covers));
    }

    fn invalidate_glob(&self, _: &Glob) {
        self.invalidate("user:1");
    }

    fn invalidate_all(&self) {}

    fn now(&self) -> u64 {
        0
    }

    fn proven(&self, _: u64) {}

    fn lost(&self) {}
}

fn watched() -> (Arc<Queue>, Arc<Witness>) {
    let (tracking, witness) = (Arc::new(Tracking::default()), Arc::new(Witness::default()));
    tracking.attach(Arc::clone(&witness) as _, Duration::from_secs(1));
    let queue = Arc::new(Queue::new(10, tracking));
    witness.queue.set(Arc::clone(&queue)).unwrap();
    (queue, witness)
}

fn subjects() -> [Subject; 2] {
    let glob = Glob::new("user:".to_owned(), "*");
    [Subject::Key(Key::from_text("user:1")), Subject::Glob(glob)]
}

#[test]
fn what_is_applied_is_told_before_it_is_sent_and_before_it_is_known() {
    for subject in subjects() {
        let (queue, witness) = watched();
        let (place, outcome) = queue.push(subject, None, Duration::ZERO);
        *witness.outcome.lock() = Some(outcome);
        queue.confirm(&[place]);
        assert_eq!(*witness.seen.lock(), [(false, false), (false, false)]);
        let outcome = witness.outcome.lock().as_mut().map(Outcome::try_recv);
        assert_eq!(outcome, Some(Ok(Invalidation::Applied)));
    }
}

#[test]
fn what_has_failed_is_told_once_reads_are_kept_away() {
    for subject in subjects() {
        let (queue, witness) = watched();
        let (place, outcome) = queue.push(subject, None, Duration::ZERO);
        *witness.outcome.lock() = Some(outcome);
        queue.fail(&[place]);
        assert_eq!(*witness.seen.lock(), [(false, false), (false, true)]);
        let outcome = witness.outcome.lock().as_mut().map(Outcome::try_recv);
        assert_eq!(outcome, Some(Ok(Invalidation::Queued)));
    }
}
