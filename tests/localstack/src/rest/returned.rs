//! Functions that declare the columns of their rows: `returns table (address text, …)`.
//!
//! `postrust` selects, filters, orders and pages the rows of a function only if it knows them as those of
//! a table. So each such function gets one in the schema cache, where no request can name it.

use std::collections::HashMap;

use postrust_core::{
    SchemaCache,
    api_request::QualifiedIdentifier,
    schema_cache::{Column, RetType, Routine, Table},
};

/// Whether a function of `cache`, which has been read anew, has no table yet.
pub(super) fn lack_tables(cache: &SchemaCache) -> bool {
    cache.routines.values().flatten().any(lacks_table)
}

fn lacks_table(routine: &Routine) -> bool {
    routine.returns_composite
        && !routine.output_columns.is_empty()
        && routine.return_type == RetType::SetOf("record".to_owned())
}

pub(super) fn add_tables(cache: &mut SchemaCache) {
    for routines in cache.routines.values_mut() {
        for (overload, routine) in routines.iter_mut().enumerate() {
            if lacks_table(routine) {
                // One that Postgres doesn't have and no project can expose.
                let schema = format!("returned by {} {overload}", routine.schema);
                routine.return_type = RetType::SetOf(format!("{schema}.{}", routine.name));
                let key = QualifiedIdentifier::new(&schema, &routine.name);
                cache.tables.insert(key, table(schema, routine));
            }
        }
    }
}

fn table(schema: String, routine: &Routine) -> Table {
    let columns = routine.output_columns.iter().zip(1..);
    Table {
        schema,
        name: routine.name.clone(),
        description: None,
        is_view: true,
        is_partitioned: false,
        insertable: false,
        updatable: false,
        deletable: false,
        pk_cols: Vec::new(),
        unique_constraints: Vec::new(),
        columns: columns
            .map(|((name, kind), position)| (name.clone(), column(name, kind, position)))
            .collect(),
        computed_columns: HashMap::new(),
    }
}

fn column(name: &str, kind: &str, position: i32) -> Column {
    Column {
        name: name.to_owned(),
        description: None,
        nullable: true,
        data_type: kind.to_owned(),
        nominal_type: short_name(kind),
        domain_type: None,
        max_len: None,
        default: None,
        enum_values: Vec::new(),
        is_pk: false,
        position,
        always_generated: false,
    }
}

/// The name without spaces or brackets that a filter's value is cast to.
fn short_name(kind: &str) -> String {
    let (element, of_array) = match kind.strip_suffix("[]") {
        Some(element) => (element, "_"),
        None => (kind, ""),
    };
    let name = match element {
        "boolean" => "bool",
        "smallint" => "int2",
        "integer" => "int4",
        "bigint" => "int8",
        "real" => "float4",
        "double precision" => "float8",
        "character varying" => "varchar",
        "time without time zone" => "time",
        "time with time zone" => "timetz",
        "timestamp without time zone" => "timestamp",
        "timestamp with time zone" => "timestamptz",
        other => other,
    };
    format!("{of_array}{name}")
}
