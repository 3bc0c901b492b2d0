//! Addresses in a body: which of them a person may open, and what can be read off the others.

use url::Url;

use super::reader::Scalar;

/// Longest address read, in bytes.
const ADDRESS: usize = 2048;
/// What every address of Sentry's REST API has behind its base (pages of docs.sentry.io/api).
const API: &str = "/api/0/";

/// A page for people: http or https, without credentials, and no address of the API. Escaped as addresses are.
pub(super) fn page(address: Scalar<'_>) -> Option<Url> {
    let url = web(address)?;
    (!url.path().contains(API)).then_some(url)
}

fn web(address: Scalar<'_>) -> Option<Url> {
    let words = address.words(ADDRESS + 1).filter(|words| words.len() <= ADDRESS)?;
    let url = Url::parse(&words).ok()?;
    let open = matches!(url.scheme(), "http" | "https") && url.username().is_empty() && url.password().is_none();
    open.then_some(url)
}

/// What an address of the API tells: `{base}/api/0/organizations/{organization}/issues/{issue}/`,
/// `{base}/api/0/projects/{organization}/{project}/events/{event}/` and the older `{base}/api/0/issues/{issue}/`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct ApiAddress {
    /// Where the web pages of the same Sentry stand, without a slash at its end.
    pub base: String,
    /// The organization's short name.
    pub organization: Option<String>,
    /// The project's short name.
    pub project: Option<String>,
    /// The issue's number.
    pub issue: Option<String>,
}

impl ApiAddress {
    /// Reads an address of the API; `None` for any other.
    pub(super) fn read(address: Scalar<'_>) -> Option<Self> {
        let url = web(address)?;
        let (before, after) = url.path().split_once(API)?;
        let base = format!("{}{}", url.origin().ascii_serialization(), before.trim_end_matches('/'));
        let parts: Vec<&str> = after.split('/').filter(|part| !part.is_empty()).collect();
        let (organization, project) = match parts.as_slice() {
            ["organizations", organization, ..] => (Some(*organization), None),
            ["projects", organization, project, ..] => (Some(*organization), Some(*project)),
            _ => (None, None),
        };
        Some(Self {
            base,
            organization: organization.map(str::to_owned),
            project: project.map(str::to_owned),
            issue: issue_in(&parts),
        })
    }

    /// The page of an issue.
    pub(super) fn issue_page(&self, issue: &str) -> Option<Url> {
        let mut page = Url::parse(&self.base).ok()?;
        page.path_segments_mut().ok()?.pop_if_empty().extend([
            "organizations",
            self.organization.as_deref()?,
            "issues",
            issue,
            "",
        ]);
        Some(page)
    }
}

/// The issue's number in any address, by its place or as the last number of the path.
pub(super) fn issue(address: Scalar<'_>) -> Option<String> {
    let url = web(address)?;
    let parts: Vec<&str> = url.path_segments()?.filter(|part| !part.is_empty()).collect();
    issue_in(&parts)
}

fn issue_in(parts: &[&str]) -> Option<String> {
    let after_issues = parts.iter().position(|part| *part == "issues").and_then(|place| parts.get(place + 1));
    let number = after_issues.filter(|part| is_number(part)).or_else(|| {
        // An event's id can be all digits; it is no issue.
        let until = parts.iter().position(|part| *part == "events").unwrap_or(parts.len());
        parts[..until].iter().skip(usize::from(parts.starts_with(&["api", "0"])) * 2).rev().find(|part| is_number(part))
    })?;
    Some((*number).to_owned())
}

fn is_number(part: &str) -> bool {
    !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit())
}

/// The page of an issue, made from its project's stream of issues (`{…}/issues/?project={number}`).
pub(super) fn issue_page_in_stream(stream: Scalar<'_>, issue: &str) -> Option<Url> {
    let mut page = page(stream)?;
    let ends_in_issues = page.path_segments()?.rfind(|part| !part.is_empty()) == Some("issues");
    if !ends_in_issues {
        return None;
    }
    page.path_segments_mut().ok()?.pop_if_empty().extend([issue, ""]);
    Some(page)
}

/// The same page with its project named: without it Sentry's pages of events answered 404 (getsentry/sentry#118824).
pub(super) fn with_project(mut page: Url, project: Option<&str>) -> Url {
    if let Some(project) = project.filter(|project| is_number(project))
        && !page.query_pairs().any(|(key, _)| key == "project")
    {
        page.query_pairs_mut().append_pair("project", project);
    }
    page
}

