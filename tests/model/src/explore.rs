//! Exploring a model, and what came of it.

use std::fmt::Debug;
use std::hash::Hash;
use std::time::{Duration, Instant};

use stateright::{Checker, Expectation, HasDiscoveries, Model};

/// What came of exploring a model.
#[derive(Debug, Clone)]
pub struct Exploration {
    /// How many different states there are, or were seen up to the one that breaks a property.
    pub states: usize,
    pub properties: usize,
    pub took: Duration,
    /// The property that does not hold, and the shortest way there.
    pub broken: Option<(&'static str, Vec<String>)>,
}

/// Explores every state, with the nearest first, so that a way to a broken property is a shortest one.
pub(crate) fn explore<M>(model: M) -> Exploration
where
    M: Model + Send + Sync + 'static,
    M::State: Hash + Debug + Clone + PartialEq + Send + Sync,
    M::Action: Debug + Clone + PartialEq + Send + Sync,
{
    let began = Instant::now();
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let properties = model.properties();
    let checker = model.checker().threads(threads).finish_when(HasDiscoveries::AnyFailures);
    let checker = checker.spawn_bfs().join();
    let discoveries = checker.discoveries();
    let mut broken = None;
    for property in &properties {
        let found = discoveries.get(property.name);
        match (&property.expectation, found) {
            (Expectation::Sometimes, None) => broken = Some((property.name, Vec::new())),
            (Expectation::Sometimes, Some(_)) | (_, None) => {}
            (_, Some(path)) => {
                let steps = path.clone().into_actions();
                let steps = steps.iter().map(|action| format!("{action:?}")).collect();
                broken = Some((property.name, steps));
                break;
            }
        }
    }
    Exploration {
        states: checker.unique_state_count(),
        properties: properties.len(),
        took: began.elapsed(),
        broken,
    }
}
