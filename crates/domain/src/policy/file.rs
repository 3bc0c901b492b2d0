//! TOML to [`Policy`](super::Policy): every mistake told at once, each with its line and column.
