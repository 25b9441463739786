/// Condition leaf: how the two halves of a leaf are read, its subject and its test.
///
/// Internal to this folder.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "broker/config/reading.h"
#include "broker/route/condition.h"

namespace broker::config {

/// What the subject's values are, as far as that decides which tests it may have.
struct Nature {
    bool is_address = false;                 ///< compared as networks
    bool is_name = false;                    ///< of persons
    bool is_counted = false;                 ///< a sequence, or bytes: only whether it is there can be asked
    bool has_no_order = false;               ///< not even that of numbers
    std::optional<route::Order> order = {};  ///< none: texts, which may be numbers
};

Nature nature_of(const route::Subject& subject);

/// The subject that the key of `table` names; or a problem.
std::optional<route::Subject> read_subject(Reading& reading, const Path& table, const toml::key& key);

/// The test that is written at `path`, of a subject of this nature; or problems.
std::optional<route::Test> read_test(Reading& reading, const Path& path, const toml::node& node, const Nature& nature);

/// The words of a test's table, and what stands behind them.
using Words = std::map<std::string, const toml::node*>;

/// The range of the words `min` and `max`, of which one is there at least; or problems.
std::optional<route::Test> read_range(Reading& reading, const Path& path, const Words& words, const Nature& nature);
std::string print_range(const route::Range& range);

/// Whether the key is one of the words.
bool is_test_word(std::string_view key);

/// The test as a TOML value, which `read_test` reads back as an equal one.
std::string print_test(const route::Test& test);

}  // namespace broker::config
