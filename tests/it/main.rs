//! Whole-program tests: what a user would see.

mod account;
mod assess;
mod catalog;
mod cli;
mod collect;
mod faults;
mod html;
mod imports;
mod moto;
mod pack;
mod pdf;
mod register;
mod rooms;
mod samples;
mod seal;
mod support;
