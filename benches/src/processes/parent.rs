//! What the bench tells a process, and what it answers: a line each.

use std::io::{BufRead, BufReader, Write};
use std::process::{ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{Context, Result, ensure};

/// A process with one contender. It ends with its input.
pub struct Child {
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    _process: Reaped,
}

struct Reaped(std::process::Child);

impl Drop for Reaped {
    fn drop(&mut self) {
        // Its input is gone by now, unless we fail; then it must go too.
        let _ended = self.0.kill();
        let _status = self.0.wait();
    }
}

impl Child {
    pub fn start(contender: &str, url: &str) -> Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["child", contender, url]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn()?;
        let input = process.stdin.take().context("a pipe was asked for")?;
        let output = BufReader::new(process.stdout.take().context("a pipe was asked for")?);
        let mut child = Self { input, output, _process: Reaped(process) };
        ensure!(child.answer()? == "ready", "{contender} is not ready");
        Ok(child)
    }

    /// Does not wait for the answer.
    pub fn tell(&mut self, words: &str) -> Result<()> {
        writeln!(self.input, "{words}")?;
        Ok(self.input.flush()?)
    }

    /// The next answer; they come in the order of what was told.
    pub fn answer(&mut self) -> Result<String> {
        let mut line = String::new();
        self.output.read_line(&mut line)?;
        ensure!(!line.is_empty(), "the process has ended");
        Ok(line.trim().to_owned())
    }

    pub fn ask(&mut self, words: &str) -> Result<String> {
        self.tell(words)?;
        self.answer()
    }
}
