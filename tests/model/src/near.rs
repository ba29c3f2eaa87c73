//! The near tier, as it is to be built: values of this process in front of the server, told of
//! invalidations by pushes on the connection that read them (client-side caching of Redis 6).
//!
//! One process with a near tier, and another that writes. Time passes in ticks; `near_max_lag` is one.

mod steps;

use stateright::{Model, Property};

use crate::mutant::Mutant;

/// What is explored.
#[derive(Debug, Clone)]
pub struct Near {
    pub mutant: Mutant,
    pub writes: u8,
    pub reads: u8,
    pub ticks: u8,
}

/// A state of the world.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct World {
    row: u8,
    /// The value at the server.
    server: Option<u8>,
    /// Whether the server tells this connection of the key.
    tracked: bool,
    /// What the server has sent, in its order; and, with pushes on another connection, those.
    channel: Vec<Message>,
    apart: Vec<Message>,
    near: Option<u8>,
    /// A GET under way, and whether the token that was taken before it is still good.
    get: Option<Get>,
    /// A load under way: what it has read, and whether the lease it fills by still stands.
    load: Option<Load>,
    /// When the probe that was answered last had been sent; none before the first answer.
    proved: Option<u8>,
    now: u8,
    /// The other process's write, and this one's.
    others: Write,
    own: Write,
    /// Invalidations of others that were acknowledged, with when; and the newest of its own.
    acknowledged: Vec<(u8, u8)>,
    own_floor: u8,
    /// This process wrote the key just now.
    deaf: bool,
    left: Left,
    stale: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Get {
    valid: bool,
    floor: u8,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Load {
    read: Option<u8>,
    leased: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Write {
    Idle,
    Committed(u8),
    /// Carried out at the server, and not yet acknowledged.
    Invalidated(u8),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Left {
    writes: u8,
    reads: u8,
    breaks: u8,
    losses: u8,
}

/// What the server sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Message {
    Value(Option<u8>),
    Push,
    /// The answer to a probe that was sent at this time.
    Proof(u8),
}

/// A step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// A read is served by the near tier.
    NearHit,
    /// A read sends GET; the server carries it out at once, and the reply travels.
    Get,
    /// A load reads the row, and fills.
    LoadBegins,
    LoadReads,
    LoadFills,
    /// The next message arrives.
    Receive,
    ReceiveApart,
    Probe,
    OthersCommit,
    OthersInvalidate,
    OthersAreAcknowledged,
    OwnCommit,
    OwnInvalidate,
    OwnIsAcknowledged,
    KeyIsLost,
    ConnectionBreaks,
    Tick,
}

impl Model for Near {
    type State = World;
    type Action = Action;

    fn init_states(&self) -> Vec<World> {
        let left = Left { writes: self.writes, reads: self.reads, breaks: 1, losses: 1 };
        vec![World {
            row: 0,
            server: Some(0),
            tracked: false,
            channel: Vec::new(),
            apart: Vec::new(),
            near: None,
            get: None,
            load: None,
            proved: None,
            now: 0,
            others: Write::Idle,
            own: Write::Idle,
            acknowledged: Vec::new(),
            own_floor: 0,
            deaf: false,
            left,
            stale: false,
        }]
    }

    fn actions(&self, world: &World, actions: &mut Vec<Action>) {
        let left = world.left;
        if left.reads > 0 {
            if world.serves_near() {
                actions.push(Action::NearHit);
            }
            if world.get.is_none() {
                actions.push(Action::Get);
            }
            if world.load.is_none() && world.server.is_none() {
                actions.push(Action::LoadBegins);
            }
        }
        match world.load {
            Some(Load { read: None, .. }) => actions.push(Action::LoadReads),
            Some(Load { read: Some(_), .. }) => actions.push(Action::LoadFills),
            None => {}
        }
        if !world.channel.is_empty() {
            actions.push(Action::Receive);
        }
        if !world.apart.is_empty() {
            actions.push(Action::ReceiveApart);
        }
        let probing = world.channel.iter().any(|message| matches!(message, Message::Proof(_)));
        if !probing && world.proved != Some(world.now) {
            actions.push(Action::Probe);
        }
        for (write, [commit, invalidate, acknowledge]) in [
            (
                world.others,
                [Action::OthersCommit, Action::OthersInvalidate, Action::OthersAreAcknowledged],
            ),
            (world.own, [Action::OwnCommit, Action::OwnInvalidate, Action::OwnIsAcknowledged]),
        ] {
            match write {
                Write::Idle if left.writes > 0 => actions.push(commit),
                Write::Idle => {}
                Write::Committed(_) => actions.push(invalidate),
                Write::Invalidated(_) => actions.push(acknowledge),
            }
        }
        if left.losses > 0 && world.server.is_some() {
            actions.push(Action::KeyIsLost);
        }
        if left.breaks > 0 {
            actions.push(Action::ConnectionBreaks);
        }
        if world.now < self.ticks {
            actions.push(Action::Tick);
        }
    }

    fn next_state(&self, world: &World, action: Action) -> Option<World> {
        let mut world = world.clone();
        match action {
            Action::NearHit => {
                world.left.reads -= 1;
                let floor = world.near_floor();
                world.stale |= world.near.is_some_and(|version| version < floor);
            }
            Action::Get => self.get(&mut world),
            Action::LoadBegins => {
                world.left.reads -= 1;
                world.load = Some(Load { read: None, leased: true });
            }
            Action::LoadReads => {
                let row = world.row;
                if let Some(load) = &mut world.load {
                    load.read = Some(row);
                }
            }
            Action::LoadFills => self.fill(&mut world),
            Action::Receive => {
                let message = world.channel.remove(0);
                self.receive(&mut world, message);
            }
            Action::ReceiveApart => {
                let message = world.apart.remove(0);
                self.receive(&mut world, message);
            }
            Action::Probe => world.channel.push(Message::Proof(world.now)),
            Action::KeyIsLost => {
                world.left.losses -= 1;
                world.server = None;
                self.push(&mut world);
            }
            Action::ConnectionBreaks => self.reconnect(&mut world),
            Action::Tick => {
                world.now += 1;
                world.deaf = false;
            }
            _ => self.write(&mut world, action),
        }
        Some(world)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always("no read is staler than near_max_lag", |_, world: &World| {
                !world.stale
            }),
            Property::sometimes("a near hit", |_, world: &World| world.serves_near()),
            Property::sometimes(
                "a near hit after an invalidation of others",
                |_, world: &World| world.serves_near() && !world.acknowledged.is_empty(),
            ),
        ]
    }
}

impl World {
    /// The connection has proved itself alive, counted from when the probe was sent.
    fn serves_near(&self) -> bool {
        let alive = self.proved.is_some_and(|proved| self.now - proved <= 1);
        self.near.is_some() && alive
    }

    /// What a near hit may not be older than: its own invalidations at once, those of others after
    /// `near_max_lag`.
    fn near_floor(&self) -> u8 {
        let old = self.acknowledged.iter().filter(|(at, _)| self.now > at + 1);
        old.map(|(_, version)| *version).max().unwrap_or(0).max(self.own_floor)
    }

    /// What any other read may not be older than.
    fn floor(&self) -> u8 {
        let all = self.acknowledged.iter().map(|(_, version)| *version);
        all.max().unwrap_or(0).max(self.own_floor)
    }
}
