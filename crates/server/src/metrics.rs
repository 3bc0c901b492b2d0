//! What the server counts of itself. Labels are enums: nothing that a client writes becomes a label.

use std::fmt;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use http::StatusCode;
use prometheus_client::encoding::text::{encode_eof, encode_registry};
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue, LabelValueEncoder};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

/// Which face of the server a request met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Area {
    Webhook,
    Callback,
    Api,
    Health,
    Metrics,
    Other,
}

impl Area {
    const ALL: [Self; 6] = [Self::Webhook, Self::Callback, Self::Api, Self::Health, Self::Metrics, Self::Other];

    pub(crate) fn of(route: &str) -> Self {
        if route == crate::webhooks::sentry::PATH {
            Self::Webhook
        } else if route.starts_with("/api/callbacks/") {
            Self::Callback
        } else if route.starts_with("/api/") {
            Self::Api
        } else if route.starts_with("/health") {
            Self::Health
        } else if route == "/metrics" {
            Self::Metrics
        } else {
            Self::Other
        }
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::Webhook => "webhook",
            Self::Callback => "callback",
            Self::Api => "api",
            Self::Health => "health",
            Self::Metrics => "metrics",
            Self::Other => "other",
        }
    }
}

/// Why the body of a delivery was not taken, so that the engine never saw it. What the engine refuses, it counts itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Unread {
    TooLarge,
    TooSlow,
    Broken,
    NoRoom,
}

impl Unread {
    pub(crate) const ALL: [Self; 4] = [Self::TooLarge, Self::TooSlow, Self::Broken, Self::NoRoom];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::TooLarge => "too_large",
            Self::TooSlow => "too_slow",
            Self::Broken => "broken",
            Self::NoRoom => "no_room",
        }
    }
}

macro_rules! word_label {
    ($name:ident) => {
        impl EncodeLabelValue for $name {
            fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> fmt::Result {
                self.as_str().encode(encoder)
            }
        }
    };
}
word_label!(Area);
word_label!(Unread);

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    area: Area,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Lost {
    reason: Unread,
}

/// The server's own figures.
#[derive(Debug)]
pub(crate) struct ServerMetrics {
    registry: Registry,
    answered: Family<Answered, Counter<u64, AtomicU64>>,
    unread: Family<Lost, Counter<u64, AtomicU64>>,
    hook_seconds: Histogram,
}

impl Default for ServerMetrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("watchfire");
        let answered = Family::<Answered, Counter<u64, AtomicU64>>::default();
        registry.register(
            "http_requests",
            "HTTP requests answered, by face of the server and status",
            answered.clone(),
        );
        for area in Area::ALL {
            answered.get_or_create(&Answered { area, status: 200 }).inc_by(0);
        }
        answered.get_or_create(&Answered { area: Area::Webhook, status: 202 }).inc_by(0);
        let unread = Family::<Lost, Counter<u64, AtomicU64>>::default();
        registry.register(
            "deliveries_unread",
            "Deliveries whose body was not taken: lost unless the sender brings them again",
            unread.clone(),
        );
        for reason in Unread::ALL {
            unread.get_or_create(&Lost { reason }).inc_by(0);
        }
        // Sentry gives up after one second: the buckets are close together below it.
        let hook_seconds = Histogram::new([0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5]);
        registry.register_with_unit(
            "hook_answer",
            "Time from a delivery's head to its answer, body and commit included",
            Unit::Seconds,
            hook_seconds.clone(),
        );
        Self { registry, answered, unread, hook_seconds }
    }
}

impl ServerMetrics {
    pub(crate) fn count_answer(&self, area: Area, status: StatusCode, took: Duration) {
        self.answered.get_or_create(&Answered { area, status: status.as_u16() }).inc();
        if area == Area::Webhook {
            self.hook_seconds.observe(took.as_secs_f64());
        }
    }

    pub(crate) fn count_unread(&self, reason: Unread) {
        self.unread.get_or_create(&Lost { reason }).inc();
    }

    /// How many deliveries were lost to this since the start.
    pub(crate) fn unread(&self, reason: Unread) -> u64 {
        self.unread.get_or_create(&Lost { reason }).get()
    }

    /// Everything in OpenMetrics text, behind what the engine says of itself.
    pub(crate) fn text(&self, engine: &str) -> Result<String, fmt::Error> {
        let engine = engine.trim_end().trim_end_matches("# EOF");
        let mut text = String::with_capacity(engine.len() + 4096);
        text.push_str(engine);
        if !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
        encode_registry(&mut text, &self.registry)?;
        encode_eof(&mut text)?;
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

    use super::*;

    #[test]
    fn every_reason_is_there_before_it_happens() {
        let text = ServerMetrics::default().text("").unwrap();
        for reason in Unread::ALL {
            let line = format!("watchfire_deliveries_unread_total{{reason=\"{}\"}} 0\n", reason.as_str());
            assert!(text.contains(&line), "{line} in {text}");
        }
        assert!(text.contains("watchfire_hook_answer_seconds_bucket{le=\"1.0\"} 0"), "{text}");
    }

    #[test]
    fn the_two_halves_are_one_exposition() {
        let metrics = ServerMetrics::default();
        metrics.count_unread(Unread::TooLarge);
        let text = metrics.text("# TYPE engine_x counter\nengine_x_total 1\n# EOF\n").unwrap();
        assert!(text.starts_with("# TYPE engine_x counter\nengine_x_total 1\n# HELP watchfire_"), "{text}");
        assert_eq!(text.matches("# EOF").count(), 1);
        assert!(text.ends_with("# EOF\n"));
        assert_eq!(metrics.unread(Unread::TooLarge), 1);
    }
}
