/// Edit: the checks, and the text that is kept.
#include "broker/route/edit.h"

#include <algorithm>
#include <array>
#include <boost/json.hpp>

#include "broker/dicom/dictionary.h"
#include "broker/dicom/utf8.h"
#include "broker/dicom/value_rules.h"
#include "broker/route/regex.h"

namespace broker::route {
namespace {

namespace json = boost::json;
using dicom::Tag;

constexpr std::array words{"set", "remove", "copy", "prefix", "replace", "map"};

std::string vr_of(const dicom::TagStep& step) {
    return dicom::dictionary_vr(dicom::TagPath({step}));
}

bool has_values(const std::string& vr) {
    return dicom::is_text_vr(vr) || dicom::is_number_vr(vr);
}

bool is_private(const dicom::TagStep& step) {
    return step.tag.group % 2 != 0;
}

/// Why no edit may change this element; "": one may.
std::string reason_to_leave(const dicom::TagStep& step) {
    constexpr std::uint16_t first_group = 0x0008, pixel_group = 0x7FE0;
    const Tag tag = step.tag;
    if (tag.group < first_group) return "is no element of an instance's data set";
    if (tag.group >= pixel_group) return "is pixel data, or comes behind it, which no edit changes";
    if (tag.element == 0x0000 && step.creator.empty()) return "is the length of a group, which follows by itself";
    if (tag == Tag{0x0008, 0x0001}) return "is the length of the data set, which follows by itself";
    if (tag == dicom::tags::specific_character_set) return "says how all other text is to be read";
    if (tag == dicom::tags::sop_class_uid || tag == dicom::tags::sop_instance_uid ||
        tag == dicom::tags::study_instance_uid || tag == dicom::tags::series_instance_uid)
        return "is what the instance is known by, here and at the destination";
    if (is_private(step) && step.creator.empty() && tag.element >= 0x0010 && tag.element <= 0x00FF)
        return "says whose the private elements of its block are; remove those";
    return "";
}

/// Why an element cannot be given a value; "": it can.
std::string reason_to_give_none(const dicom::TagStep& step) {
    if (const std::string reason = reason_to_leave(step); !reason.empty()) return reason;
    if (is_private(step)) return "is private, and can only be removed";
    const std::string vr = vr_of(step);
    if (vr.empty()) return "has no VR that is known, and can only be removed";
    if (!has_values(vr)) return "has no text (its VR is " + vr + "), and can only be removed";
    return "";
}

std::string reason_to_read_none(const dicom::TagStep& step) {
    const std::string vr = is_private(step) ? "" : vr_of(step);
    return has_values(vr) ? "" : "has no text that could be copied";
}

std::optional<EditFault> fault_at(const char* key, std::string text) {
    if (text.empty()) return std::nullopt;
    return EditFault{key, std::move(text)};
}

std::string fault_of_values(const std::string& vr, const std::string& text) {
    if (!dicom::is_utf8(text)) return "is not UTF-8";
    const std::vector<std::string> values = dicom::split_values(vr, text);
    if (values.size() > 1 && dicom::is_number_vr(vr) && std::ranges::find(values, "") != values.end())
        return "has an empty value among others, which " + vr + " cannot have";
    for (const std::string& value : values)
        if (const std::string fault = dicom::fault_of(vr, value); !fault.empty()) return "is " + fault;
    return "";
}

/// What is put before a value must be able to stand there.
std::string fault_of_prefix(const std::string& vr, const std::string& with) {
    for (const char* fixed : {"AS", "DA", "DT", "TM"})
        if (vr == fixed) return "cannot stand before a value of " + vr;
    const bool is_free = dicom::is_text_vr(vr) && vr != "DS" && vr != "IS" && vr != "UI";
    if (with.empty()) return "must not be empty";
    if (with.find('\\') != std::string::npos) return "must not hold a backslash, which separates values";
    return is_free ? fault_of_values(vr, with) : "";
}

std::optional<EditFault> fault_of_replace(const Replace& replace) {
    const auto compiled = Regex::compile(replace.regex, false);
    if (const auto* none = std::get_if<NoRegex>(&compiled)) return EditFault{"regex", none->why};
    if (!dicom::is_utf8(replace.with)) return EditFault{"with", "is not UTF-8"};
    return fault_at("with", std::get<Regex>(compiled).fault_of_rewrite(replace.with));
}

struct Checker {
    const Edit& edit;
    std::string vr = vr_of(edit.tag);

