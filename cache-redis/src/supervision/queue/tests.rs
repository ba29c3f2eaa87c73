use super::*;

fn key(text: &str) -> Key {
    Key::from_text(text)
}

fn order(text: &str) -> Order {
    Order::Key { key: key(text), writer: None, settle: Duration::ZERO }
}

fn push(queue: &Queue, order: Order) -> (Option<Place>, oneshot::Receiver<Invalidation>) {
    let (reporter, outcome) = oneshot::channel();
    (queue.push(order, reporter), outcome)
}

/// Adds an order that fails.
fn fail(queue: &Queue, order: Order) -> Option<Place> {
    let (place, mut outcome) = push(queue, order);
    if let Some(place) = &place {
        queue.fail(place);
    }
    assert_eq!(outcome.try_recv(), Ok(Invalidation::Queued));
    place
}

fn due(queue: &Queue) -> Vec<(Key, KeyOrder)> {
    queue.due_keys(0, u64::MAX, 1_000)
}

#[test]
fn only_failed_orders_keep_reads_away() {
    let queue = Queue::new(10);
    let (place, mut outcome) = push(&queue, order("user:1"));
    assert_eq!((queue.len(), queue.covers(&key("user:1"))), (1, false));
    queue.fail(place.as_ref().unwrap());
    assert!(queue.covers(&key("user:1")) && !queue.covers(&key("user:2")));
    assert_eq!((queue.failed(), outcome.try_recv()), (1, Ok(Invalidation::Queued)));
    queue.confirm(place.as_slice());
    assert_eq!((queue.len(), queue.failed()), (0, 0));
}

#[test]
fn an_order_that_comes_while_its_key_is_invalidated_stays() {
    let queue = Queue::new(10);
    let first = fail(&queue, order("user:1"));
    let (second, mut outcome) = push(&queue, order("user:1"));
    queue.confirm(first.as_slice());
    assert!(queue.covers(&key("user:1")));
    queue.confirm(second.as_slice());
    assert_eq!((queue.len(), queue.failed()), (0, 0));
    assert_eq!(outcome.try_recv(), Ok(Invalidation::Applied));
}

#[test]
fn orders_for_one_key_are_one_with_every_writer_and_the_longest_hold() {
    let queue = Queue::new(10);
    let writers = [Token::random().unwrap(), Token::random().unwrap()];
    for (writer, settle) in writers.iter().zip([3, 2]) {
        let settle = Duration::from_secs(settle);
        fail(&queue, Order::Key { key: key("user:1"), writer: Some(*writer), settle });
    }
    let [(_, order)] = due(&queue).try_into().unwrap();
    assert_eq!((order.writers, order.settle), (writers.to_vec(), Duration::from_secs(3)));
}

#[test]
fn the_writers_of_one_key_are_bounded() {
    let queue = Queue::new(10);
    for _ in 0..1_000 {
        let writer = Token::random();
        fail(&queue, Order::Key { key: key("user:1"), writer, settle: Duration::ZERO });
    }
    assert!(due(&queue)[0].1.writers.len() <= 64);
}

#[test]
fn what_does_not_fit_becomes_its_whole_prefix() {
    let queue = Queue::new(3);
    for text in ["user:1", "user:2", "team:1", "user:3", "user:4"] {
        fail(&queue, order(text));
    }
    assert!(queue.covers(&key("user:99")), "the prefix stands for its keys");
    assert!(queue.covers(&key("team:1")));
    assert!(!queue.covers(&key("team:2")), "and for no others");
    assert!(queue.len() <= 3);
}

#[test]
fn too_many_globs_become_their_prefix() {
    let queue = Queue::new(10);
    for number in 0..=100 {
        let glob = Glob::new("user:".to_owned(), &format!("{number}:*"));
        fail(&queue, Order::Glob { glob, settle: Duration::ZERO });
    }
    assert_eq!((queue.len(), queue.failed()), (1, 1));
    assert!(queue.covers(&key("user:0:a")));
}

#[test]
fn a_pass_tries_every_order_once_and_in_order() {
    let queue = Queue::new(10);
    for text in ["user:1", "user:2", "user:3"] {
        fail(&queue, order(text));
    }
    let until = queue.latest();
    fail(&queue, order("user:4"));
    let (mut after, mut seen) = (0, Vec::new());
    while let [(key, order)] = &queue.due_keys(after, until, 1)[..] {
        after = order.number;
        seen.push(key.as_str().to_owned());
    }
    assert_eq!(seen, ["user:1", "user:2", "user:3"]);
}

#[tokio::test]
async fn those_who_wait_for_the_end_are_woken() {
    let queue = Queue::new(10);
    let place = fail(&queue, order("user:1"));
    let confirmed = async { queue.confirm(place.as_slice()) };
    tokio::join!(queue.emptied(), confirmed);
}
