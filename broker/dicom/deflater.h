/// Deflater: makes a raw deflated stream (RFC 1951) of what it is given, as PS3.5 A.5 wants data sets.
///
/// One thread at a time. The same input gives the same output, however it comes in pieces.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>

namespace broker::dicom {

class Deflater {
public:
    using Take = std::function<void(std::span<const std::byte>)>;

    explicit Deflater(Take take);
    ~Deflater();

    void feed(std::span<const std::byte> bytes);
    /// The last bytes, and one more where their number would be odd.
    void finish();

private:
    struct Stream;
    void run(std::span<const std::byte> bytes, bool is_last);

    std::unique_ptr<Stream> stream_;
    const Take take_;
    bool is_odd_ = false;
};

}  // namespace broker::dicom