/// The organization of a page: `…/organizations/{organization}/…`, else the name before the first dot of `{organization}.sentry.io`.
pub(super) fn organization(page: Scalar<'_>) -> Option<String> {
    let url = web(page)?;
    let parts: Vec<&str> = url.path_segments()?.collect();
    let named = parts.windows(2).find(|pair| pair[0] == "organizations").map(|pair| pair[1]);
    named
        .or_else(|| {
            url.host_str()?
                .strip_suffix(".sentry.io")
                .filter(|name| !name.contains('.') && !matches!(*name, "us" | "de" | "www"))
        })
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
}

/// The path of an address that the watched program was asked for, without its query, which may hold secrets.
pub(super) fn path(address: Scalar<'_>) -> Option<String> {
    let path = web(address)?.path().to_owned();
    (path.len() > 1 && path.len() <= 256).then_some(path)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::super::reader::Reader;
    use super::*;

    fn scalar(json: &str) -> Scalar<'_> {
        Reader::over(json.as_bytes()).scalar().unwrap()
    }

    #[test]
    fn only_pages_for_people_are_links() {
        assert_eq!(
            page(scalar(r#""https://acme.sentry.io/issues/9/""#)).unwrap().as_str(),
            "https://acme.sentry.io/issues/9/"
        );
        for refused in [
            r#""javascript:alert(1)""#,
            r#""ftp://acme.example/issues/9/""#,
            r#""https://sentry.io/api/0/issues/9/""#,
            r#""https://sentry.io@evil.example/issues/9/""#,
            r#""/organizations/acme/issues/9/""#,
            "\"\"",
            "9",
            "null",
        ] {
            assert_eq!(page(scalar(refused)), None, "{refused}");
        }
    }

    #[test]
    fn an_address_of_the_api_tells_who_and_where() {
        let issue =
            ApiAddress::read(scalar(r#""https://sentry.acme.example/deep/api/0/organizations/acme/issues/43/""#))
                .unwrap();
        assert_eq!(issue.issue.as_deref(), Some("43"));
        assert_eq!(
            issue.issue_page("43").unwrap().as_str(),
            "https://sentry.acme.example/deep/organizations/acme/issues/43/"
        );
        let event = ApiAddress::read(scalar(
            r#""https://sentry.io/api/0/projects/acme/shop/events/12345678901234567890123456789012/""#,
        ));
        let event = event.unwrap();
        assert_eq!(
            (event.organization.as_deref(), event.project.as_deref(), event.issue),
            (Some("acme"), Some("shop"), None)
        );
        let old = ApiAddress::read(scalar(r#""https://sentry.io/api/0/issues/1170820242/""#)).unwrap();
        assert_eq!((old.issue.as_deref(), old.issue_page("1")), (Some("1170820242"), None));
    }

    #[test]
    fn an_issue_is_read_off_by_its_place_or_as_the_last_number() {
        assert_eq!(
            issue(scalar(r#""https://s.example/organizations/7/issues/43/events/12345678901234567890123456789012/""#))
                .unwrap(),
            "43"
        );
        assert_eq!(issue(scalar(r#""https://s.example/shop/group/43/""#)).unwrap(), "43");
        assert_eq!(issue(scalar(r#""https://s.example/api/0/issues/""#)), None);
    }

    #[test]
    fn a_project_is_named_once() {
        let page = Url::parse("https://s.example/issues/9/events/a/").unwrap();
        let named = with_project(page.clone(), Some("7"));
        assert_eq!(named.as_str(), "https://s.example/issues/9/events/a/?project=7");
        assert_eq!(with_project(named.clone(), Some("8")), named);
        assert_eq!(with_project(page.clone(), Some("shop")), page);
    }

    #[test]
    fn an_issue_page_is_made_from_the_stream_of_its_project() {
        let made = issue_page_in_stream(scalar(r#""https://acme.sentry.io/issues/?project=2""#), "43").unwrap();
        assert_eq!(made.as_str(), "https://acme.sentry.io/issues/43/?project=2");
        assert_eq!(issue_page_in_stream(scalar(r#""https://acme.sentry.io/projects/shop/""#), "43"), None);
    }
}
