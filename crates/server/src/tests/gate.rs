use super::*;

const READING: [&str; 9] = [
    "/api/v1/incidents",
    "/api/v1/escalations",
    "/api/v1/escalations/stats",
    "/api/v1/deliveries",
    "/api/v1/owed",
    "/api/v1/policy",
    "/api/v1/silences",
    "/api/v1/oncall",
    "/api/v1/oncall/web",
];

async fn asked(kit: &Kit, method: &str, path: &str, authorization: Option<&str>) -> Told {
    let mut request = Request::builder().method(method).uri(path);
    if let Some(authorization) = authorization {
        request = request.header("authorization", authorization);
    }
    kit.send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn without_a_token_nothing_is_shown() {
    let kit = Kit::new().await;
    let incident = kit.incident(1).await;
    let mut paths: Vec<String> = READING.map(str::to_owned).to_vec();
    paths.push(format!("/api/v1/incidents/{incident}"));
    paths.push("/health/detailed".to_owned());
    for path in paths {
        let told = asked(&kit, "GET", &path, None).await;
        assert_eq!(told.status, 401, "{path}");
        assert_eq!(told.problem(), "unauthorised");
        assert!(told.headers["www-authenticate"].to_str().unwrap().starts_with("Bearer"));
        assert!(!String::from_utf8_lossy(&told.body).contains("WatchfireTest"));
    }
}

#[tokio::test]
async fn a_scope_holds_those_before_it_and_no_more() {
    let kit = Kit::new().await;
    let incident = kit.incident(1).await;
    let acknowledge = format!("/api/v1/incidents/{incident}/ack");
    let cases = [
        ("GET", "/api/v1/incidents", Scope::Read),
        ("POST", acknowledge.as_str(), Scope::Ack),
        ("GET", "/api/v1/deliveries/1/body", Scope::Admin),
        ("POST", "/api/v1/escalations/cleanup", Scope::Admin),
        ("POST", "/api/v1/notifiers/console/test", Scope::Admin),
    ];
    for (method, path, needed) in cases {
        for scope in Scope::ALL {
            let told = asked(&kit, method, path, Some(&format!("Bearer {}", token(scope)))).await;
            if scope < needed {
                assert_eq!(told.status, 403, "{path} as {scope}");
                assert_eq!(told.problem(), "forbidden");
            } else {
                assert_eq!(told.status, 200, "{path} as {scope}: {}", String::from_utf8_lossy(&told.body));
            }
        }
    }
}

#[tokio::test]
async fn a_wrong_token_is_refused_in_every_form() {
    let kit = Kit::new().await;
    let good = token(Scope::Admin);
    let forms = [
        good.clone(),
        format!("Basic {good}"),
        format!("Bearer {good}x"),
        format!("Bearer {}", &good[..good.len() - 1]),
        "Bearer".to_owned(),
        "Bearer ".to_owned(),
        String::new(),
    ];
    for form in forms {
        assert_eq!(asked(&kit, "GET", "/api/v1/owed", Some(&form)).await.status, 401, "{form}");
    }
    assert_eq!(asked(&kit, "GET", "/api/v1/owed", Some(&format!("bearer {good}"))).await.status, 200);
}

#[tokio::test]
async fn guessing_is_limited_and_a_good_token_is_not() {
    let kit = Kit::new().await;
    for _ in 0..20 {
        assert_eq!(asked(&kit, "GET", "/api/v1/owed", Some("Bearer wf_guess")).await.status, 401);
    }
    assert_eq!(asked(&kit, "GET", "/api/v1/owed", Some("Bearer wf_guess")).await.status, 429);
    let good = format!("Bearer {}", token(Scope::Read));
    assert_eq!(asked(&kit, "GET", "/api/v1/owed", Some(&good)).await.status, 200);
}

#[test]
fn a_token_that_could_be_guessed_is_none() {
    assert!(Token::from_text("a", "wf_short", Scope::Read).is_err());
    assert!(Token::from_text("a", &"x".repeat(64), Scope::Read).is_err());
    let text = crate::token_text(&[0xab; 32]);
    let token = Token::from_text("a", &text, Scope::Read).unwrap();
    assert!(!format!("{token:?}").contains("abab"));
}
