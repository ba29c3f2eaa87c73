//! Two-tier-cache side by side with its peers: `cargo xtask bench faults`.

mod contenders;
mod faults;

use std::process::ExitCode;

fn main() -> anyhow::Result<ExitCode> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words[..] {
        ["faults", ref options @ ..] => faults::run(options),
        _ => anyhow::bail!("two-tier-cache-benches faults [--quick] [--check]"),
    }
}
