//! The commands of the project: `cargo xtask setup|test|ci|check|mutants|bless|bench`, the same for people and CI.
//!
//! One program instead of shell scripts, so that it runs alike on Linux and macOS, is linted and
//! tested like the rest, and stops what it starts by owning it.

// Talking to the person at the terminal is what this program is for.
#![allow(clippy::print_stdout)]

#[cfg(not(unix))]
compile_error!("xtask runs on Linux and macOS; elsewhere, run `cargo test` directly");

mod account;
mod args;
mod bench;
mod bless;
mod check;
mod ci;
mod cluster;
mod failure;
mod install;
mod postgres;
mod run;
mod setup;
mod test;
mod tools;
mod workspace;

use std::process::ExitCode;

use args::Task;
use failure::Outcome;
use workspace::Workspace;

fn main() -> ExitCode {
    match dispatch() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::from(failure.exit_code())
        }
    }
}

fn dispatch() -> Outcome {
    let task = args::parse(std::env::args().skip(1))?;
    let workspace = Workspace::open()?;
    match task {
        Task::Help => {
            print!("{}", args::HELP);
            Ok(())
        }
        Task::Setup { install } => setup::run(&workspace, install),
        Task::Test { install, cargo_args } => test::run(&workspace, install, &cargo_args),
        Task::Ci { install } => ci::run(&workspace, install),
        Task::Check { args } => check::run(&workspace, &args),
        Task::Mutants { args } => check::mutants(&workspace, &args),
        Task::Instructions { args } => check::instructions(&workspace, &args),
        Task::Bless => bless::run(&workspace),
        Task::Bench(request) => bench::run(&workspace, &request),
    }
}
