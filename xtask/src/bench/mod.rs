//! `cargo xtask bench`: this cache beside its peers.
//!
//! Compile times are measured here; the other parts are a program in `benches`, a workspace of its
//! own: nobody else is to build the peers.

mod build;
mod compile;
mod request;
mod spent;

use std::fs;
use std::path::{Path, PathBuf};

use two_tier_cache_figures::{Part as Measured, index};

use crate::failure::{Failure, Outcome};
use crate::setup;
use crate::workspace::Workspace;

pub(crate) use request::Request;
use request::{Options, PARTS, Part};

/// The release of the peer that is compiled, fixed so that two runs compare the same.
const CACHED: &str = "4.1.0";

/// Measures the parts asked for, and makes the index page of what was written.
pub(crate) fn run(workspace: &Workspace, request: &Request) -> Outcome {
    let Request { parts, options } = request;
    let mut failed = Vec::new();
    for part in parts {
        workspace.go_on()?;
        match run_part(workspace, part, options) {
            // Bars were missed, or the part broke: the others tell the rest.
            Err(Failure::Step(text)) if parts.len() > 1 => failed.push(format!("{part}: {text}")),
            other => other?,
        }
    }
    if options.write || parts.is_empty() {
        write_index(workspace)?;
    }
    if failed.is_empty() { Ok(()) } else { Err(Failure::Step(failed.join("\n"))) }
}

fn run_part(workspace: &Workspace, part: &str, options: &Options) -> Outcome {
    match PARTS.iter().find(|(name, _)| *name == part) {
        Some((_, Part::Compile)) => compile::run(workspace, options),
        Some((_, Part::Build)) => build::run(workspace, options),
        _ => peers(workspace, part, options),
    }
}

fn peers(workspace: &Workspace, part: &str, options: &Options) -> Outcome {
    setup::run(workspace, true)?;
    let own = options.words(part);
    let words = ["--release", "--manifest-path", "benches/Cargo.toml", "--", part];
    let words: Vec<&str> = words.into_iter().chain(own.iter().map(String::as_str)).collect();
    // What cargo tells us of this package; a peer's build script looks at it, and would build anew.
    let of_package = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    let of_package = of_package
        .filter(|name| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_"));
    let step = workspace.cargo("run", &words);
    of_package.fold(step, |step, name| step.without_env(&name)).run(workspace)
}

/// Where the pages are.
fn pages(workspace: &Workspace) -> PathBuf {
    workspace.root().join("docs/benchmarks")
}

/// Makes the index page, and the plots, from what was measured.
fn write_index(workspace: &Workspace) -> Outcome {
    let dir = pages(workspace);
    let written = PARTS.iter().filter(|(name, _)| dir.join(format!("{name}.tsv")).is_file());
    let parts: Result<Vec<Measured>, _> =
        written.map(|(name, _)| Measured::read(&dir, name)).collect();
    let parts = parts.map_err(|cause| Failure::because("a file of samples is damaged", cause))?;
    for part in &parts {
        part.draw(&dir).map_err(|cause| Failure::because("cannot write a plot", cause))?;
    }
    let page = workspace.root().join("docs/benchmarks.md");
    write(&page, &index(&parts))?;
    println!("written to {}", page.display());
    Ok(())
}

/// What a part of ours came to: fails if it is to check, and a bar was missed.
fn verdict(part: &Measured, options: &Options) -> Outcome {
    let missed: Vec<&str> = part.missed().map(|bar| bar.property.as_str()).collect();
    match (missed.is_empty(), options.check) {
        (true, _) => println!("every bar is met"),
        (false, false) => println!("missed: {}", missed.join("; ")),
        (false, true) => return Err(Failure::Step(format!("missed: {}", missed.join("; ")))),
    }
    Ok(())
}

/// Writes a file, and the directories above it.
fn write(file: &Path, text: &str) -> Outcome {
    let written = file.parent().map_or(Ok(()), fs::create_dir_all);
    written
        .and_then(|()| fs::write(file, text))
        .map_err(|cause| Failure::because(format!("cannot write {}", file.display()), cause))
}
