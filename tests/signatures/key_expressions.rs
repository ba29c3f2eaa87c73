//! `key(..)`: expressions over arguments, patterns, and names that need care.

use two_tier_cache::two_tier_cached;

use super::{Db, Error, TTL, User, check, row};

#[two_tier_cached(prefix = "key_expressions.email", ttl = TTL, key(tenant, email.trim().to_lowercase()))]
async fn by_email(db: &Db, tenant: u32, email: &str) -> Result<Option<User>, Error> {
    Ok(Some(User { id: u64::from(tenant) + email.len() as u64, row: db.row().await }))
}

#[tokio::test]
async fn a_normalised_argument() {
    let call = async |email| by_email(&Db, 1, email).await.unwrap().unwrap().row;
    check(["ada@x.org", "bob@x.org"], call, |email| {
        invalidate_by_email(1, &format!(" {}", email.to_uppercase()))
    })
    .await;
}

/// Who is signed in.
#[derive(Debug, Clone)]
struct Session {
    tenant: u64,
    user: User,
}

#[two_tier_cached(prefix = "key_expressions.fields", ttl = TTL, key(session.tenant, session.user.id))]
async fn by_session(session: &Session, db: &Db) -> Result<User, Error> {
    Ok(User { id: session.user.id, row: db.row().await })
}

#[tokio::test]
async fn fields_of_an_argument() {
    let session = |id| Session { tenant: 1, user: User { id, row: 0 } };
    let call = async |session: Session| by_session(&session, &Db).await.unwrap().row;
    check([session(1), session(2)], call, |session| invalidate_by_session(&session)).await;
}

#[two_tier_cached(prefix = "key_expressions.as_ref", ttl = TTL, key(name.as_ref()))]
async fn by_name(db: &Db, name: impl AsRef<str>) -> Result<(String, u32), Error> {
    Ok((name.as_ref().to_owned(), db.row().await))
}

#[tokio::test]
async fn anything_that_is_text() {
    let call = async |name: &str| by_name(&Db, name.to_owned()).await.unwrap().1;
    check(["ada", "bob"], call, invalidate_by_name).await;
}

#[two_tier_cached(prefix = "key_expressions.generic_text", ttl = TTL, key(email.as_ref()))]
async fn by_generic_email<S>(db: &Db, email: S) -> Result<(String, u32), Error>
where
    S: AsRef<str> + Send,
{
    Ok((email.as_ref().to_owned(), db.row().await))
}

#[tokio::test]
async fn any_type_that_is_text() {
    let call = async |name: &str| by_generic_email(&Db, name).await.unwrap().1;
    check(["ada", "bob"], call, invalidate_by_generic_email).await;
}

#[two_tier_cached(prefix = "key_expressions.into", ttl = TTL, key(id.clone().into()))]
async fn by_into(id: impl Into<u64> + Clone) -> Result<User, Error> {
    Ok(User { id: id.into(), row: row().await })
}

#[tokio::test]
async fn anything_that_becomes_an_id() {
    check([1_u32, 2], async |id| by_into(id).await.unwrap().row, invalidate_by_into).await;
}

#[two_tier_cached(prefix = "key_expressions.method", ttl = TTL, key(normal(name), bucket(at)))]
async fn by_calls(name: &str, at: u64) -> Option<(String, u64, u32)> {
    Some((name.to_owned(), at, row().await))
}

fn normal(name: &str) -> String {
    name.replace(' ', "-")
}

/// Minutes are exact enough.
const fn bucket(seconds: u64) -> u64 {
    seconds / 60
}

#[tokio::test]
async fn functions_of_arguments() {
    let call = async |at| by_calls("a b", at).await.unwrap().2;
    check([59, 60], call, |at| invalidate_by_calls("a-b", at - at % 2)).await;
}

/// As axum passes what it extracted.
struct State<S>(S);

#[derive(Clone)]
struct Path<T>(T);

#[derive(Clone)]
struct Params {
    search: Option<String>,
    page: u32,
}

#[two_tier_cached(prefix = "key_expressions.extractors", ttl = TTL, key(id))]
async fn handler(State(db): State<Db>, Path(id): Path<u64>) -> Result<User, Error> {
    Ok(User { id, row: db.row().await })
}

