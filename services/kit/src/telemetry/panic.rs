//! What a panic may say. Its text can hold a formatted value, so only texts that are constants are shown.

/// Replaces the default hook, which prints every text, by one that logs the place.
pub(super) fn install_hook() {
    std::panic::set_hook(Box::new(|info| {
        let location = info.location().map(ToString::to_string).unwrap_or_default();
        let text = constant_text(info.payload());
        tracing::error!(location, text, "panicked");
    }));
}

fn constant_text(payload: &(dyn std::any::Any + Send)) -> &'static str {
    payload
        .downcast_ref::<&'static str>()
        .copied()
        .unwrap_or("(text withheld)")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_formatted_text_is_withheld() {
        let formatted = std::panic::catch_unwind(|| panic!("value {}", std::hint::black_box(1))).unwrap_err();
        assert_eq!(constant_text(formatted.as_ref()), "(text withheld)");
        let constant = std::panic::catch_unwind(|| panic!("constant")).unwrap_err();
        assert_eq!(constant_text(constant.as_ref()), "constant");
    }
}
