//! Mistakes that the models must find.

/// A mistake, or none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mutant {
    /// The protocol as it is.
    #[default]
    None,
    TokenPerProcess,
    StampAfterLoad,
    FillIfAbsent,
    NearRemovedBeforeBackend,
    IgnoreOwnPushes,
    RedirectWithoutPlaceholder,
    RestampRejectedFill,
    NoFlushOnReconnect,
    BlindRefresh,
    ReadersClock,
    UntrackedScriptGet,
    DelSignalsNear,
    InvalidateBeforeCommit,
    SwallowFailedInvalidation,
    JoinOlderFlight,
    TakeRejectedFill,
    JoinAfterFillSent,
    ReplayAfterPublish,
    EnqueueUnlocked,
    InsertWithoutEpoch,
    FirstWriterRemovesFence,
    GlobRemovesFence,
    OwnFillOfferedToNear,
    RepeatAcquire,
    NoFence,
    TrustAnotherIncarnation,
    FillAnotherIncarnation,
}

/// Each with its name and what it is.
pub const MUTANTS: [(Mutant, &str, &str); 27] = [
    (
        Mutant::TokenPerProcess,
        "token-per-process",
        "M1, rueidisaside: one token for all loads of a process",
    ),
    (
        Mutant::StampAfterLoad,
        "stamp-after-load",
        "M2, bentocache: the right to fill is taken after the load",
    ),
    (
        Mutant::FillIfAbsent,
        "fill-if-absent",
        "M3, IdentityCache: a fill needs no lease where nothing stands",
    ),
    (
        Mutant::NearRemovedBeforeBackend,
        "near-removed-before-backend",
        "M4, JetCache: near is cleared before the server only",
    ),
    (
        Mutant::IgnoreOwnPushes,
        "ignore-own-pushes",
        "M5, cashews: pushes for a key it wrote itself are ignored for a while",
    ),
    (
        Mutant::RedirectWithoutPlaceholder,
        "redirect-without-placeholder",
        "M6, lettuce: pushes come on a connection of their own",
    ),
    (
        Mutant::RestampRejectedFill,
        "restamp-rejected-fill",
        "M7, HybridCache: what was rejected is stored all the same",
    ),
    (
        Mutant::NoFlushOnReconnect,
        "no-flush-on-reconnect",
        "M8, JetCache: near survives its connection",
    ),
    (Mutant::BlindRefresh, "blind-refresh", "M9, Rails: any fill may replace a value"),
    (
        Mutant::ReadersClock,
        "readers-clock",
        "M10: a reader's own clock decides whether a fence has run out",
    ),
    (
        Mutant::UntrackedScriptGet,
        "untracked-script-get",
        "M11: near takes what an untracked script has read",
    ),
    (
        Mutant::DelSignalsNear,
        "del-signals-near",
        "M12: near is told by DEL, which says nothing where nothing stands",
    ),
    (
        Mutant::InvalidateBeforeCommit,
        "invalidate-before-commit",
        "M13: the invalidation comes before the commit",
    ),
    (
        Mutant::SwallowFailedInvalidation,
        "swallow-failed-invalidation",
        "M14, cashews: what failed is reported as applied",
    ),
    (
        Mutant::JoinOlderFlight,
        "join-older-flight",
        "a waiter shares a load that began before an invalidation",
    ),
    (
        Mutant::TakeRejectedFill,
        "take-rejected-fill",
        "a waiter takes what its leader was not let store",
    ),
    (
        Mutant::JoinAfterFillSent,
        "join-after-fill-sent",
        "a waiter joins a flight whose fill is under way",
    ),
    (
        Mutant::ReplayAfterPublish,
        "replay-after-publish",
        "calls read what is queued before it is replayed",
    ),
    (
        Mutant::EnqueueUnlocked,
        "enqueue-unlocked",
        "what is queued while the connection comes back is forgotten",
    ),
    (
        Mutant::InsertWithoutEpoch,
        "insert-without-epoch",
        "a load fills the store of an outage that began after it",
    ),
    (
        Mutant::FirstWriterRemovesFence,
        "first-writer-removes-fence",
        "the first of two writers ends the fence of both",
    ),
    (
        Mutant::GlobRemovesFence,
        "glob-removes-fence",
        "an invalidation or a glob ends the fences of writers",
    ),
    (
        Mutant::OwnFillOfferedToNear,
        "own-fill-offered-to-near",
        "near takes what this process has filled itself",
    ),
    (Mutant::RepeatAcquire, "repeat-acquire", "a request for a lease is sent a second time"),
    (Mutant::NoFence, "no-fence", "fences are not placed"),
    (
        Mutant::TrustAnotherIncarnation,
        "trust-another-incarnation",
        "after a failover, values of the lost server are read",
    ),
    (
        Mutant::FillAnotherIncarnation,
        "fill-another-incarnation",
        "after a failover, the promoted server accepts what a lease of the lost one allowed",
    ),
];
