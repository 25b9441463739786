#include "broker/receive/owed_reports.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <iterator>

#include "broker/dicom/commitment_command.h"
#include "broker/dicom/dcmtk_message.h"
#include "broker/dicom/dimse_status.h"
#include "broker/receive/refusal.h"

namespace broker::receive {

OwedReports::~OwedReports() {
    give_up();
}

void OwedReports::owe(Owed owed) {
    if (owed_.size() + unready_.size() < owed_max) owed_.push_back(std::move(owed));
}

bool OwedReports::send_next(T_ASC_Association& association) {
    const auto now = std::chrono::steady_clock::now();
    if (now >= ask_again_at_) {
        std::ranges::move(unready_, std::back_inserter(owed_));
        unready_.clear();
    }
    while (!outstanding_ && !owed_.empty()) {
        Owed next = std::move(owed_.front());
        owed_.pop_front();
        const auto [report, is_only_here] = take(next.transaction_uid);
        if (!report && is_only_here) {
            unready_.push_back(std::move(next));
            ask_again_at_ = now + ask_again_every;
        }
        if (!report) continue;
        message_id_ = message_id_ == 0xFFFF ? std::uint16_t{1} : static_cast<std::uint16_t>(message_id_ + 1);
        const std::uint8_t context = next.context_id;
        const auto command = dicom::commitment_event_command(message_id_, *report);
        const auto data_set = bytes_of(*report, next.is_implicit);
        outstanding_ = {std::move(next), message_id_, now + patience_};
        if (!dicom::write_fragment(association, {context, true, true, command}) ||
            !dicom::write_fragment(association, {context, false, true, data_set}))
            return false;
    }
    return true;
}

bool OwedReports::take_response(std::uint8_t context_id, const dicom::CommandSet& response) {
    constexpr auto field = dicom::command_field::n_event_report_rq | dicom::command_field::response_bit;
    const auto status = response.number(dicom::command::status);
    const bool is_answer = outstanding_ && context_id == outstanding_->owed.context_id && status &&
                           response.number(dicom::command::field) == field &&
                           response.number(dicom::command::message_id_being_responded_to) == outstanding_->message_id;
    if (!is_answer) return false;
    spdlog::info("event=commitment_report_answered transaction_uid={} status=0x{:04X} calling={}",
                 outstanding_->owed.transaction_uid, *status, log_word(peer_.calling_ae_title));
    tell(*status == dicom::status::success);
    outstanding_.reset();
    return true;
}

void OwedReports::give_up() {
    if (outstanding_) tell(false);
    outstanding_.reset();
}

CommitmentDesk::Taken OwedReports::take(const std::string& transaction_uid) {
    try {
        return desk_->take_report(peer_, transaction_uid);
    } catch (const std::exception& error) {
        spdlog::error("event=commitment_not_reported transaction_uid={} why=\"{}\"", transaction_uid, error.what());
        return {};
    }
}

void OwedReports::tell(bool is_acknowledged) {
    try {
        desk_->reported(peer_, outstanding_->owed.transaction_uid, is_acknowledged);
    } catch (const std::exception& error) {
        spdlog::error("event=commitment_answer_not_recorded transaction_uid={} why=\"{}\"",
                      outstanding_->owed.transaction_uid, error.what());
    }
}

}  // namespace broker::receive
