//! Clocks that differ: tokens look expired or not yet valid, and sending keeps wrong hours.

use chrono::{DateTime, TimeDelta, Utc};

use super::finding::Finding;

/// A token is believed this long before and after its time.
const LEEWAY_S: i64 = 5;

/// Compares another's clock, read between `asked` and `answered` by ours, with ours.
pub fn compare(
    name: &str,
    whose: &str,
    theirs: DateTime<Utc>,
    asked: DateTime<Utc>,
    answered: DateTime<Utc>,
) -> Finding {
    let off = if theirs < asked {
        asked - theirs
    } else if theirs > answered {
        theirs - answered
    } else {
        TimeDelta::zero()
    };
    let seconds = off.num_seconds();
    if seconds <= LEEWAY_S {
        return Finding::ok(
            name,
            format!("This machine's clock and that of {whose} agree."),
        );
    }
    let (side, problem) = if theirs < asked {
        ("ahead of", "tokens look expired too early")
    } else {
        ("behind", "new tokens look as if they were not valid yet")
    };
    Finding::problem(
        name,
        format!("This machine's clock is {seconds} s {side} that of {whose}: {problem}."),
        "Set this machine's clock by NTP: `timedatectl set-ntp true`.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::finding::State;

    #[test]
    fn what_a_request_takes_is_no_difference() {
        let at = |seconds| DateTime::from_timestamp(seconds, 0).unwrap();
        let state = |theirs| compare("clock", "x", at(theirs), at(100), at(110)).state;
        for theirs in [95, 100, 105, 110, 115] {
            assert_eq!(state(theirs), State::Ok, "{theirs}");
        }
        assert_eq!(state(94), State::Problem);
        assert_eq!(state(116), State::Problem);
    }
}
