use super::*;
use proptest::prelude::*;

#[test]
fn characters_fall_into_their_classes() {
    let table = [
        ("AZÄÉΩЖŁ", Some(0)),
        ("azäéωжłß", Some(1)),
        ("0123456789", Some(2)),
        (r##"!"#$%&'()*+,-./:;<=>?@[\]^_`{|}~"##, Some(3)),
        ("漢字かな한글कאب", Some(4)),
        (" €£¥¢\u{a0}٣५😀→©½", None),
    ];
    for (characters, class) in table {
        for character in characters.chars() {
            assert_eq!(class_of(character), class, "{character}");
        }
    }
    assert_eq!(
        (0u8..=127)
            .filter(|byte| class_of(char::from(*byte)) == Some(3))
            .count(),
        32
    );
}

#[test]
fn three_of_five_classes_are_enough() {
    for good in [
        "Password1",
        "passw0rd!",
        "Пароль12",
        "漢字ab12",
        "PASS-word",
        "a1漢",
        "aÄ$",
    ] {
        assert!(has_enough_classes(good), "{good}");
    }
    for bad in [
        "password1",
        "PASSWORD!",
        "password €",
        "12345678 ",
        "пароль12",
        "漢字漢字ab",
        "",
        "pass word€😀",
    ] {
        assert!(!has_enough_classes(bad), "{bad}");
    }
}

#[test]
fn names_are_found_without_regard_to_case_and_short_ones_are_ignored() {
    let in_password = |password: &str, name: &str| Folded::new(password).contains_account_name(name);
    assert!(in_password("xxJSmith99!", "jsmith"));
    assert!(in_password("xxЖУКОВ99!", "жуков"));
    assert!(in_password("xStraße1", "STRAßE"));
    assert!(!in_password("xxJSmit99!", "jsmith"));
    assert!(!in_password("xxjs99!", "js"));
    assert!(in_password("xxjsm99!", "jsm"));
    assert!(!in_password("", "jsmith"));
    assert!(!in_password("abc", ""));
}

#[test]
fn display_names_are_split_where_active_directory_splits_them() {
    let in_password = |password: &str, name: &str| Folded::new(password).contains_display_name(name);
    for name in [
        "Erin M. Hagens",
        "Hagens,Erin",
        "erin-hagens",
        "a.hagens",
        "x_HAGENS",
        "#hagens",
        "q\thagens",
    ] {
        assert!(in_password("MyHagens77!", name), "{name}");
    }
    assert!(!in_password("My-M-77abc!", "Erin M. Hagens"));
    assert!(!in_password("MyErHagns77!", "Erin M. Hagens"));
    assert!(!in_password("Hagens", "Erin/Hagens"));
    assert!(!in_password("anything", ""));
}

proptest! {
    #[test]
    fn a_password_that_holds_a_name_is_always_found(
        before in "\\PC{0,8}", name in "[\\PC&&[^ßŉǰΐΰև]]{3,10}", after in "\\PC{0,8}",
    ) {
        let folded = Folded::new(&format!("{before}{name}{after}"));
        prop_assert!(folded.contains_account_name(&name));
    }

    #[test]
    fn more_characters_never_make_it_less_complex(password in "\\PC{0,20}", more in "\\PC{0,5}") {
        if has_enough_classes(&password) {
            let longer = password + &more;
            prop_assert!(has_enough_classes(&longer));
        }
    }
}
