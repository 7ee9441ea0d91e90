//! The core as a tower and hyper service with bearer authentication
