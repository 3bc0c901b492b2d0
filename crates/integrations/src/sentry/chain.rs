//! The exceptions of an event and their frames: the largest part of a body, of which little is kept.
//!
//! Chained exceptions come outermost last (getsentry/sentry's samples, the Go SDK), frames newest last (docs.sentry.io). A value may lack
//! its stack trace; `module` and `function` may be null.

use std::collections::VecDeque;

use domain::signal::{Exception, Frame};

use super::reader::{Fault, Reader, Scalar};
use super::scalar::{MESSAGE, TITLE, one};

/// How many exceptions of a chain are kept, the outermost ones.
const EXCEPTIONS: usize = 5;
/// How many frames of an exception are kept, the newest ones.
const FRAMES: usize = 8;

#[derive(Debug, Default)]
struct RawException<'a> {
    class: Scalar<'a>,
    value: Scalar<'a>,
    handled: Scalar<'a>,
    frames: VecDeque<RawFrame<'a>>,
}

#[derive(Debug, Clone, Copy, Default)]
struct RawFrame<'a> {
    in_app: Scalar<'a>,
    module: Scalar<'a>,
    filename: Scalar<'a>,
    package: Scalar<'a>,
    function: Scalar<'a>,
}

/// The outermost exceptions of a chain, outermost last, as they come.
#[derive(Debug, Default)]
pub(super) struct Chain<'a>(VecDeque<RawException<'a>>);

impl<'a> Chain<'a> {
    /// Reads `exception.values`, or the list itself as old events have it.
    pub(super) fn read(reader: &mut Reader<'a>) -> Result<Self, Fault> {
        let mut chain = VecDeque::new();
        if reader.peek()? == b'[' {
            read_values(reader, &mut chain)?;
        } else {
            reader.object(|reader, key| {
                if key == b"values" {
                    chain.clear();
                    return read_values(reader, &mut chain);
                }
                reader.skip()
            })?;
        }
        Ok(Self(chain))
    }

    /// The chain, outermost first.
    pub(super) fn keep(&self) -> Vec<Exception> {
        self.0.iter().rev().map(RawException::keep).collect()
    }

    /// Whether the program did not catch it: as soon as one exception says so.
    pub(super) fn unhandled(&self) -> Option<bool> {
        self.0.iter().filter_map(RawException::unhandled).reduce(|any, one| any || one)
    }
}

fn read_values<'a>(reader: &mut Reader<'a>, chain: &mut VecDeque<RawException<'a>>) -> Result<(), Fault> {
    reader.array(|reader| {
        if let Some(exception) = RawException::read(reader)? {
            if chain.len() == EXCEPTIONS {
                chain.pop_front();
            }
            chain.push_back(exception);
        }
        Ok(())
    })?;
    Ok(())
}

impl<'a> RawException<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Option<Self>, Fault> {
        let mut exception = Self::default();
        let found = reader.object(|reader, key| {
            match key {
                b"type" => exception.class = reader.scalar()?,
                b"value" => exception.value = reader.scalar()?,
                b"mechanism" => exception.handled = one(reader, b"handled")?,
                b"stacktrace" => {
                    reader.object(|reader, key| {
                        if key != b"frames" {
                            return reader.skip();
                        }
                        exception.frames.clear();
                        reader.array(|reader| {
                            exception.see(RawFrame::read(reader)?);
                            Ok(())
                        })?;
                        Ok(())
                    })?;
                }
                _ => reader.skip()?,
            }
            Ok(())
        })?;
        Ok(found.then_some(exception))
    }

    /// Keeps the newest of the application's own frames; they come oldest first.
    fn see(&mut self, frame: RawFrame<'a>) {
        if frame.in_app == Scalar::Flag(true) {
            if self.frames.len() == FRAMES {
                self.frames.pop_front();
            }
            self.frames.push_back(frame);
        }
    }

    fn unhandled(&self) -> Option<bool> {
        self.handled.flag().map(|handled| !handled)
    }

    fn keep(&self) -> Exception {
        Exception {
            class: self.class.words(TITLE).unwrap_or_default(),
            value: self.value.words(MESSAGE).unwrap_or_default(),
            in_app: self.frames.iter().rev().filter_map(RawFrame::keep).collect(),
            unhandled: self.unhandled(),
        }
    }
}

impl<'a> RawFrame<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self, Fault> {
        let mut frame = Self::default();
        reader.object(|reader, key| {
            match key {
                b"in_app" => frame.in_app = reader.scalar()?,
                b"module" => frame.module = reader.scalar()?,
                b"filename" => frame.filename = reader.scalar()?,
                b"package" => frame.package = reader.scalar()?,
                b"function" => frame.function = reader.scalar()?,
                _ => reader.skip()?,
            }
            Ok(())
        })?;
        Ok(frame)
    }

    fn keep(&self) -> Option<Frame> {
        let place = [self.module, self.filename, self.package];
        let module = place.iter().find_map(|place| place.words(TITLE)).unwrap_or_default();
        let function = self.function.words(TITLE).unwrap_or_default();
        (!module.is_empty() || !function.is_empty()).then_some(Frame { module, function })
    }
}
