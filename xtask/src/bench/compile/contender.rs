//! Who is compared: what each needs as a dependency, and what it asks for on a function.

use two_tier_cache_figures::Role;

use super::super::CACHED;
use super::function::Function;

/// One way to write the same functions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Contender {
    /// No cache. What it costs is not the attribute's.
    Plain,
    TwoTierCache,
    TwoTierCacheRedis,
    Cached,
    CachedRedis,
}

impl Contender {
    /// `Plain` first: the others are compared with it.
    pub(super) const ALL: [Self; 5] =
        [Self::Plain, Self::TwoTierCache, Self::TwoTierCacheRedis, Self::Cached, Self::CachedRedis];

    /// How the table calls it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::TwoTierCache => "two-tier-cache",
            Self::TwoTierCacheRedis => "two-tier-cache, Redis",
            Self::Cached => "cached",
            Self::CachedRedis => "cached, Redis",
        }
    }

    /// What it is to us.
    pub(super) fn role(self) -> Role {
        match self {
            Self::Plain => Role::Floor,
            Self::TwoTierCache | Self::TwoTierCacheRedis => Role::Ours,
            Self::Cached | Self::CachedRedis => Role::Peer,
        }
    }

    /// The name of its crate, which no crate of a registry may have.
    pub(super) fn package(self) -> &'static str {
        match self {
            Self::Plain => "bench-plain",
            Self::TwoTierCache => "bench-two-tier",
            Self::TwoTierCacheRedis => "bench-two-tier-redis",
            Self::Cached => "bench-cached",
            Self::CachedRedis => "bench-cached-redis",
        }
    }

    /// Its line under `[dependencies]`. `root` is this workspace.
    pub(super) fn dependency(self, root: &str) -> String {
        let peer =
            |features| format!("cached = {{ version = \"={CACHED}\", features = [{features}] }}\n");
        match self {
            Self::Plain => String::new(),
            Self::TwoTierCache => format!("two-tier-cache = {{ path = {root:?} }}\n"),
            Self::TwoTierCacheRedis => {
                format!("two-tier-cache = {{ path = {root:?}, features = [\"redis\"] }}\n")
            }
            Self::Cached => peer("\"async\""),
            Self::CachedRedis => peer("\"redis_tokio\""),
        }
    }

    /// What a module with its functions imports or defines.
    pub(super) fn prelude(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::TwoTierCache | Self::TwoTierCacheRedis => {
                "use two_tier_cache::two_tier_cached;\n\n\
                 const TTL: std::time::Duration = std::time::Duration::from_secs(300);\n"
            }
            Self::Cached => "use cached::macros::cached;\n",
            Self::CachedRedis => "use cached::macros::concurrent_cached;\n",
        }
    }

    /// What the program does once, before it uses them.
    pub(super) fn set_up(self) -> &'static str {
        match self {
            Self::TwoTierCacheRedis => {
                "    let redis = two_tier_cache::redis::RedisBackend::lazy(\"redis://127.0.0.1\");\n    \
                 let caches = two_tier_cache::CacheManager::builder().backend(redis.unwrap());\n    \
                 caches.build().unwrap().install().unwrap();\n"
            }
            _ => "",
        }
    }

    /// Whether it can cache the function. The peer needs a `Result` to put an error of Redis into.
    pub(super) fn takes(self, function: &Function) -> bool {
        match self {
            Self::Plain => false,
            Self::TwoTierCache | Self::TwoTierCacheRedis | Self::Cached => true,
            Self::CachedRedis => function.returns.starts_with("Result<"),
        }
    }

    /// The attribute for a function in the module `module`, as its user would write it.
    pub(super) fn attribute(self, module: &str, function: &Function) -> String {
        let Function { name, key, text_key, .. } = function;
        match self {
            Self::Plain => String::new(),
            Self::TwoTierCache | Self::TwoTierCacheRedis => {
                format!("#[two_tier_cached(prefix = \"{module}.{name}\", ttl = TTL, skip(db))]\n")
            }
            Self::Cached => format!(
                "#[cached(max_size = 10_000, ttl_secs = 300, key = \"{}\", convert = {{ {} }})]\n",
                key.ty, key.value
            ),
            Self::CachedRedis => format!(
                "#[concurrent_cached(\n    redis = true,\n    ttl_secs = 300,\n    \
                 cache_prefix_block = {{ \"{module}.{name}\" }},\n    \
                 key = \"{}\",\n    convert = {{ {} }},\n    \
                 map_error = |error| Error(format!(\"{{error}}\"))\n)]\n",
                text_key.ty, text_key.value
            ),
        }
    }
}
