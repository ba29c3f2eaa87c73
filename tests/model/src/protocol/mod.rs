//! The protocol on one key: calls in several processes, writers, a server, and a network that carries
//! a command out at any time after it was sent, also long after its sender gave up.
//!
//! Every read has a *floor*: the newest version whose invalidation was acknowledged before the read
//! began, or that was committed under a standing fence. A read that returns an older one sets `stale`.

mod reading;
mod world;
mod writing;

use stateright::{Model, Property};

use crate::mutant::Mutant;
use crate::table::{Entry, Token};

pub use reading::Call;
pub use world::{Command, Flight, Reader, Reply, World, Writer};
pub use writing::{Kind, Stage};

/// What is explored.
#[derive(Debug, Clone)]
pub struct Protocol {
    pub name: &'static str,
    /// How many calls each process makes.
    pub calls: [usize; 2],
    /// The writers, and the process of each.
    pub writers: Vec<(Kind, usize)>,
    /// How many times each of these may happen.
    pub faults: Faults,
    /// Whether replies to calls take time too. Where they do not, a command that is carried out later
    /// stands for a reply that comes later.
    pub travels: bool,
    /// Whether loads may read a row that lags behind, and invalidations hold against that.
    pub settle: bool,
    pub mutant: Mutant,
}

/// How many times each fault may happen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Faults {
    /// The key is lost: flushed, evicted or expired.
    pub losses: u8,
    /// A lease, a fence or a tombstone runs out.
    pub expiries: u8,
    /// A call or a writer gives up waiting; its command stays under way.
    pub timeouts: u8,
    /// A call is dropped.
    pub drops: u8,
    /// A writer is killed, or dropped.
    pub deaths: u8,
    /// The server is replaced by a copy of an earlier state.
    pub failovers: u8,
}

/// A step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// A call begins.
    Begin(usize),
    /// The server carries out the command of a call, or the reply arrives.
    ServerAnswersCall(usize),
    ReplyReachesCall(usize),
    /// The load of a call reads the row, or a lagging one.
    LoadReads {
        call: usize,
        lagging: bool,
    },
    LoadEnds(usize),
    CallGivesUp(usize),
    CallIsDropped(usize),
    /// A writer goes on.
    WriterGoesOn(usize),
    ServerAnswersWriter(usize),
    WriterGivesUp(usize),
    WriterIsKilled(usize),
    WriterIsDropped(usize),
    /// A process replays its queue.
    Replay(usize),
    /// A command arrives whose sender no longer waits.
    LateCommand(usize),
    KeyIsLost,
    TimeRunsOut,
    FenceRunsOut(u8),
    LagEnds,
    Replicate,
    Failover,
}

impl Model for Protocol {
    type State = World;
    type Action = Action;

    fn init_states(&self) -> Vec<World> {
        let reader = |process| Reader {
            process,
            call: Call::Idle,
            floor: 0,
            attempts: 0,
            came_before: false,
        };
        let of = |process: usize| (0..self.calls[process]).map(move |_| reader(process));
        let writer = |&(kind, process): &(Kind, usize)| Writer {
            kind,
            process,
            stage: Stage::Idle,
            version: 0,
            fenced: false,
        };
        let entries = [Entry::Absent, Entry::Value { version: 0, id: 0 }];
        let world = |server| World {
            row: 0,
            server,
            replica: server,
            incarnation: 0,
            calls: of(0).chain(of(1)).collect(),
            flights: [None, None],
            writers: self.writers.iter().map(writer).collect(),
            orphans: Vec::new(),
            floor: 0,
            own_floors: [0, 0],
            dirty: [None, None],
            lags: false,
            left: self.faults,
            stale: false,
        };
        entries.map(world).to_vec()
    }

    fn actions(&self, world: &World, actions: &mut Vec<Action>) {
        Self::reading_actions(world, actions);
        Self::writing_actions(world, actions);
        let left = world.left;
        actions.extend((0..world.orphans.len()).map(Action::LateCommand));
        let present = world.server != Entry::Absent;
        if left.losses > 0 && present {
            actions.push(Action::KeyIsLost);
        }
        if left.expiries > 0 {
            match world.server {
                Entry::Lease(_) => actions.push(Action::TimeRunsOut),
                // `settle` is longer than any lag.
                Entry::Tombstone if !world.lags => actions.push(Action::TimeRunsOut),
                Entry::Fence { .. } => {
                    let writers = 0..u8::try_from(world.writers.len()).unwrap_or(0);
                    let standing = writers.filter(|writer| world.server.is_fenced_by(*writer));
                    actions.extend(standing.map(Action::FenceRunsOut));
                }
                _ => {}
            }
        }
        if world.lags {
            actions.push(Action::LagEnds);
        }
        if left.failovers > 0 {
            if world.replica != world.server {
                actions.push(Action::Replicate);
            }
            actions.push(Action::Failover);
        }
    }

