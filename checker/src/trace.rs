//! Why a read is a violation: the few events that matter, in their order.

use std::fmt::Write;

use crate::check::Violation;
use crate::clock::Moment;
use crate::event::{Event, What};
use crate::history::{History, Process};

/// How many violations are explained: those with the least between cause and read.
const EXPLAINED: usize = 3;

/// Explains the simplest of these violations.
pub(crate) fn explain(history: &History, violations: &[Violation]) -> String {
    let mut traces: Vec<Trace<'_>> =
        violations.iter().map(|violation| Trace::of(history, violation)).collect();
    traces.sort_by_key(Trace::span);
    let texts = traces.iter().take(EXPLAINED).map(|trace| trace.text(history));
    texts.collect()
}

/// The events that explain one violation.
struct Trace<'a> {
    violation: &'a Violation,
    row: u32,
    /// In the order in which they began.
    events: Vec<(Process, Event)>,
}

impl<'a> Trace<'a> {
    fn of(history: &History, violation: &'a Violation) -> Self {
        let read = history.events[violation.read];
        let What::Read { row, version, .. } = read.1.what else {
            return Self { violation, row: 0, events: vec![read] };
        };
        let mut events = vec![read];
        if violation.floor.source != violation.read {
            events.push(history.events[violation.floor.source]);
        }
        let before = &history.events[..violation.read];
        // The last load of the version that was read: what filled the cache, most likely.
        let is_load = |(_, event): &&(Process, Event)| matches!(event.what, What::Load { row: of, version: loaded } if of == row && loaded == version);
        events.extend(before.iter().rev().find(is_load));
        // The commit that the read missed.
        let is_commit = |(_, event): &&(Process, Event)| {
            matches!(event.what, What::Committed { row: of, version: written, .. }
                if of == row && written == violation.floor.version)
        };
        events.extend(before.iter().rev().find(is_commit));
        events.sort_by_key(|(_, event)| event.begun);
        Self { violation, row, events }
    }

    fn began(&self) -> Moment {
        self.events.first().map_or(0, |(_, event)| event.begun)
    }

    fn ended(&self) -> Moment {
        self.events.iter().map(|(_, event)| event.ended).max().unwrap_or(0)
    }

    fn span(&self) -> Moment {
        self.ended() - self.began()
    }

    fn text(&self, history: &History) -> String {
        let Violation { rule, floor, .. } = self.violation;
        let mut text = format!("\nrow {}: {rule}, at least version {}\n", self.row, floor.version);
        let mut lines = Vec::new();
        for (process, event) in &self.events {
            lines.push((event.begun, event.ended, format!("process {process}: {}", told(event))));
        }
        for fault in &history.faults {
            if fault.ended >= self.began() && fault.begun <= self.ended() {
                lines.push((fault.begun, fault.ended, format!("fault: {:?}", fault.kind)));
            }
        }
        for (process, killed) in &history.killed {
            if (self.began()..=self.ended()).contains(killed) {
                lines.push((*killed, *killed, format!("process {process} is killed")));
            }
        }
        lines.sort();
        for (begun, ended, line) in lines {
            let [begun, ended] = [begun, ended].map(|moment| self.since(moment));
            // Writing into a `String` cannot fail.
            let _ = writeln!(text, "  {begun:>9.2} ..{ended:>9.2} ms  {line}");
        }
        text
    }

    /// Milliseconds since the trace began.
    fn since(&self, moment: Moment) -> f64 {
        #[allow(clippy::cast_precision_loss, reason = "for people")]
        let [moment, began] = [moment as f64, self.began() as f64];
        (moment - began) / 1e6
    }
}

fn told(event: &Event) -> String {
    match event.what {
        What::Read { version, outage: false, .. } => format!("reads version {version}"),
        What::Read { version, outage: true, .. } => {
            format!("reads version {version}, in an outage")
        }
        What::Load { version, .. } => format!("loads version {version}"),
        What::Committed { version, .. } => format!("commits version {version}"),
        What::Abandoned { .. } => "drops the write".to_owned(),
        What::Unawaited { .. } => "drops the invalidation".to_owned(),
        What::Returned { .. } => "returns from the write".to_owned(),
        What::Fenced { .. } => "fences the key".to_owned(),
        What::Invalidated { applied: true, .. } => "invalidates: Applied".to_owned(),
        What::Invalidated { applied: false, .. } => "invalidates: Queued".to_owned(),
        What::Writing { .. } => "is about to write".to_owned(),
        What::Counted(count) => count.name().to_owned(),
    }
}
