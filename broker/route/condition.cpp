/// Condition: evaluation of the tree.
#include "broker/route/condition.h"

#include <algorithm>
#include <span>

#include "broker/route/person_name.h"

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
    if (const auto* path = std::get_if<dicom::TagPath>(&subject)) return facts.header.values(*path);
    // None, as of an element that is absent: a sender that nobody named is not "*".
    const std::string& origin = origin_of(facts, std::get<Origin>(subject));
    return {&origin, origin.empty() ? 0U : 1U};
}

/// Whether the value itself fits, or a form of the name that it is.
template <class Fits>
bool any_form(const Leaf& leaf, const std::string& value, const Fits& fits) {
    if (!leaf.is_name) return fits(without_padding(value));
    const std::vector<std::string> forms = forms_of_name(value);
    return std::any_of(forms.begin(), forms.end(), fits);
}

bool fits(const Leaf& leaf, const Matches& test, const std::string& value) {
    const bool is_address = leaf.subject == Subject{Origin::address};
    return any_form(leaf, value, [&](std::string_view form) {
        return std::any_of(test.any_of.begin(), test.any_of.end(), [&](const Glob& glob) {
            return is_address ? in_network(glob.text(), form) : glob.covers(form);
        });
    });
}

bool fits(const Leaf& leaf, const Regex& test, const std::string& value) {
    return any_form(leaf, value, [&](std::string_view form) { return test.is_in(form); });
}

bool fits(const Leaf&, const Range& test, const std::string& value) {
    return test.contains(without_padding(value));
}

/// A name of separators alone names nobody.
bool fits(const Leaf& leaf, const Exists&, const std::string& value) {
    return leaf.is_name ? !tidy_name(value).empty() : !without_padding(value).empty();
}

/// The first value that fits, or null.
const std::string* fitting(const Leaf& leaf, std::span<const std::string> values) {
    const auto found = std::find_if(values.begin(), values.end(), [&](const std::string& value) {
        return std::visit([&](const auto& test) { return fits(leaf, test, value); }, leaf.test);
    });
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
        const std::string* found = fitting(leaf, values);
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

}  // namespace

bool holds(const Condition& condition, const Facts& facts) {
    return Evaluation(facts, nullptr).holds(condition, false);
}

std::vector<Finding> why(const Condition& condition, const Facts& facts) {
    std::vector<Finding> findings;
    Evaluation(facts, &findings).holds(condition, false);
    return findings;
}

void add_tags(const Condition& condition, std::set<dicom::TagPath>& tags) {
    if (const auto* leaf = std::get_if<Leaf>(&condition.node)) {
        if (const auto* path = std::get_if<dicom::TagPath>(&leaf->subject)) tags.insert(*path);
        return;
    }
    for (const Condition& part : std::get<Branch>(condition.node).parts) add_tags(part, tags);
}

}  // namespace broker::route
