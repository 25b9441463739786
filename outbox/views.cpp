#include "outbox/views.h"

#include "outbox/view_parts.h"
#include "outbox/view_rows.h"

namespace outbox {

Views::Views(const std::filesystem::path& file) : parts_(std::make_unique<Parts>(file)) {}

Views::~Views() = default;
Views::Views(Views&&) noexcept = default;
Views& Views::operator=(Views&&) noexcept = default;

Snapshot::Snapshot(Database& database) : database_(database) {
    database_.execute("BEGIN");
}

Snapshot::~Snapshot() {
    try {
        database_.execute("COMMIT");
    } catch (const Error&) {
        // Nothing was written, so nothing is lost; the next BEGIN reports what is wrong with the connection.
    }
}

Range range_of(Statement& bounds, std::optional<Instant> since, std::optional<Instant> until) {
    if (!since && !until) return {};
    Cursor row(bounds);
    row.bind(":since", from_first(since)).bind(":until", until_last(until)).step();
    return {row.number(0), row.number(1)};
}

InstancePage Views::unrouted(std::optional<InstanceId> before, std::size_t limit) const {
    const Snapshot snapshot(parts_->database);
    Cursor row(parts_->instances_unrouted);
    row.bind(":before", before.value_or(InstanceId{Range{}.before}));
    return read_page(*parts_, row, limit);
}

std::vector<InstanceView> Views::instance(std::string_view sop_instance_uid) const {
    const Snapshot snapshot(parts_->database);
    std::vector<InstanceView> views;
    Cursor row(parts_->instance_versions);
    row.bind(":sop_instance_uid", sop_instance_uid);
    while (row.step()) views.push_back(read_instance(*parts_, row.id<InstanceId>(0)).value());
    return views;
}

bool Views::knows(const Digest& digest) const {
    const Snapshot snapshot(parts_->database);
    return Cursor(parts_->digest_known).bind(":digest", digest).step();
}

bool Views::is_kept(const Digest& digest) const {
    const Snapshot snapshot(parts_->database);
    return Cursor(parts_->digest_kept).bind(":digest", digest).step();
}

}  // namespace outbox
