//! Every property holds in every state, and no mistake goes unnoticed.

use two_tier_cache_model::configurations::{Configuration, quick};
use two_tier_cache_model::mutant::{MUTANTS, Mutant};

#[test]
fn every_property_holds_in_every_state() {
    let mut states = 0;
    for configuration in quick() {
        let explored = configuration.explore();
        assert_eq!(explored.broken, None, "{}", configuration.name());
        states += explored.states;
    }
    assert!(states > 1_000_000, "{states} states are too few to say anything");
}

/// The program explores all of them; here are those that are found at once.
#[test]
fn a_mistake_breaks_a_property() {
    let configurations = quick();
    for (mutant, name, _) in MUTANTS {
        let place = match mutant {
            Mutant::NearRemovedBeforeBackend | Mutant::RedirectWithoutPlaceholder => "near tier",
            Mutant::EnqueueUnlocked | Mutant::InsertWithoutEpoch => "outages",
            Mutant::SwallowFailedInvalidation | Mutant::ReplayAfterPublish => "late commands",
            Mutant::TrustAnotherIncarnation => "failover, strict",
            Mutant::FillAnotherIncarnation => "failover, strict, a waiter",
            Mutant::StampAfterLoad
            | Mutant::FillIfAbsent
            | Mutant::InvalidateBeforeCommit
            | Mutant::JoinOlderFlight
            | Mutant::TakeRejectedFill
            | Mutant::NoFence => "two calls each, two writers",
            _ => continue,
        };
        let of_name = |configuration: &&Configuration| configuration.name() == place;
        let configuration = configurations.iter().find(of_name).expect("it is explored");
        let explored = configuration.with(mutant).explore();
        let (_, steps) = explored.broken.unwrap_or_else(|| panic!("{name} survives"));
        assert!(!steps.is_empty(), "{name}");
    }
}
