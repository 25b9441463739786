/// Nearest: the word that somebody who typed another one probably meant.
///
/// Pure; any thread.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace broker::route {

/// The candidate with the fewest typing errors (a letter missing, added, changed or two swapped; case counts little),
/// or nothing where even the best one has more than a third of its letters wrong.
std::optional<std::string> nearest(std::string_view word, std::span<const std::string> candidates);

}  // namespace broker::route
