//! A cached call: look, join the flight of the key, acquire, load, fill. It is the read path of the
//! core, one step at a time.

use super::{Action, Command, Flight, INCARNATION, Protocol, Reader, Reply, World};
use crate::mutant::Mutant;
use crate::table::{Acquired, Entry, Token};

/// What a call is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Call {
    Idle,
    /// Its command is under way.
    Sent(Command),
    /// The reply is under way.
    Answered(Command, Reply),
    Waiting {
        in_time: bool,
    },
    /// Its body runs, and has read this version.
    Loading {
        lease: Option<Token>,
        read: Option<u8>,
        leads: bool,
    },
    Done,
}

/// How often a call looks before it loads alone.
const LOOKS: u8 = 2;

impl Reader {
    pub(super) fn has_lost_its_lease(&self, server: Entry) -> bool {
        match self.call {
            Call::Loading { lease: Some(token), .. } | Call::Sent(Command::Fill { token, .. }) => {
                server != Entry::Lease(token)
            }
            _ => false,
        }
    }
}

impl Protocol {
    pub(super) fn reading_actions(world: &World, actions: &mut Vec<Action>) {
        for (at, reader) in world.calls.iter().enumerate() {
            match reader.call {
                // The calls of a process are alike, so they may as well begin in their order.
                Call::Idle => {
                    let mut before = world.calls[..at].iter();
                    if !before.any(|b| b.process == reader.process && b.call == Call::Idle) {
                        actions.push(Action::Begin(at));
                    }
                    continue;
                }
                Call::Done => continue,
                Call::Sent(_) => actions.push(Action::ServerAnswersCall(at)),
                Call::Answered(..) => actions.push(Action::ReplyReachesCall(at)),
                Call::Waiting { .. } => {}
                Call::Loading { read: None, .. } => {
                    actions.push(Action::LoadReads { call: at, lagging: false });
                    if world.lags {
                        actions.push(Action::LoadReads { call: at, lagging: true });
                    }
                }
                Call::Loading { read: Some(_), .. } => actions.push(Action::LoadEnds(at)),
            }
            let waits = matches!(reader.call, Call::Sent(_) | Call::Answered(..));
            if waits && world.left.timeouts > 0 {
                actions.push(Action::CallGivesUp(at));
            }
            if world.left.drops > 0 {
                actions.push(Action::CallIsDropped(at));
            }
        }
    }

    pub(super) fn read(&self, world: &mut World, action: Action) {
        match action {
            Action::Begin(at) => {
                let own = world.own_floors[world.calls[at].process];
                // While the database lags, nobody can be held to what it does not show.
                world.calls[at].floor = if world.lags { 0 } else { world.floor.max(own) };
                self.look(world, at);
                // The later it is carried out, the higher a floor it could have: so at once.
                if !self.travels {
                    self.answer(world, at);
                }
            }
            Action::ServerAnswersCall(at) => self.answer(world, at),
            Action::ReplyReachesCall(at) => {
                let Call::Answered(command, reply) = world.calls[at].call else { return };
                self.received(world, at, command, reply);
            }
            Action::LoadReads { call, lagging } => {
                let row = world.row;
                if let Call::Loading { read, .. } = &mut world.calls[call].call {
                    *read = Some(if lagging { row - 1 } else { row });
                }
            }
            Action::LoadEnds(at) => self.loaded(world, at),
            Action::CallGivesUp(at) => self.gives_up(world, at),
            Action::CallIsDropped(at) => {
                world.left.drops -= 1;
                self.leave(world, at);
                world.calls[at].call = Call::Done;
            }
            _ => {}
        }
    }

    /// The server carries out the command of a call.
    fn answer(&self, world: &mut World, at: usize) {
        let Call::Sent(command) = world.calls[at].call else { return };
        let reply = self.carry_out(world, command);
        if self.travels {
            world.calls[at].call = Call::Answered(command, reply);
        } else {
            self.received(world, at, command, reply);
        }
    }

    /// Whether what this process has queued keeps it away from the key at the server.
    fn is_kept_away(&self, world: &World, process: usize) -> bool {
        world.dirty[process].is_some() && self.mutant != Mutant::ReplayAfterPublish
    }

    fn look(&self, world: &mut World, at: usize) {
        let process = world.calls[at].process;
        if self.is_kept_away(world, process) || world.calls[at].attempts == LOOKS {
            return Self::start_load(world, at, None, false);
        }
        world.calls[at].attempts += 1;
        world.calls[at].call = Call::Sent(Command::Get);
    }

    fn received(&self, world: &mut World, at: usize, command: Command, reply: Reply) {
        match (command, reply) {
            (Command::Get, Reply::Entry(Entry::Value { version, id })) => {
                if self.is_readable(world, id) {
                    Self::end(world, at, version);
                } else {
                    self.join(world, at, Some(id));
                }
            }
            (Command::Get, _) => self.join(world, at, None),
            (Command::Acquire { token, .. }, Reply::Acquired(Acquired::Won)) => {
                Self::start_load(world, at, Some(token), true);
            }
            (Command::Acquire { .. }, Reply::Acquired(Acquired::Value { version, id }))
                if self.is_readable(world, id) =>
            {
                // The leader found a value; its waiters look again.
                self.land(world, at, None);
                Self::end(world, at, version);
            }
            (Command::Acquire { .. }, _) => Self::start_load(world, at, None, true),
            (Command::Fill { token, version }, Reply::Filled(accepted)) => {
                if !accepted && self.mutant == Mutant::RestampRejectedFill {
                    world.server.acquire(token, None, self.mutant);
                    world.server.fill(token, version, self.mutant);
                }
                self.land(world, at, Some((version, accepted)));
                Self::end(world, at, version);
            }
            _ => {}
        }
    }

