/// Render: pictures of instances for people to look at, not to diagnose from; web declares it, the broker implements
/// it.
///
/// Any thread, several at once. Changes nothing that anybody relies on: a cache at most. Throws outbox and spool
/// errors.
#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "outbox/ids.h"

namespace web {

enum class WindowFunction { linear, linear_exact, sigmoid };

/// PS3.3 C.11.2; in the units that Modality LUT or Rescale give.
struct Window {
    double centre = 0, width = 1;
    WindowFunction function = WindowFunction::linear;
    bool operator==(const Window&) const = default;
};

/// A part of a frame, in its pixels from the upper left corner (PS3.18 8.3.5.1.2).
struct Region {
    double left = 0, top = 0;
    double width = 0, height = 0;  ///< positive
    bool is_flipped_across = false, is_flipped_down = false;
    bool operator==(const Region&) const = default;
};

struct Viewport {
    std::uint32_t width = 0, height = 0;
    std::optional<Region> region = {};  ///< nothing: the whole frame
    bool operator==(const Viewport&) const = default;
};

struct Rendition {
    std::uint32_t frame = 0;  ///< from 1; 0: the one that stands for the instance
    std::optional<Window> window = {};
    std::optional<Viewport> viewport = {};
    std::optional<std::uint32_t> quality = {};  ///< 1 to 100
    bool is_thumbnail = false;                  ///< small, where no viewport says how large
    bool operator==(const Rendition&) const = default;
};

/// A window that an instance names itself, and what for.
struct NamedWindow {
    Window window;
    std::string explanation;  ///< "BRAIN", or ""; whatever somebody wrote there
};

struct Rendered {
    std::string jpeg;
    std::uint32_t frame = 1, frame_count = 1;
    std::optional<Window> window = {};  ///< that was applied; nothing: colour, or a LUT
};

struct NotRendered {
    enum class Why {
        no_pixels,       ///< nothing in it to look at
        no_such_frame,   ///< it has fewer
        no_such_region,  ///< the viewport's region lies outside of it
        broken,          ///< the text says what is wrong with it, or what we don't know
        gone,            ///< its bytes are not here any more
        damaged,         ///< its bytes are missing, or not what they were
        busy,            ///< too much waits already, or it took too long for now; later it may work
        off,             ///< [preview] enabled = false
    } why = Why::broken;
    std::string text;  ///< for the person who asked; without patient data
};

class Render {
public:
    Render() = default;
    Render(const Render&) = delete;
    Render& operator=(const Render&) = delete;
    virtual ~Render() = default;

    /// A picture of the instance whose bytes these are, made now or earlier. Waits for its turn, until `stop` or a
    /// deadline of its own.
    virtual std::variant<Rendered, NotRendered> render(const outbox::Digest& digest, const Rendition& rendition,
                                                       const std::stop_token& stop) = 0;

    /// Those of the instance whose bytes these are; nothing where the bytes are not there.
    virtual std::optional<std::vector<NamedWindow>> windows(const outbox::Digest& digest,
                                                            std::string_view transfer_syntax_uid) const = 0;
};

}  // namespace web
