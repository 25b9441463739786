/// Condition: what an instance must be for a route to take it: tests of its elements and of how it came, joined by all,
/// any and not.
///
/// Values and pure functions; any thread. A condition is a tree: leaves test one subject, branches join. A test holds
/// where any value of its subject fits. Text is compared after the padding of PS3.5 6.2 is gone, and case-sensitively,
/// as DICOM's is, unless a test says otherwise.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "broker/dicom/header.h"
#include "broker/route/finding.h"
#include "broker/route/glob.h"
#include "broker/route/network.h"
#include "broker/route/range.h"
#include "broker/route/regex.h"

namespace broker::route {

/// What a route may look at: the header of the instance and how it came to us.
struct Facts {
    dicom::Header header;
    std::string calling_ae_title;
    std::string called_ae_title;
    std::string sender;   ///< name of the [[sender]], "" where none fits
    std::string address;  ///< of the peer, as a literal without port or brackets
};

/// What is known of the association rather than of the instance.
enum class Origin { calling_ae_title, called_ae_title, sender, address };

/// What a leaf tests: an element of the instance, or an origin.
using Subject = std::variant<dicom::TagPath, Origin>;

/// Holds where any value of the subject fits any of the patterns; for `address` each is a literal or a CIDR block
/// (`in_network`) rather than a glob.
struct Matches {
    std::vector<Glob> any_of;
    bool operator==(const Matches&) const = default;
};

/// Holds where the subject is present and not empty, or, with `wanted` false, where it is not.
struct Exists {
    bool wanted = true;
    bool operator==(const Exists&) const = default;
};

/// A new kind of test is one more alternative here and one overload in condition.cpp and condition_words.cpp.
using Test = std::variant<Matches, Regex, Range, Exists>;

enum class Join { all, any, not_all };  ///< not_all is the configuration's `not`

struct Condition;

struct Leaf {
    Subject subject;
    std::string spelling;  ///< the key as the configuration writes it
    Test test;
    bool is_name = false;  ///< values are person names: each of their groups is tested, and globs are `tidy_name`s
    bool operator==(const Leaf&) const = default;
};

struct Branch {
    Join join = Join::all;
    std::vector<Condition> parts;
    bool operator==(const Branch&) const;
};

struct Condition {
    std::variant<Branch, Leaf> node;  ///< a default one holds for every instance: all of nothing
    bool operator==(const Condition&) const = default;
};

inline bool Branch::operator==(const Branch&) const = default;

/// Whether the condition holds for these facts.
bool holds(const Condition& condition, const Facts& facts);

/// The tests that decided, in order: of parts that all had to hold the first that failed, or every one; of parts of
/// which any was enough the first that held, or every one. What a `not` turns round is worded the other way, so that
/// each finding holds where the whole condition does, and fails where it fails. None for a condition without tests.
std::vector<Finding> why(const Condition& condition, const Facts& facts);

/// The test as it ends a sentence whose subject is a tag: "is CT or DX"; with `is_negated` "is not CT or DX".
std::string in_words(const Test& test, bool is_negated);

/// Adds the elements that the condition looks at to `tags`.
void add_tags(const Condition& condition, std::set<dicom::TagPath>& tags);

}  // namespace broker::route
