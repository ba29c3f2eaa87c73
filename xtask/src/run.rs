//! One command run in the open: printed first, and stopped with all its children when we are.

use std::ffi::OsStr;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, kill_process_group};

use crate::failure::{Failure, Outcome};
use crate::workspace::Workspace;

/// How often a running command is looked at; steps take seconds.
const POLL: Duration = Duration::from_millis(20);
/// The same for one that is timed, where a poll is an error of the measurement.
const TIMED_POLL: Duration = Duration::from_millis(1);
/// What an interrupted command gets to end by itself.
const GRACE: Duration = Duration::from_secs(5);

/// A command together with the line that shows it.
#[derive(Debug)]
#[must_use]
pub(crate) struct Step {
    command: Command,
    shown: String,
    /// In a process group of its own, so that stopping it reaches the test programs below cargo.
    own_group: bool,
    /// Not printed, and its end is seen at once.
    timed: bool,
}

impl Step {
    pub(crate) fn new(program: &OsStr, shown: &str, dir: &Path) -> Self {
        let mut command = Command::new(program);
        command.current_dir(dir);
        Self { command, shown: shown.to_owned(), own_group: true, timed: false }
    }

    pub(crate) fn arg(mut self, arg: &str) -> Self {
        self.command.arg(arg);
        self.shown.push(' ');
        self.shown.push_str(&quoted(arg));
        self
    }

    /// Sets a variable and shows it.
    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.shown = format!("{name}={} {}", quoted(value), self.shown);
        self.command.env(name, value);
        self
    }

    /// Sets a variable that holds a password, and shows only its name.
    pub(crate) fn secret_env(mut self, name: &str, value: &str) -> Self {
        self.shown = format!("{name}=… {}", self.shown);
        self.command.env(name, value);
        self
    }

    pub(crate) fn without_env(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    /// Leaves the terminal to the command, which may ask for a password.
    pub(crate) fn with_terminal(mut self) -> Self {
        self.own_group = false;
        self
    }

    /// For a command whose time is taken: it is not printed, and its end is seen at once.
    pub(crate) fn timed(mut self) -> Self {
        self.timed = true;
        self
    }

    /// Runs to the end. Fails unless the command succeeds.
    pub(crate) fn run(mut self, workspace: &Workspace) -> Outcome {
        workspace.go_on()?;
        if !self.timed {
            println!("$ {}", self.shown);
        }
        if self.own_group {
            // Outside the terminal's foreground group, reading from it would hang.
            self.command.process_group(0).stdin(Stdio::null());
        }
        let mut child = self
            .command
            .spawn()
            .map_err(|cause| Failure::because(format!("cannot start `{}`", self.shown), cause))?;
        let status = self.wait(&mut child, workspace)?;
        workspace.go_on()?;
        if status.success() {
            return Ok(());
        }
        Err(Failure::Step(format!("`{}` failed ({status})", self.shown)))
    }

    fn wait(&self, child: &mut Child, workspace: &Workspace) -> Outcome<ExitStatus> {
        let mut deadline = None;
        loop {
            let ended = child.try_wait();
            if let Some(status) = ended.map_err(|cause| Failure::because(&self.shown, cause))? {
                return Ok(status);
            }
            match deadline {
                None if workspace.is_interrupted() => {
                    self.signal(child, Signal::TERM);
                    deadline = Some(Instant::now() + GRACE);
                }
                Some(end) if Instant::now() >= end => self.signal(child, Signal::KILL),
                _ => {}
            }
            thread::sleep(if self.timed { TIMED_POLL } else { POLL });
        }
    }

    /// The child is not reaped yet, so its id is still its own. A failure means it just ended.
    fn signal(&self, child: &Child, signal: Signal) {
        let pid = Pid::from_child(child);
        let _ended = if self.own_group {
            kill_process_group(pid, signal)
        } else {
            kill_process(pid, signal)
        };
    }
}

/// The argument as a shell would need it, so that a printed line can be pasted.
fn quoted(arg: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_=./:,+@%".contains(c);
    if !arg.is_empty() && arg.chars().all(plain) {
        arg.to_owned()
    } else {
        format!("'{}'", arg.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader};

    use super::*;

    fn shell(workspace: &Workspace, script: &str) -> Step {
        workspace.command("sh", &["-c", script])
    }

    #[test]
    fn shows_a_line_that_can_be_pasted() {
        let workspace = Workspace::without_signals();
        let step = shell(&workspace, "echo 'a'").env("A", "b c").secret_env("URL", "hidden");
        assert_eq!(step.shown, r"URL=… A='b c' sh -c 'echo '\''a'\'''");
    }

    #[test]
    fn a_failing_command_is_a_failed_step() {
        let workspace = Workspace::without_signals();
        assert!(shell(&workspace, "exit 0").run(&workspace).is_ok());
        let failure = shell(&workspace, "exit 7").run(&workspace).unwrap_err();
        assert_eq!(failure.exit_code(), 1);
        assert!(failure.to_string().contains("exit status: 7"), "{failure}");
    }

    #[test]
    fn a_missing_program_is_named() {
        let workspace = Workspace::without_signals();
        let failure = workspace.command("no-such-program", &[]).run(&workspace).unwrap_err();
        assert!(failure.to_string().contains("cannot start `no-such-program`"), "{failure}");
    }

    #[test]
    fn an_interrupt_ends_the_command_and_its_children() {
        let workspace = Workspace::without_signals();
        let (reader, writer) = std::io::pipe().unwrap();
        let mut step = shell(&workspace, "echo started; sleep 60 & wait");
        step.command.stdout(writer);
        let begun = Instant::now();
        let failure = thread::scope(|scope| {
            let running = scope.spawn(|| step.run(&workspace));
            let mut lines = BufReader::new(reader).lines();
            assert_eq!(lines.next().unwrap().unwrap(), "started");
            workspace.interrupt();
            // The pipe ends only when the grandchild, which holds it too, is gone.
            assert!(lines.next().is_none());
            running.join().unwrap().unwrap_err()
        });
        assert_eq!(failure.exit_code(), 130);
        assert!(begun.elapsed() < GRACE, "{:?}", begun.elapsed());
    }
}
