/// ProcessTranscoder: the Transcoder whose work is done by helper processes of the broker's own program.
///
/// Any thread; as many at once as `[worker] parallel`, others wait. Must not outlive its Spool; `stop` before it goes.
#pragma once

#include <condition_variable>
#include <filesystem>
#include <map>
#include <mutex>
#include <utility>

#include "broker/config/config.h"
#include "broker/dicom/descriptor.h"
#include "broker/worker/transcoder.h"
#include "broker/worker/verdict.h"
#include "spool/spool.h"

namespace broker::worker {

class ProcessTranscoder : public Transcoder {
public:
    /// `program` is started with the arguments that run.h knows. SIGPIPE is ignored by the process from now on. Throws
    /// std::system_error where the system has no descriptor left.
    ProcessTranscoder(spool::Spool& spool, const config::Worker& limits,
                      std::filesystem::path program = "/proc/self/exe");

    std::variant<Transcoded, TranscodeFailure> make(const TranscodeRequest& request) override;
    bool can(std::string_view from_transfer_syntax, std::string_view to_transfer_syntax) const override;

    /// Ends what runs and waits: each `make` returns a failure that is not permanent, soon. Any number of times.
    void stop();

private:
    class Seat;
    std::variant<Transcoded, TranscodeFailure> make_in_helper(const TranscodeRequest& request);
    TranscodeFailure failed(const TranscodeRequest& request, const Verdict& verdict);

    spool::Spool& spool_;
    const config::Worker limits_;
    const std::filesystem::path program_;
    dicom::Descriptor stop_;  ///< readable from `stop` on

    std::mutex mutex_;  ///< guards what follows
    std::condition_variable changed_;
    unsigned running_ = 0;
    bool is_stopping_ = false;
    std::map<std::pair<spool::Digest, std::string>, unsigned> crashes_;  ///< of a blob on the way to a transfer syntax
};

}  // namespace broker::worker
