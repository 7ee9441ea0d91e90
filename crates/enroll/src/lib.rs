//! The façade an application depends on
