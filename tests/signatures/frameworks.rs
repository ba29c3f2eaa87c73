//! What axum, tonic and actix hand to a function, with small types in their place.

use std::pin::Pin;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use two_tier_cache::{CacheManager, two_tier_cached};

use super::{Db, Error, TTL, User, check, check_here, managers};

/// As in axum: the state of the application, behind a pointer.
struct AppState {
    caches: CacheManager,
    repository: Box<dyn UserRepository>,
}

trait UserRepository: Send + Sync {
    fn find(&self, id: u64) -> Pin<Box<dyn Future<Output = Result<User, Error>> + Send + '_>>;
}

impl UserRepository for Db {
    fn find(&self, id: u64) -> Pin<Box<dyn Future<Output = Result<User, Error>> + Send + '_>> {
        Box::pin(async move { Ok(User { id, row: self.row().await }) })
    }
}

#[two_tier_cached(prefix = "frameworks.state", ttl = TTL, skip(state), manager = state.caches)]
async fn profile(state: &Arc<AppState>, id: u64) -> Result<User, Error> {
    state.repository.find(id).await
}

#[tokio::test]
async fn the_state_of_the_application() {
    for caches in managers() {
        let state = Arc::new(AppState { caches, repository: Box::new(Db) });
        let call = async |id| profile(&state, id).await.unwrap().row;
        check_here([1, 2], call, |id| invalidate_profile(&state, id)).await;
    }
}

/// As in tonic: requests and replies that wrap messages.
#[derive(Clone)]
struct Request<T>(T);

impl<T> Request<T> {
    const fn get_ref(&self) -> &T {
        &self.0
    }

    fn into_inner(self) -> T {
        self.0
    }
}

#[derive(Clone, Serialize, Deserialize)]
struct Response<T>(T);

#[derive(Clone)]
struct GetUser {
    id: u64,
}

/// Large, as the lint about results says.
struct Status {
    details: [u64; 32],
}

struct Grpc {
    db: Arc<Db>,
}

impl Grpc {
    #[allow(clippy::result_large_err)]
    #[two_tier_cached(prefix = "frameworks.request", ttl = TTL, key(request.get_ref().id))]
    async fn get_user(&self, request: Request<GetUser>) -> Result<Response<User>, Status> {
        let GetUser { id } = request.into_inner();
        if id == 0 {
            return Err(Status { details: [0; 32] });
        }
        Ok(Response(User { id, row: self.db.row().await }))
    }
}

#[tokio::test]
async fn requests_and_replies() {
    let grpc = Grpc { db: Arc::new(Db) };
    let request = |id| Request(GetUser { id });
    let call = async |id| match grpc.get_user(request(id)).await {
        Ok(Response(user)) => user.row,
        Err(Status { details }) => panic!("{details:?}"),
    };
    check([1, 2], call, |id| grpc.invalidate_get_user(request(id))).await;
}

/// As in actix: shared data that is a pointer of its own.
struct Data<T: ?Sized>(Arc<T>);

#[two_tier_cached(prefix = "frameworks.data", ttl = TTL, skip(pool))]
async fn by_data(pool: Data<dyn UserRepository>, id: u64) -> Result<User, Error> {
    pool.0.find(id).await
}

#[tokio::test]
async fn shared_data() {
    let call = async |id| by_data(Data(Arc::new(Db)), id).await.unwrap().row;
    check([1, 2], call, invalidate_by_data).await;
}
