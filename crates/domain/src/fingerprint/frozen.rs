//! Version 1, held fast: the hashes of ten signals.
//!
//! A fingerprint is stored with every incident, alias and baseline. If a line below has to change, what was stored no longer matches what is
//! computed: leave version 1 as it is and write a version 2 beside it (see `docs/fingerprint.md`, "What frozen means").

use super::tests::{bare_signal, checkout, frame};
use super::*;
use crate::signal::{Exception, MetricAlert};

fn thrown(class: &str, value: &str, module: &str, function: &str) -> Signal {
    let mut signal = checkout(class, value);
    signal.exceptions[0].in_app = vec![frame(module, function)];
    signal
}

#[test]
fn version_1_is_frozen() {
    let mut chained = checkout("ExecutionException", "java.net.ConnectException: Connection refused");
    chained.exceptions.push(Exception {
        class: "ConnectException".into(),
        value: "Connection refused: 10.0.0.7:443".into(),
        in_app: vec![frame("com.acme.StockClient$$EnhancerBySpringCGLIB$$3f2a1c9b", "lambda$get$0")],
        unhandled: None,
    });
    let mut minified = thrown("TypeError", "x (reading 'total')", "app:///main.3f2a1c.js", "t");
    minified.platform = Some("javascript".into());
    let mut frameless = checkout("WorkerLostError", "signal 9 (SIGKILL) Job: 7.");
    frameless.exceptions[0].in_app.clear();
    frameless.culprit = Some("shop.tasks.invoice in run 12".into());
    let message = Signal { message: Some("用户 ４２ 不存在: ann@example.com".into()), ..bare_signal("x") };
    let metric =
        MetricAlert { organization: Some("88".into()), identifier: Some("17".into()), id: Some("4120".into()) };
    let metric = Signal { metric: Some(metric), ..bare_signal("Critical: p95") };
    let mut custom = checkout("ValueError", "bad total 12");
    custom.custom_fingerprint = Some(vec!["{{ default }}".into(), "eu-1".into(), "{{ error.type }}".into()]);
    for (signal, hash) in [
        (checkout("ValueError", "bad total 12"), "08ceab250449974754e12a42753d13a3"),
        (bare_signal("cron job 7 missed"), "aeb51163dfc68feae986312c0903403a"),
        (
            thrown("AxiosError", "Request failed with status code 404", "src/api.ts", "async load"),
            "7dc0f7dd75d41348f25b328aa23fbf3b",
        ),
        (
            thrown(
                "PDOException",
                "SQLSTATE[23000]: 1062 Duplicate entry 'a' for key 'users.email'",
                "/srv/1/a/b.php",
                "f",
            ),
            "31e5d8230f6c4125c8fa7b12d1950354",
        ),
        (chained, "ff270e7c9485c74ca4c66913b09a9664"),
        (minified, "fa580ddc80eee7c352d09b7e6ed28124"),
        (frameless, "e2e489bfa774f11e25f0ea64768e56f4"),
        (message, "0640a5d6cf7cc8e6287b18237e80696e"),
        (metric, "b435a2efdeffa5112ef581bfe8855c49"),
        (custom, "08eaf9ce92e27880e452ae1a01751fa0"),
    ] {
        assert_eq!(fingerprint(&signal).0, hash, "{:?}", parts(&signal));
    }
}
