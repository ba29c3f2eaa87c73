//! The user that PostgreSQL runs as: it refuses root, and containers often have nothing else.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use crate::failure::{Failure, Outcome};

/// An unprivileged user to act as.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Account {
    uid: u32,
    gid: u32,
}

impl Account {
    /// The account to use instead of root, or `None` when we are not root.
    pub(crate) fn instead_of_root() -> Outcome<Option<Self>> {
        if !rustix::process::geteuid().is_root() {
            return Ok(None);
        }
        let account = ["postgres", "nobody"].into_iter().find_map(Self::named);
        account.map(Some).ok_or_else(|| {
            Failure::Step(
                "PostgreSQL does not run as root, and there is no user `postgres` or `nobody`; \
                 add one, or run this as an ordinary user"
                    .to_owned(),
            )
        })
    }

    fn named(name: &str) -> Option<Self> {
        let account = Self { uid: id("-u", name)?, gid: id("-g", name)? };
        // A second name for root would be refused just the same.
        (account.uid != 0).then_some(account)
    }

    /// Makes the command run as this user, without root's other groups.
    pub(crate) fn apply(self, command: &mut Command) {
        command.uid(self.uid).gid(self.gid);
    }

    /// Hands a file or directory over.
    pub(crate) fn own(self, path: &Path) -> Outcome {
        std::os::unix::fs::chown(path, Some(self.uid), Some(self.gid)).map_err(|cause| {
            Failure::because(format!("cannot give {} to another user", path.display()), cause)
        })
    }
}

fn id(option: &str, name: &str) -> Option<u32> {
    let output = Command::new("id").args([option, name]).output().ok()?;
    String::from_utf8(output.stdout).ok()?.trim().parse().ok()
}

/// Whether every user can come to this directory: a checkout in the home of root can not be reached.
pub(crate) fn is_open_to_all(dir: &Path) -> bool {
    let open = |dir: &Path| fs::metadata(dir).is_ok_and(|meta| meta.permissions().mode() & 1 == 1);
    dir.canonicalize().is_ok_and(|dir| dir.ancestors().all(open))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_below_a_closed_one_is_not_open() {
        let outer = std::env::temp_dir().join(format!("xtask-closed-{}", std::process::id()));
        let inner = outer.join("inner");
        fs::create_dir_all(&inner).unwrap();
        fs::set_permissions(&inner, fs::Permissions::from_mode(0o755)).unwrap();
        fs::set_permissions(&outer, fs::Permissions::from_mode(0o700)).unwrap();
        let closed = !is_open_to_all(&inner);
        fs::remove_dir_all(&outer).unwrap();
        assert!(closed);
        assert!(is_open_to_all(Path::new("/")));
        assert!(!is_open_to_all(Path::new("/no/such/directory")));
    }

    #[test]
    fn root_is_never_the_account() {
        assert!(Account::named("root").is_none());
        assert!(Account::named("no-such-user-here").is_none());
    }
}
