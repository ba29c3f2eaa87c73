//! `cargo xtask bless`: the expected compiler messages and expansions are rewritten, for a person to
//! read.

use crate::failure::Outcome;
use crate::workspace::Workspace;

/// What is rewritten: `*.stderr` of the first, everything in the second.
const BLESSED: [&str; 2] = ["tests/ui", "cache-macros/snapshots"];

/// Rewrites what is expected and lists what changed, also after a failure: some files are then
/// rewritten already.
pub(crate) fn run(workspace: &Workspace) -> Outcome {
    let args = ["-p", "two-tier-cache-macros", "--lib", "snapshots"];
    let expanded = workspace.cargo("test", &args).env("UPDATE_EXPECT", "1").run(workspace);
    let args = ["-p", "two-tier-cache", "--all-features", "--test", "ui"];
    let messages = workspace.cargo("test", &args).env("TRYBUILD", "overwrite").run(workspace);
    // `diff` leaves out new files, `status` has them.
    for args in [["--no-pager", "diff", "--stat"], ["--no-pager", "status", "--short"]] {
        let args: Vec<&str> = args.into_iter().chain(["--"]).chain(BLESSED).collect();
        workspace.command("git", &args).run(workspace)?;
    }
    expanded.and(messages)
}
