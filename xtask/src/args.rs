//! The command line. A handful of commands and a few options: less than a parser crate would cost.

use crate::bench;
use crate::failure::{Failure, Outcome};

/// What `cargo xtask` without arguments prints.
pub(crate) const HELP: &str = "\
The commands of this project, the same for people and CI.

cargo xtask setup [--no-install]
    Look for what the tests need beside Rust (a C compiler, PostgreSQL, Redis) and install what is
    missing.
cargo xtask test [--no-install] [-- ARGS]
    setup, then every test, those of Redis on servers of their own, then the examples against a
    PostgreSQL of their own.
    ARGS go to `cargo test`, for example `-- --no-fail-fast` or `-- some_name`.
cargo xtask ci [--no-install]
    What must pass before a change is merged: setup, format, lints, docs, every feature alone, tests.
cargo xtask check [--seconds 60] [--seed N] [--processes 3] [--trace FILE] [--stop]
    Several processes read and write through the cache, on a real database and a real Redis, while
    faults are made at random; then their history is checked against the guarantees.
cargo xtask mutants [--seed N]
    Whether the checker and the model find the mistakes of other caches, one after the other.
cargo xtask instructions [--write]
    How many instructions a hit takes, beside the baseline in tests/instructions. --write makes a new one.
cargo xtask bless
    Rewrite the expected compiler messages in tests/ui, and list what changed.
cargo xtask bench [--quick] [--write] [--check] [PART]
    Measure this cache beside its peers: PART, or every part. --quick is shorter; --write puts tables,
    plots and samples into docs/benchmarks, and the bars of all parts into docs/benchmarks.md; --check
    fails if a bar is missed. --rounds N sets how often everybody has a turn. The parts:
    hits        hits in the process, one task: time and allocations
    throughput  the same from 64 tasks on 2 threads
    redis       hits in Redis: time, CPU and allocations over a hand-written GET
    stampede    1000 callers on a cold key, in one process and in four
    freshness   a write and its invalidation during a load, then reads
    near        how old a value near can be, whatever the server and the line do
    growth      cost by entries, keys in Redis and processes
    faults      Redis killed and hung; --seconds N (8) is the length of an outage
    compile     what the attribute costs in compile time; --functions N (200)
    build       a clean build of a minimal program
cargo xtask bench index
    Make docs/benchmarks.md and the plots again from the samples that were written.

--no-install    install nothing: say what to run, and fail if something is missing

Exit codes: 0 all well, 1 a step failed, 2 wrong usage, 130 interrupted.
";

/// A parsed command line.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Task {
    Help,
    Setup { install: bool },
    Test { install: bool, cargo_args: Vec<String> },
    Ci { install: bool },
    Check { args: Vec<String> },
    Mutants { args: Vec<String> },
    Instructions { args: Vec<String> },
    Bless,
    Bench(bench::Request),
}

/// Reads the arguments after the program's name.
pub(crate) fn parse(args: impl IntoIterator<Item = String>) -> Outcome<Task> {
    let mut args = args.into_iter();
    let Some(command) = args.next() else {
        return Ok(Task::Help);
    };
    let own: Vec<String> = args.by_ref().take_while(|arg| arg != "--").collect();
    let cargo_args: Vec<String> = args.collect();
    if command != "test" && !cargo_args.is_empty() {
        return Err(Failure::Usage(format!("`{command}` takes nothing after `--`")));
    }
    match command.as_str() {
        "help" | "-h" | "--help" => Ok(Task::Help),
        "setup" => Ok(Task::Setup { install: install(&own)? }),
        "test" => Ok(Task::Test { install: install(&own)?, cargo_args }),
        "ci" => Ok(Task::Ci { install: install(&own)? }),
        "check" => Ok(Task::Check { args: own }),
        "mutants" => Ok(Task::Mutants { args: own }),
        "instructions" => Ok(Task::Instructions { args: own }),
        "bless" if own.is_empty() => Ok(Task::Bless),
        "bless" => Err(Failure::Usage("`bless` takes no options".to_owned())),
        "bench" => Ok(Task::Bench(bench::Request::parse(&own)?)),
        other => Err(Failure::Usage(format!("there is no command `{other}`"))),
    }
}

/// Whether installing is allowed: the one option there is.
fn install(options: &[String]) -> Outcome<bool> {
    match options {
        [] => Ok(true),
        [option] if option == "--no-install" => Ok(false),
        [first, ..] => Err(Failure::Usage(format!(
            "`{first}` is not understood here; arguments for cargo go after `--`"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse_words(words: &str) -> Outcome<Task> {
        parse(words.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn no_arguments_mean_help() {
        assert_eq!(parse_words("").unwrap(), Task::Help);
    }

    #[test]
    fn no_install_is_understood_by_setup_test_and_ci() {
        assert_eq!(parse_words("setup").unwrap(), Task::Setup { install: true });
        assert_eq!(parse_words("setup --no-install").unwrap(), Task::Setup { install: false });
        assert_eq!(parse_words("ci --no-install").unwrap(), Task::Ci { install: false });
        assert!(parse_words("bless --no-install").is_err());
    }

    #[test]
    fn everything_after_the_first_separator_goes_to_cargo() {
        let task = parse_words("test --no-install -- hit -- --nocapture").unwrap();
        let cargo_args = ["hit", "--", "--nocapture"].map(str::to_owned).to_vec();
        assert_eq!(task, Task::Test { install: false, cargo_args });
    }

    #[test]
    fn a_mistake_is_a_usage_error() {
        let lines = ["tests", "test hit", "ci -- hit", "setup --no-instal", "bless x"];
        let bench = ["bench run", "bench compile 7", "bench compile --rounds"];
        for line in lines.into_iter().chain(bench) {
            let failure = parse_words(line).unwrap_err();
            assert_eq!(failure.exit_code(), 2, "{line}: {failure}");
        }
    }

    #[test]
    fn the_checker_reads_its_own_options() {
        let args = ["--seconds", "5", "--stop"].map(str::to_owned).to_vec();
        assert_eq!(parse_words("check --seconds 5 --stop").unwrap(), Task::Check { args });
        assert_eq!(parse_words("mutants").unwrap(), Task::Mutants { args: Vec::new() });
    }

    #[test]
    fn help_names_every_command() {
        for command in ["setup", "test", "ci", "check", "mutants", "instructions", "bless", "bench"]
        {
            assert!(HELP.contains(&format!("cargo xtask {command}")), "{command}");
        }
    }
}
