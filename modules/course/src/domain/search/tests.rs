//! What is found by what.

use super::{is_typo, searched, variants, words};

fn finds(text: &str, query: &str) -> bool {
    let text = words(text);
    let wanted = searched(query);
    wanted
        .iter()
        .all(|wanted| text.iter().any(|word| wanted.fits(word)))
}

#[test]
fn words_are_found_whatever_their_accents_case_and_signs() {
    for (text, query) in [
        ("L'édition complète", "edition"),
        ("L’édition complète", "l'edition"),
        ("It’s e-mail", "its email"),
        ("It’s e-mail", "e-mail"),
        ("Größe & Übermut", "grosse ubermut"),
        ("Smørrebrød", "smorrebrod"),
        ("C++ für alle", "c++"),
        ("C++11", "c++"),
        ("C# and F#", "f# c#"),
        ("ASP.NET (.NET 8)", ".net"),
        ("ASP.NET (.NET 8)", "net"),
        ("Node.js", "node.js"),
        ("Node.js", "js node"),
        ("snake_case names", "snake_case"),
        ("Go in depth", "go"),
        ("Programming Rust", "rust prog"),
        ("微積分入門 (calculus)", "積分"),
        ("微積分入門 (calculus)", "入門"),
        ("学习编程。你好", "编程，你好"),
        ("学习Go语言", "go"),
        ("학교 수업", "학교"),
        ("ﬁle systems", "file"),
        ("العَرَبِيَّة", "العربية"),
        ("yes", ""),
    ] {
        assert!(
            finds(text, query),
            "{query:?} in {text:?}: {:?}",
            words(text)
        );
    }
}

#[test]
fn short_words_are_whole_and_signs_tell_names_apart() {
    for (text, query) in [
        ("Google", "go"),
        ("C++", "c"),
        ("C# and more", "c"),
        ("C", "c++"),
        ("C", "c#"),
        ("Java", "j"),
        ("internet", ".net"),
        ("rustling", "ling"),
        ("微積分入門", "分積"),
        ("yes", "?!"),
        ("yes", "yes no"),
    ] {
        assert!(
            !finds(text, query),
            "{query:?} in {text:?}: {:?}",
            words(text)
        );
    }
}

#[test]
fn one_typo_is_forgiven_and_two_are_not() {
    for (one, other) in [
        ("python", "pyhton"),
        ("python", "pythn"),
        ("python", "pythhon"),
        ("python", "pithon"),
        ("python", "ython"),
        ("python", "pythons"),
    ] {
        assert!(is_typo(one, other) && is_typo(other, one), "{one} {other}");
        let common = variants(one).intersection(&variants(other)).count();
        assert!(common > 0, "{one} {other}");
    }
    for (one, other) in [("python", "pyhtno"), ("python", "pth0n"), ("python", "ptn")] {
        assert!(!is_typo(one, other), "{one} {other}");
    }
    assert!(searched("haskell")[0].forgives() && !searched("rust")[0].forgives());
}

#[test]
fn what_is_indexed_and_looked_for_is_bounded() {
    let many: String = (0..50_000).map(|number| format!("a{number} ")).collect();
    let course = crate::domain::CourseBody {
        title: "T".to_owned(),
        summary: String::new(),
        description: String::new(),
        difficulty: crate::domain::Difficulty::Beginner,
        language: crate::domain::language::english(),
        author_names: Vec::new(),
        license: None,
        category: None,
        tags: Vec::new(),
        visibility: crate::domain::Visibility::Public,
        prerequisites: Vec::new(),
        cover: None,
        retry_percent: 50,
    };
    let indexed = super::indexed(&course, &[], [many.as_str()].into_iter());
    assert_eq!(indexed.len(), super::MOST_INDEXED);
    assert_eq!(indexed["t"], super::IN_TITLE);
    assert_eq!(searched(&many).len(), super::MOST_WORDS);
    assert!(
        words(&"a".repeat(500))
            .iter()
            .all(|word| word.len() <= super::LONGEST_WORD)
    );
}

#[test]
fn what_was_looked_for_is_marked_and_nothing_else_is_html() {
    use super::marked;
    let mark = |text: &str, query: &str, longest| marked(text, &searched(query), longest);
    let told = "Learn <mark>C++</mark> &amp; &lt;b&gt; fast";
    assert_eq!(
        mark("Learn C++ & <b> fast", "c++", 200).as_deref(),
        Some(told)
    );
    assert_eq!(mark("Learn C++", "rust", 200), None);
    let hyphen = mark("Write an e-mail", "email", 200);
    assert_eq!(hyphen.as_deref(), Some("Write an <mark>e-mail</mark>"));
    let long = format!(
        "{}the word in it {}",
        "before ".repeat(50),
        "behind ".repeat(50)
    );
    let cut = mark(&long, "word", 60).unwrap();
    assert!(
        cut.starts_with('…') && cut.contains("before the <mark>word</mark> in it"),
        "{cut}"
    );
    assert!(cut.ends_with('…') && cut.chars().count() < 80, "{cut}");
    let chinese = mark("学习编程，微積分入門。", "積分", 200);
    assert_eq!(
        chinese.as_deref(),
        Some("学习编程，微<mark>積分</mark>入門。")
    );
    let long = "文".repeat(300) + "積分";
    let cut = mark(&long, "積分", 160).unwrap();
    assert!(
        cut.ends_with("文<mark>積分</mark>") && cut.starts_with('…'),
        "{cut}"
    );
    let most = mark(&"a ".repeat(100), "a", 200).unwrap();
    assert_eq!(most.matches("<mark>").count(), 10);
    assert!(mark(&"&".repeat(199), "a", 200).is_none());
    let dear = format!("{}a", "&".repeat(199));
    assert!(mark(&dear, "a", 200).unwrap().chars().count() <= 1150);
}
