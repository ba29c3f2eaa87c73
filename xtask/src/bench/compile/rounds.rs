//! The timing: contenders take turns, so that what disturbs the machine disturbs all of them.

use super::super::spent::{Spent, order};
use super::contender::Contender;
use super::project::Project;
use crate::failure::Outcome;
use crate::workspace::Workspace;

/// What cargo is asked to do with the crate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Check,
    Build,
}

impl Mode {
    pub(super) fn subcommand(self) -> &'static str {
        match self {
            Self::Check => "check",
            Self::Build => "build",
        }
    }
}

/// The runs of one round, in the order of [`Contender::ALL`].
pub(super) type Round = [Spent; Contender::ALL.len()];

/// Times each contender once in each round.
pub(super) fn measure(
    workspace: &Workspace,
    project: &Project,
    mode: Mode,
    rounds: usize,
) -> Outcome<Vec<Round>> {
    let mut measured = Vec::with_capacity(rounds);
    for round in 0..rounds {
        let mut spent = [Spent::NOTHING; Contender::ALL.len()];
        for index in order(round, spent.len()) {
            let contender = Contender::ALL[index];
            let step = project.clean_step(workspace, contender, mode)?;
            spent[index] = Spent::on(step, workspace)?;
        }
        let walls = spent.map(|spent| format!("{:.2}", spent.wall.as_secs_f64())).join(" ");
        println!("{} round {} of {rounds}, s: {walls}", mode.subcommand(), round + 1);
        measured.push(spent);
    }
    Ok(measured)
}
