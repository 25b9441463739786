/// Tag: the number of a data element, and those that the bridge itself looks at.
///
/// Values; any thread.
#pragma once

#include <compare>
#include <cstdint>

namespace broker::dicom {

struct Tag {
    std::uint16_t group = 0;
    std::uint16_t element = 0;
    auto operator<=>(const Tag&) const = default;
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
