//! Arguments of types that derive `CacheKey`.

use std::borrow::Cow;

use two_tier_cache::{CacheKey, two_tier_cached};

use super::{Db, Error, TTL, User, check, row};

#[derive(Clone, Copy, CacheKey)]
struct UserId(u64);

#[two_tier_cached(prefix = "keys.newtype", ttl = TTL, skip(db))]
async fn by_id(db: &Db, id: UserId) -> Result<User, Error> {
    Ok(User { id: id.0, row: db.row().await })
}

#[tokio::test]
async fn a_newtype() {
    let call = async |id| by_id(&Db, id).await.unwrap().row;
    check([UserId(1), UserId(2)], call, invalidate_by_id).await;
}

#[two_tier_cached(prefix = "keys.newtype_ref", ttl = TTL, skip(db))]
async fn by_id_ref(db: &Db, id: &UserId, of: Option<&UserId>) -> Result<User, Error> {
    Ok(User { id: of.unwrap_or(id).0, row: db.row().await })
}

#[tokio::test]
async fn a_reference_to_a_newtype() {
    let call = async |id| by_id_ref(&Db, &id, Some(&UserId(7))).await.unwrap().row;
    check([UserId(1), UserId(2)], call, |id| invalidate_by_id_ref(id, Some(&UserId(7)))).await;
}

/// A checked text.
#[derive(Clone, CacheKey)]
struct Email<'a>(Cow<'a, str>);

#[two_tier_cached(prefix = "keys.borrowing", ttl = TTL)]
async fn by_email(email: Email<'_>) -> Result<Option<u32>, Error> {
    if email.0.is_empty() { Err(Error) } else { Ok(Some(row().await)) }
}

#[tokio::test]
async fn a_newtype_that_borrows() {
    let keys = [Email(Cow::Borrowed("a@x")), Email(Cow::Owned("b@x".to_owned()))];
    check(keys, async |email| by_email(email).await.unwrap().unwrap(), invalidate_by_email).await;
}

#[derive(Clone, Copy, CacheKey)]
enum Direction {
    Ascending,
    Descending,
}

#[derive(Clone, CacheKey)]
enum Sort {
    Newest,
    By { field: String, direction: Direction },
}

/// What a handler took from the query string.
#[derive(Clone, CacheKey)]
struct Filter<'a, T> {
    search: Option<&'a str>,
    tags: &'a [&'a str],
    sort: Sort,
    page: u32,
    of: T,
}

#[two_tier_cached(prefix = "keys.filter", ttl = TTL, skip(db))]
async fn list(db: &Db, filter: &Filter<'_, UserId>) -> Result<Vec<User>, Error> {
    let row = db.row().await;
    Ok((0..=filter.page).map(|page| User { id: filter.of.0 + u64::from(page), row }).collect())
}

#[tokio::test]
async fn a_filter_with_lifetimes_and_type_parameters() {
    let sort = |direction| Sort::By { field: "name".to_owned(), direction };
    let filter = |sort| Filter { search: Some("a"), tags: &["x"], sort, page: 0, of: UserId(1) };
    let keys = [filter(sort(Direction::Ascending)), filter(sort(Direction::Descending))];
    let call = async |filter| list(&Db, &filter).await.unwrap()[0].row;
    check(keys, call, invalidate_list).await;
}

#[two_tier_cached(prefix = "keys.sort", ttl = TTL)]
async fn sorted(sort: Sort) -> Option<(String, u32)> {
    match sort {
        Sort::Newest => Some(("newest".to_owned(), row().await)),
        Sort::By { field, .. } => Some((field, row().await)),
    }
}

#[tokio::test]
async fn an_enum_by_value() {
    let by = Sort::By { field: "Newest".to_owned(), direction: Direction::Ascending };
    check([Sort::Newest, by], async |sort| sorted(sort).await.unwrap().1, invalidate_sorted).await;
}

/// A digest of some length.
#[derive(Clone, Copy, CacheKey)]
struct Digest<const N: usize>([u8; N]);

#[two_tier_cached(prefix = "keys.digest", ttl = TTL)]
async fn by_digest(digest: Digest<4>, other: &Digest<2>) -> Result<u32, Error> {
    if digest.0[..2] == other.0 { Err(Error) } else { Ok(row().await) }
}

#[tokio::test]
async fn a_key_with_a_constant_parameter() {
    let call = async |digest| by_digest(digest, &Digest([0; 2])).await.unwrap();
    let keys = [Digest([1; 4]), Digest([2; 4])];
    check(keys, call, |digest| invalidate_by_digest(digest, Digest([0; 2]))).await;
}

/// A part that says itself what it is.
#[derive(Clone, Copy)]
struct Point {
    x: f64,
    y: f64,
}

impl CacheKey for Point {
    /// The cell of a grid of a hundredth of a degree.
    fn write_key(&self, key: &mut two_tier_cache::KeyWriter<'_>) {
        let cell = |degrees: f64| format!("{degrees:.2}");
        (cell(self.x), cell(self.y)).write_key(key);
    }
}

#[two_tier_cached(prefix = "keys.by_hand", ttl = TTL)]
async fn near(place: Point, kinds: &[Direction]) -> Vec<u32> {
    let row = row().await;
    (0..=kinds.len()).map(|_| row).collect()
}

#[tokio::test]
async fn a_key_written_by_hand() {
    let call = async |x| near(Point { x, y: 0.0 }, &[]).await[0];
    check([52.52, 48.14], call, |x| invalidate_near(Point { x: x + 0.001, y: 0.0 }, [])).await;
}
