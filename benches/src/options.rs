//! What every part is told.

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
                "--rounds" => {
                    let rounds = words.next().and_then(|rounds| rounds.parse().ok());
                    options.rounds = Some(rounds.context("`--rounds` takes a number")?);
                }
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
