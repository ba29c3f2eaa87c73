//! What the attribute costs in compile time: one crate for each contender with the same functions in
//! it, and what cargo needs for that crate alone.

mod contender;
mod function;
mod project;
mod report;
mod rounds;

use super::request::Options;
use super::{pages, verdict, write};
use crate::failure::{Failure, Outcome};
use crate::workspace::Workspace;
use project::Project;
use report::Report;
use rounds::Mode;

/// Measures, prints the table, and writes it if asked to.
pub(super) fn run(workspace: &Workspace, options: &Options) -> Outcome {
    let (functions, rounds) = (options.functions.unwrap_or(200), options.rounds(2, 7));
    let project = Project::generate(workspace, functions)?;
    project.build_dependencies(workspace)?;
    let check = rounds::measure(workspace, &project, Mode::Check, rounds)?;
    // Building takes long, and there is no bar on it: fewer rounds do.
    let build = rounds::measure(workspace, &project, Mode::Build, rounds.div_ceil(2))?;
    let report = Report::new(workspace, functions, &[(Mode::Check, check), (Mode::Build, build)])?;
    println!("\n{report}");
    if options.write {
        let page = pages(workspace).join("compile.md");
        write(&page, &report.page())?;
        let written = report.part().write_plot_and_samples(&pages(workspace));
        written.map_err(|cause| Failure::because("cannot write the samples", cause))?;
        println!("written to {}", page.display());
    }
    verdict(report.part(), options)
}
