//! `enroll simulate`.
