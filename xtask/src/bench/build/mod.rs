//! A clean build of a minimal program: what its user waits for once, and in CI each time.

mod program;

use std::fs;
use std::path::{Path, PathBuf};

use two_tier_cache_figures::{Bar, Figure, Part};

use super::request::Options;
use super::spent::{Spent, order};
use super::{CACHED, pages, verdict, write};
use crate::failure::{Failure, Outcome};
use crate::run::Step;
use crate::workspace::Workspace;
use program::{Program, REDIS};

/// Times what the floor takes.
const MOST: f64 = 1.5;
/// The same with Redis, which is most of it.
const MOST_WITH_REDIS: f64 = 1.2;

/// Measures, prints the table, and writes the page if asked to.
pub(super) fn run(workspace: &Workspace, options: &Options) -> Outcome {
    let dir = workspace.target_dir().join("bench-build");
    for program in Program::ALL {
        generate(workspace, &dir, program)?;
        // This may download; what is timed later may not.
        cargo(workspace, &dir, program, "fetch").run(workspace)?;
    }
    let rounds = options.rounds(1, 3);
    let mut figures = figures();
    for round in 0..rounds {
        for program in order(round, Program::ALL.len()).map(|index| Program::ALL[index]) {
            let spent = clean_build(workspace, &dir, program)?;
            println!(
                "{} {:.1} s, CPU {:.1} s",
                program.name,
                spent.wall.as_secs_f64(),
                spent.cpu.as_secs_f64()
            );
            let at = usize::from(program.redis) * 2;
            figures[at].add(program.name, program.role, spent.wall.as_secs_f64());
            figures[at + 1].add(program.name, program.role, spent.cpu.as_secs_f64());
        }
    }
    let part = part(workspace, rounds, figures)?;
    println!("\n{}", part.text());
    if options.write {
        let written = part.write(&pages(workspace));
        written.map_err(|cause| Failure::because("cannot write the page", cause))?;
        println!("written to {}", pages(workspace).join("build.md").display());
    }
    verdict(&part, options)
}

fn figures() -> [Figure; 4] {
    let figure = |kind, unit, base| Figure::new(&format!("Clean build, {kind}"), unit, Some(base));
    [
        figure("without Redis: wall time", "s", program::PLAIN),
        figure("without Redis: CPU time", "s of CPU", program::PLAIN),
        figure("with Redis: wall time", "s", REDIS),
        figure("with Redis: CPU time", "s of CPU", REDIS),
    ]
}

fn generate(workspace: &Workspace, dir: &Path, program: Program) -> Outcome {
    let (dir, root) = (dir.join(program.package), workspace.root().display().to_string());
    write(&dir.join("Cargo.toml"), &program.manifest(&root))?;
    write(&dir.join("src/main.rs"), program.source)?;
    // Everybody gets the versions that this workspace is tested with.
    let lock = workspace.root().join("Cargo.lock");
    fs::copy(&lock, dir.join("Cargo.lock"))
        .map_err(|cause| Failure::because(format!("cannot copy {}", lock.display()), cause))?;
    Ok(())
}

fn clean_build(workspace: &Workspace, dir: &Path, program: Program) -> Outcome<Spent> {
    let target = target_dir(dir, program);
    if target.exists() {
        fs::remove_dir_all(&target).map_err(|cause| {
            Failure::because(format!("cannot remove {}", target.display()), cause)
        })?;
    }
    let step = cargo(workspace, dir, program, "build").arg("--offline").arg("--quiet");
    let target = target.display().to_string();
    Spent::on(step.arg("--target-dir").arg(&target).timed(), workspace)
}

fn cargo(workspace: &Workspace, dir: &Path, program: Program, subcommand: &str) -> Step {
    workspace.cargo_in(&dir.join(program.package), subcommand, &[])
}

fn target_dir(dir: &Path, program: Program) -> PathBuf {
    dir.join(program.package).join("target")
}

fn part(workspace: &Workspace, rounds: usize, figures: [Figure; 4]) -> Outcome<Part> {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let rustc = workspace.rustc_version()?;
    let bars = [
        bar(&figures[0], program::OURS, program::PLAIN, MOST),
        bar(&figures[2], program::OURS_ON_REDIS, REDIS, MOST_WITH_REDIS),
    ];
    Ok(Part {
        name: "build".to_owned(),
        title: "A clean build of a minimal program".to_owned(),
        about: "`cargo build` of one cached function, everything downloaded, nothing compiled before. The \
                floor is the same program without a cache: tokio and serde, or those and redis."
            .to_owned(),
        machine: format!("{cores} cores, {rustc}, cached {CACHED}; {rounds} rounds"),
        bars: bars.into_iter().flatten().collect(),
        figures: figures.into(),
    })
}

fn bar(figure: &Figure, ours: &str, floor: &str, most: f64) -> Option<Bar> {
    let median = |name| Some(figure.row(name)?.spread()?.median);
    let (ratio, peer) = (figure.ratio(ours, floor)?, figure.best_peer()?);
    Some(Bar {
        property: figure.title.clone(),
        floor: format!("{:.1} s", median(floor)?),
        best_peer: format!("{} {:.1} s", peer.contender, median(&peer.contender)?),
        ours: format!("{:.1} s, {ratio} × the floor", median(ours)?),
        bar: format!("≤ {most} × the floor"),
        met: ratio.median <= most,
    })
}
