//! What a hook costs from the socket to the disk: `cargo bench -p watchfire-tests --bench pipeline 2>/dev/null [-- --quick]`.
//!
//! The service as it is, in this process: router, accept loop, engine, SQLite on disk, a transport that only counts. The generator has one
//! thread of the same machine and sends bodies that were made and signed before the clock started. Compare figures of one machine and one day
//! with each other; CPU per hook says more than the clock where others share the machine. Two builds are compared by turns, A B B A, at least
//! eight runs each: on a busy machine three runs of either have differed by more than the builds did.
//!
//! ```text
//! --quick             three short stages
//! --only WORD         stages whose name holds the word
//! --size KB           the size of a body in the stages at full speed, instead of 2, 10 and 60
//! --seconds N         the longest a stage may last (5, at most 8)
//! --connections N     kept-alive connections (64)
//! --rounds N          each stage so often (1)
//! --log LEVEL         what the service logs, to standard error (info, as it does by default)
//! ```
#![expect(clippy::unwrap_used, clippy::panic, reason = "a measurement may stop at the first surprise")]
#![expect(clippy::disallowed_methods, reason = "real time and real threads are what it measures")]
#![expect(clippy::print_stdout, reason = "its result is what it prints")]

#[path = "pipeline/binary.rs"]
mod binary;
#[path = "pipeline/bodies.rs"]
mod bodies;
#[path = "pipeline/house.rs"]
mod house;
#[path = "pipeline/load.rs"]
mod load;
#[path = "pipeline/spent.rs"]
mod spent;

use std::time::Duration;

use bodies::{Crowd, Signed};
use house::House;
use load::{Answers, Pace};
use spent::Spent;

/// The hooks of a stage are held in memory: at most so many bytes.
const MEMORY: usize = 400 * 1024 * 1024;
/// More than any machine answers in the longest stage would only cost time to sign.
const MOST_HOOKS: usize = 120_000;
/// Sent before the clock starts: connections are open, statements prepared, threads there.
const WARM_UP: usize = 512;

struct Options {
    quick: bool,
    only: Option<String>,
    sizes: Vec<usize>,
    seconds: u64,
    connections: usize,
    rounds: usize,
    log: String,
}

impl Options {
    fn of_process() -> Self {
        let mut options = Self {
            quick: false,
            only: None,
            sizes: vec![2, 10, 60],
            seconds: 5,
            connections: 64,
            rounds: 1,
            log: "info".into(),
        };
        let mut words = std::env::args().skip(1);
        while let Some(word) = words.next() {
            let mut value = || words.next().unwrap_or_else(|| panic!("{word} needs a value"));
            match word.as_str() {
                // What cargo itself says to a bench.
                "--bench" => {}
                "--quick" => (options.quick, options.seconds) = (true, 2),
                "--only" => options.only = Some(value()),
                "--size" => options.sizes = vec![value().parse().unwrap()],
                "--seconds" => options.seconds = value().parse::<u64>().unwrap().clamp(1, 8),
                "--connections" => options.connections = value().parse().unwrap(),
                "--rounds" => options.rounds = value().parse().unwrap(),
                "--log" => options.log = value(),
                _ => panic!("{word} is no option; the head of this file names them"),
            }
        }
        if options.quick {
            options.sizes = vec![10];
        }
        options
    }
}

/// What is measured in one go.
struct Stage {
    name: String,
    kilobytes: usize,
    crowd: Crowd,
    pace: Pace,
    /// So many of the hooks are sent, again and again.
    repeat: Option<usize>,
}

