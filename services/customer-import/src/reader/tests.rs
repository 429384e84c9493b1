use std::{
    fmt::Write as _,
    io::Write as _,
    process::{Command, Stdio},
};

use proptest::{collection::vec, prelude::*};

use super::*;

fn read(file: &[u8], piece: usize) -> Result<Vec<Vec<Vec<u8>>>, ImportFailure> {
    Ok(read_with(b',', file, piece)?.0)
}

/// The cells of every row, and the numbers of those with an open quote.
type Rows = (Vec<Vec<Vec<u8>>>, Vec<i32>);

fn read_with(delimiter: u8, file: &[u8], piece: usize) -> Result<Rows, ImportFailure> {
    let mut rows = Vec::new();
    let mut open = Vec::new();
    let mut keep = |record: Record<'_>| {
        rows.push((0..record.len()).map(|i| record.cell(i).to_vec()).collect());
        if record.has_open_quote {
            open.push(record.row);
        }
        Ok(Taken::Yes)
    };
    let mut reader = RecordReader::new(delimiter);
    for bytes in file.chunks(piece) {
        reader.push(bytes, &mut keep)?;
    }
    reader.finish(&mut keep)?;
    Ok((rows, open))
}

fn texts(file: &str) -> Vec<Vec<String>> {
    read(file.as_bytes(), 3)
        .unwrap()
        .into_iter()
        .map(|row| {
            row.into_iter()
                .map(|cell| String::from_utf8(cell).unwrap())
                .collect()
        })
        .collect()
}

#[test]
fn quotes_keep_commas_and_line_breaks_and_every_line_end_counts() {
    assert_eq!(
        texts("a,b\r\n\"1,5\",\"x\ny\"\r\"he said \"\"hi\"\"\",\n\n\nlast,row"),
        [
            ["a", "b"],
            ["1,5", "x\ny"],
            ["he said \"hi\"", ""],
            ["last", "row"]
        ]
    );
}

#[test]
fn rows_may_be_too_short_or_too_long() {
    assert_eq!(
        texts("a,b\n1\n1,2,3\n")
            .iter()
            .map(Vec::len)
            .collect::<Vec<_>>(),
        [2, 1, 3]
    );
}

#[test]
fn a_quote_that_was_never_meant_as_one_glues_no_rows_together() {
    for (file, rows, open) in [
        // Closed nowhere.
        ("a,b\n1,\"2\n3,4\n", vec!["a|b", "1|\"2", "3|4"], vec![2]),
        ("a,b\n1,\"2\n3,4", vec!["a|b", "1|\"2", "3|4"], vec![2]),
        ("a,b\n1,\"", vec!["a|b", "1|\""], vec![2]),
        // Closed by the quote that opens another cell.
        (
            "a,b\r\n1,\"Ben\r\n2,Cy\r\n3,\"Dee\r\n4,Ed\r\n",
            vec!["a|b", "1|\"Ben", "2|Cy", "3|\"Dee", "4|Ed"],
            vec![2, 4],
        ),
        (
            "\"Ben,1\n\"Cy\",2\n\"Di \"\"x\"\"\",3\n",
            vec!["\"Ben|1", "Cy|2", "Di \"x\"|3"],
            vec![1],
        ),
        // These were meant.
        ("a,\"x\ny\" \n1,2\n", vec!["a|x\ny ", "1|2"], vec![]),
        ("a,\"x\n,\"\"y\"\"\",b\n", vec!["a|x\n,\"y\"|b"], vec![]),
        ("a,\"Smith\"x\n", vec!["a|Smithx"], vec![]),
    ] {
        for piece in 1..=file.len() {
            let (read, found) = read_with(b',', file.as_bytes(), piece).unwrap();
            let read: Vec<String> = read
                .iter()
                .map(|cells| String::from_utf8(cells.join(&b'|')).unwrap())
                .collect();
            assert_eq!(
                (read, &found),
                (rows.iter().map(ToString::to_string).collect(), &open),
                "{file:?}"
            );
        }
    }
}

