#include "broker/deliver/preparation.h"

#include <algorithm>
#include <array>

namespace broker::deliver {

namespace {

constexpr std::string_view implicit_le = "1.2.840.10008.1.2", explicit_le = "1.2.840.10008.1.2.1",
                           jpeg_ls_lossless = "1.2.840.10008.1.2.4.80";
// Explicit first: it keeps the VRs of private elements.
constexpr std::array plain{explicit_le, implicit_le};

}  // namespace

std::vector<Pair> fallbacks_of(std::span<const Pair> pairs, const config::Destination& destination) {
    std::vector<Pair> fallbacks;
    if (!destination.decompress_if_refused) return fallbacks;
    for (const Pair& pair : pairs) {
        for (const std::string_view syntax : plain) {
            Pair fallback{pair.sop_class_uid, std::string(syntax)};
            const bool is_there = std::ranges::find(pairs, fallback) != pairs.end() ||
                                  std::ranges::find(fallbacks, fallback) != fallbacks.end();
            if (!is_there && fallbacks.size() < fallbacks_max) fallbacks.push_back(std::move(fallback));
        }
    }
    return fallbacks;
}

std::optional<std::string> fallback_for(const Pair& refused, const config::Destination& destination, const Takes& takes,
                                        const CanMake& can_make) {
    if (!destination.decompress_if_refused) return std::nullopt;
    for (const std::string_view syntax : plain) {
        const bool is_same = syntax == refused.transfer_syntax_uid;
        if (!is_same && takes({refused.sop_class_uid, std::string(syntax)}) &&
            can_make(refused.transfer_syntax_uid, syntax))
            return std::string(syntax);
    }
    return std::nullopt;
}

std::optional<std::string> compression_for(const outbox::DueJob& job, const config::Destination& destination,
                                           const CanMake& can_make) {
    if (destination.compress != config::Compress::jpeg_ls || job.is_transcoded) return std::nullopt;
    const bool is_plain = std::ranges::find(plain, job.transfer_syntax_uid) != plain.end();
    if (!is_plain || !can_make(job.transfer_syntax_uid, jpeg_ls_lossless)) return std::nullopt;
    return std::string(jpeg_ls_lossless);
}

}  // namespace broker::deliver
