//! What is sound but unwise: warnings of `policy check`.