    /// Joins the flight of the process, or leads one.
    fn join(&self, world: &mut World, at: usize, reject: Option<Token>) {
        let process = world.calls[at].process;
        if let Some(flight) = world.flights[process] {
            world.calls[at].call = Call::Waiting { in_time: !flight.sealed };
            return;
        }
        world.flights[process] = Some(Flight { leader: at, sealed: false });
        if self.is_kept_away(world, process) || self.mutant == Mutant::StampAfterLoad {
            return Self::start_load(world, at, None, true);
        }
        let command = Command::Acquire { token: self.token(world, at), reject };
        if self.mutant == Mutant::RepeatAcquire {
            world.orphans.push(command);
        }
        world.calls[at].call = Call::Sent(command);
    }

    /// A token for this attempt.
    fn token(&self, world: &World, at: usize) -> Token {
        let reader = &world.calls[at];
        let own = match self.mutant {
            Mutant::TokenPerProcess => u8::try_from(reader.process).unwrap_or(0),
            _ => u8::try_from(at).unwrap_or(0) * (LOOKS + 1) + reader.attempts,
        };
        world.incarnation * INCARNATION + own + 1
    }

    fn start_load(world: &mut World, at: usize, lease: Option<Token>, leads: bool) {
        let process = world.calls[at].process;
        world.calls[at].call = Call::Loading { lease, read: None, leads };
        if leads {
            for reader in world.calls.iter_mut().filter(|reader| reader.process == process) {
                reader.came_before |= matches!(reader.call, Call::Waiting { .. });
            }
        }
    }

    fn loaded(&self, world: &mut World, at: usize) {
        let Call::Loading { lease, read: Some(version), leads } = world.calls[at].call else {
            return;
        };
        let process = world.calls[at].process;
        let mut lease = lease;
        if leads && self.mutant == Mutant::StampAfterLoad {
            let token = self.token(world, at);
            let won = world.server.acquire(token, None, self.mutant) == Acquired::Won;
            lease = won.then_some(token);
        }
        match lease {
            Some(token) if !self.is_kept_away(world, process) => {
                if let Some(flight) = &mut world.flights[process]
                    && self.mutant != Mutant::JoinAfterFillSent
                {
                    flight.sealed = true;
                }
                world.calls[at].call = Call::Sent(Command::Fill { token, version });
            }
            _ => {
                if leads {
                    self.land(world, at, Some((version, false)));
                }
                Self::end(world, at, version);
            }
        }
    }

    /// The flight that a call leads is over; each waiter takes its value or looks again.
    fn land(&self, world: &mut World, at: usize, loaded: Option<(u8, bool)>) {
        let process = world.calls[at].process;
        if world.flights[process].is_none_or(|flight| flight.leader != at) {
            return;
        }
        world.flights[process] = None;
        for other in 0..world.calls.len() {
            let reader = &mut world.calls[other];
            let Call::Waiting { in_time } = reader.call else { continue };
            if reader.process != process {
                continue;
            }
            let came_before = std::mem::take(&mut reader.came_before);
            match loaded {
                Some((version, accepted)) if self.may_share(accepted, in_time, came_before) => {
                    Self::end(world, other, version);
                }
                _ => self.look(world, other),
            }
        }
    }

    /// The sharing rule.
    fn may_share(&self, accepted: bool, in_time: bool, came_before: bool) -> bool {
        let accepted = accepted || self.mutant == Mutant::TakeRejectedFill;
        (accepted && in_time) || came_before || self.mutant == Mutant::JoinOlderFlight
    }

    /// A call waits no longer for its reply.
    fn gives_up(&self, world: &mut World, at: usize) {
        world.left.timeouts -= 1;
        let call = world.calls[at].call;
        if let Call::Sent(command) = call {
            world.orphans.push(command);
        }
        let (Call::Sent(command) | Call::Answered(command, _)) = call else { return };
        match command {
            Command::Get => self.join(world, at, None),
            Command::Acquire { token, .. } => {
                world.orphans.push(Command::Release { token });
                Self::start_load(world, at, None, true);
            }
            Command::Fill { token, version } => {
                world.orphans.push(Command::Release { token });
                self.land(world, at, Some((version, false)));
                Self::end(world, at, version);
            }
            _ => {}
        }
    }

    /// A call is dropped: what it has sent may arrive, and what it holds is given back.
    fn leave(&self, world: &mut World, at: usize) {
        match world.calls[at].call {
            Call::Sent(command) => {
                world.orphans.push(command);
                if let Command::Acquire { token, .. } | Command::Fill { token, .. } = command {
                    world.orphans.push(Command::Release { token });
                }
            }
            Call::Answered(Command::Acquire { token, .. }, _)
            | Call::Loading { lease: Some(token), .. } => {
                world.orphans.push(Command::Release { token });
            }
            _ => {}
        }
        // Not among the waiters any more.
        world.calls[at].call = Call::Done;
        self.land(world, at, None);
    }

    fn end(world: &mut World, at: usize, version: u8) {
        let reader = &mut world.calls[at];
        reader.call = Call::Done;
        world.stale |= version < reader.floor;
        // What is over needs no history.
        (reader.floor, reader.attempts, reader.came_before) = (0, 0, false);
    }
}
