//! Mistakes that can be switched on, to see that the tests of the guarantees notice them.
//!
//! They exist only in builds with `--cfg two_tier_cache_mutants`, which `cargo xtask mutants` makes;
//! in any other build the question is the constant `false`. Each mutant is a mistake that a cache of
//! this kind has really had, see `docs/guarantees.md`.

/// Whether the mutant of this name is switched on: the environment variable
/// `TWO_TIER_CACHE_MUTANT` names it.
#[cfg(two_tier_cache_mutants)]
#[must_use]
pub fn mutant(name: &str) -> bool {
    use std::env;
    use std::sync::OnceLock;

    static ON: OnceLock<Option<String>> = OnceLock::new();
    let on = ON.get_or_init(|| env::var("TWO_TIER_CACHE_MUTANT").ok());
    on.as_deref() == Some(name)
}

/// Whether the mutant of this name is switched on: in this build there are none.
#[cfg(not(two_tier_cache_mutants))]
#[inline]
#[must_use]
pub const fn mutant(name: &str) -> bool {
    let _ = name;
    false
}
