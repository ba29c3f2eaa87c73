//! How many instructions a hit in the process takes, beside a baseline: CI notices when a hit becomes
//! dearer, on however busy a machine, and a clock could not.
//!
//! The program runs itself under valgrind's callgrind, with some hits and with many; the difference is
//! the hits alone. The counts are of one compiler and one C library, so a difference is tolerated.

// It talks to the person at the terminal.
#![allow(clippy::print_stdout)]

mod baseline;
mod hits;

use std::env;
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, ensure};

use crate::baseline::Baseline;
use crate::hits::{KINDS, Kind};

const FEW: u64 = 1_000;
const MANY: u64 = 6_000;
/// How many percent more than the baseline are too many, and how many less make it worth a new one.
const TOLERATED: u64 = 10;

fn main() -> Result<ExitCode> {
    let words: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words[..] {
        [] => compare(),
        ["--write"] => write(),
        ["hits", kind, count] => {
            hits::run(Kind::named(kind)?, count.parse()?);
            Ok(ExitCode::SUCCESS)
        }
        _ => anyhow::bail!("cargo xtask instructions [--write]"),
    }
}

fn compare() -> Result<ExitCode> {
    let (baseline, mut good) = (Baseline::read()?, true);
    println!("{:<28} {:>12} {:>9}", "instructions of a hit", "baseline", "now");
    for kind in KINDS {
        let (name, now) = (kind.name(), count(kind)?);
        let before = baseline.of(name).with_context(|| format!("no baseline for {name}"))?;
        let verdict = if now * 100 > before * (100 + TOLERATED) {
            good = false;
            "too many"
        } else if now * 100 < before * (100 - TOLERATED) {
            "fewer: `cargo xtask instructions --write` keeps it so"
        } else {
            ""
        };
        println!("{name:<28} {before:>12} {now:>9}  {verdict}");
    }
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn write() -> Result<ExitCode> {
    let counted: Result<Vec<_>> =
        KINDS.iter().map(|kind| Ok((kind.name(), count(*kind)?))).collect();
    Baseline::write(&counted?)?;
    println!("written to tests/instructions/baseline.txt");
    Ok(ExitCode::SUCCESS)
}

/// Instructions of one hit.
fn count(kind: Kind) -> Result<u64> {
    let (few, many) = (total(kind, FEW)?, total(kind, MANY)?);
    ensure!(many > few, "callgrind counted nothing");
    Ok((many - few) / (MANY - FEW))
}

/// Instructions of the whole program.
fn total(kind: Kind, hits: u64) -> Result<u64> {
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]);
    valgrind.arg(env::current_exe()?).args(["hits", kind.name(), &hits.to_string()]);
    let output = valgrind.output().context("valgrind does not run; see `cargo xtask setup`")?;
    let text = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{text}");
    let line = text.lines().find_map(|line| line.split_once("Collected :"));
    Ok(line.context("callgrind tells no count")?.1.trim().parse()?)
}
