//! Ways of embedding.
