#include "tests/support/scp_query.h"

#include "tests/support/commitment_bytes.h"

namespace support {
namespace {

/// The value of (0008,0018), which an identifier begins with.
std::string asked_of(const std::string& identifier, bool is_implicit) {
    if (identifier.size() < 8) return {};
    const std::size_t length = static_cast<unsigned char>(identifier[is_implicit ? 4 : 6]);
    std::string uid = identifier.substr(8, length);
    while (!uid.empty() && uid.back() == '\0') uid.pop_back();
    return uid;
}

std::string identifier_of(std::string uid, bool is_implicit) {
    if (uid.size() % 2 != 0) uid += '\0';
    const auto size = static_cast<char>(uid.size());
    const std::string head("\x08\x00\x18\x00", 4);
    return head + (is_implicit ? std::string{size, 0, 0, 0} : std::string{'U', 'I', size, 0}) + uid;
}

/// A response that announces a data set.
std::string pending_command(std::uint16_t message_id, std::uint16_t status) {
    std::string command = response_command({0x8020, message_id, status});
    const std::string absent("\x00\x00\x00\x08\x02\x00\x00\x00\x01\x01", 10);
    command[command.find(absent) + 8] = 0;
    return command;
}

}  // namespace

void ScpQuery::serve(const OtherMessage& message) {
    if (message.field != 0x0020) return message.close();
    const bool is_implicit = message.transfer_syntax == "1.2.840.10008.1.2";
    {
        std::lock_guard lock(mutex_);
        identifiers_.push_back(message.data_set);
    }
    auto message_id = command_number(message.command, 0x0110);
    if (script_.wrong_id) ++message_id;
    for (const std::string& match : script_.matches) {
        const std::string uid = match == "asked" ? asked_of(message.data_set, is_implicit) : match;
        message.send(pending_command(message_id, script_.pending), identifier_of(uid, is_implicit));
    }
    if (script_.closes_after_matches) return message.close();
    message.send(response_command({0x8020, message_id, script_.status}), "");
}

std::vector<std::string> ScpQuery::identifiers() const {
    std::lock_guard lock(mutex_);
    return identifiers_;
}

}  // namespace support
