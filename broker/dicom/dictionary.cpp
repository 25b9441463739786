/// Dictionary: a copy of DCMTK's dictionary in two maps.
#include "broker/dicom/dictionary.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcdatset.h>
#include <dcmtk/dcmdata/dcdicent.h>
#include <dcmtk/dcmdata/dcdict.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <map>
#include <vector>

#include "broker/route/nearest.h"

namespace broker::dicom {

namespace {

/// DCMTK puts this before the keywords of elements that the standard has retired; people write them without it.
constexpr std::string_view retired_prefix = "RETIRED_";

struct Tables {
    std::map<std::string, DictionaryEntry, std::less<>> by_keyword;
    std::map<Tag, const DictionaryEntry*> by_tag;
    std::vector<std::string> keywords;
};

void add(Tables& tables, const DcmDictEntry& entry, bool is_repeating) {
    if (entry.getPrivateCreator()) return;
    std::string_view keyword = entry.getTagName();
    if (keyword.starts_with(retired_prefix)) keyword.remove_prefix(retired_prefix.size());
    Tag tag{entry.getGroup(), entry.getElement()};
    auto [at, added] = tables.by_keyword.try_emplace(
        std::string{keyword}, DictionaryEntry{tag, std::string{keyword}, entry.getVR().getVRName(), is_repeating});
    if (!added) return;
    tables.by_tag.try_emplace(tag, &at->second);
    tables.keywords.push_back(at->first);
}

Tables copy_of_dictionary() {
    Tables tables;
    // DCMTK hands out its iterators only from a dictionary that may be changed, hence the writer's lock.
    DcmDataDictionary& dictionary = dcmDataDict.wrlock();
    for (auto entry = dictionary.normalBegin(); entry != dictionary.normalEnd(); ++entry) add(tables, **entry, false);
    for (auto entry = dictionary.repeatingBegin(); entry != dictionary.repeatingEnd(); ++entry)
        add(tables, **entry, true);
    dcmDataDict.wrunlock();
    return tables;
}

const Tables& tables() {
    static const Tables copy = copy_of_dictionary();
    return copy;
}

std::optional<std::uint16_t> parse_hex4(std::string_view digits) {
    std::uint16_t value = 0;
    auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
    if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
    return value;
}

}  // namespace

bool dictionary_is_loaded() {
    return dcmDataDict.isDictionaryLoaded();
}

const DictionaryEntry* find_keyword(std::string_view keyword) {
    auto found = tables().by_keyword.find(keyword);
    return found == tables().by_keyword.end() ? nullptr : &found->second;
}

const DictionaryEntry* find_tag(Tag tag) {
    auto found = tables().by_tag.find(tag);
    return found == tables().by_tag.end() ? nullptr : found->second;
}

bool is_binary(std::string_view vr) {
    constexpr std::array<std::string_view, 6> vrs{"OB", "OD", "OF", "OL", "OV", "OW"};
    return std::find(vrs.begin(), vrs.end(), vr) != vrs.end();
}

bool may_be_bytes(const DictionaryEntry& entry) {
    // DCMTK's names for OB or OW, for those of pixel data, and for those of lookup tables.
    return is_binary(entry.vr) || entry.vr == "ox" || entry.vr == "px" || entry.vr == "lt";
}

std::optional<Tag> parse_tag(std::string_view text) {
    if (text.size() != 11 || text.front() != '(' || text[5] != ',' || text.back() != ')') return std::nullopt;
    std::optional<std::uint16_t> group = parse_hex4(text.substr(1, 4));
    std::optional<std::uint16_t> element = parse_hex4(text.substr(6, 4));
    if (!group || !element) return std::nullopt;
    return Tag{*group, *element};
}

std::string print_tag(Tag tag) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string text = "(0000,0000)";
    for (std::size_t i = 0; i < 4; ++i) {
        text[4 - i] = digits[tag.group >> (4 * i) & 0xFU];
        text[9 - i] = digits[tag.element >> (4 * i) & 0xFU];
    }
    return text;
}

std::optional<std::string> nearest_keyword(std::string_view word) {
    return route::nearest(word, tables().keywords);
}

}  // namespace broker::dicom
