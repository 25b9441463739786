/// Condition: evaluation of the tree, and globs.
#include "broker/route/condition.h"

#include <algorithm>
#include <optional>
#include <span>

namespace broker::route {

namespace {

// What a finding shows, so that a value of 64 KiB or a list of thousands stays a line for people.
constexpr std::size_t shown_values_max = 4, shown_bytes_max = 64;

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

/// The first value that fits, or null.
const std::string* fitting(const Leaf& leaf, const Matches& test, std::span<const std::string> values) {
    for (const std::string& value : values)
        for (const std::string& pattern : test.any_of)
            if (fits(leaf.subject, pattern, value)) return &value;
    return nullptr;
}

const std::string* not_empty(std::span<const std::string> values) {
    const auto found = std::find_if(values.begin(), values.end(),
                                    [](const std::string& value) { return !without_padding(value).empty(); });
    return found == values.end() ? nullptr : &*found;
}

std::string cut(std::string_view value) {
    value = without_padding(value);
    if (value.size() <= shown_bytes_max) return std::string{value};
    std::size_t end = shown_bytes_max;
    while (end > 0 && (static_cast<unsigned char>(value[end]) & 0xC0U) == 0x80U) --end;
    return std::string{value.substr(0, end)} + "…";
}

/// One walk both answers and explains, so that the two cannot disagree. `findings` is null where nobody asks why.
class Evaluation {
public:
    Evaluation(const Facts& facts, std::vector<Finding>* findings) : facts_(facts), findings_(findings) {}

    bool holds(const Condition& condition, bool is_negated) {
        return std::visit(Overloaded{
                              [&](const Branch& branch) { return branch_holds(branch, is_negated); },
                              [&](const Leaf& leaf) { return leaf_holds(leaf, is_negated); },
                          },
                          condition.node);
    }

private:
    /// A `not` is carried down to the leaves (not all of them is any of them not).
    bool branch_holds(const Branch& branch, bool is_negated) {
        const bool is_inner_negated = is_negated != (branch.join == Join::not_all);
        const bool is_any = (branch.join == Join::any) != is_inner_negated;
        const std::size_t before = findings_ ? findings_->size() : 0;
        for (const Condition& part : branch.parts) {
            const std::size_t so_far = findings_ ? findings_->size() : 0;
            if (holds(part, is_inner_negated) != is_any) continue;
            // This part alone decided.
            if (findings_) findings_->erase(at(before), at(so_far));
            return is_any;
        }
        return !is_any;
    }

    bool leaf_holds(const Leaf& leaf, bool is_negated) {
        const std::span<const std::string> values = values_of(facts_, leaf.subject);
        const std::string* found = std::visit(Overloaded{
                                                  [&](const Matches& test) { return fitting(leaf, test, values); },
                                                  [&](const Exists&) { return not_empty(values); },
                                              },
                                              leaf.test);
        const auto* exists = std::get_if<Exists>(&leaf.test);
        const bool is_true = ((found != nullptr) == (!exists || exists->wanted)) != is_negated;
        if (findings_)
            findings_->push_back({leaf.spelling, in_words(leaf.test, is_negated), shown(values, found), is_true});
        return is_true;
    }

    static std::vector<std::string> shown(std::span<const std::string> values, const std::string* found) {
        if (found) return {cut(*found)};
        std::vector<std::string> some;
        for (const std::string& value : values.first(std::min(values.size(), shown_values_max)))
            some.push_back(cut(value));
        return some;
    }

    std::vector<Finding>::iterator at(std::size_t index) {
        return findings_->begin() + static_cast<std::ptrdiff_t>(index);
    }

    const Facts& facts_;
    std::vector<Finding>* findings_;
};

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
    return Evaluation(facts, nullptr).holds(condition, false);
}

std::vector<Finding> why(const Condition& condition, const Facts& facts) {
    std::vector<Finding> findings;
    Evaluation(facts, &findings).holds(condition, false);
    return findings;
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
