handle! {
    /// The records of imports, and bulk imports of customers.
    Imports
}
