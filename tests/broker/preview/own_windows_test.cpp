// The windows that an instance names itself.
#include "broker/preview/own_windows.h"

#include <doctest/doctest.h>

using namespace broker;
using namespace broker::preview;
using worker::WindowFunction;

namespace {

dicom::Header header(std::vector<std::string> centres, std::vector<std::string> widths,
                     std::vector<std::string> explanations = {}, std::vector<std::string> function = {}) {
    dicom::Header made;
    made.set(dicom::Tag{0x0028, 0x1050}, std::move(centres));
    made.set(dicom::Tag{0x0028, 0x1051}, std::move(widths));
    made.set(dicom::Tag{0x0028, 0x1055}, std::move(explanations));
    made.set(dicom::Tag{0x0028, 0x1056}, std::move(function));
    return made;
}

using Windows = std::vector<OwnWindow>;

}  // namespace

TEST_CASE("own windows: each with its explanation, as far as there are some") {
    CHECK(windows_in(header({"40", "-600", "300"}, {"80", "1500", "+2000.5"}, {"BRAIN", "LUNG"})) ==
          Windows{{{40, 80}, "BRAIN"}, {{-600, 1500}, "LUNG"}, {{300, 2000.5}, ""}});
}

TEST_CASE("own windows: what is no window is left out, and the next one keeps its explanation") {
    CHECK(windows_in(header({"x", "40", "50"}, {"80", "0", "60"}, {"A", "B", "C"})) == Windows{{{50, 60}, "C"}});
    CHECK(windows_in(header({"40", "50"}, {"80"})) == Windows{{{40, 80}, ""}});
    CHECK(windows_in(header({}, {})).empty());
}

TEST_CASE("own windows: the function is that of all") {
    CHECK(windows_in(header({"1"}, {"2"}, {}, {"SIGMOID"})) == Windows{{{1, 2, WindowFunction::sigmoid}, ""}});
    CHECK(windows_in(header({"1"}, {"0.5"}, {}, {"LINEAR"})) == Windows{{{1, 0.5, WindowFunction::linear_exact}, ""}});
}
