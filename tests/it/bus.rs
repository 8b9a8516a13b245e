//! What every transport between modules must hold: the same suite over each of them.

mod bounds;
#[cfg(feature = "rabbitmq")]
mod broker;
mod bus_test;
mod clocks;
#[cfg(feature = "rabbitmq")]
mod faults;

use std::collections::BTreeMap;

use bus_test::{BusTest, Transport, envelope};

/// Numbers of each note in the order in which a listener handled them.
fn in_order(heard: &[(String, i64)]) -> BTreeMap<String, Vec<i64>> {
    let mut notes: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    for (note, number) in heard {
        notes.entry(note.clone()).or_default().push(*number);
    }
    notes
}

/// What a listener must have handled when `count` numbers of each of `notes` were published.
fn expected(notes: usize, count: i64) -> BTreeMap<String, Vec<i64>> {
    let all = (0..notes).map(|note| (format!("note-{note}"), (1..=count).collect()));
    all.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_listener_gets_every_event_once_and_in_order() {
    for transport in Transport::ALL {
        let Some(mut test) = BusTest::new(transport).await else {
            continue;
        };
        test.start();
        for number in 1..=25 {
            for note in 0..20 {
                test.publish(&format!("note-{note}"), number).await;
            }
        }
        test.settle(500).await;
        for listener in &test.listeners {
            assert_eq!(in_order(&listener.handled().await), expected(20, 25));
        }
        println!(
            "R-11 {transport:?}: two relays and two consumers: 500 events in order, effects 1"
        );
        test.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_published_while_nobody_runs_is_delivered_later() {
    for transport in Transport::ALL {
        let Some(mut test) = BusTest::new(transport).await else {
            continue;
        };
        for number in 1..=5 {
            test.publish("note-0", number).await;
        }
        test.start();
        test.settle(5).await;
        test.stop().await;
        for number in 6..=10 {
            test.publish("note-0", number).await;
        }
        for listener in &test.listeners {
            assert_eq!(in_order(&listener.handled().await), expected(1, 5));
        }
        test.start();
        test.settle(10).await;
        for listener in &test.listeners {
            assert_eq!(in_order(&listener.handled().await), expected(1, 10));
        }
        test.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_three_times_and_shuffled_has_its_effect_once() {
    for transport in Transport::ALL {
        let Some(mut test) = BusTest::new(transport).await else {
            continue;
        };
        test.start();
        let mut envelopes: Vec<_> = (0..1000)
            .map(|number| envelope(&format!("note-{number}"), 1))
            .flat_map(|envelope| [envelope.clone(), envelope.clone(), envelope])
            .collect();
        // A fixed shuffle: 1201 and 3000 have no common divisor.
        let order: Vec<_> = (0..3000).map(|place| place * 1201 % 3000).collect();
        envelopes = order
            .iter()
            .map(|&place| envelopes[place].clone())
            .collect();
        // The queue is in order, so a listener that has the last one has all that came before it.
        envelopes.push(envelope("note-1000", 1));
        let bus = test.bus();
        for part in envelopes.chunks(200) {
            bus.publish(part).await.expect("published");
        }
        test.settle(1001).await;
        for listener in &test.listeners {
            assert_eq!(in_order(&listener.handled().await), expected(1001, 1));
        }
        println!(
            "R-10 {transport:?}: 1001 events three times and shuffled: each had its effect once"
        );
        test.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_poisonous_event_is_parked_and_holds_up_its_own_note_alone() {
    for transport in Transport::ALL {
        let Some(mut test) = BusTest::new(transport).await else {
            continue;
        };
        let first = &test.listeners[0];
        first.poison(Some(("note-1", 2)));
        test.start();
        for number in 1..=3 {
            for note in 0..3 {
                test.publish(&format!("note-{note}"), number).await;
            }
        }
        test.settle(9).await;
        let [first, second] = &test.listeners;
        assert_eq!(in_order(&second.handled().await), expected(3, 3));
        // Once in the company of others, and then the five tries that count.
        assert!((5..=6).contains(&first.deaths()), "{}", first.deaths());
        let mut expected = expected(3, 3);
        expected.insert("note-1".to_owned(), vec![1, 3]);
        assert_eq!(in_order(&first.handled().await), expected);
        first.poison(None);
        test.replay().await;
        test.settle(9).await;
        expected.insert("note-1".to_owned(), vec![1, 3, 2]);
        assert_eq!(in_order(&first.handled().await), expected);
        println!(
            "R-09 {transport:?}: a poisonous event parked after {} tries, 8 good ones done in order, replayed",
            first.deaths()
        );
        test.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_event_needs_is_waited_for_however_long_it_is_away() {
    for transport in Transport::ALL {
        let Some(mut test) = BusTest::new(transport).await else {
            continue;
        };
        // More often than a broken event is tried.
        test.listeners[0].go_away(8);
        test.start();
        for number in 1..=3 {
            test.publish("note-0", number).await;
        }
        test.settle(3).await;
        assert!(test.listeners[0].is_back());
        for listener in &test.listeners {
            assert_eq!(in_order(&listener.handled().await), expected(1, 3));
        }
        test.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_is_stopped_in_the_middle_handles_the_rest_later_and_nothing_twice() {
    for transport in Transport::ALL {
        let Some(mut test) = BusTest::new(transport).await else {
            continue;
        };
        for number in 1..=40 {
            for note in 0..10 {
                test.publish(&format!("note-{note}"), number).await;
            }
        }
        let mut stops = 0;
        test.start();
        while test.listeners[0].handled().await.len() < 400 && stops < 50 {
            test.stop().await;
            stops += 1;
            test.start();
        }
        test.settle(400).await;
        for listener in &test.listeners {
            assert_eq!(in_order(&listener.handled().await), expected(10, 40));
        }
        println!(
            "R-31 {transport:?}: {stops} orderly ends with up to 400 events in hand: effects 1, in order"
        );
        test.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_relays_and_two_consumers_share_the_work() {
    for transport in Transport::ALL {
        let Some(mut test) = BusTest::new(transport).await else {
            continue;
        };
        test.start();
        test.start();
        for number in 1..=25 {
            for note in 0..20 {
                test.publish(&format!("note-{note}"), number).await;
            }
        }
        test.settle(500).await;
        for listener in &test.listeners {
            assert_eq!(in_order(&listener.handled().await), expected(20, 25));
        }
        test.end().await;
    }
}

#[cfg(feature = "rabbitmq")]
mod rabbit {
    use rabbit::Held;

    use super::Transport::Rabbit;
    use super::broker::Broker;
    use super::{BusTest, envelope, expected, in_order};
    use crate::support::proxy::Passing;

    #[tokio::test(flavor = "multi_thread")]
    async fn a_queue_and_a_binding_that_were_deleted_come_back_and_lose_nothing() {
        let Some(mut test) = BusTest::new(&Rabbit).await else {
            return;
        };
        test.start();
        for number in 1..=5 {
            test.publish("note-0", number).await;
        }
        test.settle(5).await;
        test.broker().delete_queue("first").await;
        for number in 6..=10 {
            test.publish("note-0", number).await;
        }
        test.settle(10).await;
        test.broker().delete_binding("second").await;
        for number in 11..=15 {
            test.publish("note-0", number).await;
        }
        test.settle(15).await;
        for listener in &test.listeners {
            assert_eq!(in_order(&listener.handled().await), expected(1, 15));
        }
        println!("R-07 a queue and a binding deleted while running: 15 events delivered");
        test.end().await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn another_installation_with_the_same_prefix_gets_no_event_and_is_told_why() {
        let Some(mut test) = BusTest::new(&Rabbit).await else {
            return;
        };
        test.start();
        test.publish("note-0", 1).await;
        test.settle(1).await;
        let refused = test.broker().check_as("https://other.example").await;
        let fault = refused.expect_err("the prefix is taken");
        assert!(fault.contains("belongs to another installation"), "{fault}");
        assert!(fault.contains("set another bus.prefix"), "{fault}");
        assert!(fault.contains("https://other.example"), "{fault}");
        let same = test.broker().check_as("https://gopro.test").await;
        assert_eq!(same, Ok(()), "the mark stays");
        test.publish("note-0", 2).await;
        test.settle(2).await;
        test.end().await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn what_is_no_event_goes_to_the_dead_queue_and_holds_up_nothing() {
        let Some(mut test) = BusTest::new(&Rabbit).await else {
            return;
        };
        test.start();
        test.publish("note-0", 1).await;
        test.settle(1).await;
        test.broker().send_garbage("first").await;
        test.publish("note-0", 2).await;
        test.settle(2).await;
        for listener in &test.listeners {
            assert_eq!(in_order(&listener.handled().await), expected(1, 2));
        }
        let dead = async || test.broker().waiting("first.dead").await == 1;
        test.wait_until("dead", dead).await;
        test.end().await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn what_waits_at_the_broker_is_counted_with_the_processes_that_take_it_in() {
        let Some(mut test) = BusTest::new(&Rabbit).await else {
            return;
        };
        assert_eq!(
            test.broker().held("first").await,
            None,
            "nothing is declared"
        );
        let events: Vec<_> = (1..=3).map(|number| envelope("note-0", number)).collect();
        test.bus().publish(&events).await.expect("published");
        let waiting = Held {
            events: 3,
            consumers: 0,
            dead: 0,
        };
        let waits = async || test.broker().held("first").await == Some(waiting);
        test.wait_until("waiting", waits).await;
        test.start();
        test.settle(3).await;
        test.broker().send_garbage("first").await;
        let taken = Held {
            events: 0,
            consumers: 1,
            dead: 1,
        };
        let takes = async || test.broker().held("first").await == Some(taken);
        test.wait_until("taken in", takes).await;
        test.end().await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_confirm_that_is_lost_makes_a_duplicate_and_no_second_effect() {
        let Some(broker) = Broker::shared().await else {
            return;
        };
        let mut test = BusTest::at(broker.behind_a_proxy().await).await;
        test.start();
        test.publish("note-0", 1).await;
        test.settle(1).await;
        test.broker().watch("first").await;
        test.broker().proxy().pass(Passing::Questions);
        test.publish("note-0", 2).await;
        let heard = async || {
            let [first, second] = &test.listeners;
            first.handled().await.len() == 2 && second.handled().await.len() == 2
        };
        test.wait_until("heard", heard).await;
        let unconfirmed = test.backlog(&test.source).await;
        assert_eq!(unconfirmed.outbox_pending, 1);
        // In this order, so that the confirm is lost and not late.
        test.broker().proxy().cut();
        test.broker().proxy().pass(Passing::All);
        test.publish("note-0", 3).await;
        test.settle(3).await;
        for listener in &test.listeners {
            assert_eq!(in_order(&listener.handled().await), expected(1, 3));
        }
        // The second event came twice at least, and the third once.
        let copies = test.broker().waiting("watch").await;
        assert!(copies >= 3, "{copies} messages for two events");
        println!("R-06 a lost confirm: {copies} messages for two events, effects 1");
        test.end().await;
    }
}
