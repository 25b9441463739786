#include "tests/support/scp_commitment.h"

namespace support {
namespace {

bool is_implicit(const OtherMessage& message) {
    return message.transfer_syntax == "1.2.840.10008.1.2";
}

/// The value of (0008,1195), which a request begins with.
std::string transaction_of(const OtherMessage& message) {
    const std::size_t length = static_cast<unsigned char>(message.data_set.at(is_implicit(message) ? 4 : 6));
    std::string uid = message.data_set.substr(8, length);
    while (!uid.empty() && uid.back() == '\0') uid.pop_back();
    return uid;
}

}  // namespace

void ScpCommitment::serve(const OtherMessage& message) {
    if (message.field == 0x8100) {
        std::lock_guard lock(mutex_);
        answers_.push_back(command_number(message.command, 0x0900));
        return;
    }
    {
        std::lock_guard lock(mutex_);
        requests_.push_back({message.command, message.data_set, is_implicit(message)});
    }
    if (message.field == 0x0130) return serve_request(message);
    auto message_id = command_number(message.command, 0x0110);
    if (script_.answers_another) ++message_id;
    message.send(response_command({0x8100, message_id, script_.event_status}), "");
}

void ScpCommitment::serve_request(const OtherMessage& message) {
    if (script_.closes_after_request) return message.close();
    for (const Report& each : script_.before) send(message, each);
    const auto message_id = command_number(message.command, 0x0110);
    message.send(response_command({0x8130, message_id, script_.status}), "");
    for (const Report& each : script_.after) send(message, each);
    if (script_.closes_after_response) message.close();
}

void ScpCommitment::send(const OtherMessage& message, const Report& report) {
    const std::string transaction = report.transaction_uid.empty() ? transaction_of(message) : report.transaction_uid;
    const std::string data =
        report_data_set(transaction, report.committed, report.failed, {is_implicit(message), true, true});
    message.send(event_command({1, static_cast<std::uint16_t>(report.failed.empty() ? 1 : 2)}),
                 report.is_malformed ? data.substr(0, data.size() - 3) : data);
}

std::vector<ScpCommitment::Seen> ScpCommitment::requests() const {
    std::lock_guard lock(mutex_);
    return requests_;
}

std::vector<std::uint16_t> ScpCommitment::answers() const {
    std::lock_guard lock(mutex_);
    return answers_;
}

}  // namespace support
