/// ProcessTranscoder: the Transcoder whose work is done by helper processes of the broker's own program.
///
/// Any thread; as many at once as `[worker] parallel`, others wait. Must not outlive its Spool; `stop` before it goes.
#pragma once

#include <condition_variable>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

#include "broker/config/config.h"
#include "broker/dicom/descriptor.h"
#include "broker/worker/edit_check.h"
#include "broker/worker/edit_planner.h"
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

    Made make(const TranscodeRequest& request) override;
    Made make(const EditRequest& request) override;
    bool can(std::string_view from_transfer_syntax, std::string_view to_transfer_syntax) const override;

    /// Ends what runs and waits: each `make` returns a failure that is not permanent, soon. Any number of times.
    void stop();

private:
    class Seat;
    /// What one helper is to do.
    struct Task {
        spool::Digest from;
        std::string from_transfer_syntax, to_transfer_syntax;
        std::uint64_t result_bytes_max = 0;
        std::vector<std::string> arguments;  ///< behind the command's name, without the limits
        std::string order;                   ///< what it reads before the data set
        std::string what;                    ///< for the memory of crashes: of one blob on the way to what
        std::string recipe;
        EditCheck* check = nullptr;  ///< that the result must pass
    };
    /// Waits for a seat; turns what may go wrong with the system into a failure.
    /// `too_large_text` says what the result was larger than.
    Made make_seated(const std::function<Made()>& make, const char* too_large_text);
    Made make_in_helper(const Task& task);
    std::vector<std::string> arguments_for(const Task& task) const;
    TranscodeFailure failed(const Task& task, const Verdict& verdict);

    spool::Spool& spool_;
    EditPlanner planner_;
    const config::Worker limits_;
    const std::filesystem::path program_;
    dicom::Descriptor stop_;  ///< readable from `stop` on

    std::mutex mutex_;  ///< guards what follows
    std::condition_variable changed_;
    unsigned running_ = 0;
    bool is_stopping_ = false;
    std::map<std::pair<spool::Digest, std::string>, unsigned> crashes_;  ///< of a Task's `from` and `what`
};

}  // namespace broker::worker
