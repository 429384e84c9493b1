handle! {
    /// Batches, claims, outcomes and doubts: what a send worker reads and writes.
    Sending
}
