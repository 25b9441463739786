#include "tests/bench/pdu.h"

#include <vector>

namespace bench {

void put_u16_be(std::string& to, std::uint16_t value) {
    to += static_cast<char>(value >> 8);
    to += static_cast<char>(value);
}

void put_u32_be(std::string& to, std::uint32_t value) {
    put_u16_be(to, static_cast<std::uint16_t>(value >> 16));
    put_u16_be(to, static_cast<std::uint16_t>(value));
}

void put_u16_le(std::string& to, std::uint16_t value) {
    to += static_cast<char>(value);
    to += static_cast<char>(value >> 8);
}

void put_u32_le(std::string& to, std::uint32_t value) {
    put_u16_le(to, static_cast<std::uint16_t>(value));
    put_u16_le(to, static_cast<std::uint16_t>(value >> 16));
}

static std::uint16_t byte(std::string_view from, std::size_t at) {
    return static_cast<unsigned char>(from.at(at));
}

std::uint16_t u16_be(std::string_view at) {
    return static_cast<std::uint16_t>(byte(at, 0) << 8 | byte(at, 1));
}

std::uint32_t u32_be(std::string_view at) {
    return static_cast<std::uint32_t>(u16_be(at)) << 16 | u16_be(at.substr(2));
}

std::uint16_t u16_le(std::string_view at) {
    return static_cast<std::uint16_t>(byte(at, 1) << 8 | byte(at, 0));
}

std::uint32_t u32_le(std::string_view at) {
    return static_cast<std::uint32_t>(u16_le(at.substr(2))) << 16 | u16_le(at);
}

std::string pdu(std::uint8_t type, std::string_view body) {
    std::string result;
    result += static_cast<char>(type);
    result += '\0';
    put_u32_be(result, static_cast<std::uint32_t>(body.size()));
    return result.append(body);
}

std::string p_data_pdu(std::uint8_t context, std::uint8_t control, std::string_view bytes) {
    std::string body;
    put_u32_be(body, static_cast<std::uint32_t>(bytes.size() + 2));
    body += static_cast<char>(context);
    body += static_cast<char>(control);
    return pdu(p_data, body.append(bytes));
}

static std::string item(std::uint8_t type, std::string_view body) {
    std::string result;
    result += static_cast<char>(type);
    result += '\0';
    put_u16_be(result, static_cast<std::uint16_t>(body.size()));
    return result.append(body);
}

static std::string user_information() {
    std::string most;
    put_u32_be(most, max_pdu);
    return item(0x50, item(0x51, most) + item(0x52, "1.2.826.0.1.3680043.10.99.1"));
}

static constexpr std::string_view application_context = "1.2.840.10008.3.1.1.1";
/// Of an A-ASSOCIATE-RQ and -AC: version, reserved, two AE titles, 32 reserved bytes.
static constexpr std::size_t fixed_part = 68;

std::string associate_request(const Proposal& proposal) {
    std::string body("\0\1\0\0", 4);
    for (std::string title : {proposal.called_ae_title, proposal.calling_ae_title}) {
        title.resize(16, ' ');
        body += title;
    }
    body.resize(fixed_part, '\0');
    const std::string context =
        std::string("\1\0\0\0", 4) + item(0x30, proposal.abstract_syntax) + item(0x40, proposal.transfer_syntax);
    return pdu(associate_rq, body + item(0x10, application_context) + item(0x20, context) + user_information());
}

namespace {

struct Item {
    std::uint8_t type = 0;
    std::string_view body;
};

std::vector<Item> items(std::string_view bytes) {
    std::vector<Item> found;
    while (bytes.size() >= 4) {
        const std::size_t length = u16_be(bytes.substr(2));
        found.push_back({static_cast<std::uint8_t>(bytes[0]), bytes.substr(4, length)});
        bytes.remove_prefix(std::min(bytes.size(), 4 + length));
    }
    return found;
}

}  // namespace

std::string associate_accept(std::string_view request_body) {
    std::string body(request_body.substr(0, fixed_part));
    body += item(0x10, application_context);
    for (const Item& each : items(request_body.substr(fixed_part))) {
        if (each.type != 0x20) continue;
        std::string context{each.body[0], '\0', '\0', '\0'};
        for (const Item& part : items(each.body.substr(4))) {
            if (part.type != 0x40) continue;
            context += item(0x40, part.body);
            break;
        }
        body += item(0x21, context);
    }
    return pdu(associate_ac, body + user_information());
}

Answer read_accept(std::string_view accept_body) {
    Answer answer;
    for (const Item& each : items(accept_body.substr(fixed_part))) {
        if (each.type == 0x21 && each.body.size() > 2 && each.body[0] == 1) answer.is_accepted = each.body[2] == 0;
        if (each.type != 0x50) continue;
        for (const Item& part : items(each.body))
            if (part.type == 0x51) answer.max_pdu = u32_be(part.body);
    }
    return answer;
}

std::string command_element(std::uint16_t element, std::string_view value) {
    std::string result("\0\0", 2);
    put_u16_le(result, element);
    put_u32_le(result, static_cast<std::uint32_t>(value.size()));
    return result.append(value);
}

std::string command_element(std::uint16_t element, std::uint16_t value) {
    std::string encoded;
    put_u16_le(encoded, value);
    return command_element(element, std::string_view(encoded));
}

std::string command_set(std::string_view elements) {
    std::string length;
    put_u32_le(length, static_cast<std::uint32_t>(elements.size()));
    return command_element(0x0000, std::string_view(length)).append(elements);
}

std::string_view command_value(std::string_view set, std::uint16_t element) {
    while (set.size() >= 8) {
        const std::size_t length = u32_le(set.substr(4));
        if (u16_le(set.substr(2)) == element) return set.substr(8, length);
        set.remove_prefix(std::min(set.size(), 8 + length));
    }
    return {};
}

std::string uid_value(std::string_view uid) {
    std::string value(uid);
    if (value.size() % 2 != 0) value += '\0';
    return value;
}

}  // namespace bench
