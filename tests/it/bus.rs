//! What every transport between modules must hold: the same suite over each of them.

#[cfg(feature = "rabbitmq")]
mod broker;
#[cfg(feature = "rabbitmq")]
mod faults;
mod stage;

use std::collections::BTreeMap;

use stage::{Stage, Transport, envelope};

/// Numbers of each note in the order in which a listener heard them.
fn in_order(heard: &[(String, i64)]) -> BTreeMap<String, Vec<i64>> {
    let mut notes: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    for (note, number) in heard {
        notes.entry(note.clone()).or_default().push(*number);
    }
    notes
}

/// What a listener must have heard when `count` numbers were told of each of `notes`.
fn told(notes: usize, count: i64) -> BTreeMap<String, Vec<i64>> {
    let all = (0..notes).map(|note| (format!("note-{note}"), (1..=count).collect()));
    all.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_listener_hears_every_event_once_and_in_order() {
    for transport in Transport::ALL {
        let Some(mut stage) = Stage::new(transport).await else {
            continue;
        };
        stage.start();
        for number in 1..=25 {
            for note in 0..20 {
                stage.tell(&format!("note-{note}"), number).await;
            }
        }
        stage.settle(500).await;
        for listener in &stage.listeners {
            assert_eq!(in_order(&listener.heard().await), told(20, 25));
        }
        println!(
            "R-11 {transport:?}: two relays and two consumers: 500 events in order, effects 1"
        );
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_told_while_nobody_runs_is_heard_later() {
    for transport in Transport::ALL {
        let Some(mut stage) = Stage::new(transport).await else {
            continue;
        };
        for number in 1..=5 {
            stage.tell("note-0", number).await;
        }
        stage.start();
        stage.settle(5).await;
        stage.stop().await;
        for number in 6..=10 {
            stage.tell("note-0", number).await;
        }
        for listener in &stage.listeners {
            assert_eq!(in_order(&listener.heard().await), told(1, 5));
        }
        stage.start();
        stage.settle(10).await;
        for listener in &stage.listeners {
            assert_eq!(in_order(&listener.heard().await), told(1, 10));
        }
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_three_times_and_shuffled_has_its_effect_once() {
    for transport in Transport::ALL {
        let Some(mut stage) = Stage::new(transport).await else {
            continue;
        };
        stage.start();
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
        // The queue is in order, so whoever has heard the last one has got all that came before it.
        envelopes.push(envelope("note-1000", 1));
        let bus = stage.bus();
        for part in envelopes.chunks(200) {
            bus.publish(part).await.expect("published");
        }
        stage.settle(1001).await;
        for listener in &stage.listeners {
            assert_eq!(in_order(&listener.heard().await), told(1001, 1));
        }
        println!(
            "R-10 {transport:?}: 1001 events three times and shuffled: each had its effect once"
        );
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_poisonous_event_is_parked_and_holds_up_its_own_note_alone() {
    for transport in Transport::ALL {
        let Some(mut stage) = Stage::new(transport).await else {
            continue;
        };
        let first = &stage.listeners[0];
        first.poison(Some(("note-1", 2)));
        stage.start();
        for number in 1..=3 {
            for note in 0..3 {
                stage.tell(&format!("note-{note}"), number).await;
            }
        }
        stage.settle(9).await;
        let [first, second] = &stage.listeners;
        assert_eq!(in_order(&second.heard().await), told(3, 3));
        // Once in the company of others, and then the five tries that count.
        assert!((5..=6).contains(&first.deaths()), "{}", first.deaths());
        let mut expected = told(3, 3);
        expected.insert("note-1".to_owned(), vec![1, 3]);
        assert_eq!(in_order(&first.heard().await), expected);
        first.poison(None);
        stage.replay().await;
        stage.settle(9).await;
        expected.insert("note-1".to_owned(), vec![1, 3, 2]);
        assert_eq!(in_order(&first.heard().await), expected);
        println!(
            "R-09 {transport:?}: a poisonous event parked after {} tries, 8 good ones done in order, replayed",
            first.deaths()
        );
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_told_to_end_in_the_middle_handles_the_rest_later_and_nothing_twice() {
    for transport in Transport::ALL {
        let Some(mut stage) = Stage::new(transport).await else {
            continue;
        };
        for number in 1..=40 {
            for note in 0..10 {
                stage.tell(&format!("note-{note}"), number).await;
            }
        }
        let mut stops = 0;
        stage.start();
        while stage.listeners[0].heard().await.len() < 400 && stops < 50 {
            stage.stop().await;
            stops += 1;
            stage.start();
        }
        stage.settle(400).await;
        for listener in &stage.listeners {
            assert_eq!(in_order(&listener.heard().await), told(10, 40));
        }
        println!(
            "R-31 {transport:?}: {stops} orderly ends with up to 400 events in hand: effects 1, in order"
        );
        stage.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_relays_and_two_consumers_share_the_work() {
    for transport in Transport::ALL {
        let Some(mut stage) = Stage::new(transport).await else {
            continue;
        };
        stage.start();
        stage.start();
        for number in 1..=25 {
            for note in 0..20 {
                stage.tell(&format!("note-{note}"), number).await;
            }
        }
        stage.settle(500).await;
        for listener in &stage.listeners {
            assert_eq!(in_order(&listener.heard().await), told(20, 25));
        }
        stage.end().await;
    }
}

#[cfg(feature = "rabbitmq")]
mod rabbit {
    use super::Transport::Rabbit;
    use super::broker::Broker;
    use super::{Stage, in_order, told};
    use crate::support::proxy::Passing;

    #[tokio::test(flavor = "multi_thread")]
    async fn a_queue_and_a_binding_that_were_deleted_come_back_and_lose_nothing() {
        let Some(mut stage) = Stage::new(&Rabbit).await else {
            return;
        };
        stage.start();
        for number in 1..=5 {
            stage.tell("note-0", number).await;
        }
        stage.settle(5).await;
        stage.broker().delete_queue("first").await;
        for number in 6..=10 {
            stage.tell("note-0", number).await;
        }
        stage.settle(10).await;
        stage.broker().delete_binding("second").await;
        for number in 11..=15 {
            stage.tell("note-0", number).await;
        }
        stage.settle(15).await;
        for listener in &stage.listeners {
            assert_eq!(in_order(&listener.heard().await), told(1, 15));
        }
        println!("R-07 a queue and a binding deleted while running: 15 events delivered");
        stage.end().await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn what_is_no_event_goes_to_the_dead_queue_and_holds_up_nothing() {
        let Some(mut stage) = Stage::new(&Rabbit).await else {
            return;
        };
        stage.start();
        stage.tell("note-0", 1).await;
        stage.settle(1).await;
        stage.broker().send_garbage("first").await;
        stage.tell("note-0", 2).await;
        stage.settle(2).await;
        for listener in &stage.listeners {
            assert_eq!(in_order(&listener.heard().await), told(1, 2));
        }
        let dead = async || stage.broker().waiting("first.dead").await == 1;
        stage.wait_until("dead", dead).await;
        stage.end().await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_confirm_that_is_lost_makes_a_duplicate_and_no_second_effect() {
        let Some(broker) = Broker::shared().await else {
            return;
        };
        let mut stage = Stage::at(broker.behind_a_proxy().await).await;
        stage.start();
        stage.tell("note-0", 1).await;
        stage.settle(1).await;
        stage.broker().watch("first").await;
        stage.broker().proxy().pass(Passing::Questions);
        stage.tell("note-0", 2).await;
        let heard = async || {
            let [first, second] = &stage.listeners;
            first.heard().await.len() == 2 && second.heard().await.len() == 2
        };
        stage.wait_until("heard", heard).await;
        let unconfirmed = stage.backlog(&stage.source).await;
        assert_eq!(unconfirmed.outbox_pending, 1);
        // In this order, so that the confirm is lost and not late.
        stage.broker().proxy().cut();
        stage.broker().proxy().pass(Passing::All);
        stage.tell("note-0", 3).await;
        stage.settle(3).await;
        for listener in &stage.listeners {
            assert_eq!(in_order(&listener.heard().await), told(1, 3));
        }
        // The second event came twice at least, and the third once.
        let copies = stage.broker().waiting("watch").await;
        assert!(copies >= 3, "{copies} messages for two events");
        println!("R-06 a lost confirm: {copies} messages for two events, effects 1");
        stage.end().await;
    }
}
