//! What the processes note of what they do, a line each. A line is written in one piece before the
//! process goes on, so that it is there even if the process is killed right after it.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::str::{FromStr, SplitWhitespace};

use anyhow::{Context, Result, bail};

use crate::clock::{Moment, now};

/// Something that happened in a process, from `begun` to `ended`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Event {
    pub(crate) begun: Moment,
    pub(crate) ended: Moment,
    pub(crate) what: What,
}

/// What it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum What {
    /// A cached call returned this version; in an outage, if the process was told of one meanwhile.
    Read { row: u32, version: u64, outage: bool },
    /// The body of the cached function read this version.
    Load { row: u32, version: u64 },
    /// A write was about to begin.
    Writing { row: u32 },
    /// It was committed, in this task.
    Committed { row: u32, version: u64, task: u64 },
    /// The function that wrote has returned, in this task.
    Returned { row: u32, task: u64 },
    /// It was dropped, or has panicked; what it owes is under way.
    Abandoned { row: u32, task: u64 },
    /// Nobody waits for this invalidation any more; it is under way.
    Unawaited { rows: Rows },
    /// The key of a row was fenced, in this task.
    Fenced { row: u32, task: u64 },
    /// An invalidation was asked for at `begun`, and ended so.
    Invalidated { rows: Rows, applied: bool },
    /// Something else to count.
    Counted(Count),
}

/// One row or all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rows {
    One(u32),
    All,
}

/// What is counted and not checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Count {
    FailedLoad,
    PanickedLoad,
    DroppedRead,
    DroppedWrite,
    PanickedWrite,
    FailedWrite,
    Refresh,
    Pattern,
    Many,
    Hit,
    NearHit,
    Shared,
    Rejected,
    /// That of the cache, or one that the cache was to contain.
    UnexpectedPanic,
}

const COUNTS: [(Count, &str); 14] = [
    (Count::FailedLoad, "failed-load"),
    (Count::PanickedLoad, "panicked-load"),
    (Count::DroppedRead, "dropped-read"),
    (Count::DroppedWrite, "dropped-write"),
    (Count::PanickedWrite, "panicked-write"),
    (Count::FailedWrite, "failed-write"),
    (Count::Refresh, "refresh"),
    (Count::Pattern, "pattern"),
    (Count::Many, "many"),
    (Count::Hit, "hit"),
    (Count::NearHit, "near-hit"),
    (Count::Shared, "shared"),
    (Count::Rejected, "rejected-fill"),
    (Count::UnexpectedPanic, "unexpected-panic"),
];

impl Count {
    pub(crate) fn name(self) -> &'static str {
        COUNTS.iter().find(|(count, _)| *count == self).map_or("", |(_, name)| name)
    }
}

impl Event {
    /// A line of a log.
    fn line(&self) -> String {
        let what = match self.what {
            What::Read { row, version, outage } => {
                format!("read {row} {version} {}", u8::from(outage))
            }
            What::Load { row, version } => format!("load {row} {version}"),
            What::Writing { row } => format!("writing {row}"),
            What::Committed { row, version, task } => format!("committed {row} {version} {task}"),
            What::Returned { row, task } => format!("returned {row} {task}"),
            What::Abandoned { row, task } => format!("abandoned {row} {task}"),
            What::Unawaited { rows } => format!("unawaited {}", rows.word()),
            What::Fenced { row, task } => format!("fenced {row} {task}"),
            What::Invalidated { rows, applied } => {
                format!("invalidated {} {}", rows.word(), u8::from(applied))
            }
            What::Counted(count) => count.name().to_owned(),
        };
        format!("{} {} {what}\n", self.begun, self.ended)
    }

    /// Reads a line of a log.
    pub(crate) fn read(line: &str) -> Result<Self> {
        let mut words = line.split_whitespace();
        let (begun, ended) = (next(&mut words)?, next(&mut words)?);
        let kind = words.next().context("a kind")?;
        let what = match kind {
            "read" => What::Read {
                row: next(&mut words)?,
                version: next(&mut words)?,
                outage: next::<u8>(&mut words)? == 1,
            },
            "load" => What::Load { row: next(&mut words)?, version: next(&mut words)? },
            "writing" => What::Writing { row: next(&mut words)? },
            "committed" => What::Committed {
                row: next(&mut words)?,
                version: next(&mut words)?,
                task: next(&mut words)?,
            },
            "returned" => What::Returned { row: next(&mut words)?, task: next(&mut words)? },
            "abandoned" => What::Abandoned { row: next(&mut words)?, task: next(&mut words)? },
            "unawaited" => What::Unawaited { rows: rows(&mut words)? },
            "fenced" => What::Fenced { row: next(&mut words)?, task: next(&mut words)? },
            "invalidated" => {
                What::Invalidated { rows: rows(&mut words)?, applied: next::<u8>(&mut words)? == 1 }
            }
            other => match COUNTS.iter().find(|(_, name)| *name == other) {
                Some((count, _)) => What::Counted(*count),
                None => bail!("`{other}` is no event"),
            },
        };
        Ok(Self { begun, ended, what })
    }
}

fn next<T: FromStr>(words: &mut SplitWhitespace<'_>) -> Result<T> {
    words.next().and_then(|word| word.parse().ok()).context("a line is cut")
}

fn rows(words: &mut SplitWhitespace<'_>) -> Result<Rows> {
    Ok(match words.next().context("a row")? {
        "all" => Rows::All,
        row => Rows::One(row.parse()?),
    })
}

impl Rows {
    fn word(self) -> String {
        match self {
            Self::One(row) => row.to_string(),
            Self::All => "all".to_owned(),
        }
    }

    pub(crate) fn covers(self, row: u32) -> bool {
        match self {
            Self::One(one) => one == row,
            Self::All => true,
        }
    }
}

/// The task that this is called in; each operation is one.
pub(crate) fn this_task() -> u64 {
    tokio::task::try_id().and_then(|id| id.to_string().parse().ok()).unwrap_or(0)
}

/// Where a process writes its events.
#[derive(Debug)]
pub(crate) struct Log {
    file: File,
}

impl Log {
    pub(crate) fn open(file: &Path) -> Result<Self> {
        let file = OpenOptions::new().create(true).append(true).open(file)?;
        Ok(Self { file })
    }

    /// Notes what began at `begun` and ends now.
    pub(crate) fn note(&self, begun: Moment, what: What) {
        let event = Event { begun, ended: now(), what };
        (&self.file).write_all(event.line().as_bytes()).expect("the log takes a line");
    }

    /// Notes something that happens now.
    pub(crate) fn count(&self, count: Count) {
        self.note(now(), What::Counted(count));
    }
}
