//! An outage as one process sees it: the store of the outage, the queue, its replay, and the moment in
//! which the connection is published again. Another process writes meanwhile.

use stateright::{Model, Property};

use crate::mutant::Mutant;

/// What is explored.
#[derive(Debug, Clone)]
pub struct Outage {
    pub mutant: Mutant,
    pub writes: u8,
    pub loads: u8,
    pub outages: u8,
}

/// A state of the world.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct World {
    row: u8,
    server: Option<u8>,
    link: Link,
    /// The store of an outage: its number, and the value.
    local: Option<(u8, Option<u8>)>,
    loads: Vec<Load>,
    own: Write,
    /// The versions of failed invalidations, and whether somebody will replay them.
    queue: Option<u8>,
    replay_wanted: bool,
    /// The last number of an outage.
    number: u8,
    /// What this process may not read less than; and what was committed when the outage began.
    own_floor: u8,
    floor: u8,
    left_writes: u8,
    left_loads: u8,
    stale: bool,
}

/// The connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Link {
    Up,
    Down,
    /// Connected again, and what is queued is replayed before calls are let in.
    Replaying,
}

/// A load under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Load {
    /// The outage it began in; none if its lease is the server's.
    outage: Option<u8>,
    read: Option<u8>,
    /// Whether its lease stands.
    leased: bool,
    floor: u8,
}

/// The write of this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Write {
    Idle,
    Committed(u8),
    /// It has seen that the server is away, and is about to queue.
    SawOutage(u8),
}

/// A step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    Read,
    LoadBegins,
    LoadReads(usize),
    LoadEnds(usize),
    Commit,
    Invalidate,
    Enqueue,
    /// Another process commits, invalidates, and is answered.
    OthersWrite,
    GoesDown,
    Connects,
    Replays,
    Publishes,
}

impl Model for Outage {
    type State = World;
    type Action = Action;

    fn init_states(&self) -> Vec<World> {
        vec![World {
            row: 0,
            server: Some(0),
            link: Link::Up,
            local: None,
            loads: Vec::new(),
            own: Write::Idle,
            queue: None,
            replay_wanted: false,
            number: 0,
            own_floor: 0,
            floor: 0,
            left_writes: self.writes,
            left_loads: self.loads,
            stale: false,
        }]
    }

    fn actions(&self, world: &World, actions: &mut Vec<Action>) {
        actions.push(Action::Read);
        if world.left_loads > 0 {
            actions.push(Action::LoadBegins);
        }
        for (at, load) in world.loads.iter().enumerate() {
            actions.push(match load.read {
                None => Action::LoadReads(at),
                Some(_) => Action::LoadEnds(at),
            });
        }
        match world.own {
            Write::Idle if world.left_writes > 0 => actions.push(Action::Commit),
            Write::Idle => {}
            Write::Committed(_) => actions.push(Action::Invalidate),
            Write::SawOutage(_) => actions.push(Action::Enqueue),
        }
        if world.left_writes > 0 {
            actions.push(Action::OthersWrite);
        }
        match world.link {
            Link::Up if world.number < self.outages => actions.push(Action::GoesDown),
            Link::Up => {}
            Link::Down => actions.push(Action::Connects),
            Link::Replaying => actions.push(Action::Publishes),
        }
        if world.link != Link::Down && world.queue.is_some() && world.replay_wanted {
            actions.push(Action::Replays);
        }
    }