fn stages(options: &Options) -> Vec<Stage> {
    let full = |name: &str, kilobytes, crowd| Stage {
        name: format!("{name} {kilobytes} KB"),
        kilobytes,
        crowd,
        pace: Pace::Full,
        repeat: None,
    };
    let mut stages: Vec<Stage> =
        options.sizes.iter().map(|kilobytes| full("each opens an incident,", *kilobytes, Crowd::Strangers)).collect();
    let paced = |each_second| Stage {
        pace: Pace::EachSecond(each_second),
        ..full(&format!("{each_second}/s,"), 10, Crowd::Strangers)
    };
    stages.push(paced(200));
    if options.quick {
        return stages;
    }
    stages.push(paced(500));
    stages.push(full("new issues of one group,", 10, Crowd::Group));
    stages.push(full("events of 500 issues,", 10, Crowd::Issues(500)));
    stages.push(Stage { repeat: Some(2_000), ..full("duplicates,", 10, Crowd::Strangers) });
    stages
}

fn main() {
    let options = Options::of_process();
    house::log(&options.log);
    println!(
        "the generator shares the machine ({} cores): one thread, {} connections; bodies are made and signed before the clock starts",
        std::thread::available_parallelism().map_or(0, usize::from),
        options.connections,
    );
    for stage in stages(&options) {
        if options.only.as_ref().is_some_and(|word| !stage.name.contains(word)) {
            continue;
        }
        for _ in 0..options.rounds {
            measure(&stage, &options);
        }
    }
    if options.only.as_ref().is_none_or(|word| "binary".contains(word)) {
        binary::measure();
    }
}

fn measure(stage: &Stage, options: &Options) {
    let size = stage.kilobytes * 1024;
    let wanted = match stage.pace {
        Pace::Full => (MEMORY / size).min(MOST_HOOKS),
        Pace::EachSecond(each_second) => each_second * usize::try_from(options.seconds).unwrap(),
    };
    let unique = stage.repeat.unwrap_or(wanted);
    let hooks: Vec<Signed> = bodies::make(WARM_UP + unique, size, stage.crowd);
    let (warm_up, hooks) = hooks.split_at(WARM_UP);
    let longest = Duration::from_secs(options.seconds);

    let house = House::open();
    load::send(house.address, warm_up, options.connections, Pace::Full, longest);
    if stage.repeat.is_some() {
        load::send(house.address, hooks, options.connections, Pace::Full, longest);
    }
    let before = (Spent::now(), house.batches(), house.pages());
    let answers = match stage.repeat {
        None => load::send(house.address, hooks, options.connections, stage.pace, longest),
        Some(_) => {
            let again: Vec<Signed> = (0..wanted / unique).flat_map(|_| hooks.to_vec()).collect();
            load::send(house.address, &again, options.connections, stage.pace, longest)
        }
    };
    let spent = Spent::now().since(&before.0);
    let batches = house.batches().since(before.1);
    let pages = house.pages() - before.2;
    tell(stage, &answers, &spent, batches, pages, house.disk_bytes());
    house.close();
}

fn tell(stage: &Stage, answers: &Answers, spent: &Spent, batches: house::Batches, pages: u64, disk: u64) {
    let count = answers.count();
    let each = |total: f64| total / count as f64;
    println!("\n{}", stage.name);
    println!(
        "  {:>8.0} req/s      p50 {:.1} ms  p99 {:.1} ms  max {:.1} ms   {} in {:.2} s: {}",
        count as f64 / answers.elapsed.as_secs_f64(),
        answers.milliseconds(0.5),
        answers.milliseconds(0.99),
        answers.milliseconds(1.0),
        count,
        answers.elapsed.as_secs_f64(),
        answers.statuses(),
    );
    println!(
        "  {:>8.1} a batch    {} batches, {} pages; {:.1} KB written for each hook; database {:.0} MB at the end",
        batches.mean(),
        batches.count,
        pages,
        each(spent.written as f64 / 1e3),
        disk as f64 / 1e6,
    );
    println!(
        "  {:>8.1} µs of CPU  for each hook: {:.1} server and engine, {:.1} SQLite's thread, {:.1} other; and {:.1} the generator",
        each(spent.of_the_house() / 1e3),
        each(spent.server / 1e3),
        each(spent.sqlite / 1e3),
        each(spent.other / 1e3),
        each(answers.generator.as_nanos() as f64 / 1e3),
    );
}
