//! Items whose names the expansion could take for new ones. A pattern that is the name of a constant
//! or of a unit struct is that item, whatever its span.

#![allow(non_upper_case_globals, reason = "they are in the way")]

use two_tier_cache::{CacheKey, two_tier_cached};

use super::{Error, TTL, User, check, row};

/// As diesel makes them: a unit struct for each column, all of them imported.
mod columns {
    #![allow(non_camel_case_types, reason = "they are named like columns")]

    pub(super) struct key;
    pub(super) struct value;
    pub(super) struct field0;
    pub(super) struct field1;
}

use columns::*;

const caches: u8 = 1;
const miss: u8 = 2;
const output: u8 = 3;

#[two_tier_cached(prefix = "constants.columns", ttl = TTL)]
async fn setting(name: &str, of: u64) -> Result<User, Error> {
    let _ = (key, value, field0, field1);
    if caches + miss == output {
        Ok(User { id: of, row: row().await })
    } else {
        Err(name).map_err(|_| Error)
    }
}

#[tokio::test]
async fn named_like_locals() {
    let call = async |of| setting("theme", of).await.unwrap().row;
    check([1, 2], call, |of| invalidate_setting("theme", of)).await;
}

#[derive(Clone, CacheKey)]
struct Setting {
    name: &'static str,
    of: u64,
}

#[derive(Clone, CacheKey)]
enum Scope {
    User(u64, u32),
    Everyone,
}

#[two_tier_cached(prefix = "constants.keys", ttl = TTL)]
async fn scoped(setting: Setting, scope: Scope) -> Option<u32> {
    let named = !setting.name.is_empty() && setting.of != 0;
    (named || matches!(scope, Scope::User(..))).then_some(row().await)
}

#[tokio::test]
async fn named_like_what_a_derived_key_binds() {
    let of = Setting { name: "theme", of: 1 };
    let call = async |scope| scoped(of.clone(), scope).await.unwrap();
    check([Scope::User(1, 2), Scope::Everyone], call, |scope| invalidate_scoped(&of, scope)).await;
}
