//! Keeping one connection alive, and what to do while there is none.
//!
//! [`link`] is what everybody shares, [`term`] decides which task supervises, [`supervisor`] is
//! that task. [`call`] is one command of a call; [`invalidation`] starts an invalidation, which ends
//! in the [`queue`] if the server cannot be reached, and [`replay`] brings the queue to the server.

pub(crate) mod call;
pub(crate) mod invalidation;
pub(crate) mod link;
pub(crate) mod queue;
mod replay;
mod supervisor;
mod term;
