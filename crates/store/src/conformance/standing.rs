//! What people ordered for a time, and what channels, people and roles were asked for lately.

use std::collections::BTreeMap;

use domain::attention::{Attention, Attentions, Spent, Storm, Whose};
use domain::standing::Standing;
use domain::time::Timestamp;

use super::made::{at, incident, name, opening, replacement, silence};
use super::{look, put};
use crate::contract::{Changes, Scope, Store};
use crate::record::StandingOrder;

const ALWAYS: Timestamp = Timestamp::from_millis(i64::MIN);

fn ordering(standing: Vec<StandingOrder>) -> Changes {
    Changes { standing, ..Changes::default() }
}

fn silencing(number: u64, ends_at: Option<Timestamp>) -> StandingOrder {
    StandingOrder::Silence { silence: Box::new(silence(number)), ends_at }
}

/// Oldest first, because the later word holds; one that is written again keeps its place.
pub async fn orders_come_back_oldest_first(store: &dyn Store) {
    assert_eq!(store.standing(ALWAYS).await.unwrap(), (0, Standing::default()));
    let (first, mut second) = (replacement(9, at(50)), replacement(3, at(60)));
    put(store, ordering(vec![silencing(7, None), StandingOrder::Override(first.clone())])).await.unwrap();
    put(store, ordering(vec![silencing(2, Some(at(40))), StandingOrder::Override(second.clone())])).await.unwrap();
    put(store, ordering(vec![silencing(5, Some(at(70)))])).await.unwrap();
    second.reason = Some("\u{0}é \"swapped\"".into());
    let mut earlier = first.clone();
    earlier.until = at(45);
    // The last of several in one save is the one that holds.
    let again = [second.clone(), first, earlier.clone()].map(StandingOrder::Override);
    put(store, ordering(again.to_vec())).await.unwrap();
    let (revision, standing) = store.standing(ALWAYS).await.unwrap();
    assert_eq!(revision, 4);
    assert_eq!(standing.silences, [silence(7), silence(2), silence(5)]);
    assert_eq!(standing.overrides, [earlier, second]);
}

/// Else every look would read all that ever was ordered.
pub async fn orders_that_were_over_by_then_are_left_out(store: &dyn Store) {
    let orders = vec![
        silencing(1, Some(at(10))),
        silencing(2, Some(at(20))),
        silencing(3, None),
        StandingOrder::Override(replacement(4, at(19))),
        StandingOrder::Override(replacement(5, at(21))),
    ];
    put(store, ordering(orders)).await.unwrap();
    let (_, standing) = store.standing(at(20)).await.unwrap();
    assert_eq!(standing.silences, [silence(2), silence(3)]);
    assert_eq!(standing.overrides, [replacement(5, at(21))]);
    // Ended early: the same name with an earlier end.
    put(store, ordering(vec![silencing(3, Some(at(19)))])).await.unwrap();
    assert_eq!(store.standing(at(20)).await.unwrap().1.silences, [silence(2)]);
    assert_eq!(store.standing(at(1_000)).await.unwrap(), (2, Standing::default()));
}

/// So that a decision knows whether it goes by the orders that stand; one step for each save, however much it changes.
pub async fn every_save_of_orders_raises_the_revision(store: &dyn Store) {
    let revision = async || {
        let loaded = look(store, Scope::default()).await.unwrap().standing;
        assert_eq!(store.standing(ALWAYS).await.unwrap().0, loaded);
        loaded
    };
    assert_eq!(revision().await, 0);
    let order = replacement(1, at(50));
    put(store, ordering(vec![silencing(1, None), StandingOrder::Override(order.clone())])).await.unwrap();
    assert_eq!(revision().await, 1);
    put(store, opening([incident(1)])).await.unwrap();
    assert_eq!(revision().await, 1, "an incident is no order");
    put(store, Changes { withdrawn: vec![order.id], ..Changes::default() }).await.unwrap();
    assert_eq!(revision().await, 2);
    let standing = store.standing(ALWAYS).await.unwrap().1;
    assert_eq!((standing.silences, standing.overrides), (vec![silence(1)], Vec::new()));
    // What is ordered and withdrawn at once was never there.
    let both = Changes { withdrawn: vec![order.id], ..ordering(vec![StandingOrder::Override(order)]) };
    put(store, both).await.unwrap();
    assert_eq!(revision().await, 3);
    assert!(store.standing(ALWAYS).await.unwrap().1.overrides.is_empty());
}

/// With every load: a page may be decided by any of them.
pub async fn attention_comes_with_every_load(store: &dyn Store) {
    let storm = Storm { since: at(1), last_at: at(2), critical: None, others: None };
    let spent = Spent { until: at(90), count: 3, last_at: at(4), told: true };
    let known: Attentions = BTreeMap::from([
        (Whose::Channel(name("ops")), Attention { storm: Some(storm), ..Attention::default() }),
        (Whose::Contact(name("ops")), Attention { spent: Some(spent), ..Attention::default() }),
        (Whose::Role(name("ops")), Attention { turns: 7, ..Attention::default() }),
    ]);
    assert!(look(store, Scope::default()).await.unwrap().attention.is_empty());
    put(store, Changes { attention: known.clone(), ..Changes::default() }).await.unwrap();
    assert_eq!(look(store, Scope::default()).await.unwrap().attention, known);
    // One is overwritten, the others stay.
    let channel = Attention { first_pages: vec![at(5), at(6)], ..Attention::default() };
    let changed: Attentions = BTreeMap::from([(Whose::Channel(name("ops")), channel)]);
    put(store, Changes { attention: changed.clone(), ..Changes::default() }).await.unwrap();
    let expected: Attentions = known.into_iter().chain(changed).collect();
    assert_eq!(look(store, Scope::default()).await.unwrap().attention, expected);
}

/// Its row goes, so that there are only as many as somebody is asked for.
pub async fn attention_that_says_nothing_is_forgotten(store: &dyn Store) {
    let turns = |turns| Attention { turns, ..Attention::default() };
    let both = [Whose::Role(name("primary")), Whose::Role(name("secondary"))];
    let attention: Attentions = both.clone().into_iter().zip([turns(1), turns(2)]).collect();
    put(store, Changes { attention, ..Changes::default() }).await.unwrap();
    let attention = BTreeMap::from([(both[0].clone(), turns(0)), (Whose::Contact(name("ada")), turns(0))]);
    put(store, Changes { attention, ..Changes::default() }).await.unwrap();
    let left = look(store, Scope::default()).await.unwrap().attention;
    assert_eq!(left, BTreeMap::from([(both[1].clone(), turns(2))]));
}
