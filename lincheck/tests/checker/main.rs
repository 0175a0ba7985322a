//! The checker from outside: what it reads, what it decides, what it draws.

#[path = "../support/mod.rs"]
mod support;

mod brute_force;
mod brute_force_objects;
mod budget;
mod corpus;
mod edn;
mod html;
mod jsonl;
mod order;
