//! The secondary job: directory to accounts and access groups
