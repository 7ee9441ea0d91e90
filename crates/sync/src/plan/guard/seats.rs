//! Seats: who comes first goes on, the others wait until one is free; nobody is evicted (E-25).

use super::Scope;
use crate::{Code, Item, Reason, State, WaitKey};

/// Blocks whoever would be one too many, in the order of the plan.
pub(super) fn fill(scope: Scope<'_>, items: &mut [Item]) {
    let Some(seats) = scope.context.capabilities.seats else {
        return;
    };
    let mut taken = scope.counts.active;
    for item in items
        .iter_mut()
        .filter(|item| item.is_ready() && takes_one(item))
    {
        if taken < seats {
            taken += 1;
            continue;
        }
        item.state = State::Blocked;
        item.reasons
            .insert(0, Reason::new(Code::SeatLimit, format!("{seats} seats")));
        item.waits.push(WaitKey::Seat);
    }
}

/// Tells whether an item makes one more account active.
pub(super) fn takes_one(item: &Item) -> bool {
    let is_active = item.account.as_ref().is_some_and(|account| account.active);
    let was_active = item.from.get("active").and_then(serde_json::Value::as_bool) == Some(true);
    is_active && !was_active && item.changed.iter().any(|name| name == "active")
}
