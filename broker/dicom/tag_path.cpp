#include "broker/dicom/tag_path.h"

#include <algorithm>
#include <optional>

#include "broker/dicom/dictionary.h"
#include "broker/dicom/padding.h"

namespace broker::dicom {

namespace {

constexpr std::size_t steps_max = 8;  // nobody's rule looks deeper, and the header scan keeps a frame for each

/// `(0029,"CREATOR",08)`, or nothing.
std::optional<TagStep> parse_private(std::string_view text) {
    if (text.size() < 13 || text.substr(5, 2) != ",\"") return std::nullopt;
    const std::size_t end = text.find('"', 7);
    if (end == std::string_view::npos || end == 7 || text.substr(end).size() != 5) return std::nullopt;
    const std::string as_tag = std::string(text.substr(0, 6)) + "00" + std::string(text.substr(end + 2, 2)) +
                               std::string(text.substr(end + 4));
    const std::optional<Tag> tag = text[end + 1] == ',' ? parse_tag(as_tag) : std::nullopt;
    // As data sets are read: spaces around a creator are padding.
    const std::string creator(trimmed(text.substr(7, end - 7)));
    if (creator.empty()) return std::nullopt;
    const auto is_foreign = [](unsigned char c) { return c < 0x20 || c == 0x7F || c == '\\'; };  // to LO
    if (!tag || tag->group % 2 == 0 || std::any_of(creator.begin(), creator.end(), is_foreign)) return std::nullopt;
    return TagStep{*tag, creator};
}

std::variant<TagStep, NoPath> parse_step(std::string_view text) {
    if (const std::optional<Tag> tag = parse_tag(text)) return TagStep{*tag, {}};
    if (const std::optional<TagStep> step = parse_private(text)) return *step;
    if (text.starts_with('('))
        return NoPath{
            R"x(is no tag; write "(gggg,eeee)", or '(gggg,"CREATOR",ee)' for a private one of an odd group)x"};
    if (const DictionaryEntry* entry = find_keyword(text)) return TagStep{entry->tag, {}};
    if (!dictionary_is_loaded())
        return NoPath{"no DICOM keyword is known, since DCMTK's data dictionary is missing; write (gggg,eeee)"};
    const std::optional<std::string> meant = nearest_keyword(text);
    if (meant) return NoPath{"is not a DICOM keyword; did you mean \"" + *meant + "\"?"};
    return NoPath{"is not a DICOM keyword; write one of PS3.6, or \"(gggg,eeee)\""};
}

/// The end of the step that `text` begins with; dots inside a creator's quotes are none.
std::size_t end_of_step(std::string_view text) {
    bool is_quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '"') is_quoted = !is_quoted;
        if (text[i] == '.' && !is_quoted) return i;
    }
    return text.size();
}

std::string print_step(const TagStep& step) {
    if (!step.creator.empty()) {
        const std::string tag = print_tag(step.tag);
        return tag.substr(0, 6) + '"' + step.creator + "\"," + tag.substr(8);
    }
    const DictionaryEntry* entry = find_tag(step.tag);
    return entry && !entry->is_repeating ? entry->keyword : print_tag(step.tag);
}

}  // namespace

std::variant<TagPath, NoPath> parse_path(std::string_view text) {
    std::vector<TagStep> steps;
    const bool is_nested = end_of_step(text) != text.size();
    while (true) {
        const std::size_t end = end_of_step(text);
        auto step = parse_step(text.substr(0, end));
        if (auto* wrong = std::get_if<NoPath>(&step))
            return is_nested ? NoPath{"has a step \"" + std::string(text.substr(0, end)) + "\" that " + wrong->why}
                             : *wrong;
        steps.push_back(std::get<TagStep>(std::move(step)));
        if (steps.size() > steps_max) return NoPath{"goes through more than 8 levels"};
        if (end == text.size()) return TagPath(std::move(steps));
        const TagPath so_far({steps.back()});
        const std::string vr = dictionary_vr(so_far);
        if (steps.back().creator.empty() && !vr.empty() && vr != "SQ")
            return NoPath{"leads through " + print_path(so_far) + ", which is no sequence"};
        text.remove_prefix(end + 1);
    }
}

std::string print_path(const TagPath& path) {
    std::string text;
    for (const TagStep& step : path.steps) text += (text.empty() ? "" : ".") + print_step(step);
    return text;
}

std::string dictionary_vr(const TagPath& path) {
    const TagStep& last = path.steps.back();
    const DictionaryEntry* entry = last.creator.empty() ? find_tag(last.tag) : nullptr;
    return entry && entry->vr.size() == 2 && entry->vr != "xs" && entry->vr != "ox" && entry->vr != "lt" ? entry->vr
                                                                                                         : "";
}

}  // namespace broker::dicom
