//! The crates of the contenders on disk, as a workspace of their own below the target directory.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::contender::Contender;
use super::function::program;
use super::rounds::Mode;
use crate::bench::write;
use crate::failure::{Failure, Outcome};
use crate::run::Step;
use crate::workspace::Workspace;

/// Not optimised and with incremental compilation, as people build while they work. Stripped of
/// debug info, which is the same for all.
const MANIFEST: &str = "[workspace]\nmembers = [\"bench-*\"]\nresolver = \"3\"\n\n\
                        [profile.dev]\ndebug = false\n";

/// The generated workspace.
#[derive(Debug)]
pub(super) struct Project {
    dir: PathBuf,
}

impl Project {
    /// Writes the crates, with `functions` functions each.
    pub(super) fn generate(workspace: &Workspace, functions: usize) -> Outcome<Self> {
        let project = Self { dir: workspace.target_dir().join("bench-compile") };
        write(&project.dir.join("Cargo.toml"), MANIFEST)?;
        // Everybody gets the versions that this workspace is tested with.
        let lock = workspace.root().join("Cargo.lock");
        fs::copy(&lock, project.dir.join("Cargo.lock"))
            .map_err(|cause| Failure::because(format!("cannot copy {}", lock.display()), cause))?;
        let root = workspace.root().display().to_string();
        for contender in Contender::ALL {
            let dir = project.dir.join(contender.package());
            write(&dir.join("Cargo.toml"), &manifest(contender, &root))?;
            write(&project.source(contender), &program(contender, functions))?;
        }
        Ok(project)
    }

    fn source(&self, contender: Contender) -> PathBuf {
        self.dir.join(contender.package()).join("src/main.rs")
    }

    /// Builds everything once, so that what is timed later is one crate. This may download.
    pub(super) fn build_dependencies(&self, workspace: &Workspace) -> Outcome {
        for contender in Contender::ALL {
            for mode in [Mode::Check, Mode::Build] {
                self.cargo(workspace, contender, mode).run(workspace)?;
            }
        }
        Ok(())
    }

    /// The step to time, with the crate made as if it had never been compiled.
    pub(super) fn clean_step(
        &self,
        workspace: &Workspace,
        contender: Contender,
        mode: Mode,
    ) -> Outcome<Step> {
        touch(&self.source(contender))?;
        self.forget_incremental(contender)?;
        Ok(self.cargo(workspace, contender, mode).arg("--offline").arg("--quiet").timed())
    }

    /// One contender at a time: together they would be built with the features of all.
    fn cargo(&self, workspace: &Workspace, contender: Contender, mode: Mode) -> Step {
        let target = self.target_dir().display().to_string();
        let args = ["--target-dir", &target, "-p", contender.package()];
        workspace.cargo_in(&self.dir, mode.subcommand(), &args).env("CARGO_INCREMENTAL", "1")
    }

    fn target_dir(&self) -> PathBuf {
        self.dir.join("target")
    }

    fn forget_incremental(&self, contender: Contender) -> Outcome {
        let crate_name = contender.package().replace('-', "_");
        let dir = self.target_dir().join("debug/incremental");
        for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
            // `name-hash`, once for each mode.
            let name = entry.file_name();
            if name
                .to_str()
                .and_then(|name| name.rsplit_once('-'))
                .is_some_and(|n| n.0 == crate_name)
            {
                fs::remove_dir_all(entry.path()).map_err(|cause| {
                    Failure::because(format!("cannot remove {}", entry.path().display()), cause)
                })?;
            }
        }
        Ok(())
    }
}

fn manifest(contender: Contender, root: &str) -> String {
    format!(
        "[package]\nname = \"{}\"\nversion = \"0.0.0\"\nedition = \"2024\"\npublish = false\n\n\
         [dependencies]\nserde = {{ version = \"1\", features = [\"derive\", \"rc\"] }}\n{}",
        contender.package(),
        contender.dependency(root)
    )
}

/// Makes cargo take the file for changed.
fn touch(file: &Path) -> Outcome {
    File::options()
        .append(true)
        .open(file)
        .and_then(|opened| opened.set_modified(SystemTime::now()))
        .map_err(|cause| Failure::because(format!("cannot touch {}", file.display()), cause))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_crate_depends_on_what_it_measures() {
        let lines = |contender| {
            let text = manifest(contender, "/work space");
            let own = text.split("\"rc\"] }\n").nth(1).unwrap();
            own.to_owned()
        };
        assert_eq!(lines(Contender::Plain), "");
        assert_eq!(lines(Contender::TwoTierCache), "two-tier-cache = { path = \"/work space\" }\n");
        assert!(lines(Contender::TwoTierCacheRedis).contains("features = [\"redis\"]"));
        assert!(lines(Contender::Cached).starts_with("cached = { version = \"=4."));
        assert!(lines(Contender::CachedRedis).contains("redis_tokio"));
    }
}
