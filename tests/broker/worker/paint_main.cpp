// A frame of a data set as a PGM or PPM on stdout, pixel by pixel as previews show it; else why there is none, and exit
// status 1.
//   paint_program DATA_SET TRANSFER_SYNTAX [FRAME [CENTRE,WIDTH,FUNCTION]]
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

#include "broker/dicom/part10.h"
#include "broker/worker/dcmtk_codecs.h"
#include "broker/worker/render/paint.h"

namespace {

using namespace broker::worker;

/// The data set as the spool would keep it.
std::vector<std::byte> blob_of(const char* path, const char* transfer_syntax_uid) {
    std::ifstream file(path, std::ios::binary);
    const std::string data_set{std::istreambuf_iterator<char>(file), {}};
    std::vector<std::byte> blob = broker::dicom::file_header({"1.2.3", "1.2.4", transfer_syntax_uid});
    const auto bytes = std::as_bytes(std::span(data_set));
    blob.insert(blob.end(), bytes.begin(), bytes.end());
    return blob;
}

std::optional<Window> window_of(const char* text) {
    Window window;
    char function[16] = "";
    if (std::sscanf(text, "%lf,%lf,%15s", &window.centre, &window.width, function) != 3) return std::nullopt;
    window.function = std::strcmp(function, "linear") == 0    ? WindowFunction::linear
                      : std::strcmp(function, "sigmoid") == 0 ? WindowFunction::sigmoid
                                                              : WindowFunction::linear_exact;
    return window;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 3) return 2;
    start_codecs();
    MemoryBytes blob(blob_of(argv[1], argv[2]));
    FrameToPaint wanted{argc > 3 ? static_cast<std::uint32_t>(std::atoi(argv[3])) : 0, {}, 100'000'000};
    if (argc > 4) wanted.window = window_of(argv[4]);
    try {
        const PaintedFrame painted = paint(blob, wanted);
        std::cerr << "frame " << painted.frame << " of " << painted.frame_count;
        if (painted.window) std::cerr << " window " << painted.window->centre << "," << painted.window->width;
        std::cerr << "\n";
        std::cout << (painted.raster.channels == 1 ? "P5" : "P6") << "\n"
                  << painted.raster.width << " " << painted.raster.height << "\n255\n";
        std::cout.write(reinterpret_cast<const char*>(painted.raster.samples.data()),
                        static_cast<std::streamsize>(painted.raster.samples.size()));
    } catch (const Unrenderable& fault) {
        std::cout << to_text(fault.why) << "\n";
        return 1;
    }
}
