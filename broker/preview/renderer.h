/// Renderer: one helper process that renders, kept warm from job to job; started, watched and replaced here.
///
/// One thread, that which calls `render` first: the helper dies with it. SIGPIPE must be ignored by the process.
/// Believes nothing that the helper sends: what is out of order ends it.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "broker/config/config.h"
#include "broker/worker/child.h"
#include "broker/worker/render/order.h"
#include "spool/reader.h"

namespace broker::preview {

/// Why a helper gave no answer.
struct Trouble {
    enum class Kind {
        crashed,    ///< it ended, or went out of order, over this instance
        timed_out,  ///< it took more time than it may, by the clock or of the processor
        stopped,    ///< by us
        system,     ///< no helper could be had: the instance has nothing to do with it
    } kind = Kind::crashed;
    std::string text;
};

/// The program of a helper, with the arguments behind its name, and the processor time of one job.
struct HelperProgram {
    std::filesystem::path file;
    std::vector<std::string> arguments;
    std::chrono::seconds cpu{120};
};

/// `dicom-bridge worker render`, with the limits that [worker] gives.
HelperProgram helper_program(const config::Worker& limits, std::filesystem::path file);

class Renderer {
public:
    explicit Renderer(HelperProgram program) : program_(std::move(program)) {}

    using Answer = std::variant<worker::Picture, worker::NoPicture, Trouble>;
    struct Bounds {
        std::chrono::milliseconds timeout{20'000};  ///< of one job, the start of a helper included
        unsigned jobs_per_helper = 500;
        int stop = -1;  ///< a descriptor that is readable when it is time to stop
    };

    /// Has one picture made. Afterwards the helper waits for the next job if it behaved and this was one that an
    /// instance may rightly end in (a picture, no pixels, no such frame); else it is gone. A JPEG begins and ends as
    /// one; what is between is the helper's word. Throws what the reader throws, and spool::Error: damaged, where the
    /// blob is shorter than it was.
    Answer render(const spool::Reader& blob, const worker::RenderOrder& order, const Bounds& bounds);

    /// Ends the helper; the next job gets another one.
    void retire() { child_.reset(); }
    bool is_warm() const { return child_.has_value(); }

private:
    Answer attempt(const spool::Reader& blob, const worker::RenderOrder& order, const Bounds& bounds);
    void look_after(const Bounds& bounds);
    void start();

    const HelperProgram program_;
    std::optional<worker::Child> child_;
    unsigned jobs_ = 0;  ///< that this helper was given
};

}  // namespace broker::preview
