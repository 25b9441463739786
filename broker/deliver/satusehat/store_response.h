/// Store response: which instances a STOW-RS answer says were stored and which failed (PS3.18 10.5.3), as XML or JSON.
///
/// A value and pure functions; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace broker::deliver::satusehat {

struct FailedInstance {
    std::string sop_instance_uid;        ///< "" where it isn't named
    std::optional<std::int64_t> reason;  ///< (0008,1197)
    std::string text;                    ///< printable, of any element that has words
    bool operator==(const FailedInstance&) const = default;
};

struct StoreResponse {
    std::vector<std::string> stored;     ///< SOP Instance UIDs of (0008,1199)
    std::vector<FailedInstance> failed;  ///< items of (0008,1198)
    bool has_failed = false;             ///< (0008,1198) is there and not empty, whether its items can be read or not

    bool has_stored(std::string_view sop_instance_uid) const;
    /// Its failure, or one that names no instance: one request sends one.
    const FailedInstance* failure_of(std::string_view sop_instance_uid) const;
};

/// Nothing where it is neither, or JSON that is something else: an OperationOutcome, a fault, a message. DICOM JSON may
/// come as an object, as a list of one, or as a text that holds either; UIDs may stand in stray quotes.
std::optional<StoreResponse> parse_store_response(std::string_view body);

}  // namespace broker::deliver::satusehat
