//! The ledger, the accounts beside it, and sameness of both with the reference.

mod accounts;
mod dice;
mod random;
mod rows;
mod some;
mod view;
