#include "broker/worker/run.h"

#include <unistd.h>

#include <charconv>
#include <cstdlib>
#include <new>
#include <optional>
#include <string_view>

#include "broker/dicom/dictionary.h"
#include "broker/worker/cage.h"
#include "broker/worker/dcmtk_codecs.h"
#include "broker/worker/edit.h"
#include "broker/worker/ending.h"
#include "broker/worker/render/serve_orders.h"
#include "broker/worker/syntax.h"
#include "broker/worker/transcode.h"

namespace broker::worker {
namespace {

/// Without destructors: whatever hostile bytes have made of this process's memory, nothing walks through it again.
[[noreturn]] void end(Ending ending) {
    ::_exit(static_cast<int>(ending));
}

std::optional<std::uint64_t> number(std::string_view text) {
    std::uint64_t value = 0;
    const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || rest != text.data() + text.size() || value == 0) return std::nullopt;
    return value;
}

/// The last two arguments.
CageLimits limits_of(std::span<char* const> arguments) {
    const auto last = arguments.last(2);
    const std::optional<std::uint64_t> memory = number(last[0]), cpu = number(last[1]);
    if (!memory || !cpu) end(Ending::misused);
    return {*memory, *cpu};
}

Ending run_transcode(std::span<char* const> arguments) {
    const std::string_view from = arguments[1], to = arguments[2];
    const CageLimits limits = limits_of(arguments);
    if (!can_transcode(from, to)) return Ending::misused;
    if (!enter_limits(limits)) return Ending::uncaged;
    start_codecs();
    choose_jpeg_colour(*find_syntax(from));
    // Opens the dictionary's file, the last file that this process opens.
    if (!dicom::dictionary_is_loaded() || !close_the_door()) return Ending::uncaged;
    return transcode(STDIN_FILENO, from, to, STDOUT_FILENO);
}

Ending run_edit(std::span<char* const> arguments) {
    if (!enter_limits(limits_of(arguments))) return Ending::uncaged;
    // The order is the broker's own: no byte of the instance was read yet.
    const std::optional<Rewriting> rewriting = read_order(STDIN_FILENO);
    if (!rewriting) return Ending::unread;
    const bool is_ready = !rewriting->is_ascii_only || dicom::dictionary_is_loaded();
    if (!is_ready || !close_the_door()) return Ending::uncaged;
    return edit(STDIN_FILENO, arguments[1], *rewriting, STDOUT_FILENO);
}

Ending run_render(std::span<char* const> arguments) {
    CageLimits limits = limits_of(arguments);
    limits.is_cpu_raised = true;
    if (!enter_limits(limits)) return Ending::uncaged;
    start_codecs();
    if (!dicom::dictionary_is_loaded() || !close_the_door()) return Ending::uncaged;
    return serve_orders(STDIN_FILENO, STDOUT_FILENO);
}

}  // namespace

void run(std::span<char* const> arguments) {
    try {
        const std::string_view work = arguments.empty() ? "" : arguments[0];
        if (work == "transcode" && arguments.size() == 5) end(run_transcode(arguments));
        if (work == "edit" && arguments.size() == 4) end(run_edit(arguments));
        if (work == "render" && arguments.size() == 3) end(run_render(arguments));
        end(Ending::misused);
    } catch (const std::bad_alloc&) {
        end(Ending::too_large);
    } catch (...) {
        end(Ending::unreadable);
    }
}

}  // namespace broker::worker
