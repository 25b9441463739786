/// Headers: what every answer carries so that a browser does nothing with it but what is meant.
#pragma once

#include <string_view>
#include <utility>
#include <vector>

#include "web/exchange.h"

namespace web {

/// What a page of ours may load: its own origin, and nothing from inside a document.
extern const std::string_view content_policy;
/// The same, and pictures that a script of ours has fetched (blob:). For the two pages that do.
extern const std::string_view content_policy_of_pictures;

/// Pure; any thread. Data is never stored by a cache; pages are, but asked about each time.
/// `is_strict`: browsers are told never to come without TLS again.
std::vector<std::pair<std::string_view, std::string_view>> security_headers(bool is_strict);

}  // namespace web
