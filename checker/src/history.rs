//! All that happened in a round.

use std::fs;
use std::io::Write;
use std::path::Path;

use anyhow::Result;

use crate::clock::Moment;
use crate::event::Event;
use crate::faults::Kind;

/// The number of a process, in the order in which they started.
pub(crate) type Process = usize;

/// What the processes noted, and what was done to them.
#[derive(Debug, Default)]
pub(crate) struct History {
    pub(crate) events: Vec<(Process, Event)>,
    pub(crate) faults: Vec<Fault>,
    pub(crate) killed: Vec<(Process, Moment)>,
    /// Whether the processes kept values near.
    pub(crate) near: bool,
}

/// A fault, for as long as it went on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) kind: Kind,
    pub(crate) begun: Moment,
    pub(crate) ended: Moment,
}

impl History {
    /// Adds the log of a process.
    pub(crate) fn add(&mut self, process: Process, log: &Path) -> Result<()> {
        let text = fs::read_to_string(log)?;
        // One that was killed may have left a piece of a line.
        let whole = text.rfind('\n').map_or("", |end| &text[..end]);
        for line in whole.lines() {
            self.events.push((process, Event::read(line)?));
        }
        Ok(())
    }

    /// Brings the events into the order in which they ended.
    pub(crate) fn sort(&mut self) {
        self.events.sort_by_key(|(_, event)| event.ended);
    }

    /// Writes everything into a file, for people.
    pub(crate) fn write(&self, file: &Path) -> Result<()> {
        let mut file = fs::File::create(file)?;
        for fault in &self.faults {
            writeln!(file, "{} {} fault {:?}", fault.begun, fault.ended, fault.kind)?;
        }
        for (process, killed) in &self.killed {
            writeln!(file, "{killed} {killed} killed p{process}")?;
        }
        for (process, Event { begun, ended, what }) in &self.events {
            writeln!(file, "{begun} {ended} p{process} {what:?}")?;
        }
        Ok(())
    }
}
