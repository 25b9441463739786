// Lossless transcoding through real helper processes: the same pixels and elements come out, marked where lossy.
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcdeftag.h>
#include <doctest/doctest.h>

#include "broker/worker/syntax.h"
#include "tests/broker/worker/dcmtk_rig.h"

namespace {

constexpr std::string_view explicit_little = "1.2.840.10008.1.2.1", implicit_little = "1.2.840.10008.1.2",
                           jpeg_2000 = "1.2.840.10008.1.2.4.90", jpeg_2000_lossy = "1.2.840.10008.1.2.4.91";

struct Packing {
    std::string_view uid;
    E_TransferSyntax syntax;
};
const Packing lossless_packings[] = {
    {"1.2.840.10008.1.2.4.57", EXS_JPEGProcess14},
    {"1.2.840.10008.1.2.4.70", EXS_JPEGProcess14SV1},
    {"1.2.840.10008.1.2.4.80", EXS_JPEGLSLossless},
    {"1.2.840.10008.1.2.5", EXS_RLELossless},
    {"1.2.840.10008.1.2.1.99", EXS_DeflatedLittleEndianExplicit},
    {"1.2.840.10008.1.2.2", EXS_BigEndianExplicit},
};
const rig::ImageShape shapes[] = {
    {},
    {33, 31, 1, 16, 16, 1, true},
    {33, 31, 1, 8, 8, 3, false},
    {33, 31, 3, 8, 8, 1, false},
    {33, 31, 3, 8, 8, 2, false},
};

std::string text_of(DcmDataset& data_set, const DcmTagKey& tag) {
    OFString value;
    data_set.findAndGetOFStringArray(tag, value);
    return value.c_str();
}

/// What of `after` is not as in `before`.
void check_same(DcmDataset& before, const std::string& result, std::string_view to) {
    const bool is_implicit = to == implicit_little;
    const auto after = rig::parsed(result, is_implicit ? EXS_LittleEndianImplicit : EXS_LittleEndianExplicit);
    REQUIRE(after);
    CHECK(rig::story(*after, is_implicit) == rig::story(before, is_implicit));
    const std::string expected = rig::pixels(before);
    CHECK(!expected.empty());
    CHECK((rig::pixels(*after) == expected));
    CHECK(text_of(*after, DCM_PhotometricInterpretation) == text_of(before, DCM_PhotometricInterpretation));
    CHECK(text_of(*after, DCM_PlanarConfiguration) == text_of(before, DCM_PlanarConfiguration));
    CHECK(text_of(*after, DCM_LossyImageCompression).empty());
}

}  // namespace

TEST_CASE("transcode: what was packed without loss comes out with the same pixels and the same elements") {
    rig::Rig rig;
    for (const Packing& packing : lossless_packings) {
        for (const rig::ImageShape& shape : shapes) {
            CAPTURE(packing.uid);
            CAPTURE(shape.samples);
            CAPTURE(shape.frames);
            CAPTURE(shape.allocated);
            const auto before = rig::image(shape);
            const std::string bytes = rig::packed(*before, packing.syntax);
            const spool::Digest digest = rig.keep(bytes, packing.uid);
            check_same(*before, rig.make(digest, packing.uid, explicit_little), explicit_little);
            check_same(*before, rig.make(digest, packing.uid, implicit_little), implicit_little);
        }
    }
}

TEST_CASE("transcode: reversible JPEG 2000 comes out with the same pixels, whatever its fragments") {
    rig::Rig rig;
    for (const rig::ImageShape& shape : shapes) {
        for (const bool is_split : {false, true}) {
            CAPTURE(shape.samples);
            CAPTURE(shape.frames);
            CAPTURE(is_split);
            const auto before = rig::image(shape);
            const spool::Digest digest = rig.keep(rig::packed_jpeg_2000(*before, shape, true, is_split), jpeg_2000);
            check_same(*before, rig.make(digest, jpeg_2000, explicit_little), explicit_little);
        }
    }
}

TEST_CASE("transcode: the codestream's sign gives way to Pixel Representation") {
    rig::Rig rig;
    const rig::ImageShape stored{33, 31, 1, 16, 12, 1, true}, written{33, 31, 1, 16, 12, 1, false};
    const auto before = rig::image(stored);
    const spool::Digest digest = rig.keep(rig::packed_jpeg_2000(*before, written, true, false), jpeg_2000);
    check_same(*before, rig.make(digest, jpeg_2000, explicit_little), explicit_little);
}

TEST_CASE("transcode: native images and instances without pixels change their VR encoding only") {
    rig::Rig rig;
    const auto image = rig::image();
    check_same(*image,
               rig.make(rig.keep(rig::packed(*image, EXS_LittleEndianExplicit), explicit_little), explicit_little,
                        implicit_little),
               implicit_little);
    const auto report = rig::without_pixels();
    const std::string result = rig.make(rig.keep(rig::packed(*report, EXS_BigEndianExplicit), "1.2.840.10008.1.2.2"),
                                        "1.2.840.10008.1.2.2", explicit_little);
    const auto after = rig::parsed(result, EXS_LittleEndianExplicit);
    REQUIRE(after);
    CHECK(rig::story(*after, false) == rig::story(*report, false));
}

