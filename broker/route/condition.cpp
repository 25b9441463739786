/// Condition: evaluation of the tree, and globs.
#include "broker/route/condition.h"

#include <algorithm>
#include <optional>
#include <span>

namespace broker::route {

namespace {

template <class... Fs>
struct Overloaded : Fs... {
    using Fs::operator()...;
};
template <class... Fs>
Overloaded(Fs...) -> Overloaded<Fs...>;

/// PS3.5 6.2 pads text with spaces and UIDs with NUL; machines mix them up.
std::string_view without_padding(std::string_view value) {
    while (!value.empty() && (value.back() == ' ' || value.back() == '\0')) value.remove_suffix(1);
    return value;
}

const std::string& origin_of(const Facts& facts, Origin origin) {
    switch (origin) {
        case Origin::calling_ae_title:
            return facts.calling_ae_title;
        case Origin::called_ae_title:
            return facts.called_ae_title;
        case Origin::sender:
            return facts.sender;
        case Origin::address:
            break;
    }
    return facts.address;
}

std::span<const std::string> values_of(const Facts& facts, const Subject& subject) {
    if (const auto* tag = std::get_if<dicom::Tag>(&subject)) return facts.header.values(*tag);
    return {&origin_of(facts, std::get<Origin>(subject)), 1};
}

bool fits(const Subject& subject, std::string_view pattern, std::string_view value) {
    const auto* origin = std::get_if<Origin>(&subject);
    if (origin && *origin == Origin::address) return in_network(pattern, value);
    return covers(without_padding(pattern), without_padding(value));
}

bool leaf_holds(const Leaf& leaf, const Facts& facts) {
    std::span<const std::string> values = values_of(facts, leaf.subject);
    return std::visit(Overloaded{
                          [&](const Matches& test) {
                              return std::any_of(values.begin(), values.end(), [&](const std::string& value) {
                                  return std::any_of(test.any_of.begin(), test.any_of.end(), [&](const auto& pattern) {
                                      return fits(leaf.subject, pattern, value);
                                  });
                              });
                          },
                          [&](const Exists& test) {
                              bool present = std::any_of(values.begin(), values.end(), [](const std::string& value) {
                                  return !without_padding(value).empty();
                              });
                              return present == test.wanted;
                          },
                      },
                      leaf.test);
}

bool branch_holds(const Branch& branch, const Facts& facts) {
    auto part_holds = [&](const Condition& part) { return holds(part, facts); };
    switch (branch.join) {
        case Join::any:
            return std::any_of(branch.parts.begin(), branch.parts.end(), part_holds);
        case Join::not_all:
            return !std::all_of(branch.parts.begin(), branch.parts.end(), part_holds);
        case Join::all:
            break;
    }
    return std::all_of(branch.parts.begin(), branch.parts.end(), part_holds);
}

std::size_t character_length(std::string_view text) {
    std::size_t length = 1;
    while (length < text.size() && (static_cast<unsigned char>(text[length]) & 0xC0U) == 0x80U) ++length;
    return length;
}

/// One step of a pattern: any run, any one character, or exactly this byte.
struct Step {
    enum class Kind { any_run, any_one, byte } kind = Kind::byte;
    char byte = 0;
    std::size_t length = 1;  ///< bytes of the pattern
};

Step next_step(std::string_view pattern) {
    if (pattern.front() == '*') return {Step::Kind::any_run, 0, 1};
    if (pattern.front() == '?') return {Step::Kind::any_one, 0, 1};
    if (pattern.front() == '\\' && pattern.size() > 1) return {Step::Kind::byte, pattern[1], 2};
    return {Step::Kind::byte, pattern.front(), 1};
}

}  // namespace

bool holds(const Condition& condition, const Facts& facts) {
    return std::visit(Overloaded{
                          [&](const Branch& branch) { return branch_holds(branch, facts); },
                          [&](const Leaf& leaf) { return leaf_holds(leaf, facts); },
                      },
                      condition.node);
}

void add_tags(const Condition& condition, std::set<dicom::Tag>& tags) {
    if (const auto* leaf = std::get_if<Leaf>(&condition.node)) {
        if (const auto* tag = std::get_if<dicom::Tag>(&leaf->subject)) tags.insert(*tag);
        return;
    }
    for (const Condition& part : std::get<Branch>(condition.node).parts) add_tags(part, tags);
}

bool covers(std::string_view pattern, std::string_view value) {
    // The usual walk with one remembered star: a mismatch lets the last star take one character more, never an earlier
    // one.
    std::optional<std::string_view> pattern_after_star;
    std::string_view value_at_star;
    while (true) {
        if (!pattern.empty()) {
            Step step = next_step(pattern);
            if (step.kind == Step::Kind::any_run) {
                pattern.remove_prefix(1);
                pattern_after_star = pattern;
                value_at_star = value;
                continue;
            }
            if (!value.empty() && (step.kind == Step::Kind::any_one || step.byte == value.front())) {
                pattern.remove_prefix(step.length);
                value.remove_prefix(step.kind == Step::Kind::any_one ? character_length(value) : 1);
                continue;
            }
        } else if (value.empty()) {
            return true;
        }
        if (!pattern_after_star || value_at_star.empty()) return false;
        value_at_star.remove_prefix(character_length(value_at_star));
        value = value_at_star;
        pattern = *pattern_after_star;
    }
}

}  // namespace broker::route
