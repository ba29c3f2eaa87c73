//! Everybody has a turn in each round, and each round starts with another.

use crate::contenders::Contender;

/// The contenders in the order of this round.
pub fn order(round: usize, contenders: &[Contender]) -> impl Iterator<Item = &Contender> {
    let count = contenders.len();
    (0..count).map(move |place| &contenders[(round + place) % count])
}
