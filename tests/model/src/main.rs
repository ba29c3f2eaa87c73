//! `cargo run -p two-tier-cache-model --release [-- --wide | --mutants | --mutant NAME]`

// It talks to the person at the terminal.
#![allow(clippy::print_stdout)]

use std::env;
use std::process::ExitCode;

use two_tier_cache_model::configurations::{Configuration, quick, wide};
use two_tier_cache_model::mutant::{MUTANTS, Mutant};

fn main() -> ExitCode {
    let words: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let well = match words[..] {
        [] => table(&quick()),
        ["--wide"] => table(&wide()),
        ["--mutants"] => mutants(),
        ["--mutant", name] => match MUTANTS.iter().find(|(_, known, _)| *known == name) {
            Some((mutant, ..)) => trace(*mutant),
            None => usage(),
        },
        _ => usage(),
    };
    if well { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn usage() -> bool {
    println!("two-tier-cache-model [--wide | --mutants | --mutant NAME]");
    false
}

/// Explores each, and prints what came of it.
fn table(configurations: &[Configuration]) -> bool {
    println!("| configuration | states | properties | seconds | |");
    println!("|---|--:|--:|--:|---|");
    let mut well = true;
    for configuration in configurations {
        let explored = configuration.explore();
        let came = if explored.broken.is_none() { "hold" } else { "**broken**" };
        let (name, seconds) = (configuration.name(), explored.took.as_secs_f64());
        let (states, properties) = (explored.states, explored.properties);
        println!("| {name} | {states} | {properties} | {seconds:.1} | {came} |");
        if let Some((property, steps)) = explored.broken {
            println!("\n`{property}` does not hold:\n  {}\n", steps.join("\n  "));
            well = false;
        }
    }
    well
}

/// Finds each mutant, and prints where.
fn mutants() -> bool {
    println!("| mutant | mistake | found in | property | steps | states |");
    println!("|---|---|---|---|--:|--:|");
    let mut left = 0;
    for (mutant, name, mistake) in MUTANTS {
        match found(mutant) {
            Some((place, property, steps, states)) => {
                let steps = steps.len();
                println!("| `{name}` | {mistake} | {place} | {property} | {steps} | {states} |");
            }
            None => {
                left += 1;
                println!("| `{name}` | {mistake} | **not found** | | | |");
            }
        }
    }
    println!("\n{} of {} mutants found", MUTANTS.len() - left, MUTANTS.len());
    left == 0
}

fn trace(mutant: Mutant) -> bool {
    let Some((place, property, steps, _)) = found(mutant) else {
        println!("not found");
        return false;
    };
    println!("{place}: `{property}` does not hold:\n  {}", steps.join("\n  "));
    true
}

/// The first configuration in which something is broken by it.
fn found(mutant: Mutant) -> Option<(&'static str, &'static str, Vec<String>, usize)> {
    quick().iter().find_map(|configuration| {
        let explored = configuration.with(mutant).explore();
        let (property, steps) = explored.broken?;
        (!steps.is_empty()).then(|| (configuration.name(), property, steps, explored.states))
    })
}