#[tokio::test]
async fn extractors() {
    let call = async |id| handler(State(Db), Path(id)).await.unwrap().row;
    check([1, 2], call, |id| invalidate_handler(Path(id))).await;
}

#[two_tier_cached(prefix = "key_expressions.struct_pattern", ttl = TTL, key(tenant, search.as_deref(), page))]
async fn search(
    State(db): State<&Db>,
    Path((tenant, _)): Path<(u64, String)>,
    Params { search, page, .. }: Params,
) -> Result<Vec<User>, Error> {
    let row = db.row().await;
    let found = u64::from(page) + u64::from(search.is_some());
    Ok((0..found).map(|id| User { id: tenant + id, row }).collect())
}

#[tokio::test]
async fn patterns_of_structs_and_tuples() {
    let params = |text: &str| Params { search: Some(text.to_owned()), page: 0 };
    let path = || Path((1, "x".to_owned()));
    let call = async |params| search(State(&Db), path(), params).await.unwrap()[0].row;
    check([params("a"), params("b")], call, |params| invalidate_search(path(), params)).await;
}

#[two_tier_cached(prefix = "key_expressions.reference_pattern", ttl = TTL, key(id, first))]
async fn by_patterns(&(id, _): &(u64, f64), [first, ..]: [u32; 3], _: &Db) -> Option<u32> {
    (id != u64::from(first)).then_some(row().await)
}

#[tokio::test]
async fn patterns_of_references_and_arrays() {
    let call = async |id| by_patterns(&(id, 0.5), [0, 1, 2], &Db).await.unwrap();
    check([1, 2], call, |id| invalidate_by_patterns(&(id, 0.7), [0, 9, 9])).await;
}

#[two_tier_cached(prefix = "key_expressions.bindings", ttl = TTL, key(name, whole.1))]
async fn by_bindings(ref name: String, whole @ (_, _): (u8, u64)) -> Option<(String, u32)> {
    (whole.0 == 0).then_some((name.clone(), row().await))
}

#[tokio::test]
async fn bindings_by_reference_and_of_the_whole() {
    let call = async |id| by_bindings("x".to_owned(), (0, id)).await.unwrap().1;
    check([1, 2], call, |id| invalidate_by_bindings("x".to_owned(), (9, id))).await;
}

/// The key is what the caller passed, not what the body made of it.
#[two_tier_cached(prefix = "key_expressions.mutable", ttl = TTL)]
async fn by_mutable(mut page: u32, mut names: Vec<String>) -> Result<(Vec<String>, u32), Error> {
    page += row().await;
    names.sort();
    if names.is_empty() { Err(Error) } else { Ok((names, page)) }
}

#[tokio::test]
async fn mutable_arguments() {
    let names = || vec!["b".to_owned(), "a".to_owned()];
    let call = async |page| by_mutable(page, names()).await.unwrap().1;
    check([1, 1000], call, |page| invalidate_by_mutable(page, names())).await;
}

#[two_tier_cached(prefix = "key_expressions.raw", ttl = TTL, skip(r#ref))]
async fn r#match(r#ref: &Db, r#type: &str, r#in: Option<u64>) -> Result<(String, u32), Error> {
    let row = r#ref.row().await;
    Ok((format!("{type}{in:?}"), row))
}

#[tokio::test]
async fn raw_identifiers() {
    let call = async |kind| r#match(&Db, kind, None).await.unwrap().1;
    check(["a", "b"], call, |kind| invalidate_match(kind, None)).await;
}

#[two_tier_cached(prefix = "key_expressions.raw_key", ttl = TTL, key(r#type.len(), r#loop))]
async fn by_raw_key(r#type: &str, r#loop: u64) -> Option<u32> {
    (r#type.len() as u64 != r#loop).then_some(row().await)
}

#[tokio::test]
async fn raw_identifiers_in_the_key() {
    let call = async |at| by_raw_key("x", at).await.unwrap();
    check([2, 3], call, |at| invalidate_by_raw_key("y", at)).await;
}
