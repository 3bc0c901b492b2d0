//! The tags of an event: pairs on the wire, objects once a tool in between touched them.

use domain::signal::Severity;

use super::reader::{Fault, Reader, Scalar};
use super::scalar::TAG;

/// How many tags are kept, the first ones.
const TAGS: usize = 50;

/// Tags, with those that name something also found beyond the limit.
#[derive(Debug, Default)]
pub(super) struct Tags {
    /// The first ones, in order.
    pub(super) kept: Vec<(String, String)>,
    beyond: Vec<(String, String)>,
}

impl Tags {
    const TELLING: [&'static str; 6] = ["environment", "release", "sentry:release", "transaction", "handled", "level"];

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, Fault> {
        let mut tags = Self::default();
        if reader.peek()? == b'{' {
            reader.object(|reader, key| {
                let value = reader.scalar()?;
                tags.add(Some(String::from_utf8_lossy(key).into_owned()), value);
                Ok(())
            })?;
            return Ok(tags);
        }
        reader.array(|reader| {
            let (key, value) = read_tag(reader)?;
            tags.add(key.words(TAG), value);
            Ok(())
        })?;
        Ok(tags)
    }

    fn add(&mut self, key: Option<String>, value: Scalar<'_>) {
        let Some(key) = key.filter(|key| !key.is_empty() && key.len() <= TAG) else { return };
        if self.kept.len() < TAGS {
            self.kept.extend(value.words(TAG).map(|value| (key, value)));
        } else if Self::TELLING.contains(&key.as_str()) && !self.beyond.iter().any(|(known, _)| *known == key) {
            self.beyond.extend(value.words(TAG).map(|value| (key, value)));
        }
    }

    pub(super) fn find(&self, wanted: &str) -> Option<String> {
        self.kept.iter().chain(&self.beyond).find(|(key, _)| key == wanted).map(|(_, value)| value.clone())
    }

    pub(super) fn severity(&self) -> Option<Severity> {
        Severity::from_wire(&self.find("level")?)
    }
}

/// `[key, value]`, or `{"key": …, "value": …}` from tools in between.
fn read_tag<'a>(reader: &mut Reader<'a>) -> Result<(Scalar<'a>, Scalar<'a>), Fault> {
    let (mut key, mut value) = (Scalar::Nothing, Scalar::Nothing);
    if reader.peek()? == b'{' {
        reader.object(|reader, name| {
            match name {
                b"key" => key = reader.scalar()?,
                b"value" => value = reader.scalar()?,
                _ => reader.skip()?,
            }
            Ok(())
        })?;
        return Ok((key, value));
    }
    let mut place = 0_u32;
    reader.array(|reader| {
        match place {
            0 => key = reader.scalar()?,
            1 => value = reader.scalar()?,
            _ => reader.skip()?,
        }
        place = place.saturating_add(1);
        Ok(())
    })?;
    Ok((key, value))
}
