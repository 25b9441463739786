#include "broker/worker/process_transcoder.h"

#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <system_error>
#include <vector>

#include "broker/dicom/transfer_syntax.h"
#include "broker/worker/child.h"
#include "broker/worker/edit.h"
#include "broker/worker/pump.h"
#include "broker/worker/run.h"
#include "broker/worker/source.h"
#include "broker/worker/syntax.h"

namespace broker::worker {
namespace {

/// Instances whose crashes are remembered; beyond them one may get a try more.
constexpr std::size_t crashes_remembered_max = 1024;
constexpr unsigned crashes_max = 2;

std::string recipe_of(const TranscodeRequest& request) {
    const Syntax* from = find_syntax(request.from_transfer_syntax);
    const char* verb = request.to_transfer_syntax == jpeg_ls_lossless ? "compressed "
                       : from->coding == Coding::native               ? "re-encoded "
                                                                      : "decompressed ";
    return verb + request.from_transfer_syntax + " to " + request.to_transfer_syntax;
}

/// The helper's data set on its way into the spool, behind a file header of ours.
class Result {
public:
    Result(spool::Spool& spool, const dicom::FileIdentity& identity, std::uint64_t bytes_max, EditCheck* check)
        : header_(dicom::file_header(identity)),
          intake_(spool.begin(header_.size() + bytes_max)),
          scan_(identity.transfer_syntax_uid),
          check_(check) {
        intake_.append(header_);
    }
    void take(std::span<const std::byte> bytes) {
        scan_.feed(bytes);
        if (check_ != nullptr) check_->feed(bytes);
        intake_.append(bytes);
    }
    Identity identity() { return scan_.finish(); }
    spool::Sealed seal() { return intake_.finish(); }

private:
    std::vector<std::byte> header_;
    spool::Intake intake_;
    IdentityScan scan_;
    EditCheck* const check_;
};

}  // namespace

/// One of the places for a helper process; without one when we are stopping.
class ProcessTranscoder::Seat {
public:
    explicit Seat(ProcessTranscoder& owner) : owner_(owner) {
        std::unique_lock lock(owner_.mutex_);
        owner_.changed_.wait(lock, [&] { return owner_.is_stopping_ || owner_.running_ < owner_.limits_.parallel; });
        is_taken_ = !owner_.is_stopping_;
        if (is_taken_) ++owner_.running_;
    }
    ~Seat() {
        if (!is_taken_) return;
        const std::lock_guard lock(owner_.mutex_);
        --owner_.running_;
        owner_.changed_.notify_one();
    }
    Seat(const Seat&) = delete;
    Seat& operator=(const Seat&) = delete;
    bool is_taken() const { return is_taken_; }

private:
    ProcessTranscoder& owner_;
    bool is_taken_ = false;
};

ProcessTranscoder::ProcessTranscoder(spool::Spool& spool, const config::Worker& limits, std::filesystem::path program)
    : spool_(spool),
      planner_(spool),
      limits_(limits),
      program_(std::move(program)),
      stop_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (!stop_.is_open()) throw std::system_error(errno, std::generic_category(), "eventfd");
    ::signal(SIGPIPE, SIG_IGN);
}

bool ProcessTranscoder::can(std::string_view from, std::string_view to) const {
    return can_transcode(from, to);
}

void ProcessTranscoder::stop() {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
    const std::uint64_t one = 1;
    // Full is as readable as one.
    [[maybe_unused]] const ssize_t put = ::write(stop_.get(), &one, sizeof one);
    changed_.notify_all();
}

Made ProcessTranscoder::make(const TranscodeRequest& request) {
    const std::string& from = request.from_transfer_syntax;
    const std::string& to = request.to_transfer_syntax;
    if (!can(from, to)) return TranscodeFailure{true, "cannot make " + to + " of this transfer syntax"};
    return make_seated(
        [&] {
            return make_in_helper(
                {request.from, from, to, limits_.memory, {"transcode", from, to}, "", to, recipe_of(request)});
        },
        "the result is larger than [worker] memory, or than the disk takes");
}

