//! `cargo xtask check` and `cargo xtask mutants`: the programs that test the guarantees.

use crate::failure::Outcome;
use crate::run::Step;
use crate::setup;
use crate::workspace::Workspace;

const CHECKER: [&str; 3] = ["--release", "-p", "two-tier-cache-checker"];
const MODEL: [&str; 3] = ["--release", "-p", "two-tier-cache-model"];

const INSTRUCTIONS: [&str; 3] = ["--release", "-p", "two-tier-cache-instructions"];

/// Counts the instructions of a hit, and holds them against their baseline.
pub(crate) fn instructions(workspace: &Workspace, args: &[String]) -> Outcome {
    setup::run(workspace, true)?;
    count_instructions(workspace, args).run(workspace)
}

/// The same, where everything it needs is there.
pub(crate) fn count_instructions(workspace: &Workspace, args: &[String]) -> Step {
    workspace.cargo("run", &words(INSTRUCTIONS, "", args))
}

/// Plays random histories, and checks them.
pub(crate) fn run(workspace: &Workspace, args: &[String]) -> Outcome {
    setup::run(workspace, true)?;
    workspace.cargo("run", &words(CHECKER, "", args)).run(workspace)
}

/// Has the checker and the model find every mistake that can be switched on.
pub(crate) fn mutants(workspace: &Workspace, args: &[String]) -> Outcome {
    setup::run(workspace, true)?;
    workspace.cargo("run", &words(MODEL, "--mutants", &[])).run(workspace)?;
    // Built apart: the flag would have cargo build everything anew, here and the next time.
    let checker = workspace.cargo("run", &words(CHECKER, "--mutants", args));
    checker
        .env("RUSTFLAGS", "--cfg two_tier_cache_mutants")
        .env("CARGO_TARGET_DIR", "target/mutants")
        .run(workspace)
}

fn words<'a>(package: [&'a str; 3], first: &'a str, args: &'a [String]) -> Vec<&'a str> {
    let own = args.iter().map(String::as_str);
    package.into_iter().chain(["--", first]).chain(own).filter(|word| !word.is_empty()).collect()
}
