//! `cargo xtask ci`: what must pass before a change is merged, cheap and telling steps first.

use std::time::{Duration, Instant};

use crate::failure::Outcome;
use crate::run::Step;
use crate::workspace::Workspace;
use crate::{check, setup, test};

/// The features of the published crate, each of which must build without the others.
const FEATURES: &[&str] = &[
    "bincode",
    "json",
    "postcard",
    "redis",
    "redis-tls",
    "redis-tls-webpki-roots",
    "chrono",
    "jiff",
    "time",
    "uuid",
    "testing",
];

/// A named part of the run.
struct Stage {
    name: String,
    work: Work,
}

enum Work {
    Setup { install: bool },
    Run(Box<Step>),
    Tests,
}

/// How long each stage took, and whether it passed.
struct Report(Vec<(String, Duration, bool)>);

/// Runs every stage, up to the first that fails.
pub(crate) fn run(workspace: &Workspace, install: bool) -> Outcome {
    let stages = stages(workspace, install);
    let count = stages.len();
    let mut report = Report(Vec::new());
    let outcome = run_stages(workspace, stages, &mut report);
    report.print(count);
    outcome
}

fn run_stages(workspace: &Workspace, stages: Vec<Stage>, report: &mut Report) -> Outcome {
    let count = stages.len();
    for (index, stage) in stages.into_iter().enumerate() {
        println!("\n== {}/{count} {}", index + 1, stage.name);
        let begun = Instant::now();
        let outcome = stage.work.run(workspace);
        report.add(stage.name, begun.elapsed(), outcome.is_ok());
        outcome?;
    }
    Ok(())
}

fn stages(workspace: &Workspace, install: bool) -> Vec<Stage> {
    let cargo = |name: &str, subcommand: &str, args: &str| {
        let args: Vec<&str> = args.split_whitespace().collect();
        step(name, workspace.cargo(subcommand, &args))
    };
    let docs = workspace.cargo("doc", &["--workspace", "--no-deps", "--all-features"]);
    let published = "-p two-tier-cache -p two-tier-cache-backend -p two-tier-cache-core \
                     -p two-tier-cache-macros -p two-tier-cache-redis";
    let mut stages = vec![
        stage("setup", Work::Setup { install }),
        cargo("format", "fmt", "--all --check"),
        cargo("lints", "clippy", "--workspace --all-targets --all-features -- -D warnings"),
        step("docs", docs.env("RUSTDOCFLAGS", "-Dwarnings")),
        cargo("default features", "check", published),
    ];
    stages.extend(FEATURES.iter().map(|feature| {
        let args = format!("-p two-tier-cache --no-default-features --features {feature}");
        cargo(&format!("feature {feature} alone"), "check", &args)
    }));
    if cfg!(target_os = "linux") {
        stages.push(step("instructions", check::count_instructions(workspace, &[])));
    }
    stages.push(stage("tests", Work::Tests));
    stages
}

fn stage(name: &str, work: Work) -> Stage {
    Stage { name: name.to_owned(), work }
}

fn step(name: &str, step: Step) -> Stage {
    stage(name, Work::Run(Box::new(step)))
}

impl Work {
    fn run(self, workspace: &Workspace) -> Outcome {
        match self {
            Self::Setup { install } => setup::run(workspace, install),
            Self::Run(step) => step.run(workspace),
            Self::Tests => test::suites(workspace, &[]),
        }
    }
}

impl Report {
    fn add(&mut self, name: String, took: Duration, passed: bool) {
        println!("-- {name}: {} in {:.1} s", word(passed), took.as_secs_f32());
        self.0.push((name, took, passed));
    }

    fn print(&self, count: usize) {
        println!("\n== summary");
        for (name, took, passed) in &self.0 {
            println!("{:<7} {:>7.1} s  {name}", word(*passed), took.as_secs_f32());
        }
        if self.0.len() < count {
            println!("{} of {count} steps did not run", count - self.0.len());
        }
    }
}

fn word(passed: bool) -> &'static str {
    if passed { "passed" } else { "FAILED" }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A feature that is added without its check would break unseen.
    #[test]
    fn every_feature_of_the_published_crate_is_checked() {
        let manifest = include_str!("../../Cargo.toml");
        let features = manifest.split("\n[features]\n").nth(1).unwrap();
        let features = features.split("\n[").next().unwrap().lines();
        let entries = features.filter(|line| !line.starts_with('#'));
        let names = entries.filter_map(|line| Some(line.split_once('=')?.0.trim()));
        let names: Vec<&str> = names.filter(|name| *name != "default").collect();
        assert_eq!(names, FEATURES);
    }

    #[test]
    fn stops_at_the_first_failure() {
        let workspace = Workspace::without_signals();
        let shell = |script| step(script, workspace.command("sh", &["-c", script]));
        let mut report = Report(Vec::new());
        let stages = vec![shell("exit 0"), shell("exit 3"), shell("exit 4")];
        let failure = run_stages(&workspace, stages, &mut report).unwrap_err();
        assert!(failure.to_string().contains("exit 3"), "{failure}");
        let passed: Vec<bool> = report.0.iter().map(|(_, _, passed)| *passed).collect();
        assert_eq!(passed, [true, false]);
    }
}
