#include "broker/dicom/commitment.h"

#include <array>

#include "broker/dicom/element_writer.h"
#include "broker/dicom/item_walk.h"
#include "broker/dicom/uid.h"

namespace broker::dicom {
namespace {

constexpr Tag referenced_sop_class_uid{0x0008, 0x1150}, referenced_sop_instance_uid{0x0008, 0x1155};
constexpr Tag transaction_uid{0x0008, 0x1195}, failure_reason{0x0008, 0x1197};
constexpr Tag failed_sop_sequence{0x0008, 0x1198}, referenced_sop_sequence{0x0008, 0x1199};
constexpr std::array sequences{failed_sop_sequence, referenced_sop_sequence};

void write(ElementWriter& item, const Reference& reference) {
    item.uid(referenced_sop_class_uid, reference.sop_class_uid);
    item.uid(referenced_sop_instance_uid, reference.sop_instance_uid);
}

ElementWriter items_of(const std::vector<Reference>& references, bool is_implicit) {
    ElementWriter items(is_implicit);
    for (const Reference& each : references) {
        ElementWriter item(is_implicit);
        write(item, each);
        items.item(item);
    }
    return items;
}

ElementWriter items_of(const std::vector<FailedReference>& references, bool is_implicit) {
    ElementWriter items(is_implicit);
    for (const FailedReference& each : references) {
        ElementWriter item(is_implicit);
        write(item, each.reference);
        item.number(failure_reason, each.reason);
        items.item(item);
    }
    return items;
}

std::string uid_of(std::span<const std::byte> value) {
    constexpr std::string_view padding(" \0", 2);
    const std::string_view text(reinterpret_cast<const char*>(value.data()), value.size());
    const auto first = text.find_first_not_of(padding), last = text.find_last_not_of(padding);
    return first == std::string_view::npos ? std::string() : std::string(text.substr(first, last - first + 1));
}

std::uint16_t number_of(std::span<const std::byte> value) {
    if (value.size() != 2) return 0;
    return static_cast<std::uint16_t>(std::to_integer<unsigned>(value[0]) | std::to_integer<unsigned>(value[1]) << 8);
}

/// What both data sets are made of, as it comes along.
struct Collection {
    CommitmentReport report;
    FailedReference current;  ///< of the item that is open
    Tag sequence;             ///< at the top level, that is open
    std::size_t item_count = 0;

    void take(const ItemWalk& walk) {
        if (walk.depth() == 0 && walk.tag() == transaction_uid) report.transaction_uid = uid_of(walk.value());
        if (walk.depth() != 1) return;
        if (walk.tag() == referenced_sop_class_uid) current.reference.sop_class_uid = uid_of(walk.value());
        if (walk.tag() == referenced_sop_instance_uid) current.reference.sop_instance_uid = uid_of(walk.value());
        if (walk.tag() == failure_reason) current.reason = number_of(walk.value());
    }

    void keep_item() {
        const Reference& reference = current.reference;
        if (!is_keyable_uid(reference.sop_class_uid) || !is_keyable_uid(reference.sop_instance_uid)) return;
        if (sequence == referenced_sop_sequence) report.committed.push_back(reference);
        if (sequence == failed_sop_sequence) report.failed.push_back(current);
    }
};

std::optional<CommitmentReport> parse(std::span<const std::byte> bytes, bool is_implicit,
                                      const CommitmentLimits& limits) {
    ItemWalk walk(bytes, is_implicit);
    Collection seen;
    for (;;) {
        switch (walk.next(sequences)) {
            case ItemWalk::Step::element:
                seen.take(walk);
                break;
            case ItemWalk::Step::sequence_begin:
                if (walk.depth() == 1) seen.sequence = walk.tag();
                break;
            case ItemWalk::Step::item_begin:
                if (walk.depth() != 1) break;
                seen.current = {};
                if (++seen.item_count > limits.references_max) return std::nullopt;
                break;
            case ItemWalk::Step::item_end:
                if (walk.depth() == 1) seen.keep_item();
                break;
            case ItemWalk::Step::sequence_end:
                break;
            case ItemWalk::Step::end:
                if (!is_keyable_uid(seen.report.transaction_uid)) return std::nullopt;
                return std::move(seen.report);
            case ItemWalk::Step::malformed:
                return std::nullopt;
        }
    }
}

}  // namespace

std::vector<std::byte> bytes_of(const CommitmentRequest& request, bool is_implicit) {
    ElementWriter elements(is_implicit);
    elements.uid(transaction_uid, request.transaction_uid);
    elements.sequence(referenced_sop_sequence, items_of(request.references, is_implicit));
    return elements.bytes();
}

std::vector<std::byte> bytes_of(const CommitmentReport& report, bool is_implicit) {
    ElementWriter elements(is_implicit);
    elements.uid(transaction_uid, report.transaction_uid);
    if (!report.failed.empty()) elements.sequence(failed_sop_sequence, items_of(report.failed, is_implicit));
    // Where all failed the sequence stays away: an empty one is not allowed (PS3.4 table J.3-2, type 1C).
    if (!report.committed.empty()) elements.sequence(referenced_sop_sequence, items_of(report.committed, is_implicit));
    return elements.bytes();
}

std::optional<CommitmentRequest> parse_commitment_request(std::span<const std::byte> bytes, bool is_implicit,
                                                          const CommitmentLimits& limits) {
    auto parsed = parse(bytes, is_implicit, limits);
    if (!parsed) return std::nullopt;
    return CommitmentRequest{std::move(parsed->transaction_uid), std::move(parsed->committed)};
}

std::optional<CommitmentReport> parse_commitment_report(std::span<const std::byte> bytes, bool is_implicit,
                                                        const CommitmentLimits& limits) {
    return parse(bytes, is_implicit, limits);
}

}  // namespace broker::dicom