    std::optional<EditFault> operator()(const Set& set) const {
        if (auto fault = fault_at("set", reason_to_give_none(edit.tag))) return fault;
        return fault_at("value", fault_of_values(vr, set.value));
    }
    std::optional<EditFault> operator()(const Remove&) const { return fault_at("remove", reason_to_leave(edit.tag)); }
    std::optional<EditFault> operator()(const Copy& copy) const {
        if (auto fault = fault_at("copy", reason_to_read_none(edit.tag))) return fault;
        return fault_at("to", reason_to_give_none(copy.to));
    }
    std::optional<EditFault> operator()(const Prefix& prefix) const {
        if (auto fault = fault_at("prefix", reason_to_give_none(edit.tag))) return fault;
        return fault_at("with", fault_of_prefix(vr, prefix.with));
    }
    std::optional<EditFault> operator()(const Replace& replace) const {
        if (auto fault = fault_at("replace", reason_to_give_none(edit.tag))) return fault;
        return fault_of_replace(replace);
    }
    std::optional<EditFault> operator()(const Map&) const { return fault_at("map", reason_to_give_none(edit.tag)); }
};

std::string print_step(const dicom::TagStep& step) {
    return dicom::print_path(dicom::TagPath({step}));
}

struct Printer {
    json::object& object;

    void operator()(const Set& set) const { object["value"] = set.value; }
    void operator()(const Remove&) const {}
    void operator()(const Copy& copy) const { object["to"] = print_step(copy.to); }
    void operator()(const Prefix& prefix) const { object["with"] = prefix.with; }
    void operator()(const Replace& replace) const {
        object["regex"] = replace.regex;
        object["with"] = replace.with;
    }
    void operator()(const Map& map) const {
        object["table"] = map.table;
        object["missing"] = to_string(map.missing);
    }
};

/// One edit's object while it is read: what is missing or of another kind makes it none.
class Words {
public:
    explicit Words(const json::object& object) : object_(object) {}

    std::string text(std::string_view key) {
        ++seen_;
        const json::value* found = object_.if_contains(key);
        if (found == nullptr || !found->is_string()) {
            is_whole_ = false;
            return "";
        }
        return std::string(found->as_string());
    }
    dicom::TagStep tag(std::string_view key) {
        auto path = dicom::parse_path(text(key));
        const auto* found = std::get_if<dicom::TagPath>(&path);
        if (found != nullptr && found->steps.size() == 1) return found->steps.front();
        is_whole_ = false;
        return {};
    }
    Map::Missing missing() {
        const std::string word = text("missing");
        for (const auto each : {Map::Missing::hold, Map::Missing::keep, Map::Missing::remove})
            if (word == to_string(each)) return each;
        is_whole_ = false;
        return {};
    }
    bool is_whole() const { return is_whole_ && seen_ == object_.size(); }

private:
    const json::object& object_;
    std::size_t seen_ = 0;
    bool is_whole_ = true;
};

std::optional<Edit> parse_edit(const json::value& value) {
    if (!value.is_object() || value.as_object().empty()) return std::nullopt;
    Words read(value.as_object());
    const std::string word(value.as_object().begin()->key());
    Edit edit;
    edit.tag = read.tag(word);
    if (word == "set")
        edit.action = Set{read.text("value")};
    else if (word == "remove")
        edit.action = Remove{};
    else if (word == "copy")
        edit.action = Copy{read.tag("to")};
    else if (word == "prefix")
        edit.action = Prefix{read.text("with")};
    else if (word == "replace")
        edit.action = Replace{read.text("regex"), read.text("with")};
    else if (word == "map")
        edit.action = Map{read.text("table"), read.missing()};
    else
        return std::nullopt;
    return read.is_whole() ? std::optional(edit) : std::nullopt;
}

}  // namespace

std::string_view word_of(const Edit& edit) {
    return words[edit.action.index()];
}

std::string_view to_string(Map::Missing missing) {
    return missing == Map::Missing::hold ? "hold" : missing == Map::Missing::keep ? "keep" : "remove";
}

std::optional<EditFault> fault_of(const Edit& edit) {
    return std::visit(Checker{edit}, edit.action);
}

std::string print_edits(const std::vector<Edit>& edits) {
    if (edits.empty()) return "";
    json::array list;
    for (const Edit& edit : edits) {
        json::object object{{word_of(edit), print_step(edit.tag)}};
        std::visit(Printer{object}, edit.action);
        list.emplace_back(std::move(object));
    }
    return json::serialize(list);
}

std::optional<std::vector<Edit>> parse_edits(std::string_view text) {
    std::vector<Edit> edits;
    if (text.empty()) return edits;
    boost::system::error_code failed;
    const json::value parsed = json::parse(json::string_view(text.data(), text.size()), failed);
    if (failed || !parsed.is_array()) return std::nullopt;
    for (const json::value& each : parsed.as_array()) {
        std::optional<Edit> edit = parse_edit(each);
        if (!edit) return std::nullopt;
        edits.push_back(*std::move(edit));
    }
    return edits;
}

}  // namespace broker::route
