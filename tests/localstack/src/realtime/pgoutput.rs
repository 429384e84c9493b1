//! Messages of logical decoding by `pgoutput`, protocol version 1.
//! <https://www.postgresql.org/docs/current/protocol-logicalrep-message-formats.html>

use std::{collections::HashMap, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};

/// 2000-01-01, from which Postgres counts, in seconds since 1970.
const EPOCH_S: i64 = 946_684_800;

/// A published table.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Relation {
    pub(super) id: u32,
    pub(super) schema: String,
    pub(super) table: String,
    pub(super) columns: Vec<Column>,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) name: String,
    /// The id of its type.
    pub(super) of_type: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Insert,
    Update,
    Delete,
}

impl Kind {
    /// As subscribers know it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Insert => "INSERT",
            Self::Update => "UPDATE",
            Self::Delete => "DELETE",
        }
    }
}

/// A column's value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Cell {
    Null,
    /// A long value that the statement left as it was, or what a binary format would hold: not in the message.
    Absent,
    Text(String),
}

/// A changed row.
#[derive(Debug, Clone)]
pub(super) struct Change {
    pub(super) kind: Kind,
    pub(super) relation: Arc<Relation>,
    pub(super) committed_at: DateTime<Utc>,
    /// Empty for a deletion.
    pub(super) new: Vec<Cell>,
    /// The key of the old row, if it is another; the whole one where the table's replica identity is full.
    pub(super) old: Option<Vec<Cell>>,
    /// Whether `old` is more than a key.
    pub(super) old_is_whole: bool,
}

/// A message that isn't as documented.
#[derive(Debug, thiserror::Error)]
#[error("a message of pgoutput can't be read")]
pub(super) struct Unreadable;

/// What earlier messages said.
#[derive(Debug, Default)]
pub(super) struct Decoder {
    relations: HashMap<u32, Arc<Relation>>,
    committed_at: DateTime<Utc>,
}

impl Decoder {
    /// The change in a message, if it is about one.
    pub(super) fn read(&mut self, message: &[u8]) -> Result<Option<Change>, Unreadable> {
        let mut rest = Bytes(message);
        match rest.byte()? {
            b'B' => {
                let _last_position = rest.take::<8>()?;
                let microseconds = TimeDelta::microseconds(i64::from_be_bytes(rest.take()?));
                let epoch = DateTime::from_timestamp(EPOCH_S, 0).ok_or(Unreadable)?;
                self.committed_at = epoch.checked_add_signed(microseconds).ok_or(Unreadable)?;
                Ok(None)
            }
            b'R' => {
                let relation = rest.relation()?;
                self.relations.insert(relation.id, Arc::new(relation));
                Ok(None)
            }
            b'I' => self.change(Kind::Insert, rest).map(Some),
            b'U' => self.change(Kind::Update, rest).map(Some),
            b'D' => self.change(Kind::Delete, rest).map(Some),
            // Commits, truncations, types, origins.
            _ => Ok(None),
        }
    }

    fn change(&self, kind: Kind, mut rest: Bytes<'_>) -> Result<Change, Unreadable> {
        let id = rest.number()?;
        let relation = self.relations.get(&id).ok_or(Unreadable)?;
        let mut change = Change {
            kind,
            relation: Arc::clone(relation),
            committed_at: self.committed_at,
            new: Vec::new(),
            old: None,
            old_is_whole: false,
        };
        while !rest.0.is_empty() {
            match rest.byte()? {
                kind @ (b'K' | b'O') => {
                    change.old = Some(rest.row()?);
                    change.old_is_whole = kind == b'O';
                }
                b'N' => change.new = rest.row()?,
                _ => return Err(Unreadable),
            }
        }
        Ok(change)
    }
}

