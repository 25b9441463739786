/// Which series a study has, and their instances as somebody looks through them.
#include "outbox/view_parts.h"
#include "outbox/view_rows.h"

namespace outbox {
namespace {

std::optional<std::string> study_of(ViewParts& parts, std::string_view series_instance_uid) {
    Cursor row(parts.series_study);
    if (!row.bind(":series", series_instance_uid).step()) return std::nullopt;
    return std::string(row.text(0));
}

}  // namespace

std::optional<SeriesOfStudy> Views::series(std::string_view series_instance_uid,
                                           std::optional<std::string_view> study_instance_uid) const {
    const Snapshot snapshot(parts_->database);
    const auto study = study_instance_uid ? std::string(*study_instance_uid) : study_of(*parts_, series_instance_uid);
    if (!study) return std::nullopt;
    Cursor row(parts_->series_row);
    if (!row.bind(":study", *study).bind(":series", series_instance_uid).step()) return std::nullopt;
    return SeriesOfStudy{*study, read_series(row)};
}

std::vector<SeriesView> Views::series_of(std::string_view study_instance_uid) const {
    const Snapshot snapshot(parts_->database);
    std::vector<SeriesView> all;
    Cursor row(parts_->study_series);
    row.bind(":study", study_instance_uid).bind(":limit", static_cast<std::int64_t>(page_rows_max));
    while (row.step()) all.push_back(read_series(row));
    return all;
}

InstancePage Views::series_instances(std::string_view study_instance_uid, std::string_view series_instance_uid,
                                     std::optional<InstanceId> after, std::size_t limit) const {
    const Snapshot snapshot(parts_->database);
    Cursor row(parts_->series_instances);
    row.bind(":study", study_instance_uid).bind(":series", series_instance_uid).bind(":after", after);
    return read_page(*parts_, row, limit);
}

std::vector<SeriesMember> Views::series_members(std::string_view study_instance_uid,
                                                std::string_view series_instance_uid) const {
    const Snapshot snapshot(parts_->database);
    std::vector<SeriesMember> members;
    Cursor row(parts_->series_members);
    row.bind(":study", study_instance_uid).bind(":series", series_instance_uid);
    row.bind(":limit", static_cast<std::int64_t>(walk_rows_max));
    while (row.step()) members.push_back({std::string(row.text(0)), std::string(row.text(1)), row.number(2) != 0});
    return members;
}

}  // namespace outbox
