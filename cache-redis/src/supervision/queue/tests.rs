use super::*;

const NOW: Duration = Duration::ZERO;

fn queue_of(capacity: usize) -> Queue {
    Queue::new(capacity, Arc::default())
}

fn key(text: &str) -> Subject {
    Subject::Key(Key::from_text(text))
}

fn glob(pattern: &str) -> Subject {
    Subject::Glob(Glob::new("user:".to_owned(), pattern))
}

fn covers(queue: &Queue, text: &str) -> bool {
    queue.covers(&Key::from_text(text))
}

/// Adds an invalidation that fails.
fn fail(queue: &Queue, subject: Subject) -> Place {
    let (place, mut outcome) = queue.push(subject, None, NOW);
    queue.fail(std::slice::from_ref(&place));
    assert_eq!(outcome.try_recv(), Ok(Invalidation::Queued));
    place
}

fn counts(queue: &Queue) -> (usize, usize) {
    (queue.len(), queue.failed())
}

#[test]
fn only_what_has_failed_keeps_reads_away() {
    let queue = queue_of(10);
    let (place, mut outcome) = queue.push(key("user:1"), None, NOW);
    assert_eq!((counts(&queue), covers(&queue, "user:1")), ((1, 0), false));
    queue.fail(std::slice::from_ref(&place));
    assert!(covers(&queue, "user:1") && !covers(&queue, "user:2"));
    assert_eq!((counts(&queue), outcome.try_recv()), ((1, 1), Ok(Invalidation::Queued)));
    queue.confirm(&[place]);
    assert_eq!(counts(&queue), (0, 0));
}

#[test]
fn each_is_told_of_its_own_however_many_come_behind() {
    let queue = queue_of(10);
    let (first, mut outcome) = queue.push(key("user:1"), None, NOW);
    let (second, mut later) = queue.push(key("user:1"), None, NOW);
    queue.confirm(&[first]);
    assert_eq!(outcome.try_recv(), Ok(Invalidation::Applied));
    assert!(later.try_recv().is_err(), "what came later is not done");
    queue.confirm(&[second]);
    assert_eq!((later.try_recv(), counts(&queue)), (Ok(Invalidation::Applied), (0, 0)));
}

#[test]
fn what_is_confirmed_up_to_a_number_is_no_longer_dirty() {
    let queue = queue_of(10);
    fail(&queue, key("user:1"));
    let (place, _outcome) = queue.push(key("user:1"), None, NOW);
    let number = queue.order(&place.subject).unwrap().number;
    let (behind, _outcome) = queue.push(key("user:1"), None, NOW);
    queue.confirm(&[Place { number, ..place }]);
    assert!(!covers(&queue, "user:1"));
    assert_eq!(queue.order(&behind.subject).unwrap().number, behind.number);
}

#[test]
fn a_failure_after_the_confirmation_of_a_later_one_is_none() {
    let queue = queue_of(10);
    let (first, _outcome) = queue.push(key("user:1"), None, NOW);
    let (second, _outcome) = queue.push(key("user:1"), None, NOW);
    queue.confirm(&[second]);
    queue.fail(&[first]);
    assert_eq!(counts(&queue), (0, 0));
}

#[test]
fn a_key_has_one_order_with_every_writer_and_the_longest_hold() {
    let queue = queue_of(10);
    let writers = [Token::random().unwrap(), Token::random().unwrap()];
    for (writer, settle) in writers.iter().zip([3, 2]) {
        let settle = Duration::from_secs(settle);
        let (place, _outcome) = queue.push(key("user:1"), Some(*writer), settle);
        queue.fail(&[place]);
    }
    let order = queue.order(&key("user:1")).unwrap();
    assert_eq!((order.writers, order.settle), (writers.to_vec(), Duration::from_secs(3)));
}

#[test]
fn the_writers_of_one_key_are_bounded() {
    let queue = queue_of(10);
    for _ in 0..1_000 {
        let (place, _outcome) = queue.push(key("user:1"), Token::random(), NOW);
        queue.fail(&[place]);
    }
    assert!(queue.order(&key("user:1")).unwrap().writers.len() <= 64);
}

#[test]
fn what_does_not_fit_becomes_its_whole_prefix() {
    let queue = queue_of(3);
    for text in ["user:1", "user:2", "team:1", "user:3", "user:4"] {
        fail(&queue, key(text));
    }
    assert!(covers(&queue, "user:99"), "the prefix stands for its keys");
    assert!(covers(&queue, "team:1"));
    assert!(!covers(&queue, "team:2"), "and for no others");
    assert_eq!(queue.failed(), 3, "a key, a prefix, and a key that came when there was room");
}

