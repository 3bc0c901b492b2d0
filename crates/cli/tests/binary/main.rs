//! The binary as people meet it: real processes, real files, real sockets.

mod acts;
mod bad_input;
mod first_use;
mod orders;
mod process;
mod without_a_service;
