//! `cargo xtask bless`: the expected compiler messages are rewritten, for a person to read.

use crate::failure::Outcome;
use crate::workspace::Workspace;

/// Rewrites `tests/ui/**/*.stderr` and lists what changed, also after a failure: some files are
/// then rewritten already.
pub(crate) fn run(workspace: &Workspace) -> Outcome {
    let args = ["-p", "two-tier-cache", "--all-features", "--test", "ui"];
    let blessed = workspace.cargo("test", &args).env("TRYBUILD", "overwrite").run(workspace);
    // `diff` leaves out new files, `status` has them.
    for args in [["--no-pager", "diff", "--stat"], ["--no-pager", "status", "--short"]] {
        let args: Vec<&str> = args.into_iter().chain(["--", "tests/ui"]).collect();
        workspace.command("git", &args).run(workspace)?;
    }
    blessed
}
