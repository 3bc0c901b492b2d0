//! The promises of `docs/semantics.md`, one file for each rule, in virtual time over the real router and the real store. Minutes count from
//! the start of the story.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a story that cannot be told is a failed test")]

mod a1;
mod a3;
mod a8;
mod c1;
mod c2;
mod c3;
mod d1;
mod d2;
mod d3;
mod d5;
mod d6;
mod f1;
mod f2;
mod hostile;
mod i1;
mod i1_merged;
mod i2;
mod i2_early;
mod i3;
mod i4;
mod i5;
mod i6;
mod i7;
mod l1;
mod l10;
mod l11;
mod l13;
mod l14;
mod l15;
mod l2;
mod l3;
mod l4;
mod l5;
mod l6;
mod l6_environments;
mod l8;
mod l9;
mod orders;
mod payloads;
mod r1;
mod r2;
mod r3;
mod r4;
mod r5;
mod s2;
