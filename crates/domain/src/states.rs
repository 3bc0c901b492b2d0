//! The life of an incident as a table: from which state what leads to which. A test explores the rule and proves that the table says neither less
//! nor more; `docs/states.md` is drawn from it.

/// One way from a state to another one. States are the words of [`State::as_str`](crate::incident::State::as_str), and `new` before the first;
/// what leads on is the word of an event, [`Event::as_str`](crate::event::Event::as_str).
pub type Transition = (&'static str, &'static str, &'static str);

/// Every way from a state to another one. What changes no state (a signal, a silence, a page, …) is not here.
pub const TRANSITIONS: &[Transition] = &[
    ("new", "opened", "open"),
    ("open", "rung_ran", "escalating"),
    ("open", "rung_skipped", "escalating"),
    ("open", "acknowledged", "acknowledged"),
    ("open", "snoozed", "snoozed"),
    ("open", "resolved", "resolved"),
    ("escalating", "exhausted", "exhausted"),
    ("escalating", "acknowledged", "acknowledged"),
    ("escalating", "snoozed", "snoozed"),
    ("escalating", "resolved", "resolved"),
    ("escalating", "rose", "open"),
    ("escalating", "fell", "open"),
    ("escalating", "left_maintenance", "open"),
    ("exhausted", "acknowledged", "acknowledged"),
    ("exhausted", "snoozed", "snoozed"),
    ("exhausted", "resolved", "resolved"),
    ("exhausted", "rose", "open"),
    ("exhausted", "fell", "open"),
    ("exhausted", "left_maintenance", "open"),
    ("acknowledged", "acknowledgement_ended", "open"),
    ("acknowledged", "acknowledgement_ended", "escalating"),
    ("acknowledged", "acknowledgement_ended", "exhausted"),
    ("acknowledged", "snoozed", "snoozed"),
    ("acknowledged", "resolved", "resolved"),
    ("acknowledged", "rose", "open"),
    ("snoozed", "snooze_ended", "open"),
    ("snoozed", "snooze_ended", "escalating"),
    ("snoozed", "snooze_ended", "exhausted"),
    ("snoozed", "acknowledged", "acknowledged"),
    ("snoozed", "resolved", "resolved"),
    ("snoozed", "rose", "open"),
    ("resolved", "reopened", "open"),
    ("resolved", "undone", "open"),
    ("resolved", "undone", "escalating"),
    ("resolved", "undone", "exhausted"),
    ("resolved", "undone", "acknowledged"),
    ("resolved", "undone", "snoozed"),
];

/// What leads on, in words for people, with the rule that says so.
pub const CAUSES: &[(&str, &str)] = &[
    ("opened", "a signal that is worth it, or a person, opens it (L1)"),
    ("rung_ran", "its delay is over: the first rung runs (L1, L2)"),
    ("rung_skipped", "the first rung's condition does not hold: it is skipped, and the ladder goes on (L2)"),
    ("exhausted", "the time after the last rung is over and nobody answered (L5)"),
    ("acknowledged", "a person, or as many as the rung asks for, took it (A1)"),
    ("acknowledgement_ended", "the time of the acknowledgement is over: the ladder goes on from where it stood (A3)"),
    ("snoozed", "a person put it off, or Sentry archived it until a condition (A4, A5)"),
    ("snooze_ended", "its time, rate, number of users or release has come, or Sentry opened it again (A5)"),
    ("rose", "its priority rose above its level: a higher ladder starts (L6)"),
    ("fell", "a person lowered it: a lower ladder starts, and whoever took it keeps it (L6, A8)"),
    ("left_maintenance", "it outlived its maintenance window: the ladder of its triaged level starts (A7)"),
    ("resolved", "a person, Sentry, quiet or age ended it (R1, R2, L10)"),
    ("reopened", "a later signal, or a person, begins a new opening (R3)"),
    ("undone", "the resolve was taken back: it goes on from where it stood (R4)"),
];
