/// Instance: a CT-like instance that is encoded once, in Explicit VR Little Endian, and sent again and again with
/// another SOP Instance UID in it.
///
/// One thread at a time. Memory: one PDU, however large the instance is: the pixel data repeats one block of noise.
#pragma once

#include <sys/uio.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

inline constexpr std::string_view ct_image = "1.2.840.10008.5.1.4.1.1.2";
inline constexpr std::string_view explicit_le = "1.2.840.10008.1.2.1";

struct Shape {
    std::string uid_root;     ///< under which every UID lies; at most 40 characters
    std::int64_t study = 0;   ///< whose number, and its series'
    std::uint64_t bytes = 0;  ///< of the data set
    std::uint32_t max_pdu = 0;
};

class Instance {
public:
    explicit Instance(const Shape& shape);

    /// From now on it is the one of this number, under this message id.
    void become(std::int64_t number, std::uint16_t message_id);
    std::string sop_instance_uid() const { return uid_; }
    std::uint64_t bytes() const { return bytes_; }

    /// The PDUs of its C-STORE-RQ, as pieces that stay valid and follow `become`.
    const std::vector<iovec>& message() const { return message_; }
    /// A file of it (PS3.10). Throws std::runtime_error.
    void write_file(const std::string& path) const;

private:
    void encode_command(std::uint16_t message_id);
    void cut_into_pdus(const std::string& header, std::size_t room);

    std::string root_, uid_;
    std::uint64_t bytes_;
    std::string command_, first_, middle_, last_;  ///< whole PDUs
    std::size_t uid_at_ = 0, number_at_ = 0;       ///< in first_
    std::vector<iovec> message_;
};

}  // namespace bench
