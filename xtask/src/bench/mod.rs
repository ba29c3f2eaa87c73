//! `cargo xtask bench`: what using the cache costs, side by side with the peer.
//!
//! `compile` generates one crate per contender with the same functions in it, and times what cargo
//! needs for that crate alone. `faults` is a program in `benches`, see there.

mod contender;
mod function;
mod project;
mod report;
mod rounds;

use std::fs;

use crate::failure::{Failure, Outcome};
use crate::setup;
use crate::workspace::Workspace;
use project::Project;
use report::Report;
use rounds::Mode;

/// What `cargo xtask bench compile` was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Options {
    pub(crate) functions: usize,
    pub(crate) rounds: usize,
    /// Whether the table goes to the documentation too.
    pub(crate) write: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { functions: 200, rounds: 7, write: false }
    }
}

/// Measures what the attribute costs in compile time, and prints the table. A missed bar is no
/// failure: a busy machine misses it too.
pub(crate) fn compile(workspace: &Workspace, options: Options) -> Outcome {
    let project = Project::generate(workspace, options.functions)?;
    project.build_dependencies(workspace)?;
    let check = rounds::measure(workspace, &project, Mode::Check, options.rounds)?;
    // Building takes long, and there is no bar on it: fewer rounds do.
    let build = rounds::measure(workspace, &project, Mode::Build, options.rounds.div_ceil(2))?;
    let report =
        Report::new(workspace, options.functions, &[(Mode::Check, check), (Mode::Build, build)])?;
    println!("\n{report}");
    if options.write {
        let page = workspace.root().join("docs/benchmarks/compile.md");
        write(&page, &report.page())?;
        println!("written to {}", page.display());
    }
    Ok(())
}

/// Runs the benches beside the peers. They are a workspace of their own: nobody else is to build the
/// peers.
pub(crate) fn peers(workspace: &Workspace, args: &[String]) -> Outcome {
    setup::run(workspace, true)?;
    let own = args.iter().map(String::as_str);
    let words = ["--release", "--manifest-path", "benches/Cargo.toml", "--"].into_iter().chain(own);
    workspace.cargo("run", &words.collect::<Vec<_>>()).run(workspace)
}

/// Writes a file, and the directories above it.
fn write(file: &std::path::Path, text: &str) -> Outcome {
    let written = file.parent().map_or(Ok(()), fs::create_dir_all);
    written
        .and_then(|()| fs::write(file, text))
        .map_err(|cause| Failure::because(format!("cannot write {}", file.display()), cause))
}
