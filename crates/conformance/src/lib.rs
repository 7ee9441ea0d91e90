//! Store suite, sink suite, corpus: what every implementation must hold
