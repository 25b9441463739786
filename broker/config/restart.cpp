/// Restart: a row per setting, or per section.
#include "broker/config/restart.h"

#include <algorithm>
#include <array>

namespace broker::config {

namespace {

constexpr std::string_view every_key = "*";

struct Row {
    std::string_view section, key;
};

constexpr std::array rows{
    Row{"node", "name"},      // stands in every row of the history of this process
    Row{"node", "data_dir"},  // the folder that is locked and open
    Row{"node", "timezone"},  // the process's environment, which no other thread may be reading when it is set
    // What listens keeps its port to the end; its certificates follow.
    Row{"dicom", "bind"}, Row{"dicom", "port"}, Row{"dicom", "tls.port"},  // also where [dicom.tls] comes or goes
    // Of the queue that everything goes through.
    Row{"dicom", "commit_batch"}, Row{"dicom", "commit_queue"}, Row{"dicom", "commit_wal_pages"},
    Row{"http", every_key},      // whoever asks for the reload is connected to it
    Row{"spool", "ballast"},     // a file that may be needed at any moment
    Row{"preview", "parallel"},  // threads that may be at work
    Row{"worker", every_key},    // limits of processes that may be at work
};

}  // namespace

bool needs_restart(std::string_view section, std::string_view key) {
    return std::any_of(rows.begin(), rows.end(), [&](const Row& row) {
        return row.section == section && (row.key == every_key || row.key == key);
    });
}

std::vector<KeyChange> that_need_restart(const std::vector<Change>& changes) {
    std::vector<KeyChange> found;
    for (const Change& change : changes)
        for (const KeyChange& each : change.keys)
            if (needs_restart(change.section, each.key))
                found.push_back({change.section + "." + each.key, each.from, each.to});
    return found;
}

}  // namespace broker::config
