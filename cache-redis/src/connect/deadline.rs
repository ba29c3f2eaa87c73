//! The one time limit of an attempt to connect.

use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use super::ConnectError;

/// A limit so long that it is none.
const FOR_EVER: Duration = Duration::from_secs(365 * 86_400);

/// When an attempt ends, and how long it may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Deadline {
    end: Instant,
    limit: Duration,
}

impl Deadline {
    pub(super) fn after(limit: Duration) -> Self {
        Self { end: Instant::now() + limit.min(FOR_EVER), limit }
    }

    /// What one of several attempts in a row may take, so that the first cannot take all.
    pub(super) fn share(&self, attempts: usize) -> Self {
        if attempts <= 1 {
            return *self;
        }
        let left = self.end.saturating_duration_since(Instant::now());
        Self::after(left / u32::try_from(attempts).unwrap_or(u32::MAX))
    }

    /// Waits until the deadline. `whose` completes "no answer within 1s …".
    pub(super) async fn limit<T>(
        &self,
        whose: &str,
        step: impl Future<Output = T>,
    ) -> Result<T, ConnectError> {
        timeout_at(self.end, step).await.map_err(|_| ConnectError::new(self.exceeded(whose)))
    }

    fn exceeded(&self, whose: &str) -> String {
        // A share has a crooked length.
        let whole =
            Duration::from_millis(u64::try_from(self.limit.as_millis()).unwrap_or(u64::MAX));
        format!("no answer within {whole:?} {whose}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attempt_of_several_leaves_time_for_the_others() {
        let whole = Deadline::after(Duration::from_secs(6));
        assert_eq!(whole.share(1).end, whole.end);
        let share = whole.share(3);
        assert!(share.end < whole.end && share.limit <= Duration::from_secs(2));
    }

    #[test]
    fn any_limit_is_possible() {
        assert!(Deadline::after(Duration::MAX).end > Instant::now());
        let text = Deadline::after(Duration::from_micros(333_333_333)).exceeded("(there)");
        assert_eq!(text, "no answer within 333.333s (there)");
    }
}
