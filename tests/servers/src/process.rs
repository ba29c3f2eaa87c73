//! One child process, which does not outlive us, and nor do its files.

use std::io;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, waitid};

/// A child that is killed when this is dropped, and also when this process is killed.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    /// Waits for our end of a pipe to close, which no way to die leaves out, and then kills the
    /// child and removes its directory. (The death signal of Linux goes with the thread that
    /// started the child, and threads of tests come and go.)
    guard: Child,
}

impl Process {
    /// Starts a child that has its files in a directory of its own.
    pub(crate) fn spawn(command: &mut Command, dir: &Path) -> io::Result<Self> {
        // Ctrl-C in the terminal is for the test: the server ends with it, not before.
        let mut child = command.stdin(Stdio::null()).process_group(0).spawn()?;
        match guard(child.id(), dir) {
            Ok(guard) => Ok(Self { child, guard }),
            Err(cause) => {
                child.kill()?;
                child.wait()?;
                Err(cause)
            }
        }
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// How the child ended, if it did.
    pub(crate) fn ended(&mut self) -> io::Result<Option<ExitStatus>> {
        let ended = self.child.try_wait()?;
        if ended.is_some() {
            self.disarm()?;
        }
        Ok(ended)
    }

    /// Kills the child and waits until it is gone.
    pub(crate) fn kill(&mut self) -> io::Result<()> {
        self.disarm()?;
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Ends the guard: once the child was waited for, its id may become somebody else's.
    fn disarm(&mut self) -> io::Result<()> {
        self.guard.kill()?;
        self.guard.wait()?;
        Ok(())
    }

    /// Stops the child, and returns when all its threads stand still.
    pub(crate) fn pause(&mut self) -> io::Result<()> {
        self.signal(Signal::STOP)?;
        // Only looks, so that the child's end is still there for `wait`.
        let stopped = WaitIdOptions::STOPPED | WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
        waitid(WaitId::Pid(Pid::from_child(&self.child)), stopped)?;
        Ok(())
    }

    pub(crate) fn resume(&mut self) -> io::Result<()> {
        self.signal(Signal::CONT)
    }

    fn signal(&mut self, signal: Signal) -> io::Result<()> {
        // Once it was waited for, its id may be somebody else's.
        match self.ended()? {
            None => Ok(kill_process(Pid::from_child(&self.child), signal)?),
            Some(status) => Err(io::Error::other(format!("the process has ended ({status})"))),
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if let Err(cause) = self.kill() {
            eprintln!("warning: cannot end process {}: {cause}", self.id());
        }
    }
}

fn guard(pid: u32, dir: &Path) -> io::Result<Child> {
    let script = r#"read -r _; kill -9 "$1"; rm -rf -- "$2""#;
    let mut command = Command::new("sh");
    command.args(["-c", script, "sh", &pid.to_string()]).arg(dir).stdin(Stdio::piped());
    // A group of its own: what ends our group must not end the guard.
    command.stdout(Stdio::null()).stderr(Stdio::null()).process_group(0).spawn()
}
