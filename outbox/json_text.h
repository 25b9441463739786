/// JSON text by hand: strings written with their escapes, objects recognised, digests as hex.
///
/// Pure functions; any thread.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "outbox/ids.h"

namespace outbox {

/// 64 lower-case digits, and back (nothing for any other text).
std::string to_hex(const Digest& digest);
std::optional<Digest> parse_hex(std::string_view text);

/// The value of a lower-case hex digit; nothing for any other character.
std::optional<unsigned> hex_value(char digit);

/// Appends `text` in quotes. Escapes are \" and \\ and \u00XX for control characters, no others. Each byte that is not
/// part of valid UTF-8 (RFC 3629) becomes U+FFFD.
void append_json_string(std::string& out, std::string_view text);

/// An object of texts, in this order; one that is "" is left out.
std::string json_texts(std::initializer_list<std::pair<std::string_view, std::string_view>> texts);

/// One list of the items of two lists, in this order. The first may be "": none.
std::string joined_lists(std::string_view first, std::string_view second);

/// A list of names as JSON, and back: what `json_names` wrote, as far as it can be read.
std::string json_names(const std::vector<std::string>& names);
std::vector<std::string> parse_json_names(std::string_view text);

/// An object of texts, in this order: {"study":"1.2.3"}.
std::string json_object(std::initializer_list<std::pair<std::string_view, std::string_view>> members);

/// True when `text` begins and ends as one and the same JSON object, has no control characters and is UTF-8: it can
/// stand in a line of JSON as it is, and its end is found without understanding it. It isn't checked for being valid
/// JSON.
bool is_one_object(std::string_view text);

}  // namespace outbox
