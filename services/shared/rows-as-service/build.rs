//! Tells the crate the version of the newest migration: what `/readyz` asks the database for.

use std::{env, error::Error, fs, path::PathBuf};

fn main() -> Result<(), Box<dyn Error>> {
    let migrations =
        PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("../../../supabase/migrations");
    println!("cargo:rerun-if-changed={}", migrations.display());
    let mut newest = String::new();
    for file in fs::read_dir(&migrations)? {
        let name = file?.file_name().to_string_lossy().into_owned();
        if let Some((version, _)) = name.split_once('_') {
            newest = newest.max(version.to_owned());
        }
    }
    println!("cargo:rustc-env=NEWEST_MIGRATION={newest}");
    Ok(())
}
