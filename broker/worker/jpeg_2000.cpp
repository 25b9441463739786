#include "broker/worker/jpeg_2000.h"

#include <openjpeg.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>

namespace broker::worker {
namespace {

struct Free {
    void operator()(opj_codec_t* codec) const { opj_destroy_codec(codec); }
    void operator()(opj_image_t* image) const { opj_image_destroy(image); }
};
struct FreeStream {
    void operator()(opj_stream_t* stream) const { opj_stream_destroy(stream); }
};
using Stream = std::unique_ptr<opj_stream_t, FreeStream>;

/// The frame's bytes as OpenJPEG reads them.
struct Source {
    std::span<const std::byte> bytes;
    std::size_t at = 0;

    static OPJ_SIZE_T read(void* into, OPJ_SIZE_T size, void* self) {
        auto& source = *static_cast<Source*>(self);
        const std::size_t taken = std::min<std::size_t>(size, source.bytes.size() - source.at);
        if (taken == 0) return static_cast<OPJ_SIZE_T>(-1);
        std::memcpy(into, source.bytes.data() + source.at, taken);
        source.at += taken;
        return taken;
    }
    static OPJ_OFF_T skip(OPJ_OFF_T size, void* self) {
        auto& source = *static_cast<Source*>(self);
        if (size < 0) return -1;
        const std::size_t left = source.bytes.size() - source.at;
        if (left == 0 && size > 0) return -1;
        const std::size_t taken = std::min<std::size_t>(static_cast<std::size_t>(size), left);
        source.at += taken;
        return static_cast<OPJ_OFF_T>(taken);
    }
    static OPJ_BOOL seek(OPJ_OFF_T to, void* self) {
        auto& source = *static_cast<Source*>(self);
        if (to < 0 || static_cast<std::size_t>(to) > source.bytes.size()) return OPJ_FALSE;
        source.at = static_cast<std::size_t>(to);
        return OPJ_TRUE;
    }
};

Stream stream_over(Source& source) {
    Stream stream(opj_stream_default_create(OPJ_TRUE));
    if (!stream) return stream;
    opj_stream_set_read_function(stream.get(), &Source::read);
    opj_stream_set_skip_function(stream.get(), &Source::skip);
    opj_stream_set_seek_function(stream.get(), &Source::seek);
    opj_stream_set_user_data(stream.get(), &source, nullptr);
    opj_stream_set_user_data_length(stream.get(), source.bytes.size());
    return stream;
}

/// PS3.5 8.2.4 wants the bare codestream, but some makers put the whole JP2 file in, which begins with this box.
bool is_file(std::span<const std::byte> frame) {
    constexpr std::array<unsigned char, 12> signature{0, 0, 0, 12, 'j', 'P', ' ', ' ', 13, 10, 0x87, 10};
    return frame.size() > signature.size() && std::memcmp(frame.data(), signature.data(), signature.size()) == 0;
}

bool fits(const opj_image_t& image, const FrameShape& shape) {
    if (image.numcomps != shape.samples_per_pixel) return false;
    return std::all_of(image.comps, image.comps + image.numcomps, [&](const opj_image_comp_t& each) {
        return each.w == shape.columns && each.h == shape.rows && each.dx == image.comps[0].dx &&
               each.dy == image.comps[0].dy && each.prec >= 1 && each.prec <= shape.bits_allocated;
    });
}

/// Where codestream and data set disagree about the sign, the data set's readers go by Pixel Representation, so the
/// same bits are widened as it says.
std::uint32_t as_stored(OPJ_INT32 value, const opj_image_comp_t& component, const FrameShape& shape) {
    auto bits = static_cast<std::uint32_t>(value);
    const bool is_component_signed = component.sgnd != 0;
    if (is_component_signed == shape.is_signed) return bits;
    const unsigned unused = 32 - component.prec;
    bits <<= unused;
    if (!shape.is_signed) return bits >> unused;
    return static_cast<std::uint32_t>(static_cast<std::int32_t>(bits) >> unused);
}

void interleave(const opj_image_t& image, const FrameShape& shape, std::span<std::byte> into) {
    const std::size_t pixels = std::size_t{shape.rows} * shape.columns;
    const std::size_t sample_bytes = shape.bits_allocated / 8;
    for (std::size_t plane = 0; plane < image.numcomps; ++plane) {
        const opj_image_comp_t& component = image.comps[plane];
        std::byte* to = into.data() + plane * sample_bytes;
        for (std::size_t i = 0; i < pixels; ++i, to += image.numcomps * sample_bytes) {
            const std::uint32_t bits = as_stored(component.data[i], component, shape);
            to[0] = static_cast<std::byte>(bits);
            if (sample_bytes == 2) to[1] = static_cast<std::byte>(bits >> 8);
        }
    }
}

}  // namespace

bool decode_jpeg_2000(std::span<const std::byte> frame, const FrameShape& shape, std::span<std::byte> into) {
    Source source{frame};
    const Stream stream = stream_over(source);
    const std::unique_ptr<opj_codec_t, Free> codec(
        opj_create_decompress(is_file(frame) ? OPJ_CODEC_JP2 : OPJ_CODEC_J2K));
    if (!stream || !codec) return false;
    opj_dparameters_t parameters;
    opj_set_default_decoder_parameters(&parameters);
    // A JP2 file's palette and channel definitions are not DICOM's: the data set says what the samples mean.
    parameters.flags |= OPJ_DPARAMETERS_IGNORE_PCLR_CMAP_CDEF_FLAG;
    if (!opj_setup_decoder(codec.get(), &parameters)) return false;
    opj_image_t* read = nullptr;
    if (!opj_read_header(stream.get(), codec.get(), &read)) return false;
    const std::unique_ptr<opj_image_t, Free> image(read);
    if (shape.bits_allocated > 16) return false;
    // Before anything is decoded: a small frame may claim to be a huge picture.
    if (!fits(*image, shape) || into.size() != shape.bytes()) return false;
    if (!opj_decode(codec.get(), stream.get(), image.get())) return false;
    const bool is_decoded = std::all_of(image->comps, image->comps + image->numcomps,
                                        [](const opj_image_comp_t& each) { return each.data != nullptr; });
    if (!fits(*image, shape) || !is_decoded) return false;
    interleave(*image, shape, into);
    return true;
}

}  // namespace broker::worker
