//! The reference rows hold the contract.

enroll_conformance::tenants_suite!(enroll_tenants::MemoryTenants::default());