/// What is left of a message.
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn slice(&mut self, length: usize) -> Result<&'a [u8], Unreadable> {
        let (slice, rest) = self.0.split_at_checked(length).ok_or(Unreadable)?;
        self.0 = rest;
        Ok(slice)
    }

    fn take<const N: usize>(&mut self) -> Result<[u8; N], Unreadable> {
        self.slice(N)?.try_into().map_err(|_| Unreadable)
    }

    fn byte(&mut self) -> Result<u8, Unreadable> {
        self.take().map(|[byte]| byte)
    }

    fn number(&mut self) -> Result<u32, Unreadable> {
        self.take().map(u32::from_be_bytes)
    }

    fn count(&mut self) -> Result<u16, Unreadable> {
        self.take().map(u16::from_be_bytes)
    }

    fn text(&mut self) -> Result<String, Unreadable> {
        let length = self.0.iter().position(|byte| *byte == 0);
        let text = self.slice(length.ok_or(Unreadable)?)?;
        self.byte()?;
        String::from_utf8(text.to_vec()).map_err(|_| Unreadable)
    }

    fn relation(&mut self) -> Result<Relation, Unreadable> {
        let id = self.number()?;
        let (schema, table) = (self.text()?, self.text()?);
        let _replica_identity = self.byte()?;
        let columns = (0..self.count()?).map(|_| {
            let _is_of_key = self.byte()?;
            let name = self.text()?;
            let of_type = self.number()?;
            let _modifier = self.number()?;
            Ok(Column { name, of_type })
        });
        let columns = columns.collect::<Result<_, _>>()?;
        Ok(Relation {
            id,
            schema,
            table,
            columns,
        })
    }

    fn row(&mut self) -> Result<Vec<Cell>, Unreadable> {
        let cells = (0..self.count()?).map(|_| match self.byte()? {
            b'n' => Ok(Cell::Null),
            b't' => {
                let length = self.number()?.try_into().map_err(|_| Unreadable)?;
                let text = String::from_utf8(self.slice(length)?.to_vec());
                text.map(Cell::Text).map_err(|_| Unreadable)
            }
            b'u' => Ok(Cell::Absent),
            _ => Err(Unreadable),
        });
        cells.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(kind: u8, parts: &[&[u8]]) -> Vec<u8> {
        [&[kind], parts.concat().as_slice()].concat()
    }

    const RELATION: &[&[u8]] = &[
        &[0, 0, 0, 9],
        b"public\0notes\0d\0\x02",
        b"\x01id\0\0\0\0\x17\xff\xff\xff\xff",
        b"\0text\0\0\0\0\x19\xff\xff\xff\xff",
    ];

    #[test]
    fn a_change_names_its_table_its_time_and_its_values() {
        let mut decoder = Decoder::default();
        let begin = message(b'B', &[&[0; 8], &1_000_000_i64.to_be_bytes(), &[0; 4]]);
        assert!(decoder.read(&begin).unwrap().is_none());
        assert!(decoder.read(&message(b'R', RELATION)).unwrap().is_none());
        let row: &[u8] = b"N\0\x02t\0\0\0\x017u";
        let update = message(b'U', &[&[0, 0, 0, 9], b"K\0\x02t\0\0\0\x016n", row]);
        let change = decoder.read(&update).unwrap().unwrap();
        assert_eq!(change.kind, Kind::Update);
        assert_eq!(change.relation.table, "notes");
        assert_eq!(change.relation.columns[1].name, "text");
        assert_eq!(
            change.committed_at.to_rfc3339(),
            "2000-01-01T00:00:01+00:00"
        );
        assert_eq!(change.new, [Cell::Text("7".to_owned()), Cell::Absent]);
        assert_eq!(
            change.old.unwrap(),
            [Cell::Text("6".to_owned()), Cell::Null]
        );
        assert!(decoder.read(b"C").unwrap().is_none());
    }

    #[test]
    fn half_a_message_is_refused() {
        let mut decoder = Decoder::default();
        let relation = message(b'R', RELATION);
        for length in 0..relation.len() {
            assert!(decoder.read(&relation[..length]).is_err(), "{length}");
        }
        assert!(
            decoder.read(b"I\0\0\0\x09N\0\0").is_err(),
            "of an unknown table"
        );
    }
}
