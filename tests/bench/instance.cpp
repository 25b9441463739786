#include "tests/bench/instance.h"

#include <cmath>
#include <cstring>
#include <fstream>
#include <stdexcept>

#include "tests/bench/pdu.h"

namespace bench {

namespace {

struct Tag {
    std::uint16_t group, element;
};

/// An element with a two-byte length, padded to even length as its VR says.
std::string element(Tag tag, std::string_view vr, std::string value) {
    if (value.size() % 2 != 0) value += vr == "UI" ? '\0' : ' ';
    std::string result;
    put_u16_le(result, tag.group);
    put_u16_le(result, tag.element);
    result += vr;
    put_u16_le(result, static_cast<std::uint16_t>(value.size()));
    return result + value;
}

std::string number_element(Tag tag, std::uint64_t value) {
    std::string encoded;
    put_u16_le(encoded, static_cast<std::uint16_t>(value));
    return element(tag, "US", encoded);
}

/// The pixel data's tag, VR and length, without its value.
std::string pixel_header(std::uint64_t length) {
    std::string result;
    put_u16_le(result, 0x7fe0);
    put_u16_le(result, 0x0010);
    result += "OW";
    put_u16_le(result, 0);
    put_u32_le(result, static_cast<std::uint32_t>(length));
    return result;
}

/// All of one length, so that a number can be put in another's place.
std::string uid_of(const std::string& root, std::int64_t number) {
    return root + ".1." + std::to_string(1'000'000'000 + number);
}

std::string text_of(std::int64_t number) {
    const std::string digits = std::to_string(number);
    return std::string(8 - std::min<std::size_t>(8, digits.size()), '0') + digits;
}

std::string data_set_header(const Shape& shape, std::uint64_t pixel_bytes) {
    const auto side = static_cast<std::uint64_t>(std::sqrt(static_cast<double>(pixel_bytes) / 2));
    const std::string study = std::to_string(1'000'000 + shape.study);
    std::string set = element({0x0008, 0x0008}, "CS", "ORIGINAL\\PRIMARY\\AXIAL");
    set += element({0x0008, 0x0016}, "UI", std::string(ct_image));
    set += element({0x0008, 0x0018}, "UI", uid_of(shape.uid_root, 0));
    set += element({0x0008, 0x0020}, "DA", "20260115");
    set += element({0x0008, 0x0030}, "TM", "083000");
    set += element({0x0008, 0x0050}, "SH", "A" + study);
    set += element({0x0008, 0x0060}, "CS", "CT");
    set += element({0x0008, 0x0070}, "LO", "Synthetic");
    set += element({0x0008, 0x1030}, "LO", "Thorax");
    set += element({0x0010, 0x0010}, "PN", "Synthetic^Patient");
    set += element({0x0010, 0x0020}, "LO", "P" + study);
    set += element({0x0010, 0x0030}, "DA", "19700101");
    set += element({0x0020, 0x000d}, "UI", shape.uid_root + ".2." + study);
    set += element({0x0020, 0x000e}, "UI", shape.uid_root + ".3." + study);
    set += element({0x0020, 0x0011}, "IS", "1");
    set += element({0x0020, 0x0013}, "IS", text_of(0));
    set += number_element({0x0028, 0x0002}, 1);
    set += element({0x0028, 0x0004}, "CS", "MONOCHROME2");
    set += number_element({0x0028, 0x0010}, side);
    set += number_element({0x0028, 0x0011}, side == 0 ? 0 : pixel_bytes / 2 / side);
    for (const std::uint16_t bits : {0x0100, 0x0101}) set += number_element({0x0028, bits}, 16);
    set += number_element({0x0028, 0x0102}, 15);
    set += number_element({0x0028, 0x0103}, 0);
    return set + pixel_header(pixel_bytes);
}

/// Incompressible, and the same at each run.
std::string noise(std::size_t bytes) {
    std::string result(bytes, '\0');
    std::uint64_t state = 88172645463325252u;
    for (std::size_t at = 0; at < bytes; at += sizeof state) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        std::memcpy(result.data() + at, &state, std::min(sizeof state, bytes - at));
    }
    return result;
}

}  // namespace

Instance::Instance(const Shape& shape) : root_(shape.uid_root), bytes_(shape.bytes & ~std::uint64_t{1}) {
    const std::uint32_t most = shape.max_pdu == 0 ? max_pdu : std::min(shape.max_pdu, max_pdu);
    const std::size_t room = (most - pdv_header) & ~std::size_t{1};
    const std::size_t header_bytes = data_set_header(shape, 0).size();
    if (bytes_ <= header_bytes || root_.size() > 40 || header_bytes > room)
        throw std::runtime_error("the instance is too small for its header, or the UID root or the PDU is no use");
    cut_into_pdus(data_set_header(shape, bytes_ - header_bytes), room);
    uid_at_ = first_.find(uid_of(root_, 0));
    number_at_ = first_.find(element({0x0020, 0x0013}, "IS", text_of(0))) + 8;
    become(0, 1);
}

void Instance::cut_into_pdus(const std::string& header, std::size_t room) {
    const std::string block = noise(room);
    const std::string_view view = block;
    const std::size_t in_first = std::min<std::uint64_t>(room - header.size(), bytes_ - header.size());
    const std::uint64_t left = bytes_ - header.size() - in_first;
    const std::uint64_t middles = left == 0 ? 0 : (left - 1) / room;
    first_ = p_data_pdu(1, left == 0 ? is_last : 0, header + block.substr(0, in_first));
    middle_ = p_data_pdu(1, 0, view);
    if (left > 0) last_ = p_data_pdu(1, is_last, view.substr(0, left - middles * room));
    encode_command(1);
    message_.push_back({command_.data(), command_.size()});
    message_.push_back({first_.data(), first_.size()});
    for (std::uint64_t i = 0; i < middles; ++i) message_.push_back({middle_.data(), middle_.size()});
    if (left > 0) message_.push_back({last_.data(), last_.size()});
}

// PS3.7 9.3.1.1.
void Instance::encode_command(std::uint16_t message_id) {
    uid_ = uid_.empty() ? uid_of(root_, 0) : uid_;
    std::string set = command_element(0x0002, uid_value(ct_image));
    set += command_element(0x0100, c_store_rq);
    set += command_element(0x0110, message_id);
    set += command_element(0x0700, std::uint16_t{0});
    set += command_element(0x0800, std::uint16_t{1});
    set += command_element(0x1000, uid_value(uid_));
    const std::string whole = p_data_pdu(1, is_command | is_last, command_set(set));
    if (command_.empty()) command_ = whole;
    // In place: the message's pieces point here.
    std::memcpy(command_.data(), whole.data(), whole.size());
}

void Instance::become(std::int64_t number, std::uint16_t message_id) {
    uid_ = uid_of(root_, number);
    std::memcpy(first_.data() + uid_at_, uid_.data(), uid_.size());
    std::memcpy(first_.data() + number_at_, text_of(number).data(), 8);
    encode_command(message_id);
}

void Instance::write_file(const std::string& path) const {
    std::string meta = element({0x0002, 0x0002}, "UI", std::string(ct_image));
    meta += element({0x0002, 0x0003}, "UI", uid_);
    meta += element({0x0002, 0x0010}, "UI", std::string(explicit_le));
    meta += element({0x0002, 0x0012}, "UI", "1.2.826.0.1.3680043.10.99.1");
    // File Meta Information Version is OB, with a four-byte length (PS3.5 7.1.2).
    meta.insert(0, std::string("\2\0\1\0OB\0\0\2\0\0\0\0\1", 14));
    std::string length;
    put_u32_le(length, static_cast<std::uint32_t>(meta.size()));
    std::ofstream file(path, std::ios::binary);
    file << std::string(128, '\0') << "DICM" << element({0x0002, 0x0000}, "UL", length) << meta;
    constexpr std::size_t skip = pdu_header + pdv_header;
    for (std::size_t i = 1; i < message_.size(); ++i)
        file.write(static_cast<const char*>(message_[i].iov_base) + skip,
                   static_cast<std::streamsize>(message_[i].iov_len - skip));
    if (!file.flush()) throw std::runtime_error("cannot write " + path);
}

}  // namespace bench
