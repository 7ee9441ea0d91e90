//! Identity providers as clients: Okta, Entra, OneLogin
