/// CommitmentBytes: the messages of Storage Commitment (PS3.4 Annex J) by hand, whole and in every spelling.
///
/// Pure functions; any thread. Written independently of the broker's own code, so that one bug cannot hide in both.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace support {

inline const std::string commitment_class = "1.2.840.10008.1.20.1";

/// How a data set is written.
struct Spelling {
    bool is_implicit = false;
    bool has_undefined_sequences = false, has_undefined_items = false;
};

struct Named {
    std::string sop_class_uid, sop_instance_uid;
    std::uint16_t reason = 0;  ///< Failure Reason, of those that failed
};

std::string request_data_set(std::string_view transaction_uid, const std::vector<Named>& references,
                             const Spelling& spelling);
std::string report_data_set(std::string_view transaction_uid, const std::vector<Named>& committed,
                            const std::vector<Named>& failed, const Spelling& spelling);

/// N-ACTION-RQ.
struct ActionCommand {
    std::uint16_t message_id = 1, action_type = 1;
    std::string sop_class_uid = commitment_class, sop_instance_uid = "1.2.840.10008.1.20.1.1";
};
std::string action_command(const ActionCommand& command);
/// N-EVENT-REPORT-RQ.
struct EventCommand {
    std::uint16_t message_id = 1, event_type = 1;
};
std::string event_command(const EventCommand& command);
/// Any response without a data set.
struct ResponseCommand {
    std::uint16_t field = 0, message_id = 0, status = 0;
};
std::string response_command(const ResponseCommand& command);

/// A role selection sub-item (PS3.7 D.3.3.4).
std::string role_item(std::string_view abstract_syntax, int scu, int scp);

/// The value of a US element of a command set, or 0xFFFF where it isn't there.
std::uint16_t command_number(std::string_view command, std::uint16_t element);

}  // namespace support
