handle! {
    /// Takes, outcomes, doubts and upkeep: what a send worker reads and writes.
    Sending
}
