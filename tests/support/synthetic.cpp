#include "tests/support/synthetic.h"

#include <cstring>

namespace support {
namespace {

bool has_long_head(std::string_view vr) {
    for (const std::string_view each : {"OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV"})
        if (vr == each) return true;
    return false;
}

}  // namespace

void DataSet::put(std::uint32_t value, int size) {
    for (int i = 0; i < size; ++i) {
        const int shift = layout_ == Layout::explicit_big ? 8 * (size - 1 - i) : 8 * i;
        bytes_ += static_cast<char>(value >> shift & 0xFF);
    }
}

void DataSet::put_tag(std::uint32_t tag) {
    put(tag >> 16, 2);
    put(tag & 0xFFFF, 2);
}

DataSet& DataSet::add_head(std::uint32_t tag, std::string_view vr, std::uint32_t length) {
    put_tag(tag);
    if (layout_ == Layout::implicit_little) {
        put(length, 4);
        return *this;
    }
    bytes_ += vr;
    if (has_long_head(vr)) {
        put(0, 2);
        put(length, 4);
    } else {
        put(length, 2);
    }
    return *this;
}

DataSet& DataSet::add(std::uint32_t tag, std::string_view vr, std::string_view value) {
    add_head(tag, vr, static_cast<std::uint32_t>(value.size() + value.size() % 2));
    bytes_ += value;
    if (value.size() % 2 != 0) bytes_ += vr == "UI" || vr == "OB" ? '\0' : ' ';
    return *this;
}

DataSet& DataSet::add_item_head(std::uint32_t tag, std::uint32_t length) {
    put_tag(tag);
    put(length, 4);
    return *this;
}

DataSet& DataSet::raw(std::string_view bytes) {
    bytes_ += bytes;
    return *this;
}

std::vector<std::byte> DataSet::bytes() const {
    return to_bytes(bytes_);
}

DataSet ct_image(const Identity& identity, std::size_t pixel_bytes, Layout layout) {
    DataSet set(layout);
    set.add(0x00080005, "CS", "ISO_IR 100").add(0x00080016, "UI", identity.sop_class_uid);
    set.add(0x00080018, "UI", identity.sop_instance_uid).add(0x00080020, "DA", "20260115");
    set.add(0x00080050, "SH", "ACC-1").add(0x00080060, "CS", identity.modality).add(0x00081030, "LO", "Head");
    set.add(0x00100010, "PN", "Contoh^Pasien").add(0x00100020, "LO", "P-1").add(0x00100030, "DA", "19700101");
    if (!identity.study_instance_uid.empty()) set.add(0x0020000D, "UI", identity.study_instance_uid);
    if (!identity.series_instance_uid.empty()) set.add(0x0020000E, "UI", identity.series_instance_uid);
    set.add(0x00200011, "IS", "1").add(0x00200013, "IS", "1");
    set.add(0x7FE00010, "OW", std::string(pixel_bytes, '\x2A'));
    return set;
}

std::vector<std::byte> to_bytes(std::string_view text) {
    std::vector<std::byte> bytes(text.size());
    if (!text.empty()) std::memcpy(bytes.data(), text.data(), text.size());
    return bytes;
}

std::string to_text(const std::vector<std::byte>& bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace support
