//! What a certificate looks like, whatever stands on it.

use krilla::SerializeSettings;
use proptest::prelude::*;

use super::facts::Facts;
use super::layout::{Medium, compose};
use super::sheet::{HEIGHT, Line, Mark, Sheet, WIDTH};
use super::{draw_pdf, draw_svg, pdf, shaping};

pub(super) fn facts(name: &str, course: &str) -> Facts {
    Facts {
        name: name.to_owned(),
        course: course.to_owned(),
        version: 3,
        completed_on: "30 November 2026".to_owned(),
        code: "ABCD-EFGH-JKMN-PQR8".to_owned(),
        issuer: "Open Academy".to_owned(),
        host: "learn.example.org".to_owned(),
        url: "https://learn.example.org/api/v1/progress/certificates/ABCD-EFGH-JKMN-PQR8"
            .to_owned(),
        revoked_on: None,
    }
}

fn lines(sheet: &Sheet) -> Vec<&Line> {
    let marks = sheet.0.iter();
    marks
        .filter_map(|mark| match mark {
            Mark::Text(line) => Some(line),
            Mark::Shape(_) => None,
        })
        .collect()
}

fn is_inside(line: &Line) -> bool {
    let Some(glyphs) = &line.glyphs else {
        return true;
    };
    let right = line.left + shaping::width(glyphs) * line.size;
    line.left >= 40.0 && right <= WIDTH - 40.0 && line.baseline < HEIGHT - 40.0
}

#[test]
fn latin_greek_and_cyrillic_names_are_drawn_with_our_fonts() {
    for name in [
        "Anna Rossi",
        "Łukasz Żółć-Ďáblický",
        "Nguyễn Thị Ánh",
        "Ελένη Παπαδοπούλου",
        "Дмитрий Щёголев",
        "Ünal Şahin",
        "Zoë O’Brien",
    ] {
        let sheet = compose(&facts(name, "Go from zero"), Medium::Paper).unwrap();
        let drawn = lines(&sheet).into_iter().any(|line| line.text == name);
        assert!(drawn, "{name}");
        assert!(lines(&sheet).iter().all(|line| line.glyphs.is_some()));
    }
}

#[test]
fn what_the_fonts_lack_is_left_to_the_viewer_and_on_paper_to_the_page() {
    for name in ["王小明", "أحمد", "दीपा", "Anna 🎓"] {
        let facts = facts(name, "Go from zero");
        let svg = draw_svg(&facts).unwrap();
        assert!(svg.contains(&format!(">{name}</text>")), "{name}");
        let paper = compose(&facts, Medium::Paper).unwrap();
        let lines = lines(&paper);
        assert!(lines.iter().all(|line| line.glyphs.is_some()), "no boxes");
        let instead = "the person named on the page below";
        assert!(lines.iter().any(|line| line.text == instead));
    }
}

#[test]
fn a_document_is_a_pdf_with_its_text() {
    let pdf = draw_pdf(&facts("Anna Rossi", "Go from zero")).unwrap();
    assert!(pdf.starts_with(b"%PDF-1.7"));
    assert!(pdf.trim_ascii_end().ends_with(b"%%EOF"));
    assert!(pdf.len() < 200_000, "{}", pdf.len());
    let holds = |what: &[u8]| pdf.windows(what.len()).any(|part| part == what);
    assert!(holds(b"/FontFile2"), "the fonts stand in it");
    assert!(holds(b"/MediaBox[0 0 842 595]") || holds(b"/MediaBox [0 0 842 595]"));
}

#[test]
fn the_text_layer_of_a_document_has_every_letter_of_the_name() {
    let facts = facts("Żaneta Щё Παπά", "Go from zero");
    let sheet = compose(&facts, Medium::Paper).unwrap();
    let legible = SerializeSettings {
        compress_content_streams: false,
        ..SerializeSettings::default()
    };
    let pdf = pdf::write_as(&sheet, &facts, legible).unwrap();
    let pdf = String::from_utf8_lossy(&pdf);
    let mut meanings = pdf.split("beginbfchar").skip(1);
    let meanings: String = meanings
        .by_ref()
        .filter_map(|rest| rest.split("endbfchar").next())
        .collect();
    for letter in facts.name.chars() {
        let code = format!("<{:04X}>", u32::from(letter));
        assert!(meanings.to_uppercase().contains(&code), "{letter}");
    }
}

#[test]
fn a_revoked_one_has_no_seal_and_says_so() {
    let mut facts = facts("Anna Rossi", "Go from zero");
    let valid = compose(&facts, Medium::Paper).unwrap();
    facts.revoked_on = Some("1 December 2026".to_owned());
    let revoked = compose(&facts, Medium::Paper).unwrap();
    let says = |sheet: &Sheet| {
        let text = "REVOKED ON 1 DECEMBER 2026 · NOT VALID";
        lines(sheet).iter().any(|line| line.text == text)
    };
    assert!(says(&revoked) && !says(&valid));
    assert!(revoked.0.len() < valid.0.len());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn whatever_stands_on_it_is_drawn_inside_the_frame(
        name in "\\PC{1,100}", course in "\\PC{1,200}", words in "([A-Za-zÀ-ž]{1,12} ){1,30}",
    ) {
        for course in [&course, &words] {
            let facts = facts(&name, course);
            let sheet = compose(&facts, Medium::Screen).unwrap();
            let lines = lines(&sheet);
            let outside = lines.iter().find(|line| line.text.len() <= 120 && !is_inside(line));
            prop_assert!(outside.is_none(), "{outside:?}");
        }
        let svg = draw_svg(&facts(&name, &course)).unwrap();
        prop_assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n"));
        prop_assert!(svg.len() < 400_000);
        prop_assert!(draw_pdf(&facts(&name, &course)).unwrap().starts_with(b"%PDF"));
    }
}
