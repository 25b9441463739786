/// LanePreparer: sees which due jobs need another blob before they are claimed, and has it made: with their edits,
/// compressed for a thin link, decompressed for a destination that refuses them as they are stored.
///
/// One thread, its worker's. All it is given outlives it.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "broker/config/config.h"
#include "broker/deliver/lane_workshop.h"
#include "broker/deliver/preparation.h"

namespace broker::deliver {

class LanePreparer {
public:
    LanePreparer(const config::Destination& destination, LaneWorkshop& workshop, const Sender& sender)
        : destination_(destination), workshop_(workshop), sender_(sender) {}

    /// Before anything else. What is to be edited first leaves `due`, whether or not the workshop has room. How many of
    /// them are on their way now.
    std::size_t edit(std::vector<outbox::DueJob>& due);
    /// For thin links, before an association is open. What is to be compressed first leaves `due`. How many of them are
    /// on their way now; the others wait until the workshop has room.
    std::size_t compress(std::vector<outbox::DueJob>& due);
    /// For those whose transfer syntax the open association refuses; as above.
    std::size_t decompress(std::vector<outbox::DueJob>& due);
    /// The job was claimed before anybody knew that its transfer syntax is refused: another blob can be made for the
    /// next time.
    bool can_prepare(const outbox::ClaimedJob& job) const;

private:
    /// In which transfer syntax another blob of the job is to be made, where one is.
    using Need = std::function<std::optional<std::string>(const outbox::DueJob&)>;

    std::size_t order(std::vector<outbox::DueJob>& due, const Need& need, bool is_needed);
    Takes taken() const;
    CanMake can_make() const;

    const config::Destination& destination_;
    LaneWorkshop& workshop_;
    const Sender& sender_;
};

}  // namespace broker::deliver
