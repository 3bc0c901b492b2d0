//! Whom we trust, shown by a TLS server whose certificate comes from an authority that no system knows.
#![expect(clippy::unwrap_used, reason = "a server that cannot be set up fails the test")]

use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use domain::time::{ManualClock, Timestamp};
use http::Method;
use integrations::request::{DedupKey, HttpRequest, Reach, Request, RequestKind, Response, Secret, Sent, Transport};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use url::Url;
use watchfire_egress::Egress;

fn fixture(name: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures")).join(name)
}

/// A TLS server for `localhost` that answers 200 to whoever completes the handshake.
fn tls_server() -> u16 {
    watchfire_egress::install_tls_provider();
    let certificates = CertificateDer::pem_file_iter(fixture("server.pem")).unwrap().map(Result::unwrap).collect();
    let key = PrivateKeyDer::from_pem_file(fixture("server.key")).unwrap();
    let config = rustls::ServerConfig::builder().with_no_client_auth().with_single_cert(certificates, key).unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("0.0.0.0:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let session = rustls::ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut tls = rustls::StreamOwned::new(session, stream.unwrap());
            let mut buffer = [0_u8; 4096];
            if tls.read(&mut buffer).is_ok_and(|read| read > 0) {
                let _ = tls.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
                tls.conn.send_close_notify();
                let _ = tls.flush();
            }
        }
    });
    port
}

fn get(url: &str, ca_file: Option<PathBuf>) -> Request {
    let request = HttpRequest {
        method: Method::GET,
        url: Secret::new(Url::parse(url).unwrap()),
        headers: Vec::new(),
        body: Bytes::new(),
        reach: Reach::Private,
        ca_file,
    };
    Request { key: DedupKey("key".into()), deadline: Duration::from_secs(30), kind: RequestKind::Http(request) }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_private_authority_is_trusted_only_by_targets_that_name_it() {
    let port = tls_server();
    let egress = Egress::new(Arc::new(ManualClock::starting_at(Timestamp::EPOCH)));
    let known = egress.send(get(&format!("https://localhost:{port}/"), Some(fixture("ca.pem")))).await.unwrap();
    assert!(matches!(known, Response::Http(answer) if answer.status == 200));
    // The certificate is not valid for this address, whoever signed it.
    let wrong_name =
        egress.send(get(&format!("https://127.0.0.2:{port}/"), Some(fixture("ca.pem")))).await.unwrap_err();
    assert_eq!(wrong_name.sent, Sent::No, "{wrong_name}");
    assert!(wrong_name.reason.contains("certificate"), "{wrong_name}");
    let unknown = egress.send(get(&format!("https://localhost:{port}/"), None)).await.unwrap_err();
    assert_eq!(unknown.sent, Sent::No, "{unknown}");
    assert!(unknown.reason.contains("certificate"), "{unknown}");
}
