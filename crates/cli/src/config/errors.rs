//! Every mistake of a configuration at once: where it stands, what was expected, the way out.

use std::fmt::Write as _;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

use super::raw::{Place, Source, Sources};

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// Nothing starts with it.
    Error,
    /// It starts, but is probably not what was meant.
    Warning,
}

/// One mistake. Never holds a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// How bad it is.
    pub severity: Severity,
    /// Where; `None` for what stands nowhere, such as a missing folder.
    pub place: Option<Place>,
    /// What is wrong and what was expected.
    pub message: String,
    /// The way out, if one is known.
    pub hint: Option<String>,
}

impl Mistake {
    /// An error at a place.
    pub fn at(place: &Place, message: impl Into<String>) -> Self {
        Self { severity: Severity::Error, place: Some(place.clone()), message: message.into(), hint: None }
    }

    /// An error that stands nowhere.
    pub fn nowhere(message: impl Into<String>) -> Self {
        Self { severity: Severity::Error, place: None, message: message.into(), hint: None }
    }

    /// With the way out.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Only a warning.
    #[must_use]
    pub const fn as_warning(mut self) -> Self {
        self.severity = Severity::Warning;
        self
    }
}

/// The mistakes of one load, with the files that they stand in.
#[derive(Clone, Default)]
pub struct Report {
    /// What was read.
    pub sources: Sources,
    /// What was found, in the order of finding.
    pub found: Vec<Mistake>,
}

impl std::fmt::Debug for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Report").field("found", &self.found).finish_non_exhaustive()
    }
}

impl Report {
    /// Notes a mistake.
    pub fn note(&mut self, mistake: Mistake) {
        self.found.push(mistake);
    }

    /// Whether nothing may start.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.errors() > 0
    }

    /// How many errors there are.
    #[must_use]
    pub fn errors(&self) -> usize {
        self.found.iter().filter(|mistake| mistake.severity == Severity::Error).count()
    }

    /// All of them as text for people, with a last line that counts. With `styled` the colours are in it as escape codes.
    #[must_use]
    pub fn render(&self, styled: bool) -> String {
        let renderer = if styled { Renderer::styled() } else { Renderer::plain() };
        let mut out = String::new();
        for mistake in &self.found {
            out.push_str(&self.render_one(mistake, &renderer));
            out.push_str("\n\n");
        }
        let errors = self.errors();
        if errors > 0 {
            // Writing to a String cannot fail.
            let _ = write!(
                out,
                "{errors} {} to mend; nothing was started.",
                if errors == 1 { "mistake" } else { "mistakes" }
            );
        }
        out.trim_end().to_owned()
    }

    fn render_one(&self, mistake: &Mistake, renderer: &Renderer) -> String {
        let level = match mistake.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let (title, snippet) = match &mistake.place {
            Some(Place::Text { source, span }) => {
                let shown = self.sources.0.get(*source).map(|source| {
                    let text = masked(source);
                    let span = fitted(&text, span);
                    Snippet::source(text).path(source.name.clone()).annotation(AnnotationKind::Primary.span(span))
                });
                (mistake.message.clone(), shown)
            }
            Some(Place::Variable(name)) => (format!("{name}: {}", mistake.message), None),
            Some(Place::Flag(name)) => (format!("{name}: {}", mistake.message), None),
            None => (mistake.message.clone(), None),
        };
        let mut group = level.primary_title(title).elements(snippet);
        if let Some(hint) = &mistake.hint {
            group = group.element(Level::HELP.message(hint.clone()));
        }
        renderer.render(&[group])
    }
}

/// The text of a file with everything hidden in it replaced, byte for byte, so that places keep.
fn masked(source: &Source) -> String {
    let text = source.text.expose();
    let mut out = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        let hide =
            !c.is_whitespace() && !matches!(c, '"' | '\'') && source.hidden.iter().any(|span| span.contains(&at));
        if hide {
            out.extend(std::iter::repeat_n('*', c.len_utf8()));
        } else if c.is_control() && !matches!(c, '\n' | '\r' | '\t') {
            out.push('?');
        } else {
            out.push(c);
        }
    }
    out
}

fn fitted(text: &str, span: &Range<usize>) -> Range<usize> {
    let mut start = span.start.min(text.len());
    let mut end = span.end.clamp(start, text.len());
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    while !text.is_char_boundary(end) {
        end += 1;
    }
    start..end
}

/// What may not be shown of a file that is no TOML: nobody knows what in it is a secret, so all values are hidden but those of keys that
/// are known to be harmless.
#[must_use]
pub fn hidden_in_broken(text: &str) -> Vec<Range<usize>> {
    const HARMLESS: [&str; 8] = ["data_dir", "policy", "listen", "port", "max_connections", "format", "level", "type"];
    let mut hidden = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let harmless = match line.split_once('=') {
            Some((key, _)) => HARMLESS.contains(&key.trim()) || key.trim_start().starts_with('#'),
            None => line.trim_start().starts_with(['[', '#']),
        };
        if !harmless {
            hidden.push(at + line.find('=').map_or(0, |sign| sign + 1)..at + line.len());
        }
        at += line.len();
    }
    hidden
}

/// The nearest of the known words, if it is near enough to have been meant.
#[must_use]
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let most = (word.chars().count() / 3).clamp(1, 3);
    known
        .into_iter()
        .map(|candidate| (distance(word, candidate), candidate))
        .filter(|(distance, _)| *distance <= most)
        .min()
        .map(|(_, candidate)| candidate)
}

/// How many letters have to be changed, added, left out or swapped with their neighbour.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows = vec![vec![0_usize; b.len() + 1]; a.len() + 1];
    for (i, row) in rows.iter_mut().enumerate() {
        row[0] = i;
    }
    for (j, cell) in rows[0].iter_mut().enumerate() {
        *cell = j;
    }
    for i in 1..=a.len() {
        for j in 1..=b.len() {
            let changed = usize::from(a[i - 1] != b[j - 1]);
            let mut best = (rows[i - 1][j] + 1).min(rows[i][j - 1] + 1).min(rows[i - 1][j - 1] + changed);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            rows[i][j] = best;
        }
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_is_recognised() {
        let known = ["listen", "port", "max_connections"];
        assert_eq!(nearest("prot", known), Some("port"));
        assert_eq!(nearest("max_conections", known), Some("max_connections"));
        assert_eq!(nearest("colour", known), None);
    }

    #[test]
    fn a_line_that_is_no_toml_keeps_its_secret() {
        let text = "port = 1\ntoken = hunter2\n  \"hunter3\n";
        let mut report = Report::default();
        let source = report.sources.add("x.toml", text);
        report.sources.0[source].hidden = hidden_in_broken(text);
        for at in [0, 18, 30] {
            report.note(Mistake::at(&Place::Text { source, span: at..at + 1 }, "broken"));
        }
        let shown = report.render(false);
        assert!(shown.contains("port = 1") && !shown.contains("hunter"), "{shown}");
    }
}
