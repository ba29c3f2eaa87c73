//! The package managers: which one is here, and what it would run.

use crate::tools::Tool;

/// A package manager of this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manager {
    /// Debian's, which only root may use.
    Apt {
        sudo: bool,
    },
    Brew,
}

/// A command as its words.
pub(crate) type Words = Vec<&'static str>;

impl Manager {
    /// The manager of this machine, given what runs here.
    pub(crate) fn detect(runs: impl Fn(&str) -> bool, is_root: bool) -> Option<Self> {
        if runs("apt-get") {
            Some(Self::Apt { sudo: !is_root })
        } else if runs("brew") {
            Some(Self::Brew)
        } else {
            None
        }
    }

    fn packages(self, tool: &Tool) -> &'static [&'static str] {
        match self {
            Self::Apt { .. } => tool.apt,
            Self::Brew => tool.brew,
        }
    }

    pub(crate) fn can_install(self, tool: &Tool) -> bool {
        !self.packages(tool).is_empty()
    }

    /// What to run for these tools, in order. All of them must be installable.
    pub(crate) fn commands(self, tools: &[&Tool]) -> Vec<Words> {
        let packages = tools.iter().flat_map(|tool| self.packages(tool)).copied();
        match self {
            Self::Apt { sudo } => {
                let update = vec!["apt-get", "update"];
                // Nobody may be there to answer a package's questions; sudo drops variables, so
                // this one is set behind it.
                let mut install = vec!["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"];
                install.extend(["install", "--yes", "--no-install-recommends"]);
                install.extend(packages);
                let sudo = sudo.then_some("sudo");
                [update, install].map(|words| sudo.into_iter().chain(words).collect()).into()
            }
            Self::Brew => vec![["brew", "install"].into_iter().chain(packages).collect()],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tools::{POSTGRESQL, TOOLS};

    fn shown(manager: Manager, tools: &[&Tool]) -> Vec<String> {
        manager.commands(tools).iter().map(|words| words.join(" ")).collect()
    }

    #[test]
    fn apt_updates_first_and_takes_all_packages_at_once() {
        let tools: Vec<&Tool> = TOOLS.iter().collect();
        let commands = shown(Manager::Apt { sudo: false }, &tools);
        assert_eq!(commands[0], "apt-get update");
        assert!(commands[1].contains("gcc libc6-dev postgresql redis-server"), "{commands:?}");
        assert_eq!(commands.len(), 2);
    }

    #[test]
    fn only_root_goes_without_sudo() {
        let with = Manager::detect(|program| program == "apt-get", false).unwrap();
        let without = Manager::detect(|program| program == "apt-get", true).unwrap();
        assert!(shown(with, &[&POSTGRESQL]).iter().all(|line| line.starts_with("sudo ")));
        assert!(shown(without, &[&POSTGRESQL]).iter().all(|line| !line.contains("sudo")));
    }

    #[test]
    fn brew_is_used_where_there_is_no_apt() {
        let manager = Manager::detect(|program| program == "brew", false).unwrap();
        let tools = [&POSTGRESQL, &TOOLS[2]];
        assert_eq!(shown(manager, &tools), ["brew install postgresql redis"]);
        assert_eq!(Manager::detect(|_| false, true), None);
    }

    #[test]
    fn what_a_manager_lacks_is_left_to_people() {
        let compiler = &TOOLS[0];
        assert!(!Manager::Brew.can_install(compiler));
        assert!(Manager::Apt { sudo: true }.can_install(compiler));
    }
}
