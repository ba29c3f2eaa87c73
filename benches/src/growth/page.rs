//! The page of the documentation.

use std::fmt;
use std::process::Command;

use anyhow::Result;

use super::in_process::Size;
use super::plot;
use super::table::Table;
use crate::machine::described;

/// A head, and what was measured how.
pub type About = (&'static str, &'static str);

pub const ENTRIES: About = (
    "Entries in the process",
    "One thread, keys by chance out of all of them, so that most are in no cache of the CPU once there \
     are many. Each store has room for half as many entries again. Bytes are what the program asked the \
     allocator for, divided by the entries, without the value (an `Arc` of a row) but with the key: a \
     number for `quick_cache` and `moka`, the text of the key for ours. `quick_cache` alone has no time to \
     live, no leases and no invalidation that a load under way notices.",
);
pub const PATTERNS: About = (
    "A pattern in the process",
    "A pattern that covers one key of a hundred, on the store of the process; another thread reads keys \
     that it does not cover, and looks at the clock after each 64 hits.",
);
pub const MEMORY: About = (
    "Memory in Redis",
    "Ours, filled by loads, beside a bare `SET key payload PX ttl` with the same key, the same payload \
     (MessagePack) and the same time to live, on a fresh server each.",
);
pub const WRITES: About = (
    "Writes as Redis fills",
    "One operation after the other. Meanwhile a reader, with a manager and a connection of its own, reads \
     one key after the other. \"Nothing\" is the reader alone. The time of the server is the mean of all \
     `EVALSHA` of the round; a miss has two.",
);
pub const NEAR_MEMORY: About = (
    "The memory of who has read what",
    "Redis remembers for each key that was read for a near tier which connections read it, until its next \
     change. One connection after the other reads all keys.",
);
pub const NEAR_MESSAGES: About = (
    "Messages to near tiers",
    "Keys are invalidated one after the other, each read before by so many connections with a near tier. \
     The CPU time is that of the server's main thread, with the writing of the messages and with the probes \
     of all connections, four a second each.",
);
pub const PROCESSES: About = (
    "Processes on one Redis",
    "Each process has 32 tasks that hit, one connection, and a runtime with two threads; 10,000 keys with \
     256 bytes of text. Clients and server share the cores of the machine, so from the first row on they \
     take them from each other: more processes show what sharing costs, not what a server could serve to \
     other machines.",
);

pub const IDLE: About = (
    "Connections at rest",
    "Managers that nobody calls; each has its connection, on which it asks four times a second for the \
     server's time and role. CPU is that of the server's main thread.",
);

/// What one part of the bench has found.
pub struct Section {
    about: About,
    table: String,
}

impl Section {
    pub fn new(about: About, table: &Table) -> Self {
        Self { about, table: table.to_string() }
    }
}

impl fmt::Display for Section {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (title, text) = self.about;
        writeln!(f, "## {title}\n\n{text}\n\n{}", self.table)
    }
}

pub fn write(sections: &[Section], sizes: &[Size], quick: bool) -> Result<()> {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/benchmarks");
    let run = if quick { "a quick run" } else { "one run" };
    let mut page = format!(
        "# How cost grows\n\n`cargo run --release -- growth --write`, in `benches/`, writes this page: {run} \
         on {}, on a virtual machine: {}. Other work ran on the machine, so compare within a table. What follows from it for \
         large systems is in [scaling](../scaling.md).\n\n![Hits and memory by entries](growth.svg)\n\n",
        date()?,
        described()
    );
    for section in sections {
        page.push_str(&section.to_string());
    }
    std::fs::write(format!("{directory}/growth.md"), page.trim_end().to_owned() + "\n")?;
    Ok(std::fs::write(format!("{directory}/growth.svg"), plot::svg(sizes))?)
}

fn date() -> Result<String> {
    let output = Command::new("date").args(["-u", "+%Y-%m-%d"]).output()?;
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}
