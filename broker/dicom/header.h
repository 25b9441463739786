/// Header: the values of the tags that a scan of one data set was asked for, as UTF-8 text.
///
/// A value; any thread may read one that nobody changes.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace broker::dicom {

struct Tag {
    std::uint16_t group = 0;
    std::uint16_t element = 0;
    auto operator<=>(const Tag&) const = default;
};

class Header {
public:
    /// The values of a tag in order, split at backslashes where the VR has several, without the padding of PS3.5 6.2.
    /// Nothing for a tag that is absent, empty or was not asked for.
    std::span<const std::string> values(Tag tag) const {
        auto found = values_.find(tag);
        return found == values_.end() ? std::span<const std::string>{} : found->second;
    }

    /// The first value of a tag, or "" where it has none.
    std::string_view first(Tag tag) const {
        auto all = values(tag);
        return all.empty() ? std::string_view{} : std::string_view{all.front()};
    }

    void set(Tag tag, std::vector<std::string> values) { values_[tag] = std::move(values); }

private:
    std::map<Tag, std::vector<std::string>> values_;
};

namespace tags {
inline constexpr Tag specific_character_set{0x0008, 0x0005};
inline constexpr Tag sop_class_uid{0x0008, 0x0016};
inline constexpr Tag sop_instance_uid{0x0008, 0x0018};
inline constexpr Tag study_date{0x0008, 0x0020};
inline constexpr Tag accession_number{0x0008, 0x0050};
inline constexpr Tag modality{0x0008, 0x0060};
inline constexpr Tag study_description{0x0008, 0x1030};
inline constexpr Tag series_description{0x0008, 0x103E};
inline constexpr Tag patient_name{0x0010, 0x0010};
inline constexpr Tag patient_id{0x0010, 0x0020};
inline constexpr Tag patient_birth_date{0x0010, 0x0030};
inline constexpr Tag study_instance_uid{0x0020, 0x000D};
inline constexpr Tag series_instance_uid{0x0020, 0x000E};
inline constexpr Tag series_number{0x0020, 0x0011};
inline constexpr Tag instance_number{0x0020, 0x0013};
}  // namespace tags

}  // namespace broker::dicom
