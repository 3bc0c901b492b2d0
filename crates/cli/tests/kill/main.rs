//! The real process is killed with SIGKILL a hundred times, at random moments and under load, and must keep its word: a delivery that was
//! answered is on disk byte for byte, no rung is skipped, and whatever reaches a receiver twice carries the same id.
//!
//! `WATCHFIRE_KILLS=1000` kills it more often, `WATCHFIRE_SEED=7` at other moments.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a process that cannot be driven fails the test; its patience is real time"
)]

mod clients;
mod house;
mod receiver;
mod verdict;

use std::time::Duration;

use clients::Clients;
use house::House;
use receiver::Receiver;

/// Longer than any ladder of the test; only a hanging process needs it.
const PATIENCE: Duration = Duration::from_secs(60);

/// The moments of the kills come from here.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }
}

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

#[test]
fn a_hundred_kills_lose_nothing_and_skip_nothing() {
    let kills = number("WATCHFIRE_KILLS", 100);
    let mut chance = Chance(number("WATCHFIRE_SEED", 42));
    let receiver = Receiver::listen();
    let house = House::with(&receiver);
    let clients = Clients::start(4);
    for _ in 0..kills {
        let mut service = house.serve();
        // One in eight dies while it starts.
        if chance.below(8) == 0 {
            clients.wait_for_answers(1, Duration::from_millis(chance.below(12)));
        } else {
            clients.reach(service.listens());
            // So many answers, or so much time: whichever comes first is no moment that the service could choose.
            clients.wait_for_answers(chance.below(150), Duration::from_millis(30 + chance.below(400)));
        }
        service.kill();
        clients.reach(None);
    }
    let ledger = clients.end();
    let mut service = house.serve();
    let address = service.listens();
    house.wait_for_the_last_rungs(address, PATIENCE);
    service.stop();
    let story = verdict::look(&house, &ledger, &receiver.ledger());
    println!("{kills} kills, {} answered deliveries: {story}", ledger.answered.len());
}
