//! What a story says of what was sent. Each look counts what it saw as expected; what nobody looked at fails the story in the end.

use crate::recorder::{Sent, What};
use crate::span::{Minute, Within};
use crate::world::World;

impl World {
    /// Asserts that since the last look exactly these pages went to `to`, at these minutes (see [`Within`]). Tries of one page count once,
    /// at the first try.
    ///
    /// # Panics
    /// When it was otherwise.
    #[track_caller]
    pub fn expect_pages<const N: usize>(&mut self, to: &str, minutes: [&str; N]) {
        let mut pages = self.look(to, |what| matches!(what, What::Page(_)));
        let mut keys: Vec<String> = Vec::new();
        pages.retain(|page| {
            let first = !keys.contains(&page.key);
            keys.push(page.key.clone());
            first
        });
        self.compare(&format!("pages to {to}"), &pages, &minutes);
    }

    /// Asserts that since the last look exactly so many requests with pages went to `to`, each try counted, at these minutes.
    ///
    /// # Panics
    /// When it was otherwise.
    #[track_caller]
    pub fn expect_tries<const N: usize>(&mut self, to: &str, minutes: [&str; N]) {
        let pages = self.look(to, |what| matches!(what, What::Page(_)));
        self.compare(&format!("tries of pages to {to}"), &pages, &minutes);
    }

    /// Asserts the reasons of the pages that went to `to` since the last look.
    ///
    /// # Panics
    /// When they were others.
    #[track_caller]
    pub fn expect_reasons<const N: usize>(&mut self, to: &str, reasons: [&str; N]) {
        let pages = self.look(to, |what| matches!(what, What::Page(_)));
        let told: Vec<&str> = pages
            .iter()
            .map(|page| match &page.what {
                What::Page(reason) => reason.as_str(),
                What::News(_) | What::Bulletin { .. } | What::Start | What::Ask => "",
            })
            .collect();
        assert_eq!(told, reasons, "reasons of pages to {to}\n{}", self.journal());
    }

    /// Asserts what news went to `to` since the last look.
    ///
    /// # Panics
    /// When it was other news.
    #[track_caller]
    pub fn expect_news<const N: usize>(&mut self, to: &str, news: [&str; N]) {
        let sent = self.look(to, |what| matches!(what, What::News(_)));
        let told: Vec<&str> = sent
            .iter()
            .map(|sent| match &sent.what {
                What::News(news) => news.as_str(),
                What::Page(_) | What::Bulletin { .. } | What::Start | What::Ask => "",
            })
            .collect();
        assert_eq!(told, news, "news to {to}\n{}", self.journal());
    }

    /// Asserts that since the last look exactly one message with several incidents went to `to`, of this kind, at this minute, listing exactly
    /// these titles in this order. Tries of one message count once. Gives the bundle's name.
    ///
    /// # Panics
    /// When it was otherwise.
    #[track_caller]
    pub fn expect_bulletin<const N: usize>(&mut self, to: &str, kind: &str, minute: &str, titles: [&str; N]) -> String {
        let mut sent = self.look(to, |what| matches!(what, What::Bulletin { .. }));
        sent.dedup_by(|later, first| later.key == first.key);
        self.compare(&format!("bulletins to {to}"), &sent, &[minute]);
        let expected = What::Bulletin { kind: kind.to_owned(), titles: titles.map(str::to_owned).to_vec() };
        assert_eq!(sent[0].what, expected, "the bulletin to {to}\n{}", self.journal());
        // Its key begins with its name: `bnd-` and the rest of the id.
        sent[0].key.splitn(3, '-').take(2).collect::<Vec<_>>().join("-")
    }

    /// Asserts at which minutes runs of an agent were started since the last look, each try counted.
    ///
    /// # Panics
    /// When it was otherwise.
    #[track_caller]
    pub fn expect_starts<const N: usize>(&mut self, agent: &str, minutes: [&str; N]) {
        let starts = self.look(agent, |what| *what == What::Start);
        self.compare(&format!("starts of {agent}"), &starts, &minutes);
    }

    /// Asserts that nobody was sent anything since the last look.
    ///
    /// # Panics
    /// When somebody was.
    #[track_caller]
    pub fn expect_silence(&mut self) {
        let unseen = self.unseen();
        assert!(unseen.is_empty(), "expected silence\n{}", self.journal());
    }

    /// Everything that went to `to` since the last look; it counts as expected now.
    pub fn sent_to(&mut self, to: &str) -> Vec<Sent> {
        self.look(to, |_| true)
    }

    /// Whatever was sent until now is expected.
    pub fn forget_what_was_sent(&mut self) {
        self.recorder.book_of(|sent| sent.iter_mut().for_each(|sent| sent.seen = true));
    }

    /// The work of these notifiers and agents is dead, and that is expected.
    pub fn expect_dead<const N: usize>(&mut self, lanes: [&str; N]) {
        self.dead_expected.extend(lanes.map(str::to_owned));
    }

    fn look(&mut self, to: &str, fits: impl Fn(&What) -> bool) -> Vec<Sent> {
        self.recorder.book_of(|sent| {
            let mut found = Vec::new();
            for sent in sent.iter_mut().filter(|sent| sent.to == to && !sent.seen && fits(&sent.what)) {
                sent.seen = true;
                found.push(sent.clone());
            }
            found
        })
    }

    pub(crate) fn unseen(&self) -> Vec<Sent> {
        // That an agent is asked how it is doing tells nobody anything.
        self.recorder.book_of(|sent| sent.iter().filter(|sent| !sent.seen && sent.what != What::Ask).cloned().collect())
    }

    #[track_caller]
    fn compare(&self, what: &str, sent: &[Sent], minutes: &[&str]) {
        let fits = sent.len() == minutes.len()
            && sent.iter().zip(minutes).all(|(sent, minute)| Within::read(minute).holds(sent.at));
        let found: Vec<String> = sent.iter().map(|sent| Minute(sent.at).to_string()).collect();
        assert!(fits, "{what}: expected at {minutes:?}, found at {found:?}\n{}", self.journal());
    }

    /// All that was sent, for a failed assertion.
    #[must_use]
    pub fn journal(&self) -> String {
        let lines: Vec<String> = self.recorder.book_of(|sent| sent.iter().map(ToString::to_string).collect());
        format!("minute {} of the story; sent so far:\n{}", Minute(self.elapsed()), lines.join("\n"))
    }
}
