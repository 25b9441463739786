#include "tests/broker/worker/dcmtk_rig.h"

#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcistrmb.h>
#include <dcmtk/dcmdata/dcostrmb.h>

#include <dcmtk/dcmdata/dcpixseq.h>
#include <dcmtk/dcmdata/dcpxitem.h>
#include <dcmtk/dcmdata/dcrleerg.h>
#include <dcmtk/dcmdata/dcwcache.h>
#include <dcmtk/dcmdata/dcxfer.h>
#include <dcmtk/dcmimage/diregist.h>  // registers colour with the JPEG encoder
#include <dcmtk/dcmjpeg/djencode.h>
#include <dcmtk/dcmjpeg/djrplol.h>
#include <dcmtk/dcmjpeg/djrploss.h>
#include <dcmtk/dcmjpls/djencode.h>
#include <dcmtk/oflog/oflog.h>
#include <doctest/doctest.h>
#include <openjpeg.h>

#include <cstring>
#include <sstream>
#include <vector>

#include "broker/dicom/part10.h"
#include "tests/support/synthetic.h"

namespace rig {
namespace {

void start_encoders() {
    static const bool once = [] {
        OFLog::configure(OFLogger::OFF_LOG_LEVEL);
        DJEncoderRegistration::registerCodecs();
        DJLSEncoderRegistration::registerCodecs(0, 0, 0, 0, OFFalse);
        DcmRLEEncoderRegistration::registerCodecs();
        return true;
    }();
    static_cast<void>(once);
}

std::string bytes_of(DcmDataset& data_set, E_TransferSyntax syntax) {
    std::vector<char> buffer(8u << 20);
    DcmOutputBufferStream stream(buffer.data(), static_cast<offile_off_t>(buffer.size()));
    DcmWriteCache cache;
    data_set.transferInit();
    const OFCondition written = data_set.write(stream, syntax, EET_UndefinedLength, &cache);
    data_set.transferEnd();
    stream.flush();
    void* begin = nullptr;
    offile_off_t size = 0;
    stream.flushBuffer(begin, size);
    REQUIRE(written.good());
    return {static_cast<const char*>(begin), static_cast<std::size_t>(size)};
}

/// Samples with structure and noise, of a fixed seed, colour by pixel.
std::vector<Uint16> samples_of(const ImageShape& shape) {
    std::vector<Uint16> samples(std::size_t{shape.frames} * shape.rows * shape.columns * shape.samples);
    std::uint32_t noise = 12345;
    const unsigned mask = (1u << shape.stored) - 1;
    for (std::size_t i = 0; i < samples.size(); ++i) {
        noise = noise * 1664525 + 1013904223;
        unsigned value = (static_cast<unsigned>(i) * 7 + (noise >> 27)) & mask;
        // The sign goes up to the highest bit, as CT scanners store it.
        if (shape.is_signed && (value >> (shape.stored - 1)) != 0) value |= ~mask;
        samples[i] = static_cast<Uint16>(value);
    }
    return samples;
}

/// OpenJPEG writes the codestream into this.
struct Sink {
    std::string bytes;
    std::size_t at = 0;
    static OPJ_SIZE_T write(void* from, OPJ_SIZE_T size, void* self) {
        auto& sink = *static_cast<Sink*>(self);
        if (sink.bytes.size() < sink.at + size) sink.bytes.resize(sink.at + size);
        std::memcpy(sink.bytes.data() + sink.at, from, size);
        sink.at += size;
        return size;
    }
    static OPJ_OFF_T skip(OPJ_OFF_T size, void* self) {
        static_cast<Sink*>(self)->at += static_cast<std::size_t>(size);
        return size;
    }
    static OPJ_BOOL seek(OPJ_OFF_T to, void* self) {
        static_cast<Sink*>(self)->at = static_cast<std::size_t>(to);
        return OPJ_TRUE;
    }
};

std::string codestream(const Uint16* samples, const ImageShape& shape, bool is_reversible) {
    opj_cparameters_t parameters;
    opj_set_default_encoder_parameters(&parameters);
    parameters.irreversible = is_reversible ? 0 : 1;
    parameters.tcp_numlayers = 1;
    parameters.cp_disto_alloc = 1;
    parameters.numresolution = 3;
    parameters.tcp_mct = shape.samples == 3 ? 1 : 0;
    std::vector<opj_image_cmptparm_t> components(shape.samples);
    for (auto& each : components) {
        each = {};
        each.dx = each.dy = 1;
        each.w = shape.columns;
        each.h = shape.rows;
        each.prec = shape.stored;
        each.sgnd = shape.is_signed ? 1 : 0;
    }
    opj_image_t* image =
        opj_image_create(shape.samples, components.data(), shape.samples == 3 ? OPJ_CLRSPC_SRGB : OPJ_CLRSPC_GRAY);
    image->x1 = shape.columns;
    image->y1 = shape.rows;
    for (std::size_t i = 0; i < std::size_t{shape.rows} * shape.columns; ++i)
        for (unsigned c = 0; c < shape.samples; ++c) {
            const Uint16 value = samples[i * shape.samples + c];
            image->comps[c].data[i] = shape.is_signed ? static_cast<std::int16_t>(value) : value;
        }
    Sink sink;
    opj_codec_t* codec = opj_create_compress(OPJ_CODEC_J2K);
    opj_stream_t* stream = opj_stream_default_create(OPJ_FALSE);
    opj_stream_set_write_function(stream, &Sink::write);
    opj_stream_set_skip_function(stream, &Sink::skip);
    opj_stream_set_seek_function(stream, &Sink::seek);
    opj_stream_set_user_data(stream, &sink, nullptr);
    REQUIRE(opj_setup_encoder(codec, &parameters, image));
    REQUIRE(opj_start_compress(codec, image, stream));
    REQUIRE(opj_encode(codec, stream));
    REQUIRE(opj_end_compress(codec, stream));
    opj_stream_destroy(stream);
    opj_destroy_codec(codec);
    opj_image_destroy(image);
    return sink.bytes;
}

void add_fragment(support::DataSet& set, std::string_view bytes) {
    set.add_item_head(support::item, static_cast<std::uint32_t>(bytes.size() + bytes.size() % 2)).raw(bytes);
    if (bytes.size() % 2 != 0) set.raw(std::string_view("\0", 1));
}

}  // namespace

std::unique_ptr<DcmDataset> without_pixels() {
    auto set = std::make_unique<DcmDataset>();
    set->putAndInsertString(DCM_SpecificCharacterSet, "ISO_IR 100");
    set->putAndInsertString(DCM_SOPClassUID, std::string{sop_class}.c_str());
    set->putAndInsertString(DCM_SOPInstanceUID, std::string{sop_instance}.c_str());
    set->putAndInsertString(DCM_PatientName, "M\xFCller^J\xF6rg");
    set->putAndInsertString(DCM_PatientID, " P-1  ");
    set->putAndInsertString(DCM_SliceThickness, "1.50 ");
    set->putAndInsertString(DcmTag(0x0009, 0x0010, EVR_LO), "CONTOH 1");
    set->putAndInsertUint16(DcmTag(0x0009, 0x1001, EVR_US), 4711);
    const Uint8 unknown[] = {1, 2, 3, 4};
    set->putAndInsertUint8Array(DcmTag(0x0009, 0x1002, EVR_UN), unknown, 4);
    DcmItem* item = nullptr;
    set->findOrCreateSequenceItem(DCM_ReferencedImageSequence, item, -2);
    item->putAndInsertString(DCM_ReferencedSOPInstanceUID, "1.2.3");
    DcmItem* inner = nullptr;
    item->findOrCreateSequenceItem(DCM_PurposeOfReferenceCodeSequence, inner, -2);
    inner->putAndInsertString(DCM_CodeMeaning,
                              "\xDC"
                              "bersicht");
    return set;
}

std::unique_ptr<DcmDataset> image(const ImageShape& shape) {
    auto set = without_pixels();
    set->putAndInsertUint16(DCM_Rows, static_cast<Uint16>(shape.rows));
    set->putAndInsertUint16(DCM_Columns, static_cast<Uint16>(shape.columns));
    set->putAndInsertUint16(DCM_SamplesPerPixel, static_cast<Uint16>(shape.samples));
    set->putAndInsertUint16(DCM_BitsAllocated, static_cast<Uint16>(shape.allocated));
    set->putAndInsertUint16(DCM_BitsStored, static_cast<Uint16>(shape.stored));
    set->putAndInsertUint16(DCM_HighBit, static_cast<Uint16>(shape.stored - 1));
    set->putAndInsertUint16(DCM_PixelRepresentation, shape.is_signed ? 1 : 0);
    set->putAndInsertString(DCM_PhotometricInterpretation, shape.samples == 3 ? "RGB" : "MONOCHROME2");
    if (shape.samples == 3) set->putAndInsertUint16(DCM_PlanarConfiguration, 0);
    if (shape.frames > 1) set->putAndInsertString(DCM_NumberOfFrames, std::to_string(shape.frames).c_str());
    const std::vector<Uint16> samples = samples_of(shape);
    if (shape.allocated == 16) {
        set->putAndInsertUint16Array(DcmTag(DCM_PixelData, EVR_OW), samples.data(), samples.size());
    } else {
        std::vector<Uint8> bytes(samples.begin(), samples.end());
        bytes.resize(bytes.size() + bytes.size() % 2);
        set->putAndInsertUint8Array(DcmTag(DCM_PixelData, EVR_OB), bytes.data(), bytes.size());
    }
    return set;
}

std::string packed(const DcmDataset& data_set, E_TransferSyntax syntax) {
    start_encoders();
    DcmDataset made(data_set);
    // DCMTK encodes only what it has read from somewhere.
    const std::unique_ptr<DcmDataset> read = parsed(bytes_of(made, EXS_LittleEndianExplicit), EXS_LittleEndianExplicit);
    REQUIRE(read);
    DcmDataset& copy = *read;
    if (DcmXfer(syntax).isEncapsulated()) {
        const DJ_RPLossless lossless;
        const DJ_RPLossy lossy(90);
        const bool is_jpeg = syntax <= EXS_JPEGProcess14SV1;
        const DcmRepresentationParameter* parameter = nullptr;
        if (is_jpeg && syntax < EXS_JPEGProcess14) parameter = &lossy;
        if (is_jpeg && parameter == nullptr) parameter = &lossless;
        const OFCondition chosen = copy.chooseRepresentation(syntax, parameter);
        INFO(std::string(chosen.text()));
        REQUIRE(chosen.good());
        copy.removeAllButCurrentRepresentations();
        // Encoders write down what they did; the instance is to be as it was before them.
        for (unsigned long i = copy.card(); i > 0; --i)
            if (!made.tagExists(copy.getElement(i - 1)->getTag())) delete copy.remove(i - 1);
    }
    return bytes_of(copy, syntax);
}

std::string packed_jpeg_2000(const DcmDataset& data_set, const ImageShape& shape, bool is_reversible, bool is_split) {
    DcmDataset copy(data_set);
    copy.findAndDeleteElement(DCM_PixelData);
    if (shape.samples == 3)
        copy.putAndInsertString(DCM_PhotometricInterpretation, is_reversible ? "YBR_RCT" : "YBR_ICT");
    support::DataSet set;
    set.raw(bytes_of(copy, EXS_LittleEndianExplicit));
    set.add_head(0x7FE00010, "OB", support::undefined_length);
    std::vector<std::string> fragments;
    std::string offsets;
    std::uint32_t at = 0;
    const std::vector<Uint16> samples = samples_of(shape);
    for (unsigned frame = 0; frame < shape.frames; ++frame) {
        const std::string bytes =
            codestream(samples.data() + frame * samples.size() / shape.frames, shape, is_reversible);
        const std::size_t half = is_split ? bytes.size() / 4 * 2 : bytes.size();
        offsets.append(reinterpret_cast<const char*>(&at), sizeof at);
        for (const std::string& part : {bytes.substr(0, half), bytes.substr(half)}) {
            if (part.empty()) continue;
            fragments.push_back(part);
            at += static_cast<std::uint32_t>(8 + part.size() + part.size() % 2);
        }
    }
    add_fragment(set, is_split ? std::string_view(offsets) : std::string_view());
    for (const std::string& each : fragments) add_fragment(set, each);
    set.add_item_head(support::sequence_delimiter, 0);
    return set.text();
}

std::unique_ptr<DcmDataset> parsed(const std::string& bytes, E_TransferSyntax syntax) {
    auto set = std::make_unique<DcmDataset>();
    DcmInputBufferStream stream;
    if (!bytes.empty()) stream.setBuffer(bytes.data(), static_cast<offile_off_t>(bytes.size()));
    stream.setEos();
    set->transferInit();
    const OFCondition read = set->read(stream, syntax);
    set->transferEnd();
    return read.good() ? std::move(set) : nullptr;
}

std::string story(DcmDataset& data_set, bool is_implicit) {
    DcmDataset copy(data_set);
    for (const DcmTagKey& tag : {DCM_PixelData, DCM_PlanarConfiguration, DCM_PhotometricInterpretation})
        copy.findAndDeleteElement(tag);
    if (!is_implicit) return bytes_of(copy, EXS_LittleEndianExplicit);
    return bytes_of(copy, EXS_LittleEndianImplicit);
}

std::string pixels(DcmDataset& data_set) {
    DcmElement* element = nullptr;
    if (data_set.findAndGetElement(DCM_PixelData, element).bad()) return "";
    Uint8* bytes = nullptr;
    Uint16* words = nullptr;
    if (element->getVR() == EVR_OB && element->getUint8Array(bytes).good())
        return {reinterpret_cast<const char*>(bytes), element->getLength()};
    if (element->getUint16Array(words).bad()) return "";
    return {reinterpret_cast<const char*>(words), element->getLength()};
}

spool::Digest Rig::keep(const std::string& data_set, std::string_view transfer_syntax) {
    spool::Intake intake = spool_.begin(64u << 20);
    intake.append(
        broker::dicom::file_header({std::string{sop_class}, std::string{sop_instance}, std::string{transfer_syntax}}));
    intake.append(support::to_bytes(data_set));
    return spool_.link(intake.finish()).digest();
}

std::string Rig::make(const spool::Digest& from, std::string_view from_syntax, std::string_view to_syntax,
                      spool::Digest* digest) {
    return read_back(
        transcoder.make(broker::worker::TranscodeRequest{from, std::string{from_syntax}, std::string{to_syntax}}),
        to_syntax, digest);
}

std::string Rig::edit(const spool::Digest& from, std::string_view syntax, const std::string& edits) {
    return read_back(transcoder.make(broker::worker::EditRequest{from, std::string{syntax}, edits}), syntax, nullptr);
}

std::string Rig::read_back(broker::worker::Made made, std::string_view syntax, spool::Digest* digest) {
    if (const auto* failure = std::get_if<broker::worker::TranscodeFailure>(&made)) FAIL(failure->text);
    auto& transcoded = std::get<broker::worker::Transcoded>(made);
    CHECK(transcoded.transfer_syntax_uid == syntax);
    const spool::Digest name = transcoded.blob.digest();
    if (digest != nullptr) *digest = name;
    spool_.link(std::move(transcoded.blob));
    const spool::Reader reader = spool_.open(name);
    std::vector<std::byte> all(reader.size());
    REQUIRE(reader.read(0, all) == all.size());
    const auto identity = broker::dicom::file_identity(all);
    REQUIRE(identity);
    CHECK(identity->sop_class_uid == sop_class);
    CHECK(identity->sop_instance_uid == sop_instance);
    CHECK(identity->transfer_syntax_uid == syntax);
    return support::to_text(all).substr(*broker::dicom::data_set_offset(all));
}

broker::worker::TranscodeFailure Rig::fail(const spool::Digest& from, std::string_view from_syntax,
                                           std::string_view to_syntax) {
    const auto made =
        transcoder.make(broker::worker::TranscodeRequest{from, std::string{from_syntax}, std::string{to_syntax}});
    const auto* failure = std::get_if<broker::worker::TranscodeFailure>(&made);
    REQUIRE(failure != nullptr);
    return *failure;
}

}  // namespace rig
