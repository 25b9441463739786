/// Header: the values of the elements that a scan of one data set was asked for, as UTF-8 text.
///
/// A value; any thread may read one that nobody changes.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "broker/dicom/tag.h"
#include "broker/dicom/tag_path.h"

namespace broker::dicom {

class Header {
public:
    /// The values of a tag in order, split at backslashes where the VR has several, without the padding of PS3.5 6.2.
    /// Nothing for a tag that is absent, empty or was not asked for.
    std::span<const std::string> values(Tag tag) const { return look_up(values_, tag); }

    /// The same for a path: those of every item that it leads into, one after the other. A sequence has the number of
    /// its items as its value.
    std::span<const std::string> values(const TagPath& path) const {
        return path.is_plain() ? values(path.steps.front().tag) : look_up(nested_, path);
    }

    /// The first value of a tag, or "" where it has none.
    std::string_view first(Tag tag) const {
        auto all = values(tag);
        return all.empty() ? std::string_view{} : std::string_view{all.front()};
    }

    void set(Tag tag, std::vector<std::string> values) { values_[tag] = std::move(values); }
    void set(const TagPath& path, std::vector<std::string> values) {
        if (path.is_plain()) return set(path.steps.front().tag, std::move(values));
        nested_[path] = std::move(values);
    }

private:
    template <class Key>
    static std::span<const std::string> look_up(const std::map<Key, std::vector<std::string>>& map, const Key& key) {
        auto found = map.find(key);
        return found == map.end() ? std::span<const std::string>{} : found->second;
    }

    std::map<Tag, std::vector<std::string>> values_;
    std::map<TagPath, std::vector<std::string>> nested_;  ///< those that are not plain
};

}  // namespace broker::dicom
