//! Where the commands run: the checkout, its cargo, and whether somebody asked us to stop.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

use crate::failure::{Failure, Outcome};
use crate::run::Step;

/// The checkout this program was started for.
#[derive(Debug)]
pub(crate) struct Workspace {
    root: PathBuf,
    cargo: OsString,
    /// With `--locked` a forgotten `Cargo.lock` fails in CI instead of being updated unseen.
    locked: bool,
    interrupted: Arc<AtomicBool>,
}

impl Workspace {
    /// Opens the checkout and takes over the signals that would otherwise end this process
    /// before it has stopped what it started.
    pub(crate) fn open() -> Outcome<Self> {
        let workspace = Self::without_signals();
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            signal_hook::flag::register(signal, Arc::clone(&workspace.interrupted))
                .map_err(|cause| Failure::because("cannot listen for signals", cause))?;
        }
        Ok(workspace)
    }

    /// The same for tests, where Ctrl-C belongs to the test runner.
    pub(crate) fn without_signals() -> Self {
        // Not the directory at compile time: two checkouts may share a target directory, and with
        // it this very binary.
        let package = env::var_os("CARGO_MANIFEST_DIR");
        let package = PathBuf::from(package.unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into()));
        Self {
            root: package.parent().unwrap_or(&package).to_owned(),
            cargo: env::var_os("CARGO").unwrap_or_else(|| "cargo".into()),
            locked: is_ci(env::var_os("CI")),
            interrupted: Arc::default(),
        }
    }

    /// Where cargo builds, and so where throw-away files may go. Our cargo runs in the root, which
    /// is what a relative path is relative to.
    pub(crate) fn target_dir(&self) -> PathBuf {
        match env::var_os("CARGO_TARGET_DIR") {
            Some(dir) => self.root.join(dir),
            None => self.root.join("target"),
        }
    }

    /// A cargo command, with the same cargo that runs us.
    pub(crate) fn cargo(&self, subcommand: &str, args: &[&str]) -> Step {
        let mut step = Step::new(&self.cargo, "cargo", &self.root).arg(subcommand);
        if self.locked && subcommand != "fmt" {
            step = step.arg("--locked");
        }
        args.iter().fold(step, |step, arg| step.arg(arg))
    }

    /// The same for a workspace that was generated, and whose `Cargo.lock` is cargo's to write.
    pub(crate) fn cargo_in(&self, dir: &Path, subcommand: &str, args: &[&str]) -> Step {
        let step = Step::new(&self.cargo, "cargo", dir).arg(subcommand);
        args.iter().fold(step, |step, arg| step.arg(arg))
    }

    /// What the compiler behind our cargo says it is.
    pub(crate) fn rustc_version(&self) -> Outcome<String> {
        let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
        let output = Command::new(rustc).arg("--version").current_dir(&self.root).output();
        let output = output.map_err(|cause| Failure::because("cannot start `rustc`", cause))?;
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Any other command.
    pub(crate) fn command(&self, program: &str, args: &[&str]) -> Step {
        let step = Step::new(program.as_ref(), program, &self.root);
        args.iter().fold(step, |step, arg| step.arg(arg))
    }

    pub(crate) fn is_interrupted(&self) -> bool {
        self.interrupted.load(Ordering::Relaxed)
    }

    /// Fails once somebody asked us to stop.
    pub(crate) fn go_on(&self) -> Outcome {
        if self.is_interrupted() { Err(Failure::Interrupted) } else { Ok(()) }
    }

    #[cfg(test)]
    pub(crate) fn interrupt(&self) {
        self.interrupted.store(true, Ordering::Relaxed);
    }
}

/// CI systems set `CI=true`; people who set `CI=` or `CI=false` mean the opposite.
fn is_ci(variable: Option<OsString>) -> bool {
    variable.is_some_and(|value| !value.is_empty() && value != "false" && value != "0")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_is_the_workspace() {
        let root = Workspace::without_signals().root;
        assert!(root.join("xtask/Cargo.toml").is_file(), "{}", root.display());
    }

    #[test]
    fn ci_is_on_only_when_it_says_so() {
        assert!(is_ci(Some("true".into())));
        assert!(is_ci(Some("1".into())));
        for off in ["", "false", "0"] {
            assert!(!is_ci(Some(off.into())), "{off:?}");
        }
        assert!(!is_ci(None));
    }
}
