//! An invalidation as a text.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// The first word of every record, for later forms.
const FORM: &str = "1";

/// An invalidation that is written down: a text of its own, for a column of your table.
///
/// `Debug` hides the key, which may be personal data.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Record {
    text: String,
    pub(crate) what: Written,
    pub(crate) settle: Duration,
}

/// What it is of.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) enum Written {
    /// The whole text of a key.
    Key(String),
    /// A pattern, and the namespace and prefix before it.
    Pattern { scope: String, pattern: String },
}

/// Why a text is no record, or a record cannot be applied. It quotes nothing of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordError(String);

impl RecordError {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

impl fmt::Display for RecordError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for RecordError {}

impl Record {
    pub(crate) fn new(what: Written, settle: Duration) -> Self {
        let millis = settle.as_millis();
        let text = match &what {
            Written::Key(key) => format!("{FORM} key {millis} {key}"),
            // A scope has no space in it.
            Written::Pattern { scope, pattern } => {
                format!("{FORM} pattern {millis} {scope} {pattern}")
            }
        };
        Self { text, what, settle }
    }

    /// The text. Its length is that of a key, at most about 600 bytes, or that of a pattern.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The namespace, the prefix and whatever else it begins with.
    pub(crate) fn beginning(&self) -> &str {
        match &self.what {
            Written::Key(key) => key,
            Written::Pattern { scope, .. } => scope,
        }
    }
}

impl FromStr for Record {
    type Err = RecordError;

    fn from_str(text: &str) -> Result<Self, RecordError> {
        let bad = |what: &str| RecordError::new(format!("this is no record: {what}"));
        let mut words = text.splitn(4, ' ');
        let mut next = |what| words.next().ok_or_else(|| bad(what));
        if next("it is empty")? != FORM {
            return Err(bad("it does not begin with `1`; a later release may have written it"));
        }
        let (kind, millis) = (next("it ends after its form")?, next("it has no time")?);
        let millis = millis.parse().map_err(|_| bad("its time is no number"))?;
        let rest = next("it names nothing")?;
        let what = match kind {
            "key" if rest.contains(':') => Written::Key(rest.to_owned()),
            "key" => return Err(bad("its key has no prefix")),
            "pattern" => match rest.split_once(' ') {
                Some((scope, pattern)) if scope.ends_with(':') => {
                    Written::Pattern { scope: scope.to_owned(), pattern: pattern.to_owned() }
                }
                _ => return Err(bad("its pattern has no prefix")),
            },
            _ => return Err(bad("it is of neither a key nor a pattern")),
        };
        Ok(Self::new(what, Duration::from_millis(millis)))
    }
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Record").finish_non_exhaustive()
    }
}
