//! Promises of the configuration as a whole.

use std::path::{Path, PathBuf};

use super::*;

/// A folder of one test, gone with it.
struct Folder(PathBuf);

impl Folder {
    fn with(files: &[(&str, &str)]) -> Self {
        let path = std::env::temp_dir().join(format!("watchfire-config-{:016x}", rand::random::<u64>()));
        std::fs::create_dir(&path).unwrap();
        for (name, text) in files {
            std::fs::write(path.join(name), text).unwrap();
        }
        Self(path)
    }

    fn load(&self, variables: &[(&str, &str)]) -> Result<Loaded, Box<Report>> {
        load(&Flags::default(), &Environment::of(variables.iter().copied()), &self.0)
    }

    /// What the operator sees, with the folder's name taken out.
    fn complaint(&self, variables: &[(&str, &str)]) -> String {
        let report = self.load(variables).map(|_| ()).unwrap_err();
        report.render(false).replace(&self.0.display().to_string(), "FOLDER")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn config(files: &[(&str, &str)], variables: &[(&str, &str)]) -> Config {
    let folder = Folder::with(files);
    match folder.load(variables) {
        Ok(loaded) => loaded.config,
        Err(report) => panic!("{}", report.render(false)),
    }
}

#[test]
fn a_mistake_in_the_data_directory_hides_none_in_the_database() {
    let folder = Folder::with(&[("watchfire.toml", "data_dir = 5\n[store]\nurl = \"mysql://x\"\n")]);
    let said = folder.complaint(&[]);
    assert!(said.contains("`data_dir` must be text") && said.contains("must begin with sqlite:"), "{said}");
    assert!(said.contains("2 mistakes"), "{said}");
}

#[test]
fn a_policy_with_other_mistakes_tells_its_unknown_targets_too() {
    let policy = domain::policy::file::DEFAULT.replace("primary = []", "primary = [\"notifier:consol\"]").replacen(
        "cooldown = \"5m\"",
        "cooldown = 5",
        1,
    );
    let folder = Folder::with(&[("policy.toml", &policy), ("watchfire.toml", "policy = \"policy.toml\"\n")]);
    let said = folder.complaint(&[]);
    assert!(said.contains("did you mean `console`?") && said.contains("a number has no unit"), "{said}");
}

#[test]
fn what_differs_between_two_configurations_is_told_by_name_and_never_by_value() {
    let tree = |text: &str| raw::read(0, text).0;
    let before = tree("a = 1\n[sentry]\nsecrets = [\"hunter2\"]\n[server]\nport = 1\n");
    let after = tree("# moved\na = 1\nb = 2\n[server]\nport = 1\n[sentry]\nsecrets = [\"hunter3\"]\n");
    assert_eq!(before.differences(&after), ["b", "sentry.secrets"]);
    assert!(before.differences(&before).is_empty());
}

#[test]
fn the_example_is_the_default_and_sound() {
    let config = config(&[], &[]);
    assert_eq!((config.server.listen.to_string().as_str(), config.server.port), ("127.0.0.1", 3001));
    assert!(config.sentry.secrets.is_empty() && config.sentry.monitoring && config.sentry.process_low);
    assert_eq!(config.notifiers.keys().map(ToString::to_string).collect::<Vec<_>>(), ["console"]);
    assert!(config.database.path.ends_with("data/watchfire.db"), "{:?}", config.database);
    assert_eq!(config.policy.path, None);
}

#[test]
fn every_commented_line_of_the_example_is_true_when_uncommented() {
    let examples: String = DEFAULTS
        .lines()
        .map(|line| match line.strip_prefix("# ") {
            // Lines of code among the comments begin with a key or a section and hold nothing that is only for people.
            Some(code)
                if code.starts_with('[')
                    || code
                        .split_once(" = ")
                        .is_some_and(|(key, _)| key.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')) =>
            {
                code
            }
            _ => line,
        })
        .map(|line| format!("{line}\n"))
        .collect();
    let (table, mistakes) = raw::read(0, &examples);
    assert!(mistakes.is_empty(), "{mistakes:?}");
    for path in [["notifiers", "slack"], ["notifiers", "pager"], ["agents", "codegen"]] {
        assert!(table.get(&path).is_some(), "{path:?}");
    }
    let secrets = [
        ("slack_token", "xoxb-1"),
        ("sentry_webhook", "0123456789abcdef0123456789abcdef"),
        ("codegen_token", "t"),
        ("pagerduty", "R0123456789ABCDEF0123456789ABCDE"),
        ("ntfy_topic", "watchfire"),
        ("ntfy_token", "tk_1"),
        ("telegram_token", "123456:ABC-DEF1234ghIkl-zyx57W2v1u"),
        ("discord_webhook", "https://discord.com/api/webhooks/1/x"),
        ("mattermost_webhook", "https://chat.example.com/hooks/x"),
        ("teams_workflow", "https://x.logic.azure.com/workflows/x?sig=x"),
        ("opsgenie", "x"),
        ("pushover_token", "a23456789012345678901234567890"),
        ("pushover_user", "u23456789012345678901234567890"),
        ("twilio", "x"),
    ];
    let text = examples.replace("/run/secrets/", "").replace("services/…", "services/T/B/x").replace("[\"…\"]", "[]");
    let text = text
        .replace("whsec_…", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
        .replace("AC…", "AC0123456789abcdef0123456789abcdef")
        .replace("policy = \"policies/default.toml\"", "");
    let mut files = secrets.to_vec();
    files.push(("watchfire.toml", &text));
    let config = config(&files, &[]);
    let names: Vec<_> = config.notifiers.keys().chain(config.agents.keys()).map(ToString::to_string).collect();
    let notifiers = [
        "console",
        "discord",
        "mattermost",
        "opsgenie",
        "pager",
        "pagerduty",
        "phone",
        "pushover",
        "slack",
        "slack-webhook",
        "sms",
        "teams",
        "telegram",
    ];
    assert_eq!(names, [notifiers.as_slice(), &["codegen"]].concat());
}

#[test]
fn the_environment_wins_over_the_file_and_the_flags_over_both() {
    let folder = Folder::with(&[("watchfire.toml", "[server]\nport = 1\nmax_connections = 7\n")]);
    let variables = [("SENTRY_WEBHOOK_PORT", "2")];
    let from_environment = folder.load(&variables).unwrap().config;
    assert_eq!((from_environment.server.port, from_environment.server.max_connections), (2, 7));
    let flags = Flags { port: Some(3), ..Flags::default() };
    let from_flags = load(&flags, &Environment::of(variables), &folder.0).unwrap().config;
    assert_eq!(from_flags.server.port, 3);
}

#[test]
fn several_secrets_may_be_live_and_an_empty_variable_counts_as_not_set() {
    let secrets = |variables: &[(&str, &str)]| {
        config(&[], variables).sentry.secrets.iter().map(|secret| secret.expose().clone()).collect::<Vec<_>>()
    };
    assert_eq!(secrets(&[("SENTRY_WEBHOOK_SECRET", "one, two")]), ["one", "two"]);
    assert_eq!(secrets(&[("SENTRY_WEBHOOK_SECRET", "")]), Vec::<String>::new());
}

#[test]
fn a_secret_may_stand_in_a_file_of_its_own() {
    let folder = Folder::with(&[("s", "0123456789abcdef0123456789abcdef\n")]);
    let path = folder.0.join("s").display().to_string();
    let config = folder.load(&[("SENTRY_WEBHOOK_SECRET_FILE", &path)]).unwrap().config;
    assert_eq!(config.sentry.secrets[0].expose(), "0123456789abcdef0123456789abcdef");
    insta::assert_snapshot!(folder.complaint(&[("SENTRY_WEBHOOK_SECRET_FILE", &path), ("SENTRY_WEBHOOK_SECRET", "x")]));
}

#[test]
fn the_names_that_people_have_make_notifiers_and_agents() {
    let config = config(
        &[],
        &[
            ("SLACK_BOT_TOKEN", "xoxb-1"),
            ("SLACK_CHANNEL", "#ops"),
            ("SLACK_WEBHOOK_URL", "https://hooks.slack.com/services/T/B/x"),
            ("CODEGEN_API_TOKEN", "t"),
            ("CODEGEN_ORG_ID", "12"),
        ],
    );
    let names: Vec<_> = config.notifiers.keys().chain(config.agents.keys()).map(ToString::to_string).collect();
    assert_eq!(names, ["slack", "slack-webhook", "codegen"]);
}

#[test]
fn monitoring_and_low_priority_are_switched_by_their_variables() {
    let config = config(&[], &[("SENTRY_MONITORING_ENABLED", "false"), ("SENTRY_PROCESS_LOW_PRIORITY", "0")]);
    assert!(!config.sentry.monitoring && !config.sentry.process_low && !config.policy.policy.triage.process_low);
}

#[test]
fn all_mistakes_of_a_file_are_told_at_once_with_their_lines() {
    let folder = Folder::with(&[(
        "watchfire.toml",
        "data_dri = \"x\"\n\n[server]\nlisten = \"localhost\"\nport = 70000\nmax_conections = 3\n\n[sentry]\nmonitoring = \"perhaps\"\nsecret = \"hunter2\"\n\n\
         [notifiers.Ops]\ntype = \"console\"\n[notifiers.chat]\ntype = \"slak\"\ntoken = \"hunter2\"\n[notifiers.hook]\ntype = \"webhook\"\nurl = \"ftp://hunter2\"\n\n\
         [retention]\ntasks = \"soon\"\n\n[log]\nformat = \"xml\"\nlevel = \"louder\"\n",
    )]);
    let complaint = folder.complaint(&[("SENTRY_WEBHOOK_PORT", "many"), ("DATABASE_URL", "postgres://u:hunter2@db/w")]);
    assert!(!complaint.contains("hunter2"), "a secret was shown:\n{complaint}");
    insta::assert_snapshot!(complaint);
}

#[test]
fn a_file_that_is_no_toml_is_told_with_its_line_and_without_its_secrets() {
    let folder = Folder::with(&[("watchfire.toml", "[server]\nport = \n\n[sentry]\nsecrets = hunter2\n")]);
    let complaint = folder.complaint(&[]);
    assert!(!complaint.contains("hunter2"), "a secret was shown:\n{complaint}");
    insta::assert_snapshot!(complaint);
}

#[test]
fn a_policy_that_names_nobody_is_refused_with_its_line() {
    let policy = domain::policy::file::DEFAULT.replace("primary = []", "primary = [\"notifier:slak\"]");
    let folder = Folder::with(&[
        ("watchfire.toml", "policy = \"policy.toml\"\n[notifiers.slack]\ntype = \"console\"\n"),
        ("policy.toml", &policy),
    ]);
    insta::assert_snapshot!(folder.complaint(&[]));
}

#[test]
fn an_addition_to_nothing_is_a_warning_and_changes_nothing() {
    let folder = Folder::with(&[]);
    let loaded = folder.load(&[("SLACK_CHANNEL", "#ops"), ("WATCHFIRE_PROT", "1")]).unwrap();
    assert_eq!(loaded.config.notifiers.len(), 1);
    insta::assert_snapshot!(loaded.report.render(false));
}

#[test]
fn half_of_a_pair_is_a_mistake_that_names_the_other_half() {
    insta::assert_snapshot!(
        Folder::with(&[]).complaint(&[("CODEGEN_API_TOKEN", "hunter2"), ("SLACK_BOT_TOKEN", "xoxb-hunter2")])
    );
}

#[test]
fn a_named_file_that_is_not_there_is_a_mistake() {
    let folder = Folder::with(&[]);
    let flags = Flags { config: Some("nowhere.toml".into()), ..Flags::default() };
    let report = load(&flags, &Environment::default(), &folder.0).unwrap_err();
    insta::assert_snapshot!(report.render(false));
}

#[test]
fn relative_paths_of_a_file_are_meant_from_its_folder() {
    let folder = Folder::with(&[("w.toml", "data_dir = \"here\"\n")]);
    let flags = Flags { config: Some(folder.0.join("w.toml")), ..Flags::default() };
    let config = load(&flags, &Environment::default(), Path::new("/")).unwrap().config;
    assert_eq!(config.data_dir, folder.0.join("here"));
}

#[test]
fn a_dump_shows_where_values_come_from_and_no_secret() {
    let folder = Folder::with(&[(
        "watchfire.toml",
        "[server]\nport = 9\n[sentry]\nsecrets = [\"hunter2hunter2hunter2hunter2hunter2\"]\n[notifiers.hook]\ntype = \"webhook\"\nurl = \"https://h/hunter2\"\nsecret = \"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\"\n",
    )]);
    let loaded = folder.load(&[("WATCHFIRE_LOG_LEVEL", "debug"), ("DATABASE_URL", "sqlite:x.db")]).unwrap();
    let text = dump::toml(&loaded.merged, &loaded.report.sources);
    let json = dump::json(&loaded.merged, &loaded.report.sources).to_string();
    for shown in [&text, &json] {
        assert!(!shown.contains("hunter2") && !shown.contains("MfKQ"), "{shown}");
    }
    insta::assert_snapshot!(text);
}
