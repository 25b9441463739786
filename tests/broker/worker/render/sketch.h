/// Sketch: small images made attribute by attribute, so that they can also be wrong, and what is painted of them.
///
/// Values and functions; one thread at a time.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "broker/worker/render/paint.h"
#include "tests/support/synthetic.h"

namespace sketch {

inline constexpr std::string_view explicit_little = "1.2.840.10008.1.2.1", implicit_little = "1.2.840.10008.1.2",
                                  explicit_big = "1.2.840.10008.1.2.2", rle = "1.2.840.10008.1.2.5",
                                  jpeg = "1.2.840.10008.1.2.4.50";

/// Values of VR US, or of OW, little endian.
std::string words(const std::vector<int>& values);

/// An element by its VR and its value's bytes, as they are in little endian.
struct Value {
    std::string vr, bytes;
};

/// A data set in the order of its tags. What is set replaces what was there; "" takes it away.
class Sketch {
public:
    /// A grey image of these pixels, unsigned, of 16 bits of which 12 are stored.
    Sketch(unsigned columns, const std::vector<int>& pixels);

    Sketch& set(std::uint32_t tag, std::string_view vr, std::string bytes);
    Sketch& word(std::uint32_t tag, int value) { return set(tag, "US", words({value})); }
    Sketch& text(std::uint32_t tag, std::string_view vr, std::string value) { return set(tag, vr, std::move(value)); }
    /// A sequence with those items.
    Sketch& sequence(std::uint32_t tag, const std::vector<std::string>& items);
    /// Pixel data in fragments behind an offset table.
    Sketch& fragments(const std::vector<std::string>& fragments, const std::string& table = "");
    /// The elements one behind the other, as an item has them.
    std::string elements() const;

    /// As the spool keeps it.
    std::vector<std::byte> blob(std::string_view transfer_syntax = explicit_little) const;

private:
    std::map<std::uint32_t, Value> values_;
    std::string fragments_;
};

/// An element of an item, in Explicit VR Little Endian.
std::string element(std::uint32_t tag, std::string_view vr, std::string_view value);

/// The samples of the picture, without their number of channels.
std::vector<int> painted(const Sketch& image, std::optional<broker::worker::Window> window = {},
                         std::uint32_t frame = 0);
broker::worker::PaintedFrame paint(const Sketch& image, const broker::worker::FrameToPaint& wanted = {},
                                   std::string_view transfer_syntax = explicit_little);
/// Why there is none. Fails the test where there is one.
broker::worker::NoPicture refused(const Sketch& image, std::string_view transfer_syntax = explicit_little,
                                  std::uint32_t frame = 0);

}  // namespace sketch
