//! What a part came to: printed, written, judged.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;
use two_tier_cache_figures::{Figure, Part};

use crate::contenders::Contender;
use crate::options::Options;

/// Where the pages of the documentation are.
pub const PAGES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/benchmarks");

/// Prints a part, writes its pages if asked to, and tells whether the bars were met.
pub fn end(part: &Part, options: &Options) -> Result<ExitCode> {
    println!("{}", part.text());
    if options.write {
        part.write(Path::new(PAGES))?;
        println!("written to docs/benchmarks/{}.md", part.name);
    }
    Ok(verdict(part, options))
}

/// A missed bar fails a run that checks.
pub fn verdict(part: &Part, options: &Options) -> ExitCode {
    let missed: Vec<&str> = part.missed().map(|bar| bar.property.as_str()).collect();
    match missed[..] {
        [] => println!("every bar is met"),
        _ => println!("missed: {}", missed.join("; ")),
    }
    if options.check && !missed.is_empty() { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// Adds a contender's sample.
pub fn add(figure: &mut Figure, contender: &Contender, sample: f64) {
    figure.add(contender.name, contender.role, sample);
}
