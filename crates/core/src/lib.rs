//! The provisioning core, sans-IO: a Call goes in, a Reply comes out
