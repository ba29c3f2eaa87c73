//! Several processes of one service: this program again, each with the same contender.

mod child;
mod parent;

pub use child::run as run_child;
pub use parent::Child;
