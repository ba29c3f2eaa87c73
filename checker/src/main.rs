//! `cargo xtask check`: several processes read and write a few rows through the cache, on a real
//! database and a real Redis, while faults are made at random; then the history of what they saw is
//! checked against the guarantees.
//!
//! What is checked, what is exempt, and how to read a trace is in `checker/README.md`.

// It talks to the person at the terminal.
#![allow(clippy::print_stdout)]

mod arguments;
mod check;
mod clock;
mod database;
mod event;
mod faults;
mod history;
mod mutants;
mod report;
mod round;
mod times;
mod trace;
mod worker;

use std::env;
use std::process::ExitCode;

use anyhow::Result;

use crate::arguments::Arguments;
use crate::report::Report;

fn main() -> Result<ExitCode> {
    if env::var_os(worker::ORDERS).is_some() {
        worker::run()?;
        return Ok(ExitCode::SUCCESS);
    }
    let arguments = Arguments::parse(env::args().skip(1))?;
    if arguments.mutants {
        return mutants::find(&arguments);
    }
    let mut whole = Report::default();
    for (number, seconds) in arguments.rounds().enumerate() {
        let seed = arguments.seed.wrapping_add(number as u64);
        let history = round::play(arguments.processes, seed, seconds, None)?;
        let report = Report::of(&history);
        println!("{}", report.line(seed, seconds));
        if let Some(file) = &arguments.trace {
            history.write(&file.with_added_extension(seed.to_string()))?;
        }
        if !report.violations.is_empty() {
            print!("{}", trace::explain(&history, &report.violations));
        }
        whole.add(report);
        if arguments.stops_at_first && !whole.violations.is_empty() {
            break;
        }
    }
    println!("\n{whole}");
    Ok(if whole.violations.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
