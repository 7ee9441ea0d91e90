//! The operator's side: the management API
