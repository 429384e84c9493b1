handle! {
    /// The records of imports, and customers that arrive in bulk.
    Imports
}