#[test]
fn a_row_or_a_quote_without_end_needs_little_memory() {
    // Rows behind an open quote, more than a record may have.
    let rows = MOST_RECORD_BYTES;
    let file = format!("a,b\n\"1,2\n{}", "3,4\n".repeat(rows));
    let (all, open) = read_with(b',', file.as_bytes(), 8192).unwrap();
    assert_eq!((all.len(), open), (rows + 2, vec![2]));
    let mut long = b"a\n\"".to_vec();
    long.resize(MOST_RECORD_BYTES + 10, b'x');
    assert!(matches!(
        read(&long, 8192),
        Err(ImportFailure::RowTooLong { row: 2, .. })
    ));
    assert!(matches!(
        read(&vec![b','; MOST_COLUMNS + 1], 8192),
        Err(ImportFailure::TooManyColumns { row: 1, .. })
    ));
}

proptest! {
    #[test]
    fn any_table_reads_back_in_pieces_of_any_size(
        rows in prop::collection::vec(prop::collection::vec("[a-z,\"\r\n é;]{0,6}", 2..5), 0..12),
        piece in 1_usize..40,
    ) {
        let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
        for row in &rows {
            writer.write_record(row).unwrap();
        }
        let file = writer.into_inner().unwrap();
        let read: Vec<Vec<String>> = read(&file, piece).unwrap().into_iter()
            .map(|row| row.into_iter().map(|cell| String::from_utf8(cell).unwrap()).collect())
            .collect();
        prop_assert_eq!(read, rows);
    }
}

/// Reads a file a line, each a delimiter and the file's bytes in hexadecimal; writes its rows a line, cells
/// separated by commas and in hexadecimal.
const PYTHON: &str = r#"
import csv, io, sys
for line in sys.stdin:
    delimiter, data = line.rstrip("\n").split(" ")
    text = io.StringIO(bytes.fromhex(data).decode(), newline="")
    rows = [row for row in csv.reader(text, delimiter=chr(int(delimiter))) if row]
    print(";".join(",".join("x" + cell.encode().hex() for cell in row) for row in rows))
"#;

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

/// What Python's `csv` module reads from each of the files.
fn read_by_python(files: &[(u8, String)]) -> Vec<String> {
    let mut python = Command::new("python3")
        .args(["-c", PYTHON])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = python.stdin.take().unwrap();
    let mut lines = String::new();
    for (delimiter, file) in files {
        writeln!(lines, "{delimiter} {}", hexadecimal(file.as_bytes())).unwrap();
    }
    let writer = std::thread::spawn(move || input.write_all(lines.as_bytes()));
    let output = python.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(ToOwned::to_owned).collect()
}

proptest! {
    // One case is hundreds of files: starting Python is what takes time.
    #![proptest_config(ProptestConfig::with_cases(8))]

    /// Whatever characters come in whatever order, Python's reader finds the same cells. Without NUL, which it
    /// refuses; and where a quote was not meant as one it glues rows together, and we don't.
    #[test]
    fn an_independent_reader_finds_the_same_cells(
        files in vec((
            prop::sample::select(vec![b',', b';', b'\t', b'|']),
            "[a-c,;|\t\"\"\"\r\n\n é'=]{0,60}",
        ), 400),
        piece in 1_usize..50,
    ) {
        let theirs = read_by_python(&files);
        prop_assert_eq!(theirs.len(), files.len());
        let mut compared = 0;
        for ((delimiter, file), theirs) in files.iter().zip(theirs) {
            let (ours, open) = read_with(*delimiter, file.as_bytes(), piece).unwrap();
            if !open.is_empty() {
                continue;
            }
            let ours: Vec<String> = ours
                .iter()
                .map(|row| {
                    let cells = row.iter().map(|cell| format!("x{}", hexadecimal(cell)));
                    cells.collect::<Vec<_>>().join(",")
                })
                .collect();
            prop_assert_eq!(ours.join(";"), theirs, "{:?}", file);
            compared += 1;
        }
        prop_assert!(compared > files.len() / 4, "{} compared", compared);
    }
}
