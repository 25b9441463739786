// The phantom's geometry and its encoding (PS3.5 7.1.2).
#include "broker/main/phantom.h"

#include <array>
#include <cmath>
#include <cstdint>
#include <string_view>

namespace broker {

namespace {

constexpr int side = 512;
constexpr double pixel_mm = 0.5;
constexpr double slice_mm = 6.0;

/// An ellipsoid of the head, in millimetres from its centre; where several overlap, the later one counts.
struct Ellipsoid {
    double x, y, z, radius_x, radius_y, radius_z;
    int hounsfield;
};

constexpr std::array head{
    Ellipsoid{0, 0, 0, 76, 96, 90, 60},                                               // scalp
    Ellipsoid{0, 0, 0, 71, 91, 86, 900},                                              // skull
    Ellipsoid{0, 0, 0, 65, 85, 80, 35},                                               // brain
    Ellipsoid{0, -8, 5, 61, 74, 74, 28},                                              // white matter
    Ellipsoid{-9, -8, 12, 5, 26, 16, 6},                                              // ventricles
    Ellipsoid{9, -8, 12, 5, 26, 16, 6},       Ellipsoid{0, 46, -30, 34, 22, 22, 38},  // cerebellum
    Ellipsoid{34, 12, 8, 11, 9, 10, 72},       // a bleeding, for something to find
    Ellipsoid{-26, -70, -28, 12, 12, 12, -5},  // orbits
    Ellipsoid{26, -70, -28, 12, 12, 12, -5},
};

int hounsfield_at(double x, double y, double z) {
    int value = -1000;
    for (const Ellipsoid& part : head) {
        const double dx = (x - part.x) / part.radius_x;
        const double dy = (y - part.y) / part.radius_y;
        const double dz = (z - part.z) / part.radius_z;
        if (dx * dx + dy * dy + dz * dz <= 1) value = part.hounsfield;
    }
    return value;
}

class Encoder {
public:
    void text(std::uint16_t group, std::uint16_t number, std::string_view vr, std::string value) {
        if (value.size() % 2) value.push_back(vr == "UI" ? '\0' : ' ');
        head_of(group, number, vr, value.size());
        for (char each : value) bytes_.push_back(static_cast<std::byte>(each));
    }
    void number16(std::uint16_t group, std::uint16_t number, std::uint16_t value) {
        head_of(group, number, "US", 2);
        put16(value);
    }
    void pixels(const std::vector<std::int16_t>& values) {
        put16(0x7FE0);
        put16(0x0010);
        for (char each : {'O', 'W', '\0', '\0'}) bytes_.push_back(static_cast<std::byte>(each));
        const auto size = static_cast<std::uint32_t>(values.size() * 2);
        put16(static_cast<std::uint16_t>(size));
        put16(static_cast<std::uint16_t>(size >> 16));
        for (std::int16_t each : values) put16(static_cast<std::uint16_t>(each));
    }
    std::vector<std::byte> take() { return std::move(bytes_); }

private:
    void put16(std::uint16_t value) {
        bytes_.push_back(static_cast<std::byte>(value));
        bytes_.push_back(static_cast<std::byte>(value >> 8));
    }
    void head_of(std::uint16_t group, std::uint16_t number, std::string_view vr, std::size_t size) {
        put16(group);
        put16(number);
        for (char each : vr) bytes_.push_back(static_cast<std::byte>(each));
        put16(static_cast<std::uint16_t>(size));
    }

    std::vector<std::byte> bytes_;
};

std::vector<std::int16_t> draw(double z) {
    std::vector<std::int16_t> pixels;
    pixels.reserve(std::size_t{side} * side);
    std::uint32_t noise = 12345;
    for (int row = 0; row < side; ++row)
        for (int column = 0; column < side; ++column) {
            noise = noise * 1664525 + 1013904223;
            const int grain = static_cast<int>(noise >> 28) - 8;
            const int value = hounsfield_at((column - side / 2) * pixel_mm, (row - side / 2) * pixel_mm, z);
            pixels.push_back(static_cast<std::int16_t>(value + grain));
        }
    return pixels;
}

}  // namespace

PhantomSlice make_slice(const PhantomStudy& study, int number) {
    const double z = (number - study.slices / 2.0) * slice_mm;
    PhantomSlice slice;
    slice.sop_class_uid = "1.2.840.10008.5.1.4.1.1.2";
    slice.sop_instance_uid = study.series_instance_uid + "." + std::to_string(number + 1);
    slice.transfer_syntax_uid = "1.2.840.10008.1.2.1";
    Encoder e;
    e.text(0x0008, 0x0008, "CS", "ORIGINAL\\PRIMARY\\AXIAL");
    e.text(0x0008, 0x0016, "UI", slice.sop_class_uid);
    e.text(0x0008, 0x0018, "UI", slice.sop_instance_uid);
    e.text(0x0008, 0x0020, "DA", study.study_date);
    e.text(0x0008, 0x0030, "TM", study.study_time);
    e.text(0x0008, 0x0050, "SH", study.accession_number);
    e.text(0x0008, 0x0060, "CS", "CT");
    e.text(0x0008, 0x0070, "LO", "DICOM Bridge");
    e.text(0x0008, 0x0090, "PN", "");
    e.text(0x0008, 0x1030, "LO", "Head phantom");
    e.text(0x0008, 0x103E, "LO", "Axial 6 mm");
    e.text(0x0010, 0x0010, "PN", "PHANTOM^DEMO");
    e.text(0x0010, 0x0020, "LO", "DEMO-0001");
    e.text(0x0010, 0x0030, "DA", "");
    e.text(0x0010, 0x0040, "CS", "O");
    e.text(0x0018, 0x0050, "DS", std::to_string(static_cast<int>(slice_mm)));
    e.text(0x0018, 0x0060, "DS", "120");
    e.text(0x0020, 0x000D, "UI", study.study_instance_uid);
    e.text(0x0020, 0x000E, "UI", study.series_instance_uid);
    e.text(0x0020, 0x0010, "SH", "1");
    e.text(0x0020, 0x0011, "IS", "1");
    e.text(0x0020, 0x0013, "IS", std::to_string(number + 1));
    e.text(0x0020, 0x0032, "DS", "-128\\-128\\" + std::to_string(static_cast<int>(z)));
    e.text(0x0020, 0x0037, "DS", "1\\0\\0\\0\\1\\0");
    e.text(0x0020, 0x0052, "UI", study.series_instance_uid + ".0");
    e.text(0x0020, 0x1040, "LO", "");
    e.number16(0x0028, 0x0002, 1);
    e.text(0x0028, 0x0004, "CS", "MONOCHROME2");
    e.number16(0x0028, 0x0010, side);
    e.number16(0x0028, 0x0011, side);
    e.text(0x0028, 0x0030, "DS", "0.5\\0.5");
    e.number16(0x0028, 0x0100, 16);
    e.number16(0x0028, 0x0101, 16);
    e.number16(0x0028, 0x0102, 15);
    e.number16(0x0028, 0x0103, 1);
    e.text(0x0028, 0x1050, "DS", "40");
    e.text(0x0028, 0x1051, "DS", "80");
    e.text(0x0028, 0x1052, "DS", "0");
    e.text(0x0028, 0x1053, "DS", "1");
    e.text(0x0028, 0x1054, "LO", "HU");
    e.pixels(draw(z));
    slice.data_set = e.take();
    return slice;
}

}  // namespace broker
