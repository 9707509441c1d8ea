//! State is what folding the events gives.

/// Folds events into state with a pure `evolve`, from the default state on.
///
/// # Errors
/// The first error of the iterator (a read that failed, a body that does not parse).
pub fn fold<S, E, Error>(
    events: impl IntoIterator<Item = Result<E, Error>>,
    evolve: impl FnMut(S, E) -> S,
) -> Result<S, Error>
where
    S: Default,
{
    let mut evolve = evolve;
    let mut state = S::default();
    for event in events {
        state = evolve(state, event?);
    }
    Ok(state)
}
