/// Stays as it is.
pub async fn load(db: &mut Db, id: u64) -> User {
    db.find(id).await
}
#[allow(clippy::all, clippy::pedantic, dead_code, missing_docs, unused_variables)]
pub fn invalidate_load(id: impl ::core::marker::Sized) -> ::two_tier_cache::Invalidate {
    ::core::unreachable!()
}
::core::compile_error! {
    "`prefix` must be 1 to 64 characters of `a-z 0-9 _ . -`; found \"User\""
}
::core::compile_error! {
    "`ttl` has no unit; write `Duration::from_secs(300)`"
}
::core::compile_error! {
    "`load` has no argument named `dbb`; arguments: `db`, `id`"
}
::core::compile_error! {
    "a `&mut` argument cannot be part of the key, and on a hit the body does not write through it; if that is right, exclude it: `skip(db)`"
}
