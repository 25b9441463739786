#include "tests/broker/worker/render/sketch.h"

#include <doctest/doctest.h>

#include "broker/dicom/part10.h"
#include "broker/worker/dcmtk_codecs.h"

namespace sketch {

using namespace broker::worker;

std::string words(const std::vector<int>& values) {
    std::string bytes;
    for (const int value : values) {
        bytes += static_cast<char>(value & 0xFF);
        bytes += static_cast<char>(value >> 8 & 0xFF);
    }
    return bytes;
}

Sketch::Sketch(unsigned columns, const std::vector<int>& pixels) {
    word(0x00280002, 1).text(0x00280004, "CS", "MONOCHROME2");
    word(0x00280010, static_cast<int>(pixels.size() / columns)).word(0x00280011, static_cast<int>(columns));
    word(0x00280100, 16).word(0x00280101, 12).word(0x00280102, 11).word(0x00280103, 0);
    set(0x7FE00010, "OW", words(pixels));
}

Sketch& Sketch::set(std::uint32_t tag, std::string_view vr, std::string bytes) {
    if (bytes.empty())
        values_.erase(tag);
    else
        values_[tag] = {std::string{vr}, std::move(bytes)};
    return *this;
}

Sketch& Sketch::sequence(std::uint32_t tag, const std::vector<std::string>& items) {
    support::DataSet content;
    for (const std::string& each : items)
        content.add_item_head(support::item, static_cast<std::uint32_t>(each.size())).raw(each);
    return set(tag, "SQ", content.text());
}

Sketch& Sketch::fragments(const std::vector<std::string>& all, const std::string& table) {
    support::DataSet content;
    content.add_head(0x7FE00010, "OB", support::undefined_length);
    content.add_item_head(support::item, static_cast<std::uint32_t>(table.size())).raw(table);
    for (const std::string& each : all)
        content.add_item_head(support::item, static_cast<std::uint32_t>(each.size())).raw(each);
    content.add_item_head(support::sequence_delimiter, 0);
    fragments_ = content.text();
    return set(0x7FE00010, "OW", "");
}

std::string Sketch::elements() const {
    support::DataSet all;
    for (const auto& [tag, value] : values_) all.add(tag, value.vr, value.bytes);
    return all.text() + fragments_;
}

std::vector<std::byte> Sketch::blob(std::string_view transfer_syntax) const {
    std::vector<std::byte> blob = broker::dicom::file_header({"1.2.3", "1.2.4", std::string{transfer_syntax}});
    const std::vector<std::byte> bytes = support::to_bytes(elements());
    blob.insert(blob.end(), bytes.begin(), bytes.end());
    return blob;
}

std::string element(std::uint32_t tag, std::string_view vr, std::string_view value) {
    return support::DataSet{}.add(tag, vr, value).text();
}

PaintedFrame paint(const Sketch& image, const FrameToPaint& wanted, std::string_view transfer_syntax) {
    static const bool is_started = (start_codecs(), true);
    REQUIRE(is_started);
    MemoryBytes bytes(image.blob(transfer_syntax));
    FrameToPaint bounded = wanted;
    if (bounded.pixels_max == 0) bounded.pixels_max = 1'000'000;
    return broker::worker::paint(bytes, bounded);
}

std::vector<int> painted(const Sketch& image, std::optional<Window> window, std::uint32_t frame) {
    const PaintedFrame result = paint(image, {frame, window});
    return {result.raster.samples.begin(), result.raster.samples.end()};
}

NoPicture refused(const Sketch& image, std::string_view transfer_syntax, std::uint32_t frame) {
    try {
        paint(image, {frame}, transfer_syntax);
    } catch (const Unrenderable& fault) {
        return fault.why;
    }
    FAIL("it was painted");
    return NoPicture::no_pixels;
}

}  // namespace sketch
