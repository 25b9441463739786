/// FolderSender: a Sender that writes whole Part 10 files into a folder, so that nobody ever sees half of one.
///
/// As Sender says. On return of a delivery the file survives a power cut: its bytes were synced before it got its name,
/// and every folder whose entries changed was synced after. The destination's own path is never
/// made: where a network drive is not mounted, the local disk must not fill instead. No link below that path is
/// followed, and whatever else stands in the place of a study, a series or a file is left alone: `name_taken`.
/// Evidence: `response` for a file that was written, since its bytes were hashed on their way; `readback` for one that
/// was there already and was read and compared.
#pragma once

#include <atomic>
#include <filesystem>

#include "broker/deliver/sender.h"
#include "broker/deliver/stride.h"

namespace broker::deliver {

/// What a system call's errno says about the folder.
Event folder_failure(int error);

class FolderSender : public Sender {
public:
    /// `paces`: what writing keeps to.
    explicit FolderSender(std::filesystem::path path, std::vector<PaceLine> paces = {});

    /// Checks that the path is a folder that takes new files.
    std::optional<Event> open(const Opening& opening) override;
    bool is_open() const override { return is_open_; }
    bool covers(const outbox::ClaimedJob&) const override { return true; }
    Sent send(const outbox::ClaimedJob& job, spool::Reader blob) override;
    std::optional<Event> verify() override { return std::nullopt; }
    void close() override { is_open_ = false; }
    void interrupt() override;

private:
    const std::filesystem::path path_;
    Stride stride_;
    bool is_open_ = false;
    std::atomic<bool> is_interrupted_ = false;
};

}  // namespace broker::deliver