TEST_CASE("transcode: what was lossy says so, with ratio and method, and colour comes out as RGB") {
    rig::Rig rig;
    const rig::ImageShape shape{33, 31, 3, 8, 8, 1, false};
    const auto before = rig::image(shape);
    const auto after_jpeg =
        rig::parsed(rig.make(rig.keep(rig::packed(*before, EXS_JPEGProcess1), "1.2.840.10008.1.2.4.50"),
                             "1.2.840.10008.1.2.4.50", explicit_little),
                    EXS_LittleEndianExplicit);
    const auto after_2000 =
        rig::parsed(rig.make(rig.keep(rig::packed_jpeg_2000(*before, shape, false, false), jpeg_2000_lossy),
                             jpeg_2000_lossy, explicit_little),
                    EXS_LittleEndianExplicit);
    REQUIRE(after_jpeg);
    REQUIRE(after_2000);
    for (DcmDataset* after : {after_jpeg.get(), after_2000.get()}) {
        CHECK(text_of(*after, DCM_LossyImageCompression) == "01");
        CHECK(text_of(*after, DCM_PhotometricInterpretation) == "RGB");
        CHECK(rig::pixels(*after).size() == rig::pixels(*before).size());
        CHECK(!text_of(*after, DCM_LossyImageCompressionRatio).empty());
    }
    CHECK(text_of(*after_jpeg, DCM_LossyImageCompressionMethod) == "ISO_10918_1");
    CHECK(text_of(*after_2000, DCM_LossyImageCompressionMethod) == "ISO_15444_1");
}

TEST_CASE("transcode: a transfer syntax that may lose is believed only where instance and frame both say it didn't") {
    rig::Rig rig;
    const auto marked = [&](const char* said, bool is_reversible) {
        const auto before = rig::image();
        if (said != nullptr) before->putAndInsertString(DCM_LossyImageCompression, said);
        const spool::Digest digest =
            rig.keep(rig::packed_jpeg_2000(*before, {}, is_reversible, false), jpeg_2000_lossy);
        const auto after = rig::parsed(rig.make(digest, jpeg_2000_lossy, explicit_little), EXS_LittleEndianExplicit);
        REQUIRE(after);
        return text_of(*after, DCM_LossyImageCompression);
    };
    CHECK(marked("00", true) == "00");
    CHECK(marked("00", false) == "01");
    CHECK(marked(nullptr, true) == "01");
}

TEST_CASE("transcode: JPEG-LS is smaller, and unpacks to the same pixels and elements") {
    rig::Rig rig;
    for (const rig::ImageShape& shape : shapes) {
        CAPTURE(shape.samples);
        CAPTURE(shape.frames);
        const auto before = rig::image(shape);
        const std::string bytes = rig::packed(*before, EXS_LittleEndianExplicit);
        const spool::Digest digest = rig.keep(bytes, explicit_little);
        spool::Digest packed = digest;
        const std::string result = rig.make(digest, explicit_little, broker::worker::jpeg_ls_lossless, &packed);
        CHECK(result.size() < bytes.size());
        check_same(*before, rig.make(packed, broker::worker::jpeg_ls_lossless, explicit_little), explicit_little);
    }
}

TEST_CASE("transcode: what has no pixels cannot be compressed, and what is lossy is not") {
    rig::Rig rig;
    const spool::Digest report =
        rig.keep(rig::packed(*rig::without_pixels(), EXS_LittleEndianExplicit), explicit_little);
    CHECK(rig.fail(report, explicit_little, broker::worker::jpeg_ls_lossless).is_permanent);
    CHECK_FALSE(rig.transcoder.can("1.2.840.10008.1.2.4.50", broker::worker::jpeg_ls_lossless));
    CHECK(rig.transcoder.can("1.2.840.10008.1.2.4.203", implicit_little));
    CHECK_FALSE(rig.transcoder.can("1.2.840.10008.1.2.4.102", explicit_little));
    CHECK_FALSE(rig.transcoder.can(explicit_little, explicit_little));
}

TEST_CASE("transcode: the same request gives the same bytes") {
    rig::Rig rig;
    const auto before = rig::image(shapes[4]);
    for (const std::string_view to : {explicit_little, broker::worker::jpeg_ls_lossless}) {
        const spool::Digest digest = rig.keep(rig::packed(*before, EXS_RLELossless), "1.2.840.10008.1.2.5");
        spool::Digest first = digest, second = digest;
        rig.make(digest, "1.2.840.10008.1.2.5", to, &first);
        rig.make(digest, "1.2.840.10008.1.2.5", to, &second);
        CHECK(first == second);
        CHECK(first != digest);
    }
}
