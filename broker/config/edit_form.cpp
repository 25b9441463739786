/// Edit form: each edit is a table with one word of action, its tag, and what that action needs.
#include "broker/config/edit_form.h"

#include <algorithm>
#include <array>
#include <optional>

#include "broker/config/field.h"
#include "broker/dicom/dictionary.h"
#include "broker/route/edit.h"
#include "broker/route/nearest.h"
#include "broker/route/table.h"

namespace broker::config {

namespace {

using route::Edit;
using route::Map;

constexpr std::size_t value_bytes_max = 16 * 1024;  // the longest that a VR with a limit has, in UTF-8

/// The keys of one action: the first names it and holds the tag.
struct ActionKeys {
    const char* word;
    std::vector<std::string> others;
};

const std::array<ActionKeys, 6>& actions() {
    static const std::array<ActionKeys, 6> all{{{"set", {"value"}},
                                                {"remove", {}},
                                                {"copy", {"to"}},
                                                {"prefix", {"with"}},
                                                {"replace", {"regex", "with"}},
                                                {"map", {"table", "missing"}}}};
    return all;
}

/// Any text, an empty one too.
Form<std::string> any_text() {
    auto parse = [](const toml::node& node) -> std::optional<std::string> {
        std::optional<std::string_view> found = node.value_exact<std::string_view>();
        if (!found || found->size() > value_bytes_max) return std::nullopt;
        return std::string{*found};
    };
    Form<std::string> form{"a text", parse, [](const std::string& value) { return toml_text(value); }};
    form.is_private = true;
    return form;
}

Form<Map::Missing> missing() {
    using Missing = Map::Missing;
    return words<Missing>({{"hold", Missing::hold}, {"keep", Missing::keep}, {"remove", Missing::remove}});
}

/// One table of the list while it is read.
class EditReader {
public:
    EditReader(Reading& reading, Path path, const toml::table& table)
        : reading_(reading), path_(std::move(path)), table_(table) {}

    std::optional<Edit> read() {
        const ActionKeys* action = find_action();
        if (action == nullptr || !has_only_keys_of(*action)) return std::nullopt;
        Edit edit;
        const std::string word = action->word;
        edit.tag = tag(word);
        if (word == "set") edit.action = route::Set{text("value")};
        if (word == "remove") edit.action = route::Remove{};
        if (word == "copy") edit.action = route::Copy{tag("to")};
        if (word == "prefix") edit.action = route::Prefix{text("with")};
        if (word == "replace") edit.action = route::Replace{text("regex"), text("with")};
        if (word == "map") edit.action = Map{table(dicom::dictionary_vr(dicom::TagPath({edit.tag}))), missing_word()};
        if (is_broken_) return std::nullopt;
        if (const auto fault = route::fault_of(edit)) problem(fault->key, fault->text);
        return is_broken_ ? std::nullopt : std::optional(edit);
    }

private:
    void problem(const std::string& key, const std::string& text) {
        reading_.problem(path_ + "." + key, text);
        is_broken_ = true;
    }

    const ActionKeys* find_action() {
        const ActionKeys* found = nullptr;
        for (const ActionKeys& each : actions()) {
            if (!table_.contains(each.word)) continue;
            if (found != nullptr) {
                reading_.problem(path_, std::string{"does two things at once, \""} + found->word + "\" and \"" +
                                            each.word + "\"; write each as a table of its own");
                return nullptr;
            }
            found = &each;
        }
        if (found == nullptr) reading_.problem(path_, "must do one of these: set, remove, copy, prefix, replace, map");
        return found;
    }

    bool has_only_keys_of(const ActionKeys& action) {
        std::vector<std::string> known = action.others;
        known.push_back(action.word);
        for (const auto& [key, node] : table_) {
            const std::string name{key.str()};
            if (std::find(known.begin(), known.end(), name) != known.end()) continue;
            std::string text = "unknown key of \"" + std::string{action.word} + "\"";
            const std::optional<std::string> meant = route::nearest(name, known);
            reading_.problem(path_ + "." + name, Reading::place_of(key.source()),
                             meant ? text + "; did you mean \"" + *meant + "\"?" : text);
            is_broken_ = true;
        }
        return !is_broken_;
    }

