//! What each step does.

use super::{Action, Get, Load, Message, Near, World, Write};
use crate::mutant::Mutant;

impl Near {
    pub(super) fn get(&self, world: &mut World) {
        world.left.reads -= 1;
        world.get = Some(Get { valid: true, floor: world.floor() });
        world.tracked |= self.mutant != Mutant::UntrackedScriptGet;
        world.channel.push(Message::Value(world.server));
    }

    pub(super) fn receive(&self, world: &mut World, message: Message) {
        match message {
            Message::Value(found) => {
                let Some(Get { valid, floor }) = world.get.take() else { return };
                let Some(version) = found else { return };
                world.stale |= version < floor;
                if valid || self.mutant == Mutant::RedirectWithoutPlaceholder {
                    world.near = Some(version);
                }
            }
            Message::Push if self.mutant == Mutant::IgnoreOwnPushes && world.deaf => {}
            Message::Push => {
                world.near = None;
                if let Some(get) = &mut world.get {
                    get.valid = false;
                }
            }
            Message::Proof(sent) => world.proved = Some(sent),
        }
    }

    /// The server tells whoever has read the key that it has changed, once.
    pub(super) fn push(&self, world: &mut World) {
        if std::mem::take(&mut world.tracked) {
            if self.mutant == Mutant::RedirectWithoutPlaceholder {
                world.apart.push(Message::Push);
            } else {
                world.channel.push(Message::Push);
            }
        }
    }

    /// INVALIDATE at the server.
    fn invalidate(&self, world: &mut World) {
        if let Some(load) = &mut world.load {
            load.leased = false;
        }
        let stood = world.server.take().is_some();
        if self.mutant != Mutant::DelSignalsNear || stood {
            self.push(world);
        }
    }

    pub(super) fn fill(&self, world: &mut World) {
        let Some(Load { read: Some(version), leased }) = world.load.take() else { return };
        if leased && world.server.is_none() {
            world.server = Some(version);
            // The server forgets whom it told of the key: it changed.
            self.push(world);
            if self.mutant == Mutant::OwnFillOfferedToNear {
                world.near = Some(version);
            }
        }
        if self.mutant == Mutant::DelSignalsNear {
            // A place was kept for it since its GET, until a push takes it away.
            world.near = Some(version);
        }
    }

    pub(super) fn write(&self, world: &mut World, action: Action) {
        match action {
            Action::OthersCommit | Action::OwnCommit => {
                world.left.writes -= 1;
                world.row += 1;
                let committed = Write::Committed(world.row);
                if action == Action::OwnCommit {
                    world.own = committed;
                    // Before the command.
                    self.clear(world);
                } else {
                    world.others = committed;
                }
            }
            Action::OthersInvalidate => {
                let Write::Committed(version) = world.others else { return };
                world.others = Write::Invalidated(version);
                self.invalidate(world);
            }
            Action::OwnInvalidate => {
                let Write::Committed(version) = world.own else { return };
                world.own = Write::Invalidated(version);
                world.deaf = true;
                self.invalidate(world);
            }
            Action::OthersAreAcknowledged => {
                let Write::Invalidated(version) = world.others else { return };
                world.others = Write::Idle;
                world.acknowledged.push((world.now, version));
            }
            Action::OwnIsAcknowledged => {
                let Write::Invalidated(version) = world.own else { return };
                world.own = Write::Idle;
                world.own_floor = version;
                // And again after the reply, for what was under way.
                if self.mutant != Mutant::NearRemovedBeforeBackend {
                    self.clear(world);
                }
            }
            _ => {}
        }
    }

    /// Removes what is near, and fences what is under way.
    fn clear(&self, world: &mut World) {
        world.near = None;
        if let Some(get) = &mut world.get {
            get.valid = self.mutant == Mutant::NearRemovedBeforeBackend;
        }
    }

    /// What was under way is gone, and what is near is no longer told of anything.
    pub(super) fn reconnect(&self, world: &mut World) {
        world.left.breaks -= 1;
        world.channel.clear();
        world.apart.clear();
        (world.get, world.tracked, world.proved) = (None, false, None);
        if self.mutant != Mutant::NoFlushOnReconnect {
            world.near = None;
        }
    }
}
