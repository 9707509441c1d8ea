use proptest::prelude::*;

use super::*;

fn name(text: &str) -> DistinguishedName {
    text.parse().unwrap()
}

fn value(text: &str) -> String {
    DistinguishedName::read(text).first_value().unwrap().to_owned()
}

#[test]
fn scope_is_decided_on_parts_and_not_on_text() {
    let staff = name("OU=Staff,DC=corp,DC=example");
    assert!(name("CN=Ann,OU=Staff,DC=corp,DC=example").lies_in(&staff));
    assert!(name("cn=Ann , ou=STAFF, dc=Corp,dc=EXAMPLE").lies_in(&staff));
    assert!(name("OU=Staff,DC=corp,DC=example").lies_in(&staff));
    assert!(name(r"CN=a\,b,OU=In\+ner,OU=Staff,DC=corp,DC=example").lies_in(&staff));
    assert!(!name("CN=Ann,OU=Other Staff,DC=corp,DC=example").lies_in(&staff));
    assert!(!name(r"CN=Ann\,OU=Staff,DC=corp,DC=example").lies_in(&staff));
    assert!(!name("DC=corp,DC=example").lies_in(&staff));
    assert!(!name("CN=Ann,OU=Staff,DC=corp,DC=example,DC=org").lies_in(&staff));
}

#[test]
fn values_of_other_scripts_compare_without_case() {
    assert!(name("CN=a,OU=ИТ-Отдел,DC=x").lies_in(&name("OU=ит-отдел,DC=x")));
    assert!(name("CN=a,OU=Two  Spaces,DC=x").lies_in(&name("OU=two spaces,DC=x")));
}

#[test]
fn every_odd_character_is_understood() {
    let odd = name(r#"CN=\ a\,\+\"\\\<\>\;\=\/#ü\ ,DC=x"#);
    assert_eq!(odd.first_value(), Some(" a,+\"\\<>;=/#ü "));
    assert_eq!(name(&odd.to_string()), odd);
    assert_eq!(value(r"CN=L\C3\BC\0A"), "Lü\n");
    assert_eq!(name("CN=a+SN=b,DC=x").depth(), 2);
    assert!(name("SN=B+CN=A,DC=x").lies_in(&name("cn=a+sn=b,dc=x")));
    assert_eq!(name("").depth(), 0);
}

#[test]
fn an_escape_that_is_not_known_is_the_character_itself() {
    // Samba escapes `?`, and `#` anywhere; RFC 4514 knows neither.
    assert_eq!(value(r"CN=who\?,DC=x"), "who?");
    assert_eq!(value(r"CN=no\#1,DC=x"), "no#1");
    assert_eq!(value(r"CN=\ü\😀\z\g0,DC=x"), "ü😀zg0");
    // One hexadecimal digit is no pair.
    assert_eq!(value(r"CN=\4,DC=x"), "4");
    assert_eq!(value(r"CN=\4"), "4");
    assert_eq!(value("CN=a\\"), "a\\");
    assert_eq!(value(r"CN=a\\ ,DC=x"), "a\\");
    assert_eq!(value(r"CN=a\  ,DC=x"), "a ");
    assert_eq!(value(r"CN=\FF"), "\u{FFFD}");
    assert_eq!(value("CN=a<b>c\"d=e#f"), "a<b>c\"d=e#f");
}

#[test]
fn the_older_forms_of_a_value_are_read() {
    assert_eq!(value(r#"CN="a, b; c+d\"e" ,DC=x"#), "a, b; c+d\"e");
    assert_eq!(DistinguishedName::read(r#"CN="a,b",DC=x"#).depth(), 2);
    assert_eq!(
        value(r#"CN="a,DC=x"#),
        "\"a",
        "a quotation mark that is never closed is one"
    );
    assert_eq!(value("CN=#04024869,DC=x"), "Hi");
    assert_eq!(value("CN=#1,DC=x"), "#1");
    assert_eq!(
        value("CN=#04034869,DC=x"),
        "#04034869",
        "its length is not its length"
    );
    assert_eq!(value("CN=,DC=x"), "");
    assert_eq!(name("CN=,DC=x").depth(), 2);
}

#[test]
fn what_has_no_type_is_refused_in_the_configuration_and_lies_nowhere_in_a_directory() {
    let base = name("DC=corp,DC=example");
    for text in ["Ann", "CN=a,", "=a", ",", "a b=c", "ü=a", r"C\N=a"] {
        assert_eq!(text.parse::<DistinguishedName>(), Err(InvalidName), "{text}");
        assert!(!DistinguishedName::read(text).lies_in(&base));
    }
    assert_eq!(value("Ann"), "Ann");
    assert_eq!(value("a b=c"), "a b=c");
    let under = DistinguishedName::read("?,DC=corp,DC=example");
    assert!(under.lies_in(&base) && !under.lies_in(&name("OU=Staff,DC=corp,DC=example")));
}

proptest! {
    #[test]
    fn any_value_survives_escaping(value in ".*", other in "\\PC*") {
        let text = format!("CN={},OU={},DC=x", escape_value(&value), escape_value(&other));
        let parsed = name(&text);
        prop_assert_eq!(parsed.first_value(), Some(value.as_str()));
        prop_assert_eq!(parsed.depth(), 3);
        prop_assert_eq!(name(&parsed.to_string()), parsed);
    }

    #[test]
    fn any_text_is_read_and_survives_being_written(text in "[ -~]{0,24}|[\\\\\"#=+,; a0\u{fc}]{0,24}|.*") {
        let parsed = DistinguishedName::read(&text);
        prop_assert_eq!(DistinguishedName::read(&parsed.to_string()), parsed.clone());
        prop_assert!(parsed.lies_in(&parsed));
    }

    #[test]
    fn an_escaped_character_is_that_character(character: char, after in "[g-z]{0,3}") {
        prop_assume!(!character.is_ascii_hexdigit());
        let read = value(&format!("CN=a\\{character}{after},DC=x"));
        prop_assert_eq!(read, format!("a{character}{after}"));
    }
}
