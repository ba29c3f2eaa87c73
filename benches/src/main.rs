//! Two-tier-cache side by side with its peers: `cargo xtask bench`.

mod contenders;
mod faults;
mod freshness;
mod growth;
mod hits;
mod machine;
mod near;
mod options;
mod processes;
mod redis;
mod report;
mod rounds;
mod stampede;
mod throughput;
mod workload;

use std::process::ExitCode;

use options::Options;

fn main() -> anyhow::Result<ExitCode> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words[..] {
        ["faults", ref words @ ..] => faults::run(&Options::parse(words)?),
        ["growth", ref words @ ..] => growth::run(&Options::parse(words)?),
        ["growth-child", ref words @ ..] => growth::run_child(words),
        ["hits", ref words @ ..] => hits::run(&Options::parse(words)?),
        ["redis", ref words @ ..] => redis::run(&Options::parse(words)?),
        ["stampede", ref words @ ..] => stampede::run(&Options::parse(words)?),
        ["freshness", ref words @ ..] => freshness::run(&Options::parse(words)?),
        ["near", ref words @ ..] => near::run(&Options::parse(words)?),
        ["child", contender, url] => {
            processes::run_child(contender, url).map(|()| ExitCode::SUCCESS)
        }
        ["throughput", ref words @ ..] => throughput::run(&Options::parse(words)?),
        _ => anyhow::bail!("two-tier-cache-benches PART [--quick] [--write] [--check]"),
    }
}
