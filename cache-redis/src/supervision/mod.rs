//! Keeping one connection alive, and what to do while there is none.
//!
//! [`link`] is what everybody shares, [`term`] decides which task supervises, [`supervisor`] is that
//! task. [`call`] is one command of a call; [`invalidation`] is an attempt at an invalidation, which is
//! in the [`queue`] until the server has confirmed it; [`replay`] carries out those that failed.

pub(crate) mod bulk;
pub(crate) mod call;
pub(crate) mod invalidation;
pub(crate) mod link;
pub(crate) mod queue;
mod replay;
mod supervisor;
mod term;
