//! The machine that measures: its cores, its clock of CPU time, its allocations.

mod allocations;
mod cores;

use std::process::Command;
use std::thread;

pub use allocations::{allocations, bytes_held};
pub use cores::{OnOneCore, cpu_time};

/// What a reader must know to compare.
pub fn described() -> String {
    let first_line = |program: &str| {
        let output = Command::new(program).arg("--version").output();
        let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
        text.unwrap_or_default().lines().next().unwrap_or_default().to_owned()
    };
    let redis = first_line("redis-server");
    let redis = redis.split_whitespace().find_map(|word| word.strip_prefix("v=")).unwrap_or("?");
    let rustc = first_line("rustc");
    let rustc = rustc.split_whitespace().nth(1).unwrap_or("?");
    let cores = thread::available_parallelism().map_or(0, usize::from);
    format!("{cores} cores, rustc {rustc}, Redis {redis}")
}
