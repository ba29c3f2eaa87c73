//! How a command fails: what to say, and the exit code a caller can rely on.

use std::fmt;

/// The result of everything here that can fail.
pub(crate) type Outcome<T = ()> = Result<T, Failure>;

/// Why a command did not succeed.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The command line makes no sense.
    Usage(String),
    /// A step failed; the text names it and what to do.
    Step(String),
    /// Ctrl-C or a request to terminate.
    Interrupted,
}

impl Failure {
    /// 1 a step failed, 2 usage, 130 interrupted (as shells report Ctrl-C).
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::Step(_) => 1,
            Self::Usage(_) => 2,
            Self::Interrupted => 130,
        }
    }

    /// A failed step, with the cause in its own words.
    pub(crate) fn because(what: impl fmt::Display, cause: impl fmt::Display) -> Self {
        Self::Step(format!("{what}: {cause}"))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage(text) => write!(f, "{text}\nrun `cargo xtask` for the list of commands"),
            Self::Step(text) => f.write_str(text),
            Self::Interrupted => f.write_str("interrupted"),
        }
    }
}