    fn next_state(&self, world: &World, action: Action) -> Option<World> {
        let mut world = world.clone();
        match action {
            Action::LateCommand(at) => {
                let command = world.orphans.remove(at);
                self.carry_out(&mut world, command);
            }
            Action::KeyIsLost => {
                world.left.losses -= 1;
                world.server = Entry::Absent;
                world.lose_fences();
            }
            Action::TimeRunsOut => {
                world.left.expiries -= 1;
                world.server = Entry::Absent;
            }
            Action::FenceRunsOut(writer) => {
                world.left.expiries -= 1;
                world.server.outlive(writer);
                world.writers[usize::from(writer)].fenced = false;
            }
            Action::LagEnds => world.lags = false,
            Action::Replicate => world.replica = world.server,
            Action::Failover => {
                world.left.failovers -= 1;
                world.incarnation += 1;
                world.server = world.replica;
                world.lose_fences();
            }
            Action::Begin(_)
            | Action::ServerAnswersCall(_)
            | Action::ReplyReachesCall(_)
            | Action::LoadReads { .. }
            | Action::LoadEnds(_)
            | Action::CallGivesUp(_)
            | Action::CallIsDropped(_) => self.read(&mut world, action),
            _ => self.write(&mut world, action),
        }
        world.orphans.sort_unstable();
        Some(world)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        let mut properties = vec![
            Property::always("no read is stale", |_, world: &World| !world.stale),
            Property::sometimes(
                "a value is filled",
                |_, world: &World| matches!(world.server, Entry::Value { id, .. } if id != 0),
            ),
            Property::sometimes("a load loses its lease", |_, world: &World| {
                world.calls.iter().any(|reader| reader.has_lost_its_lease(world.server))
            }),
            Property::sometimes("everything is over", |_, world: &World| {
                let calls = world.calls.iter().all(|reader| reader.call == Call::Done);
                calls && world.writers.iter().all(|writer| writer.stage == Stage::Over)
            }),
        ];
        if self.calls.iter().any(|calls| *calls > 1) {
            properties.push(Property::sometimes("a call waits for another", |_, world: &World| {
                world.calls.iter().any(|reader| matches!(reader.call, Call::Waiting { .. }))
            }));
        }
        if self.faults.deaths > 0 {
            properties.push(Property::sometimes("a writer is gone", |_, world: &World| {
                world.writers.iter().any(|writer| writer.stage == Stage::Gone)
            }));
        }
        properties
    }
}

impl Protocol {
    /// Carries out a command at the server.
    fn carry_out(&self, world: &mut World, command: Command) -> Reply {
        let (server, mutant) = (&mut world.server, self.mutant);
        match command {
            Command::Get => Reply::Entry(*server),
            Command::Acquire { token, reject } => {
                Reply::Acquired(server.acquire(token, reject, mutant))
            }
            // It is not sent to another server than that of its lease, and what was sent before goes to
            // the one that is lost.
            Command::Fill { token, .. }
                if token / INCARNATION != world.incarnation
                    && mutant != Mutant::FillAnotherIncarnation =>
            {
                Reply::Filled(false)
            }
            Command::Fill { token, version } => Reply::Filled(server.fill(token, version, mutant)),
            Command::Release { token } => {
                server.release(token);
                Reply::Done
            }
            Command::Invalidate => {
                server.invalidate(self.settle, mutant);
                Reply::Done
            }
            Command::Fence { writer } => {
                server.fence(writer);
                Reply::Done
            }
            Command::Finish { writer } => {
                server.finish(writer, self.settle, mutant);
                Reply::Done
            }
        }
    }

    /// Whether a value can be read: tokens tell in which incarnation its lease was acquired.
    fn is_readable(&self, world: &World, id: Token) -> bool {
        id / INCARNATION == world.incarnation || self.mutant == Mutant::TrustAnotherIncarnation
    }
}

/// Tokens of one incarnation are below the next multiple of this.
const INCARNATION: u8 = 64;
