//! `cargo xtask setup`: a fresh machine becomes one where every test runs.

use std::process::{Command, Stdio};

use crate::failure::{Failure, Outcome};
use crate::install::{Manager, Words};
use crate::tools::{TOOLS, Tool};
use crate::workspace::Workspace;

/// Reports every tool and installs what is missing, if that is allowed.
pub(crate) fn run(workspace: &Workspace, install: bool) -> Outcome {
    let missing = report();
    if missing.is_empty() {
        return Ok(());
    }
    let commands = plan(&missing)?;
    println!("{} with", if install { "installing" } else { "install" });
    for words in &commands {
        println!("    {}", words.join(" "));
    }
    if !install {
        let what = names(&missing);
        let text = format!("{what} missing; run the lines above, or `cargo xtask setup`");
        return Err(Failure::Step(text));
    }
    for words in &commands {
        execute(workspace, words)?;
    }
    let missing = report();
    if missing.is_empty() {
        return Ok(());
    }
    let what = format!("{} still missing after the installation", names(&missing));
    Err(Failure::Step(format!("{what}\n{}", by_hand(&missing))))
}

fn execute(workspace: &Workspace, words: &Words) -> Outcome {
    let (program, args) = words.split_first().unwrap_or((&"true", &[]));
    let step = workspace.command(program, args).with_terminal();
    step.run(workspace).map_err(|failure| match failure {
        // Somebody without `sudo`, say, can still have it done by whoever may.
        Failure::Step(text) => {
            Failure::Step(format!("{text}\nrun the lines above by hand, as root where needed"))
        }
        other => other,
    })
}

/// Prints a line for every tool and returns those that are missing.
fn report() -> Vec<&'static Tool> {
    let mut missing = Vec::new();
    for tool in TOOLS {
        if let Some(found) = tool.find() {
            println!("{:<12} {} in {}", tool.name, found.version, found.dir.display());
        } else {
            println!("{:<12} missing: {}", tool.name, tool.purpose);
            missing.push(tool);
        }
    }
    missing
}

/// The commands that install everything, or what to do where there are none.
fn plan(missing: &[&Tool]) -> Outcome<Vec<Words>> {
    let is_root = rustix::process::geteuid().is_root();
    let manager = Manager::detect(runs, is_root);
    match manager {
        Some(manager) if missing.iter().all(|tool| manager.can_install(tool)) => {
            Ok(manager.commands(missing))
        }
        _ => Err(Failure::Step(format!(
            "{} missing, and this machine has no package manager known to have it\n{}",
            names(missing),
            by_hand(missing)
        ))),
    }
}

fn runs(program: &str) -> bool {
    let mut command = Command::new(program);
    command.arg("--version").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

fn names(tools: &[&Tool]) -> String {
    tools.iter().map(|tool| tool.name).collect::<Vec<_>>().join(" and ")
}

fn by_hand(tools: &[&Tool]) -> String {
    let lines = tools.iter().map(|tool| format!("    {}: {}", tool.name, tool.by_hand));
    lines.collect::<Vec<_>>().join("\n")
}
