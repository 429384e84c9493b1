//! Any bytes as a file of customers: nothing panics, every row is staged once, and it does not matter in
//! which pieces the file arrives.
#![no_main]

use customer_import::{ImportParameters, fuzzing::read};
use libfuzzer_sys::fuzz_target;

const QUERIES: [&str; 4] = ["", "unmapped=attributes", "header=false", "encoding=windows-1252"];
const STAGED_COLUMNS: usize = 12;

fuzz_target!(|input: (u8, u8, &[u8])| {
    let (query, piece, file) = input;
    let query = QUERIES[usize::from(query) % QUERIES.len()];
    let parameters = ImportParameters::from_query(query).expect("a valid query");
    let whole = read(file, file.len().max(1), &parameters);
    let in_pieces = read(file, usize::from(piece).max(1), &parameters);
    match (whole, in_pieces) {
        (Ok(whole), Ok(in_pieces)) => {
            assert_eq!(whole, in_pieces);
            let staged = std::str::from_utf8(&whole.staged).expect("COPY gets UTF-8");
            assert!(!staged.contains('\0'), "Postgres stores no NUL");
            let mut rows = 0;
            for line in staged.split_terminator('\n') {
                let columns: Vec<_> = line.split('\t').collect();
                assert_eq!(columns.len(), STAGED_COLUMNS, "{line}");
                // Either a phone or the reason why there is none.
                assert_ne!(columns[1] == r"\N", columns[11] == r"\N", "{line}");
                rows += 1;
            }
            assert_eq!(rows, whole.total_rows);
        }
        // Which of several mistakes is told may depend on what has arrived when the first is seen.
        (Err(_), Err(_)) => {}
        (whole, in_pieces) => panic!("{whole:?} as a whole, {in_pieces:?} in pieces of {piece}"),
    }
});
