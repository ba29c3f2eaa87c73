//! The programs: the same function, cached or not.

use two_tier_cache_figures::Role;

use super::super::CACHED;

/// One of them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Program {
    pub(super) name: &'static str,
    pub(super) role: Role,
    pub(super) redis: bool,
    /// The name of its crate, which no crate of a registry may have.
    pub(super) package: &'static str,
    dependency: Dependency,
    pub(super) source: &'static str,
}

#[derive(Debug, Clone, Copy)]
enum Dependency {
    None,
    Redis,
    Ours(&'static str),
    Cached(&'static str),
}

pub(super) const PLAIN: &str = "tokio and serde";
pub(super) const REDIS: &str = "tokio, serde and redis";
pub(super) const OURS: &str = "two-tier-cache";
pub(super) const OURS_ON_REDIS: &str = "two-tier-cache, Redis";

impl Program {
    pub(super) const ALL: [Self; 6] = [
        Self {
            name: PLAIN,
            role: Role::Floor,
            redis: false,
            package: "bench-build-plain",
            dependency: Dependency::None,
            source: include_str!("programs/plain.rs.txt"),
        },
        Self {
            name: OURS,
            role: Role::Ours,
            redis: false,
            package: "bench-build-two-tier",
            dependency: Dependency::Ours(""),
            source: include_str!("programs/two_tier.rs.txt"),
        },
        Self {
            name: "cached",
            role: Role::Peer,
            redis: false,
            package: "bench-build-cached",
            dependency: Dependency::Cached("\"async\""),
            source: include_str!("programs/cached.rs.txt"),
        },
        Self {
            name: REDIS,
            role: Role::Floor,
            redis: true,
            package: "bench-build-redis",
            dependency: Dependency::Redis,
            source: include_str!("programs/redis.rs.txt"),
        },
        Self {
            name: OURS_ON_REDIS,
            role: Role::Ours,
            redis: true,
            package: "bench-build-two-tier-redis",
            dependency: Dependency::Ours("\"redis\""),
            source: include_str!("programs/two_tier_redis.rs.txt"),
        },
        Self {
            name: "cached, Redis",
            role: Role::Peer,
            redis: true,
            package: "bench-build-cached-redis",
            dependency: Dependency::Cached("\"redis_tokio\""),
            source: include_str!("programs/cached_redis.rs.txt"),
        },
    ];

    /// `root` is this workspace.
    pub(super) fn manifest(self, root: &str) -> String {
        let own = match self.dependency {
            Dependency::None => String::new(),
            Dependency::Redis => "redis = { version = \"1.8\", default-features = false, \
                                  features = [\"connection-manager\", \"tokio-comp\"] }\n"
                .to_owned(),
            Dependency::Ours(features) => {
                format!("two-tier-cache = {{ path = {root:?}, features = [{features}] }}\n")
            }
            Dependency::Cached(features) => {
                format!("cached = {{ version = \"={CACHED}\", features = [{features}] }}\n")
            }
        };
        format!(
            "[workspace]\n\n[package]\nname = \"{}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\
             publish = false\n\n[dependencies]\nserde = {{ version = \"1\", features = [\"derive\"] }}\n\
             tokio = {{ version = \"1\", features = [\"macros\", \"rt-multi-thread\", \"time\"] }}\n{own}",
            self.package
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_program_depends_on_what_it_measures() {
        let own = |program: &Program| {
            let text = program.manifest("/work space");
            text.split("\"time\"] }\n").nth(1).unwrap().to_owned()
        };
        let all: Vec<String> = Program::ALL.iter().map(own).collect();
        assert_eq!(all[0], "");
        assert_eq!(all[1], "two-tier-cache = { path = \"/work space\", features = [] }\n");
        assert!(all[2].starts_with("cached = ") && all[3].starts_with("redis = "), "{all:?}");
        assert!(all[4].contains("[\"redis\"]") && all[5].contains("redis_tokio"), "{all:?}");
    }
}
