#include "tests/support/commitment_bytes.h"

namespace support {
namespace {

std::string little(std::uint32_t value, int size) {
    std::string bytes;
    for (int n = 0; n < size; ++n) bytes += static_cast<char>(value >> (8 * n) & 0xFF);
    return bytes;
}

std::string even(std::string value) {
    if (value.size() % 2 != 0) value += '\0';
    return value;
}

std::string tag(std::uint16_t group, std::uint16_t element) {
    return little(group, 2) + little(element, 2);
}

std::string element(std::uint16_t number, std::string_view vr, std::string value, const Spelling& spelling) {
    value = even(std::move(value));
    const auto size = static_cast<std::uint32_t>(value.size());
    const std::string length = spelling.is_implicit ? little(size, 4) : std::string(vr) + little(size, 2);
    return tag(0x0008, number) + length + value;
}

std::string item(const std::string& content, const Spelling& spelling) {
    if (spelling.has_undefined_items)
        return tag(0xFFFE, 0xE000) + little(0xFFFFFFFF, 4) + content + tag(0xFFFE, 0xE00D) + little(0, 4);
    return tag(0xFFFE, 0xE000) + little(static_cast<std::uint32_t>(content.size()), 4) + content;
}

std::string sequence(std::uint16_t number, const std::vector<Named>& named, bool has_reasons,
                     const Spelling& spelling) {
    std::string items;
    for (const Named& each : named) {
        std::string content = element(0x1150, "UI", each.sop_class_uid, spelling);
        content += element(0x1155, "UI", each.sop_instance_uid, spelling);
        if (has_reasons) content += element(0x1197, "US", little(each.reason, 2), spelling);
        items += item(content, spelling);
    }
    const bool is_undefined = spelling.has_undefined_sequences;
    if (is_undefined) items += tag(0xFFFE, 0xE0DD) + little(0, 4);
    const std::string head = tag(0x0008, number) + (spelling.is_implicit ? "" : "SQ" + little(0, 2));
    const auto size = static_cast<std::uint32_t>(items.size());
    return head + little(is_undefined ? 0xFFFFFFFF : size, 4) + items;
}

std::string command_element(std::uint16_t number, std::string value) {
    value = even(std::move(value));
    return tag(0, number) + little(static_cast<std::uint32_t>(value.size()), 4) + value;
}

std::string whole(const std::string& rest) {
    return command_element(0, little(static_cast<std::uint32_t>(rest.size()), 4)) + rest;
}

}  // namespace

std::string request_data_set(std::string_view transaction_uid, const std::vector<Named>& references,
                             const Spelling& spelling) {
    return element(0x1195, "UI", std::string(transaction_uid), spelling) +
           sequence(0x1199, references, false, spelling);
}

std::string report_data_set(std::string_view transaction_uid, const std::vector<Named>& committed,
                            const std::vector<Named>& failed, const Spelling& spelling) {
    std::string bytes = element(0x1195, "UI", std::string(transaction_uid), spelling);
    if (!failed.empty()) bytes += sequence(0x1198, failed, true, spelling);
    if (!committed.empty()) bytes += sequence(0x1199, committed, false, spelling);
    return bytes;
}

std::string action_command(const ActionCommand& command) {
    return whole(command_element(0x0003, command.sop_class_uid) + command_element(0x0100, little(0x0130, 2)) +
                 command_element(0x0110, little(command.message_id, 2)) + command_element(0x0800, little(0, 2)) +
                 command_element(0x1001, command.sop_instance_uid) +
                 command_element(0x1008, little(command.action_type, 2)));
}

std::string event_command(const EventCommand& command) {
    return whole(command_element(0x0002, commitment_class) + command_element(0x0100, little(0x0100, 2)) +
                 command_element(0x0110, little(command.message_id, 2)) + command_element(0x0800, little(0, 2)) +
                 command_element(0x1000, "1.2.840.10008.1.20.1.1") +
                 command_element(0x1002, little(command.event_type, 2)));
}

std::string response_command(const ResponseCommand& command) {
    return whole(command_element(0x0100, little(command.field, 2)) +
                 command_element(0x0120, little(command.message_id, 2)) + command_element(0x0800, little(0x0101, 2)) +
                 command_element(0x0900, little(command.status, 2)));
}

std::string role_item(std::string_view abstract_syntax, int scu, int scp) {
    const auto size = static_cast<char>(abstract_syntax.size());
    return std::string{0x54, 0, 0, static_cast<char>(size + 4), 0, size} + std::string(abstract_syntax) +
           std::string{static_cast<char>(scu), static_cast<char>(scp)};
}

std::uint16_t command_number(std::string_view command, std::uint16_t wanted) {
    const std::string head = tag(0, wanted) + little(2, 4);
    const auto at = command.find(head);
    if (at == std::string_view::npos || at + head.size() + 2 > command.size()) return 0xFFFF;
    return static_cast<std::uint16_t>(static_cast<unsigned char>(command[at + head.size()]) |
                                      static_cast<unsigned char>(command[at + head.size() + 1]) << 8);
}

}  // namespace support
