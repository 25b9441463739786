/// Synthetic instances: data sets made byte by byte, without a DICOM library, so that they can also be wrong.
///
/// Values and pure functions; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace support {

enum class Layout { explicit_little, implicit_little, explicit_big };

/// Appends elements in the order of the calls, without checking them.
class DataSet {
public:
    explicit DataSet(Layout layout = Layout::explicit_little) : layout_(layout) {}

    /// `tag` is 0xGGGGEEEE. Pads to an even length: UI and OB with NUL, the rest with a space.
    DataSet& add(std::uint32_t tag, std::string_view vr, std::string_view value);
    /// The same with a length that may be a lie.
    DataSet& add_head(std::uint32_t tag, std::string_view vr, std::uint32_t length);
    /// Item and delimiter tags, which have no VR.
    DataSet& add_item_head(std::uint32_t tag, std::uint32_t length);
    DataSet& raw(std::string_view bytes);

    const std::string& text() const { return bytes_; }
    std::vector<std::byte> bytes() const;

private:
    void put(std::uint32_t value, int size);
    void put_tag(std::uint32_t tag);
    Layout layout_;
    std::string bytes_;
};

inline constexpr std::uint32_t undefined_length = 0xFFFFFFFF;
inline constexpr std::uint32_t item = 0xFFFEE000, item_delimiter = 0xFFFEE00D, sequence_delimiter = 0xFFFEE0DD;
inline constexpr std::string_view ct_image_storage = "1.2.840.10008.5.1.4.1.1.2";

struct Identity {
    std::string sop_class_uid{ct_image_storage};
    std::string sop_instance_uid = "1.2.826.0.1.3680043.10.1.1.1";
    std::string study_instance_uid = "1.2.826.0.1.3680043.10.1";
    std::string series_instance_uid = "1.2.826.0.1.3680043.10.1.1";
    std::string modality = "CT";
};

/// A small CT image with `pixel_bytes` of pixel data.
DataSet ct_image(const Identity& identity = {}, std::size_t pixel_bytes = 512, Layout layout = Layout::explicit_little);

std::vector<std::byte> to_bytes(std::string_view text);
std::string to_text(const std::vector<std::byte>& bytes);

}  // namespace support
