#include "broker/preview/renderer.h"

#include <fcntl.h>
#include <poll.h>
#include <spdlog/spdlog.h>

#include <system_error>

#include "broker/preview/dialogue.h"
#include "broker/worker/run.h"

namespace broker::preview {
namespace {

/// One read of the helper fits at once.
constexpr int pipe_bytes = 1 << 20;

/// Something to read, or an end: between two jobs neither is in order.
bool is_out_of_order(worker::Child& child) {
    pollfd watched[] = {{child.end().get(), POLLIN, 0}, {child.output().get(), POLLIN, 0}};
    return ::poll(watched, 2, 0) != 0;
}

void log_loss(const std::string& how) {
    spdlog::warn("event=preview_helper_lost how=\"between two jobs: {}\"", how);
}

bool may_go_on(const Renderer::Answer& answer) {
    if (std::holds_alternative<worker::Picture>(answer)) return true;
    const auto* why = std::get_if<worker::NoPicture>(&answer);
    return why != nullptr && !worker::is_fault(*why);
}

}  // namespace

HelperProgram helper_program(const config::Worker& limits, std::filesystem::path file) {
    const auto cpu = std::chrono::ceil<std::chrono::seconds>(limits.cpu);
    return {std::move(file),
            {"dicom-bridge", worker::command, "render", std::to_string(limits.memory), std::to_string(cpu.count())},
            cpu};
}

Renderer::Answer Renderer::render(const spool::Reader& blob, const worker::RenderOrder& order, const Bounds& bounds) {
    try {
        look_after(bounds);
        const bool was_warm = jobs_ > 0;
        Answer answer = attempt(blob, order, bounds);
        // A warm one may end just before it hears of this job, which then is not to blame.
        const auto* trouble = std::get_if<Trouble>(&answer);
        if (was_warm && trouble != nullptr && trouble->kind == Trouble::Kind::system) {
            log_loss(trouble->text);
            start();
            answer = attempt(blob, order, bounds);
        }
        return answer;
    } catch (const std::system_error& error) {
        retire();
        return Trouble{Trouble::Kind::system, error.what()};
    } catch (...) {
        retire();
        throw;
    }
}

Renderer::Answer Renderer::attempt(const spool::Reader& blob, const worker::RenderOrder& order, const Bounds& bounds) {
    ++jobs_;
    // Without it a helper would pay with its life for what it did for others.
    if (!child_->allow_cpu(program_.cpu)) {
        retire();
        return Trouble{Trouble::Kind::system, "a helper's processor time cannot be set (prlimit)"};
    }
    Answer answer = Dialogue(*child_, blob, order, bounds).run();
    if (!may_go_on(answer)) retire();
    return answer;
}

/// On return there is a helper that waits for a job.
void Renderer::look_after(const Bounds& bounds) {
    if (child_ && jobs_ >= bounds.jobs_per_helper) retire();
    if (child_ && is_out_of_order(*child_)) {
        log_loss("it ended, or spoke");
        retire();
    }
    if (!child_) start();
}

void Renderer::start() {
    child_.emplace(program_.file, program_.arguments);
    jobs_ = 0;
    // Where they stay small it only takes more turns.
    for (const int each : {child_->input().get(), child_->output().get()}) ::fcntl(each, F_SETPIPE_SZ, pipe_bytes);
}

}  // namespace broker::preview