Made ProcessTranscoder::make(const EditRequest& request) {
    return make_seated(
        [&]() -> Made {
            const auto planned = planner_.plan(request);
            if (const auto* failure = std::get_if<route::EditFailure>(&planned))
                return TranscodeFailure{true, failure->text};
            const Rewriting& rewriting = std::get<Rewriting>(planned);
            const std::string order = pack_order(rewriting);
            if (order.size() > rewriting_bytes_max)
                return TranscodeFailure{true, "the edits come to more than " +
                                                  std::to_string(rewriting_bytes_max >> 20) + " MiB for this instance"};
            // Another deflater may do worse than the sender's.
            const std::uint64_t bytes =
                spool_.open(request.from).size() * (dicom::is_deflated(request.transfer_syntax) ? 2 : 1);
            constexpr std::uint64_t heads_bytes_max = 64 * 1024;
            EditCheck check(rewriting, request.transfer_syntax);
            return make_in_helper({request.from,
                                   request.transfer_syntax,
                                   request.transfer_syntax,
                                   bytes + order.size() + heads_bytes_max,
                                   {"edit", request.transfer_syntax},
                                   order,
                                   request.edits,
                                   "edited: " + request.edits,
                                   &check});
        },
        "the result is larger than the instance and its edits can make it, or than the disk takes");
}

Made ProcessTranscoder::make_seated(const std::function<Made()>& make, const char* too_large_text) {
    const Seat seat(*this);
    if (!seat.is_taken()) return TranscodeFailure{false, judge(PumpEnd::stopped).text};
    try {
        return make();
    } catch (const std::system_error& error) {
        return TranscodeFailure{false, error.what()};
    } catch (const spool::Error& error) {
        if (error.code() != spool::Errc::too_large) throw;
        return TranscodeFailure{true, too_large_text};
    }
}

std::vector<std::string> ProcessTranscoder::arguments_for(const Task& task) const {
    std::vector<std::string> arguments{"dicom-bridge", command};
    arguments.insert(arguments.end(), task.arguments.begin(), task.arguments.end());
    arguments.push_back(std::to_string(limits_.memory));
    arguments.push_back(std::to_string(std::chrono::ceil<std::chrono::seconds>(limits_.cpu).count()));
    return arguments;
}

Made ProcessTranscoder::make_in_helper(const Task& task) {
    Source source(spool_, task.from);
    if (!source.header() || source.header()->transfer_syntax_uid != task.from_transfer_syntax)
        return TranscodeFailure{true, "the blob's file header doesn't name this transfer syntax"};
    dicom::FileIdentity identity = *source.header();
    identity.transfer_syntax_uid = task.to_transfer_syntax;
    Result result(spool_, identity, task.result_bytes_max, task.check);

    Child child(program_, arguments_for(task));
    auto order = std::as_bytes(std::span(task.order));
    const PumpPorts ports{[&] { return order.empty() ? source.next() : std::exchange(order, {}); },
                          [&](std::span<const std::byte> bytes) { result.take(bytes); }};
    const PumpEnd end = pump(child, ports, stop_.get(), limits_.timeout);
    const Verdict verdict = end == PumpEnd::ended ? judge(child.reap()) : judge(end);
    if (verdict.kind != Verdict::Kind::done) return failed(task, verdict);
    if (result.identity() != source.identity())
        return TranscodeFailure{true, "the result came out as another instance"};
    if (task.check != nullptr)
        if (const std::string fault = task.check->finish(); !fault.empty())
            return TranscodeFailure{true, "the result came out otherwise than was asked for: " + fault};
    return Transcoded{result.seal(), task.to_transfer_syntax, task.recipe};
}

TranscodeFailure ProcessTranscoder::failed(const Task& task, const Verdict& verdict) {
    if (verdict.kind != Verdict::Kind::crash) return {verdict.kind == Verdict::Kind::permanent, verdict.text};
    const std::lock_guard lock(mutex_);
    if (crashes_.size() >= crashes_remembered_max) crashes_.erase(crashes_.begin());
    const unsigned crashes = ++crashes_[{task.from, task.what}];
    return {crashes >= crashes_max, verdict.text};
}

}  // namespace broker::worker
