//! What the cache tells `tracing`.
//!
//! One event per outcome, with the full key. Keys may be personal data, so they appear at `debug`;
//! `verbose` on a function or handle is the consent to see them at `info`.

/// Emits one event with a key: at `info` if `$verbose`, else at `debug`.
macro_rules! key_event {
    ($verbose:expr, $outcome:literal, $key:expr $(, $field:ident = $value:expr)*) => {
        if $verbose {
            tracing::info!(target: "two_tier_cache", key = $key, $($field = $value,)* $outcome);
        } else {
            tracing::debug!(target: "two_tier_cache", key = $key, $($field = $value,)* $outcome);
        }
    };
}

pub(crate) use key_event;
