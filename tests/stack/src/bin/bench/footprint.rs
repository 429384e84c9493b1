//! `bench process`: the cost of an idle process, built as it is deployed (see scripts/bench).

use anyhow::Result;
use stack::{Stack, process::binary};

use crate::{
    figures::{median, milliseconds},
    service::Service,
};

const STARTS: usize = 5;

pub async fn measure(stack: &Stack) -> Result<()> {
    let mut starts = Vec::new();
    let mut memory = 0.0;
    for _ in 0..STARTS {
        let all = Service::start("all", &stack.environment, &stack.log()).await?;
        starts.push(milliseconds(all.started_in));
        memory = all.memory_mb("VmRSS")?;
        all.stop().await?;
    }
    println!("all processes in one, at rest   {memory:>6.0} MB   goal below 32");
    println!(
        "start to ready (median of {STARTS})    {:>6.0} ms   goal below 100",
        median(&mut starts)
    );
    #[expect(clippy::cast_precision_loss, reason = "a size for people")]
    let size = binary("dnwerks")?.metadata()?.len() as f64 / 1e6;
    println!("binary, stripped                {size:>6.0} MB   goal below 30");
    Ok(())
}
