//! The protocol as models that are explored exhaustively; `README.md` says what is in them and what is
//! not.

#![allow(missing_docs, reason = "unpublished: the names of steps and states are what one reads")]

pub mod configurations;
pub mod explore;
pub mod mutant;
pub mod near;
pub mod outage;
pub mod protocol;
pub mod table;
