//! A write: with a fence as `#[invalidates]` places one, or followed by an invalidation of the key or
//! of a glob.

use super::{Action, Command, Protocol, World};
use crate::mutant::Mutant;
use crate::table::Entry;

/// How a write invalidates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    Fenced,
    Plain,
    Glob,
}

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stage {
    Idle,
    /// FENCE is under way. A reply that comes late is a commit that comes late.
    Fencing,
    /// The body may commit.
    Ready,
    /// SCAN, which finds the key if something stands there, is under way.
    Scanning,
    /// INVALIDATE or FINISH is under way. What holds from when the server has done it holds from when
    /// the reply arrives.
    Invalidating,
    /// It answered `Queued`.
    Queued,
    /// It answered `Applied`.
    Over,
    /// It was killed or dropped.
    Gone,
}

impl Protocol {
    pub(super) fn writing_actions(world: &World, actions: &mut Vec<Action>) {
        for (at, writer) in world.writers.iter().enumerate() {
            match writer.stage {
                Stage::Idle | Stage::Ready => actions.push(Action::WriterGoesOn(at)),
                Stage::Fencing | Stage::Scanning | Stage::Invalidating => {
                    actions.push(Action::ServerAnswersWriter(at));
                }
                Stage::Queued | Stage::Over | Stage::Gone => continue,
            }
            let waits = !matches!(writer.stage, Stage::Idle | Stage::Ready);
            if waits && writer.kind != Kind::Glob && world.left.timeouts > 0 {
                actions.push(Action::WriterGivesUp(at));
            }
            if world.left.deaths > 0 && writer.stage != Stage::Idle {
                actions.push(Action::WriterIsKilled(at));
                if writer.kind == Kind::Fenced {
                    actions.push(Action::WriterIsDropped(at));
                }
            }
        }
        let queued = (0..world.dirty.len()).filter(|process| world.dirty[*process].is_some());
        actions.extend(queued.map(Action::Replay));
    }

    pub(super) fn write(&self, world: &mut World, action: Action) {
        match action {
            Action::WriterGoesOn(at) => self.go_on(world, at),
            Action::ServerAnswersWriter(at) => self.answer_writer(world, at),
            Action::WriterGivesUp(at) => self.give_up(world, at),
            Action::WriterIsKilled(at) => {
                world.left.deaths -= 1;
                Self::abandon(world, at);
            }
            Action::WriterIsDropped(at) => {
                world.left.deaths -= 1;
                Self::abandon(world, at);
                // Its `Drop` starts what it owes.
                world.orphans.push(Command::Finish { writer: number(at) });
            }
            Action::Replay(process) => {
                if let Some(version) = world.dirty[process].take() {
                    // For all writers of this process, whichever it was.
                    for at in 0..world.writers.len() {
                        if world.writers[at].process == process
                            && world.writers[at].stage == Stage::Queued
                        {
                            self.carry_out(world, Self::command(world, at));
                        }
                    }
                    world.floor = world.floor.max(version);
                }
            }
            _ => {}
        }
    }

    fn answer_writer(&self, world: &mut World, at: usize) {
        let stage = world.writers[at].stage;
        if stage == Stage::Scanning && world.server != Entry::Absent {
            world.writers[at].stage = Stage::Invalidating;
            return;
        }
        if stage != Stage::Scanning {
            self.carry_out(world, Self::command(world, at));
        }
        if stage == Stage::Fencing {
            world.writers[at].stage = Stage::Ready;
            world.writers[at].fenced = true;
        } else {
            world.writers[at].stage = Stage::Over;
            world.floor = world.floor.max(world.writers[at].version);
        }
    }

    fn go_on(&self, world: &mut World, at: usize) {
        let (kind, stage) = (world.writers[at].kind, world.writers[at].stage);
        world.writers[at].stage = match stage {
            Stage::Idle if self.mutant == Mutant::InvalidateBeforeCommit => {
                world.server.invalidate(self.settle, self.mutant);
                Stage::Ready
            }
            Stage::Idle if kind == Kind::Fenced && self.mutant != Mutant::NoFence => Stage::Fencing,
            Stage::Idle => Stage::Ready,
            Stage::Ready => {
                world.row += 1;
                world.lags = self.settle;
                world.writers[at].version = world.row;
                self.committed(world, at);
                match kind {
                    _ if self.mutant == Mutant::InvalidateBeforeCommit => {
                        world.floor = world.row;
                        Stage::Over
                    }
                    Kind::Glob => Stage::Scanning,
                    Kind::Fenced | Kind::Plain => Stage::Invalidating,
                }
            }
            other => other,
        };
    }

    /// From the commit on, nobody reads an older row while the fence stands. (Not so from a lagging
    /// replica of the database.)
    fn committed(&self, world: &mut World, at: usize) {
        let fenced = world.writers[at].fenced || self.mutant == Mutant::NoFence;
        if world.writers[at].kind == Kind::Fenced && fenced && !self.settle {
            world.floor = world.floor.max(world.row);
        }
    }

    /// What a writer has under way.
    fn command(world: &World, at: usize) -> Command {
        let writer = number(at);
        match (world.writers[at].stage, world.writers[at].kind) {
            (Stage::Fencing, _) => Command::Fence { writer },
            (_, Kind::Fenced) => Command::Finish { writer },
            _ => Command::Invalidate,
        }
    }

    fn give_up(&self, world: &mut World, at: usize) {
        world.left.timeouts -= 1;
        let (stage, process) = (world.writers[at].stage, world.writers[at].process);
        if matches!(stage, Stage::Fencing | Stage::Invalidating) {
            world.orphans.push(Self::command(world, at));
        }
        if stage == Stage::Fencing {
            world.writers[at].stage = Stage::Ready;
            return;
        }
        let version = world.writers[at].version;
        if self.mutant == Mutant::SwallowFailedInvalidation {
            // Its command is lost, and nobody is told.
            world
                .orphans
                .retain(|command| !matches!(command, Command::Invalidate | Command::Finish { .. }));
            world.writers[at].stage = Stage::Over;
            world.floor = world.floor.max(version);
            return;
        }
        world.writers[at].stage = Stage::Queued;
        world.dirty[process] = Some(world.dirty[process].unwrap_or(0).max(version));
        world.own_floors[process] = world.own_floors[process].max(version);
    }

    /// What a writer that is gone has sent may still arrive.
    fn abandon(world: &mut World, at: usize) {
        if matches!(world.writers[at].stage, Stage::Fencing | Stage::Invalidating) {
            world.orphans.push(Self::command(world, at));
        }
        world.writers[at].stage = Stage::Gone;
    }
}

/// The number of a writer, by which its fence is known.
fn number(at: usize) -> u8 {
    u8::try_from(at).unwrap_or(0)
}
