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
#include "broker/worker/ending.h"
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

}  // namespace

void run(std::span<char* const> arguments) {
    if (arguments.size() != 5 || std::string_view(arguments[0]) != "transcode") end(Ending::misused);
    const std::optional<std::uint64_t> memory = number(arguments[3]), cpu = number(arguments[4]);
    const std::string_view from = arguments[1], to = arguments[2];
    if (!memory || !cpu || !can_transcode(from, to)) end(Ending::misused);
    try {
        if (!enter_limits({*memory, *cpu})) end(Ending::uncaged);
        start_codecs(*find_syntax(from));
        // Opens the dictionary's file, the last file that this process opens.
        if (!dicom::dictionary_is_loaded() || !close_the_door()) end(Ending::uncaged);
        end(transcode(STDIN_FILENO, from, to, STDOUT_FILENO));
    } catch (const std::bad_alloc&) {
        end(Ending::too_large);
    } catch (...) {
        end(Ending::unreadable);
    }
}

}  // namespace broker::worker
