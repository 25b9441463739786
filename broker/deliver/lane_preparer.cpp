// What each job needs is for preparation.h to say; here it is ordered.
#include "broker/deliver/lane_preparer.h"

namespace broker::deliver {

std::size_t LanePreparer::order(std::vector<outbox::DueJob>& due, const Need& need, bool is_needed) {
    std::vector<LaneWorkshop::Order> orders;
    std::erase_if(due, [&](const outbox::DueJob& job) {
        auto syntax = need(job);
        if (syntax) orders.push_back({job, std::move(*syntax), is_needed});
        return syntax.has_value();
    });
    return orders.empty() ? 0 : workshop_.take(std::move(orders));
}

std::size_t LanePreparer::edit(std::vector<outbox::DueJob>& due) {
    const auto need = [](const outbox::DueJob& job) {
        return job.edits_due.empty() ? std::nullopt : std::optional(job.transfer_syntax_uid);
    };
    return order(due, need, true);
}

std::size_t LanePreparer::compress(std::vector<outbox::DueJob>& due) {
    if (destination_.compress == config::Compress::none) return 0;
    const auto need = [this](const outbox::DueJob& job) -> std::optional<std::string> {
        auto syntax = compression_for(job, destination_, can_make());
        if (syntax && workshop_.is_incompressible(job.digest)) return std::nullopt;
        return syntax;
    };
    return order(due, need, false);
}

std::size_t LanePreparer::decompress(std::vector<outbox::DueJob>& due) {
    const auto need = [this](const outbox::DueJob& job) -> std::optional<std::string> {
        const Pair pair{job.sop_class_uid, job.transfer_syntax_uid};
        if (!sender_.refuses_syntax(pair)) return std::nullopt;
        return fallback_for(pair, destination_, taken(), can_make());
    };
    return order(due, need, true);
}

bool LanePreparer::can_prepare(const outbox::ClaimedJob& job) const {
    const Pair pair{job.sop_class_uid, job.transfer_syntax_uid};
    return sender_.is_open() && sender_.refuses_syntax(pair) && fallback_for(pair, destination_, taken(), can_make());
}

Takes LanePreparer::taken() const {
    return [this](const Pair& pair) { return sender_.takes(pair); };
}

CanMake LanePreparer::can_make() const {
    return [this](std::string_view from, std::string_view to) { return workshop_.can(from, to); };
}

}  // namespace broker::deliver