#[test]
fn what_is_under_way_takes_no_room() {
    let queue = queue_of(3);
    let pushed: Vec<_> =
        (0..1_000).map(|at| queue.push(key(&format!("user:{at}")), None, NOW)).collect();
    assert_eq!(counts(&queue), (1_000, 0));
    let (places, outcomes): (Vec<_>, Vec<_>) = pushed.into_iter().unzip();
    queue.confirm(&places);
    for mut outcome in outcomes {
        assert_eq!(outcome.try_recv(), Ok(Invalidation::Applied));
    }
}

#[test]
fn too_many_globs_become_their_prefix() {
    let queue = queue_of(10);
    for number in 0..=100 {
        fail(&queue, glob(&format!("{number}:*")));
    }
    assert_eq!(counts(&queue), (1, 1));
    assert!(covers(&queue, "user:0:a"));
}

#[test]
fn a_pass_tries_everything_once_and_in_order() {
    let queue = queue_of(10);
    for subject in [key("user:1"), glob("2*"), key("user:3")] {
        fail(&queue, subject);
    }
    let until = queue.latest();
    fail(&queue, key("user:4"));
    let (mut after, mut seen) = (0, Vec::new());
    while let [due] = &queue.due(Which::Keys, after, until, 1)[..] {
        after = due.failed;
        seen.push(due.place.subject.clone());
    }
    assert_eq!(seen, [key("user:1"), key("user:3")]);
    let globs = queue.due(Which::Globs, 0, until, 10);
    assert_eq!(globs.len(), 1);
}

#[test]
fn what_is_refused_waits_and_keeps_no_other_back() {
    let queue = queue_of(10);
    let refused = fail(&queue, key("user:1"));
    fail(&queue, key("user:2"));
    queue.refuse(&refused);
    let due = queue.due(Which::Keys, 0, queue.latest(), 10);
    let due: Vec<_> = due.into_iter().map(|due| due.place.subject).collect();
    assert_eq!((due, covers(&queue, "user:1")), (vec![key("user:2")], true));
}

/// The confirmation of a replay stands for all that came before, so the replay does all of it.
#[test]
fn a_replay_does_what_is_pending_too() {
    let queue = queue_of(10);
    let hold = Duration::from_secs(2);
    let (_pending, mut outcome) = queue.push(key("user:1"), None, hold);
    fail(&queue, key("user:1"));
    let [due] = queue.due(Which::Keys, 0, queue.latest(), 10).try_into().unwrap();
    assert_eq!(due.order.settle, hold);
    queue.confirm(&[due.place]);
    assert_eq!((outcome.try_recv(), counts(&queue)), (Ok(Invalidation::Applied), (0, 0)));
}

#[test]
fn what_fails_while_a_replay_is_under_way_stays() {
    let queue = queue_of(10);
    fail(&queue, key("user:1"));
    let [due] = queue.due(Which::Keys, 0, queue.latest(), 10).try_into().unwrap();
    fail(&queue, key("user:1"));
    queue.confirm(&[due.place]);
    assert!(covers(&queue, "user:1"));
}

#[test]
fn one_attempt_at_a_glob_is_made_for_all_who_ask_meanwhile() {
    let queue = queue_of(10);
    let (first, _outcome) = queue.push(glob("*"), None, NOW);
    let (second, mut later) = queue.push(glob("*"), None, NOW);
    assert!(queue.begin(&first) && !queue.begin(&second));
    queue.confirm(&[first]);
    assert!(queue.is_pending(&second.subject), "it takes another one");
    queue.fail_all(&second.subject);
    assert_eq!((later.try_recv(), queue.failed()), (Ok(Invalidation::Queued), 1));
}

#[tokio::test]
async fn those_who_wait_for_the_end_are_woken() {
    let queue = queue_of(10);
    let place = fail(&queue, key("user:1"));
    let confirmed = async { queue.confirm(&[place]) };
    tokio::join!(queue.emptied(), confirmed);
}

/// Who is told `Queued` may read at once, and must find the key dirty.
#[test]
fn queued_is_told_after_the_queue_counts_it() {
    for _ in 0..1_000 {
        let queue = queue_of(10);
        let (place, outcome) = queue.push(key("user:1"), None, NOW);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                assert_eq!(outcome.blocking_recv(), Ok(Invalidation::Queued));
                assert!(covers(&queue, "user:1"));
            });
            queue.fail(&[place]);
        });
    }
}
