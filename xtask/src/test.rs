//! `cargo xtask test`: every test, then the examples on a real database.

use crate::failure::{Failure, Outcome};
use crate::postgres::Postgres;
use crate::setup;
use crate::tools::POSTGRESQL;
use crate::workspace::Workspace;

/// What the examples read to find their database.
const DATABASE_URL: &str = "DATABASE_URL";

/// Prepares the machine, then runs the tests.
pub(crate) fn run(workspace: &Workspace, install: bool, cargo_args: &[String]) -> Outcome {
    setup::run(workspace, install)?;
    suites(workspace, cargo_args)
}

/// Runs the tests on a machine that is prepared.
pub(crate) fn suites(workspace: &Workspace, cargo_args: &[String]) -> Outcome {
    let args = with(&["--workspace", "--all-features"], cargo_args);
    // The caller's own database is nothing to run tests on.
    workspace.cargo("test", &args).without_env(DATABASE_URL).run(workspace)?;
    examples(workspace, cargo_args)
}

/// The examples' smoke tests. The server lives as long as this function.
fn examples(workspace: &Workspace, cargo_args: &[String]) -> Outcome {
    let Some(installed) = POSTGRESQL.find() else {
        return Err(Failure::Step("PostgreSQL is missing; run `cargo xtask setup`".to_owned()));
    };
    let server = Postgres::start(workspace, &installed.dir)?;
    println!("{} on 127.0.0.1:{}, for this run only", installed.version, server.port());
    let args = with(&["-p", "two-tier-cache-examples"], cargo_args);
    let step = workspace.cargo("test", &args).secret_env(DATABASE_URL, &server.url());
    let outcome = step.run(workspace);
    if matches!(outcome, Err(Failure::Step(_))) {
        eprintln!("the last lines of PostgreSQL's log:\n{}", server.log_tail());
    }
    outcome
}

fn with<'a>(own: &[&'a str], cargo_args: &'a [String]) -> Vec<&'a str> {
    own.iter().copied().chain(cargo_args.iter().map(String::as_str)).collect()
}
