// No text of a peer's becomes a path component unless it cannot be anything but a number with dots.
#include "broker/deliver/folder/names.h"

#include <algorithm>

#include "spool/digest.h"

namespace broker::deliver {

std::string folder_name(std::string_view uid) {
    constexpr std::size_t uid_max = 64;
    bool is_plain = !uid.empty() && uid.size() <= uid_max && uid.front() != '.' &&
                    uid.find_first_not_of("0123456789.") == std::string_view::npos;
    if (is_plain) return std::string(uid);
    spool::Hasher hasher;
    hasher.update(std::as_bytes(std::span(uid)));
    return hasher.finish().hex();
}

std::filesystem::path place_of(const outbox::ClaimedJob& job) {
    std::string study = job.study_instance_uid.empty() ? "no-study" : folder_name(job.study_instance_uid);
    std::string series = job.series_instance_uid.empty() ? "no-series" : folder_name(job.series_instance_uid);
    std::string instance = folder_name(job.sop_instance_uid);
    if (job.version > 1) instance += "_v" + std::to_string(job.version);
    return std::filesystem::path(study) / series / (instance + ".dcm");
}

}  // namespace broker::deliver
