//! What every part is told.

use std::str::FromStr;

use anyhow::{Context, Result, bail};

/// The words after the name of a part.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    /// Fewer rounds, each shorter.
    pub quick: bool,
    /// Whether the pages of the documentation are written.
    pub write: bool,
    /// Whether a missed bar is a failure.
    pub check: bool,
    /// Only contenders with this in their name; the bars need all.
    pub only: String,
    /// Of an outage.
    pub seconds: Option<u64>,
    rounds: Option<usize>,
}

impl Options {
    pub fn parse(words: &[&str]) -> Result<Self> {
        let (mut options, mut words) = (Self::default(), words.iter());
        while let Some(word) = words.next() {
            match *word {
                "--quick" => options.quick = true,
                "--write" => options.write = true,
                "--check" => options.check = true,
                "--only" => {
                    let name = words.next().context("`--only` takes a name")?;
                    options.only = (*name).to_owned();
                }
                "--rounds" => options.rounds = Some(number(word, words.next())?),
                "--seconds" => options.seconds = Some(number(word, words.next())?),
                other => bail!("`{other}` is not understood"),
            }
        }
        Ok(options)
    }

    /// As told, or the one or the other.
    pub fn rounds(&self, quick: usize, full: usize) -> usize {
        self.rounds.unwrap_or(if self.quick { quick } else { full })
    }
}

/// The number after an option.
fn number<T: FromStr>(option: &str, word: Option<&&str>) -> Result<T> {
    let number = word.and_then(|word| word.parse().ok());
    number.with_context(|| format!("`{option}` takes a number"))
}
