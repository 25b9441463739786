/// Edit plan: the edits one after the other over what is known of the instance.
#include "broker/route/edit_plan.h"

#include <algorithm>
#include <filesystem>
#include <map>

#include "broker/dicom/character_set.h"
#include "broker/dicom/value_rules.h"
#include "broker/route/regex.h"

namespace broker::route {
namespace {

using dicom::TagStep;
using Values = std::vector<std::string>;

/// What a replacement might make of one value, at worst.
constexpr std::size_t replaced_bytes_max = 256U << 20;

std::string name_of(const TagStep& tag) {
    return dicom::print_path(dicom::TagPath({tag}));
}

std::string vr_of(const TagStep& tag) {
    return dicom::dictionary_vr(dicom::TagPath({tag}));
}

/// The instance as the edits until now leave it.
class Draft {
public:
    explicit Draft(const dicom::Header& header) : header_(header) {}

    /// None where the tag has no value. Whoever reads relies on what was read.
    Values read(const TagStep& tag) {
        if (const auto found = changed_.find(tag); found != changed_.end()) return found->second.value_or(Values{});
        const auto values = header_.values(tag.tag);
        (values.empty() ? absent_ : single_).insert(tag.tag);
        return {values.begin(), values.end()};
    }
    void give(const TagStep& tag, Values values) { changed_[tag] = std::move(values); }
    void remove(const TagStep& tag) { changed_[tag] = std::nullopt; }
    /// What edits read and left as it was: its bytes stay, too.
    void give_if_new(const TagStep& tag, const Values& before, Values after) {
        if (before != after) give(tag, std::move(after));
    }

    std::variant<Changes, EditFailure> finish() const {
        Changes changes{{}, absent_, single_};
        for (const auto& [tag, values] : changed_) {
            const std::string vr = values ? vr_of(tag) : "";
            if (values)
                if (auto fault = fault_of_values(tag, vr, *values)) return EditFailure{*fault};
            changes.all.push_back({tag, vr, values});
            changes.single.erase(tag.tag);  // every one of it is replaced
        }
        return changes;
    }

private:
    static std::optional<std::string> fault_of_values(const TagStep& tag, const std::string& vr, const Values& values) {
        const bool has_gap = values.size() > 1 && std::ranges::find(values, "") != values.end();
        if (has_gap && dicom::is_number_vr(vr))
            return name_of(tag) + " would have an empty value among others, which " + vr + " cannot have";
        for (const std::string& value : values) {
            if (value.find(dicom::replacement_character) != std::string::npos)
                return name_of(tag) + " would hold characters that could not be read";
            if (const std::string fault = dicom::fault_of(vr, value); !fault.empty())
                return name_of(tag) + " would be " + fault;
        }
        return std::nullopt;
    }

    const dicom::Header& header_;
    std::map<TagStep, std::optional<Values>> changed_;
    std::set<dicom::Tag> absent_, single_;
};

/// One edit onto the draft; a failure ends it all.
struct Apply {
    Draft& draft;
    const TableAt& table_at;
    const TagStep& tag;

    using Failed = std::optional<EditFailure>;

    Failed operator()(const Set& set) const {
        draft.give(tag, dicom::split_values(vr_of(tag), set.value));
        return std::nullopt;
    }
    Failed operator()(const Remove&) const {
        draft.remove(tag);
        return std::nullopt;
    }
    Failed operator()(const Copy& copy) const {
        const Values values = draft.read(tag);
        if (!values.empty()) draft.give(copy.to, values);
        return std::nullopt;
    }
    Failed operator()(const Prefix& prefix) const {
        const Values before = draft.read(tag);
        Values after = before;
        for (std::string& value : after)
            if (!value.empty()) value.insert(0, prefix.with);
        draft.give_if_new(tag, before, std::move(after));
        return std::nullopt;
    }
    Failed operator()(const Replace& replace) const {
        const Values before = draft.read(tag);
        if (before.empty()) return std::nullopt;
        const auto compiled = Regex::compile(replace.regex, false);
        const auto* regex = std::get_if<Regex>(&compiled);
        if (regex == nullptr) return EditFailure{"the regular expression for " + name_of(tag) + " is none any more"};
        Values after = before;
        for (std::string& value : after) {
            // At most one match per byte, and one behind the last.
            if ((value.size() + 1) * (replace.with.size() + value.size()) > replaced_bytes_max)
                return EditFailure{name_of(tag) + " is too long to be replaced in"};
            value = regex->replaced(std::move(value), replace.with);
        }
        draft.give_if_new(tag, before, std::move(after));
        return std::nullopt;
    }
    Failed operator()(const Map& map) const {
        const Values before = draft.read(tag);
        if (before.empty()) return std::nullopt;
        const std::string file = std::filesystem::path(map.table).filename().string();
        const auto found = table_at(map.table);
        if (const auto* fault = std::get_if<TableFault>(&found)) return EditFailure{file + " " + fault->text};
        const Table& table = *std::get<std::shared_ptr<const Table>>(found);
        Values after = before;
        for (std::string& value : after) {
            if (value.empty()) continue;
            const std::string* there = table.find(value);
            if (there == nullptr && map.missing == Map::Missing::hold)
                return EditFailure{name_of(tag) + " has no row in " + file};
            if (there == nullptr && map.missing == Map::Missing::remove) {
                draft.remove(tag);
                return std::nullopt;
            }
            if (there != nullptr) value = *there;
        }
        draft.give_if_new(tag, before, std::move(after));
        return std::nullopt;
    }
};

}  // namespace

std::set<dicom::Tag> tags_read(const std::vector<Edit>& edits) {
    std::set<dicom::Tag> tags;
    for (const Edit& edit : edits)
        if (!std::holds_alternative<Set>(edit.action) && !std::holds_alternative<Remove>(edit.action))
            tags.insert(edit.tag.tag);
    return tags;
}

std::variant<Changes, EditFailure> plan(const std::vector<Edit>& edits, const dicom::Header& header,
                                        const TableAt& table_at) {
    Draft draft(header);
    for (const Edit& edit : edits)
        if (auto failed = std::visit(Apply{draft, table_at, edit.tag}, edit.action)) return *failed;
    return draft.finish();
}

}  // namespace broker::route
