/// The hash chain of the history: what a row's hash is made of, and checking an exported chain without a database.
///
/// Pure functions; any thread.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "outbox/views.h"

namespace outbox {

/// The hash that a row must have: SHA-256 over its predecessor's hash and every column but its own hash, each with type
/// and length in front (README.md, History).
Digest chain_hash(const HistoryRow& row);

/// Checks rows handed over one by one, in order, from the very first row on, until the first one that doesn't fit.
/// `next` returns nothing after the last row. A tail that was cut off cannot be seen without an anchor: a hash that
/// somebody kept elsewhere.
Verification verify_chain(const std::function<std::optional<HistoryRow>()>& next, const std::optional<Digest>& anchor);

/// One row as a line of JSON (UTF-8, without the line's end): the export format that `verify_chain` can be fed. Bytes
/// that are not UTF-8 become U+FFFD, so a row that holds such bytes no longer has its hash.
std::string to_jsonl(const HistoryRow& row);

/// The row of a line that `to_jsonl` wrote; nothing for any other line, the same JSON in another order included.
std::optional<HistoryRow> from_jsonl(std::string_view line);

}  // namespace outbox
