#include "broker/worker/edit_planner.h"

#include <algorithm>

#include "broker/dicom/header_scan.h"
#include "broker/dicom/part10.h"
#include "broker/dicom/utf8.h"
#include "broker/worker/edit_order.h"

namespace broker::worker {
namespace {

/// No header is longer; what comes later is not found, and the edits are not made.
constexpr std::uint64_t scanned_bytes_max = 64U << 20;

/// Removing looks at nothing, nor does giving a value that every character set has.
bool needs_header(const std::vector<route::Edit>& edits) {
    return std::any_of(edits.begin(), edits.end(), [](const route::Edit& edit) {
        const auto* set = std::get_if<route::Set>(&edit.action);
        return set != nullptr ? !dicom::is_ascii(set->value) : !std::holds_alternative<route::Remove>(edit.action);
    });
}

dicom::Wanted wanted_for(const std::vector<route::Edit>& edits) {
    std::set<dicom::TagPath> wanted;
    for (const dicom::Tag each :
         {dicom::tags::specific_character_set, dicom::tags::sop_class_uid, dicom::tags::sop_instance_uid})
        wanted.emplace(each);
    for (const dicom::Tag each : route::tags_read(edits)) wanted.emplace(each);
    return dicom::Wanted(wanted);
}

std::variant<dicom::Header, route::EditFailure> read_header(const spool::Spool& spool, const EditRequest& request,
                                                            const dicom::Wanted& wanted) {
    const spool::Reader reader = spool.open(request.from);
    std::vector<std::byte> piece(64 * 1024);
    std::size_t got = reader.read(0, piece);
    const auto begin = dicom::data_set_offset({piece.data(), got});
    if (!begin || *begin > got) return route::EditFailure{"the blob is no file of ours"};
    dicom::ScanLimits limits;
    limits.inflated_bytes_max = scanned_bytes_max;
    dicom::HeaderScan scan(request.transfer_syntax, wanted, limits);
    scan.feed({piece.data() + *begin, got - *begin});
    bool is_at_end = false;
    for (std::uint64_t at = got; !scan.is_done() && at < scanned_bytes_max; at += got) {
        got = reader.read(at, piece);
        is_at_end = got == 0;
        if (is_at_end) break;
        scan.feed({piece.data(), got});
    }
    if (is_at_end) scan.finish();
    if (!scan.is_done()) return route::EditFailure{"its header is too long to be read"};
    // Whatever was missed might be what the edits look at.
    if (scan.problem() != dicom::ScanProblem::none)
        return route::EditFailure{std::string("its header cannot be read to the end: ") +
                                  dicom::to_string(scan.problem())};
    return scan.header();
}

}  // namespace

std::variant<Rewriting, route::EditFailure> EditPlanner::plan(const EditRequest& request) {
    const auto edits = route::parse_edits(request.edits);
    if (!edits) return route::EditFailure{"this version does not understand these edits"};
    dicom::Header header;
    if (needs_header(*edits)) {
        auto read = read_header(spool_, request, wanted_for(*edits));
        if (auto* failure = std::get_if<route::EditFailure>(&read)) return *failure;
        header = std::get<dicom::Header>(std::move(read));
    }
    const auto changes = route::plan(*edits, header, [this](const std::string& table) { return tables_.at(table); });
    if (const auto* failure = std::get_if<route::EditFailure>(&changes)) return *failure;
    const auto terms = header.values(dicom::tags::specific_character_set);
    return order_of(std::get<route::Changes>(changes), terms);
}

}  // namespace broker::worker
