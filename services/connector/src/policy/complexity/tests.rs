use super::CharacterClass::{Certain, LeftToController};
use super::*;
use proptest::prelude::*;

#[test]
fn characters_fall_into_their_classes() {
    let table = [
        ("AZÄÉΩЖŁŸ", Certain(0)),
        ("azäéωжłÿ", Certain(1)),
        ("0123456789", Certain(2)),
        (r##"!"#$%&'()*+,-./:;<=>?@[\]^_`{|}~"##, Certain(3)),
        ("漢字かな한글אب", Certain(4)),
        (" \0\t\x7f", CharacterClass::None),
        // Samba counts the euro sign, Windows does not; tables differ in what was added or changed later.
        (
            "€£¥¢\u{a0}٣५😀→©½ßªµıſςეკᎠ\u{378}\u{ffff}\u{1fac8}",
            LeftToController,
        ),
    ];
    for (characters, class) in table {
        for character in characters.chars() {
            assert_eq!(class_of(character), class, "{character}");
        }
    }
    assert_eq!(
        (0u8..=127)
            .filter(|byte| class_of(char::from(*byte)) == Certain(3))
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
        assert_eq!(judge_classes(good), Finding::Kept, "{good}");
    }
    for left in [
        "€€€€",
        "password1€",
        "pass word€😀",
        "straße12",
        "\u{378}\u{378}9",
        "ეკ12",
    ] {
        assert_eq!(judge_classes(left), Finding::LeftToController, "{left}");
    }
    for bad in [
        "password1",
        "PASSWORD!",
        "password €",
        "12345678 ",
        "пароль12",
        "漢字漢字ab",
        "",
    ] {
        assert_eq!(judge_classes(bad), Finding::Broken, "{bad}");
    }
}

#[test]
fn names_are_found_without_regard_to_case_and_short_ones_are_ignored() {
    let in_password =
        |password: &str, name: &str| Folded::new(password).judge_account_name(name) == Finding::Broken;
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
    let in_password =
        |password: &str, name: &str| Folded::new(password).judge_display_name(name) == Finding::Broken;
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

#[test]
fn a_name_that_only_some_tables_find_is_left_to_the_controller() {
    let judge = |password: &str, name: &str| Folded::new(password).judge_account_name(name);
    assert_eq!(
        judge("xxΟΔΟΣ99!", "οδος"),
        Finding::LeftToController,
        "final sigma"
    );
    assert_eq!(judge("xxᲔᲙა99!", "ეკა"), Finding::LeftToController);
    assert_eq!(judge("xxeka99!", "ეკა"), Finding::Kept);
    assert_eq!(judge("xxſun99!", "sun"), Finding::LeftToController);
}

proptest! {
    #[test]
    fn a_password_that_holds_a_name_is_always_found(
        before in "\\PC{0,8}", name in "[\\PC&&[^ßŉǰΐΰև]]{3,10}", after in "\\PC{0,8}",
    ) {
        let folded = Folded::new(&format!("{before}{name}{after}"));
        prop_assert_eq!(folded.judge_account_name(&name), Finding::Broken);
    }

    #[test]
    fn more_characters_never_make_it_less_complex(password in "\\PC{0,20}", more in "\\PC{0,5}") {
        let rank = |finding| match finding {
            Finding::Broken => 0,
            Finding::LeftToController => 1,
            Finding::Kept => 2,
        };
        let before = rank(judge_classes(&password));
        let longer = password + &more;
        prop_assert!(rank(judge_classes(&longer)) >= before);
    }
}
