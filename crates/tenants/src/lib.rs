//! Who may call, and which directory that is: tenants, integrations, tokens, keys
