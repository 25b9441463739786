/// Chunked: takes a body out of its chunks (RFC 9112 7.1), byte by byte, strictly and within limits.
///
/// One thread at a time. Chunk extensions and trailer fields are checked for their shape and dropped. Internal to this
/// folder.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace broker::http {

class Chunked {
public:
    /// Of one line of framing, and of all trailer fields together.
    static constexpr std::size_t line_bytes_max = 1024, trailer_bytes_max = 16 * 1024;
    /// Of all framing, and for each byte of the body besides: more than that is a way to keep us busy.
    static constexpr std::size_t framing_bytes_max = 64 * 1024, framing_per_body_max = 8;

    enum class State { more, complete, malformed, too_large };

    explicit Chunked(std::size_t body_bytes_max) : body_bytes_max_(body_bytes_max) {}

    /// Appends what is body to `body`, and takes the bytes that belong to it from the front of `bytes`.
    State put(std::string_view& bytes, std::string& body);
    /// Fixed words, once it is malformed or too large.
    const char* fault() const { return fault_; }

private:
    enum class Part { size_line, data, data_end, trailer };

    State take_data(std::string_view& bytes, std::string& body);
    State take_line_byte(char byte, const std::string& body);
    State end_line(const std::string& body);
    State end_size_line(const std::string& body);
    State end_trailer_line();
    State fail(State state, const char* fault);

    const std::size_t body_bytes_max_;
    Part part_ = Part::size_line;
    std::string line_;
    std::uint64_t left_ = 0;  ///< of the chunk's data
    std::size_t framing_ = 0, trailer_ = 0;
    const char* fault_ = "";
};

}  // namespace broker::http
