//! What is stored of a loaded value: encoded where bytes are kept, and only if it comes back equal.

use std::time::Duration;

use crate::access::Access;
use crate::backend::{Body, Entry, Fill, Form, Token};
use crate::codec::{Erased, Survey};
use crate::tier::Tier;

impl Access<'_> {
    /// Prepares a loaded value for a tier; `None` if it must not be stored.
    pub(crate) fn fill_of(
        &self,
        tier: Tier<'_>,
        value: &Erased,
        token: Token,
        load_cost: Duration,
    ) -> Option<Fill> {
        let form = tier.backend.form();
        let survey =
            self.codec.survey(value).map_err(|error| self.refuse(&error.to_string())).ok()?;
        let (body, bytes) = match form {
            Form::Typed => (Body::Typed(Erased::clone(value)), self.fits(survey.bytes())?),
            Form::Encoded => self.encoded(value, &survey)?,
        };
        if !self.check_round_trip(value, &survey) && form == Form::Encoded {
            self.prefix.counters.fills_refused.up();
            return None;
        }
        let mut ttl = self.policy.lifetime(survey.is_none(), token);
        if tier.is_local() {
            ttl = ttl.min(self.caches.limits.outage_ttl);
        }
        let version = self.policy.version;
        let entry = Entry { id: token, version, load_cost, stale: false, body };
        Some(Fill { entry, ttl, fresh_for: ttl, bytes })
    }

    fn encoded(&self, value: &Erased, survey: &Survey) -> Option<(Body, usize)> {
        match self.codec.encode(value, survey) {
            Ok((codec, payload)) => {
                let bytes = self.fits(payload.len())?;
                Some((Body::Encoded { codec, payload: payload.into() }, bytes))
            }
            // Its text may be the user's own, with the value in it.
            Err(_) => {
                self.refuse("no codec gives this value back equal");
                None
            }
        }
    }

    /// The size of a value, if it is within the limit.
    fn fits(&self, bytes: usize) -> Option<usize> {
        let limit = self.caches.limits.max_value_bytes;
        if bytes > limit {
            self.refuse(&format!("{bytes} bytes are over the limit of {limit} for one value"));
            return None;
        }
        Some(bytes)
    }

    /// Whether the value is equal after encoding and decoding. Checked with debug assertions, so
    /// that a mistake shows on the developer's machine, also before there is a backend that
    /// encodes.
    fn check_round_trip(&self, value: &Erased, survey: &Survey) -> bool {
        let equal = !cfg!(debug_assertions) || self.codec.round_trips(value, survey) != Some(false);
        if !equal {
            self.prefix.tell_mismatch();
        }
        equal
    }

    fn refuse(&self, reason: &str) {
        self.prefix.counters.fills_refused.up();
        self.prefix.tell_refusal(reason);
    }
}