    template <class T>
    T value(const std::string& key, const Form<T>& form, const std::string& what) {
        const toml::node* node = table_.get(key);
        if (node == nullptr) {
            reading_.problem(path_, key + " is missing: " + what);
            is_broken_ = true;
            return {};
        }
        std::optional<T> found = read_value(reading_, path_ + "." + key, *node, form);
        if (!found) is_broken_ = true;
        return found ? *std::move(found) : T{};
    }

    std::string text(const std::string& key) { return value(key, any_text(), "the text"); }

    dicom::TagStep tag(const std::string& key) {
        const std::string written = value(key, config::text(), "the keyword of an element");
        if (written.empty()) return {};
        auto parsed = dicom::parse_path(written);
        if (const auto* none = std::get_if<dicom::NoPath>(&parsed)) {
            problem(key, toml_text(written) + " " + none->why);
            return {};
        }
        const auto& steps = std::get<dicom::TagPath>(parsed).steps;
        const dicom::DictionaryEntry* entry = dicom::find_keyword(written);
        if (entry != nullptr && entry->is_repeating)
            problem(key, toml_text(written) +
                             " stands for an element of each of several groups; write each that is "
                             "meant, as \"" +
                             dicom::print_tag(entry->tag) + "\"");
        if (steps.size() > 1) problem(key, "edits change top-level elements only, not those inside sequences");
        return steps.front();
    }

    /// Counted from the file that it stands in, and readable now. What it gives can stand in an element of the VR.
    std::string table(const std::string& vr) {
        const auto file = value(std::string{"table"}, config::path(), "the CSV file that says what becomes what");
        if (file.empty()) return "";
        const auto read = route::read_table(file);
        if (const auto* fault = std::get_if<route::TableFault>(&read))
            problem("table", file.string() + " " + fault->text);
        else if (const auto wrong = vr.empty() ? std::nullopt : std::get<route::Table>(read).fault_of(vr))
            problem("table", file.string() + " " + wrong->text);
        return file.string();
    }

    Map::Missing missing_word() {
        return table_.contains("missing") ? value(std::string{"missing"}, missing(), "") : Map::Missing::hold;
    }

    Reading& reading_;
    const Path path_;
    const toml::table& table_;
    bool is_broken_ = false;
};

struct Words {
    std::string& text;

    void add(const char* key, const std::string& value) const {
        text += std::string{", "} + key + " = " + toml_text(value);
    }
    void operator()(const route::Set& set) const { add("value", set.value); }
    void operator()(const route::Remove&) const {}
    void operator()(const route::Copy& copy) const { add("to", dicom::print_path(dicom::TagPath({copy.to}))); }
    void operator()(const route::Prefix& prefix) const { add("with", prefix.with); }
    void operator()(const route::Replace& replace) const {
        add("regex", replace.regex);
        add("with", replace.with);
    }
    void operator()(const Map& map) const {
        add("table", map.table);
        add("missing", std::string{route::to_string(map.missing)});
    }
};

std::string print_edit(const Edit& edit) {
    std::string text =
        "{ " + std::string{route::word_of(edit)} + " = " + toml_text(dicom::print_path(dicom::TagPath({edit.tag})));
    std::visit(Words{text}, edit.action);
    return text + " }";
}

}  // namespace

std::string read_edits(Reading& reading, const Path& path, const toml::node& node) {
    if (!reading.take(path, node)) return "";
    const toml::array* list = node.as_array();
    if (list == nullptr || !list->is_array_of_tables()) {
        reading.problem(path, "must be a list such as [{ remove = \"PatientName\" }], not " + kind_of(node));
        return "";
    }
    if (list->size() > route::edits_max) {
        reading.problem(path, "has more than " + std::to_string(route::edits_max) + " edits");
        return "";
    }
    std::vector<Edit> edits;
    for (std::size_t i = 0; i < list->size(); ++i) {
        const Path inner = path + "[" + std::to_string(i) + "]";
        reading.enter(inner, *list->get(i));
        if (auto edit = EditReader(reading, inner, *list->get(i)->as_table()).read()) edits.push_back(*std::move(edit));
    }
    std::string text = route::print_edits(edits);
    if (text.size() > route::edits_bytes_max)
        reading.problem(path, "is longer than " + std::to_string(route::edits_bytes_max >> 10) + " KiB in all");
    return text;
}

std::string print_edit_list(const std::string& edits) {
    const auto parsed = route::parse_edits(edits);
    return printed_list<Edit>(parsed.value_or(std::vector<Edit>{}), print_edit);
}

}  // namespace broker::config