    fn next_state(&self, world: &World, action: Action) -> Option<World> {
        let mut world = world.clone();
        match action {
            Action::Read => self.read(&mut world),
            Action::LoadBegins => {
                world.left_loads -= 1;
                let outage = (world.link == Link::Down).then_some(world.number);
                let kept_away = world.queue.is_some() && outage.is_none();
                // The server's lease takes the place of what it has.
                if outage.is_none() && !kept_away {
                    world.server = None;
                }
                let floor = world.floor_of_a_read();
                world.loads.push(Load { outage, read: None, leased: !kept_away, floor });
            }
            Action::LoadReads(at) => world.loads[at].read = Some(world.row),
            Action::LoadEnds(at) => self.load_ends(&mut world, at),
            Action::Commit => {
                world.left_writes -= 1;
                world.row += 1;
                world.own = Write::Committed(world.row);
            }
            Action::Invalidate => self.invalidate(&mut world),
            Action::Enqueue => self.enqueue(&mut world),
            Action::OthersWrite => {
                world.left_writes -= 1;
                world.row += 1;
                world.floor = world.row;
                world.forget_at_server();
            }
            Action::GoesDown => {
                world.number += 1;
                world.link = Link::Down;
            }
            Action::Connects => {
                world.link = Link::Replaying;
                world.replay_wanted = world.queue.is_some();
            }
            Action::Replays => {
                world.queue = None;
                world.replay_wanted = false;
                world.forget_at_server();
            }
            Action::Publishes => self.publish(&mut world),
        }
        world.loads.sort_unstable();
        Some(world)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always("no read is stale", |_, world: &World| !world.stale),
            Property::always("what is queued will be replayed", |_, world: &World| {
                world.link != Link::Up || world.queue.is_none() || world.replay_wanted
            }),
            Property::sometimes("something is kept in an outage", |_, world: &World| {
                matches!(world.local, Some((_, Some(_))))
            }),
            Property::sometimes("something is queued", |_, world: &World| world.queue.is_some()),
            Property::sometimes("the second outage", |_, world: &World| world.number > 1),
        ]
    }
}

impl World {
    /// In an outage a process does not learn of the invalidations of others; of its own it does.
    fn floor_of_a_read(&self) -> u8 {
        if self.link == Link::Down { self.own_floor } else { self.floor.max(self.own_floor) }
    }

    fn forget_at_server(&mut self) {
        self.server = None;
        self.loads.iter_mut().filter(|load| load.outage.is_none()).for_each(|l| l.leased = false);
    }
}

impl Outage {
    /// A read that hits, if there is something to hit.
    fn read(&self, world: &mut World) {
        let kept = match world.local {
            Some((number, value))
                if number == world.number || self.mutant == Mutant::NoFlushOnReconnect =>
            {
                value
            }
            _ => None,
        };
        let floor = world.floor_of_a_read();
        let found = match world.link {
            Link::Down => kept,
            // Calls are not let in yet; they load.
            Link::Replaying => None,
            Link::Up if kept.is_some() && self.mutant == Mutant::NoFlushOnReconnect => kept,
            Link::Up if world.queue.is_some() && self.mutant != Mutant::ReplayAfterPublish => None,
            Link::Up => world.server,
        };
        world.stale |= found.is_some_and(|version| version < floor);
    }

    fn load_ends(&self, world: &mut World, at: usize) {
        let load = world.loads.remove(at);
        let Some(version) = load.read else { return };
        world.stale |= version < load.floor;
        let goes_on = world.link == Link::Down;
        match load.outage {
            Some(number) if load.leased && goes_on && number == world.number => {
                world.local = Some((number, Some(version)));
            }
            None if goes_on && self.mutant == Mutant::InsertWithoutEpoch => {
                world.local = Some((world.number, Some(version)));
            }
            None if load.leased && world.link == Link::Up && world.queue.is_none() => {
                world.server = Some(version);
            }
            _ => {}
        }
    }

    /// This process forgets what it keeps itself, and asks the server to.
    fn invalidate(&self, world: &mut World) {
        let Write::Committed(version) = world.own else { return };
        if let Some((_, value)) = &mut world.local {
            *value = None;
        }
        world.loads.iter_mut().filter(|load| load.outage.is_some()).for_each(|l| l.leased = false);
        if world.link == Link::Up {
            world.forget_at_server();
            (world.own, world.own_floor) = (Write::Idle, version);
            world.floor = world.floor.max(version);
            return;
        }
        world.own = Write::SawOutage(version);
        if self.mutant != Mutant::EnqueueUnlocked {
            self.enqueue(world);
        }
    }

    fn enqueue(&self, world: &mut World) {
        let Write::SawOutage(version) = world.own else { return };
        (world.own, world.own_floor) = (Write::Idle, version);
        if self.mutant == Mutant::SwallowFailedInvalidation {
            return;
        }
        world.queue = Some(world.queue.unwrap_or(0).max(version));
        // Whoever connects finds it; after that, nobody looks again unless told.
        world.replay_wanted |= self.mutant != Mutant::EnqueueUnlocked;
    }

    fn publish(&self, world: &mut World) {
        // What is left is replayed beside the calls, which do without it.
        world.link = Link::Up;
        if self.mutant != Mutant::NoFlushOnReconnect {
            world.local = None;
        }
    }
}
