/// Person name: the forms in which one is compared (PS3.5 6.2.1).
///
/// Pure functions; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace broker::route {

/// The name without what says nothing: spaces around its components, empty components at the end of a group, empty
/// groups at the end. A pattern is made tidy in the same way; a space behind a backslash stays.
std::string tidy_name(std::string_view name);

/// What a test may be put to: the whole, as it stands and tidy, and each of its groups that is not empty (alphabetic,
/// ideographic, phonetic), tidy. The whole comes first.
std::vector<std::string> forms_of_name(std::string_view name);

}  // namespace broker::route
