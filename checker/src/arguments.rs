//! The command line.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

/// What to play.
#[derive(Debug, Clone)]
pub(crate) struct Arguments {
    pub(crate) seconds: u64,
    pub(crate) seed: u64,
    pub(crate) processes: usize,
    /// Where the whole history goes, of each round with its seed behind the name.
    pub(crate) trace: Option<PathBuf>,
    /// Whether a violation ends it.
    pub(crate) stops_at_first: bool,
    /// Whether each mutant is to be found, instead.
    pub(crate) mutants: bool,
}

/// A history is checked in memory, so a long run is many histories.
const LONGEST_ROUND: u64 = 60;

const HELP: &str = "\
cargo xtask check [--seconds 60] [--seed N] [--processes 3] [--trace FILE] [--stop]

Processes read and write rows through the cache while faults are made; then what they saw is checked.
A run of more than a minute is rounds of a minute each, with seeds N, N + 1 and so on. The same seed
makes the same choices; when they meet is up to the machine. The history of a round is kept in FILE.seed.";

impl Arguments {
    pub(crate) fn parse(words: impl IntoIterator<Item = String>) -> Result<Self> {
        let seed = fastrand::u64(1..100_000);
        let mut arguments = Self {
            seconds: 60,
            seed,
            processes: 3,
            trace: None,
            stops_at_first: false,
            mutants: false,
        };
        let mut words = words.into_iter();
        while let Some(word) = words.next() {
            let mut value = || words.next().with_context(|| format!("`{word}` needs a value"));
            match word.as_str() {
                "--seconds" => arguments.seconds = number(&word, &value()?)?,
                "--seed" => arguments.seed = number(&word, &value()?)?,
                "--processes" => {
                    arguments.processes = usize::try_from(number(&word, &value()?)?)?;
                }
                "--trace" => arguments.trace = Some(value()?.into()),
                "--mutants" => arguments.mutants = true,
                "--stop" => arguments.stops_at_first = true,
                _ => bail!("`{word}` is not understood\n\n{HELP}"),
            }
        }
        Ok(arguments)
    }

    /// How long each round takes, in seconds.
    pub(crate) fn rounds(&self) -> impl Iterator<Item = u64> {
        let (whole, rest) = (self.seconds / LONGEST_ROUND, self.seconds % LONGEST_ROUND);
        let rounds = (0..whole).map(|_| LONGEST_ROUND);
        rounds.chain((rest > 0).then_some(rest))
    }
}

fn number(option: &str, word: &str) -> Result<u64> {
    let number = word.parse().ok().filter(|number| *number > 0);
    number.with_context(|| format!("`{option}` takes a number above zero; found `{word}`"))
}
