//! What is explored: each is small enough to be explored to its end.

use crate::explore::{Exploration, explore};
use crate::mutant::Mutant;
use crate::near::Near;
use crate::outage::Outage;
use crate::protocol::{Faults, Kind, Protocol};

/// A model with its name.
#[derive(Debug, Clone)]
pub enum Configuration {
    Protocol(Protocol),
    Near(&'static str, Near),
    Outage(&'static str, Outage),
}

const FENCED: (Kind, usize) = (Kind::Fenced, 0);
const PLAIN: (Kind, usize) = (Kind::Plain, 1);
const GLOB: (Kind, usize) = (Kind::Glob, 1);

fn protocol(
    name: &'static str,
    calls: [usize; 2],
    writers: &[(Kind, usize)],
    faults: Faults,
) -> Protocol {
    let writers = writers.to_vec();
    Protocol { name, calls, writers, faults, travels: false, settle: false, mutant: Mutant::None }
}

/// What CI explores, in under a minute.
#[must_use]
pub fn quick() -> Vec<Configuration> {
    let none = Faults::default();
    let mut all: Vec<Configuration> = [
        protocol("two calls each, two writers", [2, 2], &[FENCED, PLAIN], none),
        protocol(
            "losses and expiries",
            [2, 1],
            &[FENCED, PLAIN],
            Faults { losses: 1, expiries: 1, ..none },
        ),
        protocol("two fences", [2, 1], &[FENCED, (Kind::Fenced, 1)], Faults { deaths: 1, ..none }),
        protocol(
            "late commands",
            [1, 1],
            &[FENCED, PLAIN],
            Faults { timeouts: 2, expiries: 1, ..none },
        ),
        protocol(
            "dropped calls and writers",
            [2, 1],
            &[FENCED, PLAIN],
            Faults { drops: 1, deaths: 1, ..none },
        ),
        protocol("glob beside a fence", [2, 1], &[FENCED, GLOB], Faults { losses: 1, ..none }),
        protocol(
            "failover, strict",
            [1, 1],
            &[FENCED, PLAIN],
            Faults { failovers: 1, losses: 1, ..none },
        ),
        // A waiter takes what the promoted server has accepted.
        protocol("failover, strict, a waiter", [2, 1], &[PLAIN], Faults { failovers: 1, ..none }),
    ]
    .map(Configuration::Protocol)
    .to_vec();
    let settle = Faults { expiries: 1, ..none };
    let mut lagging = protocol("settle", [1, 1], &[FENCED, PLAIN], settle);
    lagging.settle = true;
    all.push(Configuration::Protocol(lagging));
    let mut travelling = protocol("replies take time", [2, 1], &[FENCED, PLAIN], none);
    travelling.travels = true;
    all.push(Configuration::Protocol(travelling));
    let near = Near { mutant: Mutant::None, writes: 2, reads: 3, ticks: 3 };
    all.push(Configuration::Near("near tier", near));
    let outage = Outage { mutant: Mutant::None, writes: 3, loads: 2, outages: 2 };
    all.push(Configuration::Outage("outages", outage));
    all
}

/// What is explored by hand: more of everything, at once.
#[must_use]
pub fn wide() -> Vec<Configuration> {
    let none = Faults::default();
    let all = Faults { losses: 1, expiries: 1, timeouts: 1, drops: 0, deaths: 1, failovers: 0 };
    let mut wide: Vec<Configuration> = [
        protocol(
            "two calls each, losses and expiries",
            [2, 2],
            &[FENCED, PLAIN],
            Faults { losses: 1, expiries: 1, ..none },
        ),
        protocol("three calls, all faults", [2, 1], &[FENCED, PLAIN], all),
        protocol(
            "three writers",
            [1, 1],
            &[FENCED, PLAIN, (Kind::Fenced, 1)],
            Faults { deaths: 1, expiries: 1, timeouts: 1, ..none },
        ),
        protocol(
            "failover, strict, three calls",
            [2, 1],
            &[FENCED, PLAIN],
            Faults { failovers: 1, expiries: 1, ..none },
        ),
    ]
    .map(Configuration::Protocol)
    .to_vec();
    let mut travelling =
        protocol("two calls each, replies take time", [2, 2], &[FENCED, PLAIN], none);
    travelling.travels = true;
    wide.push(Configuration::Protocol(travelling));
    let near = Near { mutant: Mutant::None, writes: 3, reads: 4, ticks: 4 };
    wide.push(Configuration::Near("near tier", near));
    let outage = Outage { mutant: Mutant::None, writes: 4, loads: 3, outages: 3 };
    wide.push(Configuration::Outage("outages", outage));
    wide
}

impl Configuration {
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Protocol(protocol) => protocol.name,
            Self::Near(name, _) | Self::Outage(name, _) => name,
        }
    }

    /// The same with a mistake.
    #[must_use]
    pub fn with(&self, mutant: Mutant) -> Self {
        let mut mutated = self.clone();
        match &mut mutated {
            Self::Protocol(protocol) => protocol.mutant = mutant,
            Self::Near(_, near) => near.mutant = mutant,
            Self::Outage(_, outage) => outage.mutant = mutant,
        }
        mutated
    }

    /// Explores it: to its end, or up to the first property that is broken.
    #[must_use]
    pub fn explore(&self) -> Exploration {
        match self.clone() {
            Self::Protocol(protocol) => explore(protocol),
            Self::Near(_, near) => explore(near),
            Self::Outage(_, outage) => explore(outage),
        }
    }
}
