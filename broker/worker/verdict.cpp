#include "broker/worker/verdict.h"

#include <signal.h>

#include <array>

namespace broker::worker {
namespace {

using Kind = Verdict::Kind;

struct Row {
    Ending ending;
    Kind kind;
    const char* text;
};

constexpr std::array rows{
    Row{Ending::done, Kind::done, ""},
    Row{Ending::uncaged, Kind::transient, "the helper process could not set its limits, or found no DICOM dictionary"},
    Row{Ending::unread, Kind::transient, "the helper process could not read its input"},
    Row{Ending::unwritten, Kind::transient, "the helper process could not write its output"},
    Row{Ending::unreadable, Kind::permanent, "the data set cannot be read in its transfer syntax"},
    Row{Ending::undecodable, Kind::permanent, "the pixel data cannot be decoded"},
    Row{Ending::no_image, Kind::permanent, "there is no pixel data to compress"},
    Row{Ending::unpackable, Kind::permanent, "JPEG-LS has no form for this pixel data"},
    Row{Ending::differs, Kind::permanent, "the compressed pixels did not decode to the same pixels"},
    Row{Ending::too_large, Kind::permanent, "needs more memory than [worker] memory"},
    Row{Ending::misused, Kind::permanent, "the helper process doesn't know this pair of transfer syntaxes"},
    Row{Ending::disordered, Kind::permanent, "an element that the edits look at comes twice, or in the wrong place"},
    Row{Ending::not_ascii, Kind::permanent,
        "the edits need UTF-8, and the data set has other text in a character set that it doesn't name"},
    Row{Ending::too_long, Kind::permanent, "a value is too long for the VR that its element has"},
};

}  // namespace

Verdict judge(const Child::End& end) {
    if (end.is_exit) {
        for (const Row& row : rows)
            if (static_cast<int>(row.ending) == end.value) return {row.kind, row.text};
        return {Kind::crash, "the helper process ended with status " + std::to_string(end.value)};
    }
    if (end.value == SIGXCPU) return {Kind::crash, "the helper process took more processor time than [worker] cpu"};
    return {Kind::crash, "the helper process was ended by signal " + std::to_string(end.value)};
}

Verdict judge(PumpEnd end) {
    if (end == PumpEnd::timed_out) return {Kind::crash, "the helper process took longer than [worker] timeout"};
    return {Kind::transient, "stopped while the helper process was at work"};
}

}  // namespace broker::worker
