// The header scan: finds what routing needs in every layout, and survives whatever else comes.
#include "broker/dicom/header_scan.h"

#include <doctest/doctest.h>
#include <zlib.h>

#include <chrono>
#include <random>

#include "tests/support/synthetic.h"

namespace dicom = broker::dicom;
namespace tags = broker::dicom::tags;
using support::DataSet;
using support::Layout;

namespace {

const std::string explicit_le = "1.2.840.10008.1.2.1";

const dicom::Wanted& wanted() {
    static const dicom::Wanted all{
        tags::specific_character_set, tags::sop_class_uid, tags::sop_instance_uid,   tags::modality,
        tags::patient_name,           tags::patient_id,    tags::study_instance_uid, tags::series_instance_uid,
        tags::instance_number};
    return all;
}

struct Scanned {
    dicom::Header header;
    dicom::ScanProblem problem;
    bool was_done;
};

Scanned scan(std::string_view bytes, const std::string& transfer_syntax = explicit_le, std::size_t piece = 1 << 20,
             const dicom::ScanLimits& limits = {}) {
    dicom::HeaderScan scan(transfer_syntax, wanted(), limits);
    const auto all = support::to_bytes(bytes);
    for (std::size_t at = 0; at < all.size(); at += piece)
        scan.feed(std::span(all).subspan(at, std::min(piece, all.size() - at)));
    const bool was_done = scan.is_done();
    scan.finish();
    return {scan.header(), scan.problem(), was_done};
}

std::string deflated(std::string_view bytes) {
    z_stream z{};
    REQUIRE(deflateInit2(&z, 9, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY) == Z_OK);
    std::string out(deflateBound(&z, bytes.size()), '\0');
    z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    z.avail_in = static_cast<uInt>(bytes.size());
    z.next_out = reinterpret_cast<Bytef*>(out.data());
    z.avail_out = static_cast<uInt>(out.size());
    REQUIRE(deflate(&z, Z_FINISH) == Z_STREAM_END);
    out.resize(z.total_out);
    deflateEnd(&z);
    return out;
}

void check_ct(const Scanned& result) {
    const support::Identity identity;
    CHECK(result.header.first(tags::sop_class_uid) == identity.sop_class_uid);
    CHECK(result.header.first(tags::sop_instance_uid) == identity.sop_instance_uid);
    CHECK(result.header.first(tags::modality) == "CT");
    CHECK(result.header.first(tags::study_instance_uid) == identity.study_instance_uid);
    CHECK(result.header.first(tags::instance_number) == "1");
}

std::string nested(std::size_t depth, bool is_closed) {
    DataSet set(Layout::implicit_little);
    set.add(0x00080016, "UI", support::ct_image_storage).add(0x00080018, "UI", "1.2.3.4");
    for (std::size_t i = 0; i < depth; ++i)
        set.add_head(0x00081115, "SQ", support::undefined_length)
            .add_item_head(support::item, support::undefined_length);
    for (std::size_t i = 0; is_closed && i < depth; ++i)
        set.add_item_head(support::item_delimiter, 0).add_item_head(support::sequence_delimiter, 0);
    set.add(0x00100020, "LO", "P-1");
    return set.text();
}

}  // namespace

TEST_CASE("header scan: every layout is read, whatever the transfer syntax is called") {
    for (const Layout layout : {Layout::explicit_little, Layout::implicit_little, Layout::explicit_big})
        for (const char* syntax : {"1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2", "1.2.3.4.5.6.7",
                                   "1.2.840.10008.1.2.4.201", "1.2.840.113619.5.2"}) {
            CAPTURE(syntax);
            const auto result = scan(support::ct_image({}, 512, layout).text(), syntax);
            check_ct(result);
            CHECK(result.problem == dicom::ScanProblem::none);
            CHECK(result.was_done);
        }
}

TEST_CASE("header scan: bytes that come one by one give the same as all at once") {
    const std::string image = support::ct_image().text();
    check_ct(scan(image, explicit_le, 1));
    check_ct(scan(deflated(image), "1.2.840.10008.1.2.1.99", 1));
}

TEST_CASE("header scan: sequences of known and unknown length hide what is inside them") {
    DataSet inner;
    inner.add(0x00080018, "UI", "9.9.9").add(0x00100020, "LO", "inside");
    DataSet set;
    set.add(0x00080016, "UI", support::ct_image_storage).add(0x00080018, "UI", "1.2.3.4");
    set.add_head(0x00081115, "SQ", support::undefined_length);
    set.add_item_head(support::item, support::undefined_length).raw(inner.text());
    set.add_item_head(support::item_delimiter, 0);
    set.add_item_head(support::item, static_cast<std::uint32_t>(inner.text().size())).raw(inner.text());
    set.add_item_head(support::sequence_delimiter, 0);
    DataSet items;
    items.add_item_head(support::item, static_cast<std::uint32_t>(inner.text().size())).raw(inner.text());
    set.add(0x00081140, "SQ", items.text());
    set.add(0x00100020, "LO", "outside");
    const auto result = scan(set.text());
    CHECK(result.header.first(tags::sop_instance_uid) == "1.2.3.4");
    CHECK(result.header.first(tags::patient_id) == "outside");
    CHECK(result.problem == dicom::ScanProblem::none);
}

TEST_CASE("header scan: UN of unknown length is read as implicit VR inside (PS3.5 6.2.2)") {
    DataSet implicit(Layout::implicit_little);
    implicit.add_item_head(support::item, support::undefined_length).add(0x00100020, "LO", "inside");
    implicit.add_item_head(support::item_delimiter, 0).add_item_head(support::sequence_delimiter, 0);
    DataSet set;
    set.add(0x00080016, "UI", support::ct_image_storage).add(0x00080018, "UI", "1.2.3.4");
    set.add_head(0x00091010, "UN", support::undefined_length).raw(implicit.text());
    set.add(0x00100020, "LO", "outside");
    CHECK(scan(set.text()).header.first(tags::patient_id) == "outside");
}

TEST_CASE("header scan: the encapsulated icon image of a sequence is stepped over") {
    DataSet set;
    set.add(0x00080016, "UI", support::ct_image_storage).add(0x00080018, "UI", "1.2.3.4");
    set.add_head(0x00091115, "SQ", support::undefined_length).add_item_head(support::item, support::undefined_length);
    set.add_head(0x7FE00010, "OB", support::undefined_length).add_item_head(support::item, 0);
    set.add_item_head(support::item, 8).raw("\xFE\xFF\xDD\xE0\0\0\0\0");
    set.raw(std::string_view("\0\0\0\0\0", 5));
    DataSet whole;
    whole.add(0x00080016, "UI", support::ct_image_storage).add(0x00080018, "UI", "1.2.3.4");
    whole.add_head(0x00091115, "SQ", support::undefined_length).add_item_head(support::item, support::undefined_length);
    whole.add_head(0x7FE00010, "OB", support::undefined_length).add_item_head(support::item, 0);
    whole.add_item_head(support::item, 8).raw(std::string_view("\xFE\xFF\xDD\xE0\0\0\0\0", 8));
    whole.add_item_head(support::sequence_delimiter, 0).add_item_head(support::item_delimiter, 0);
    whole.add_item_head(support::sequence_delimiter, 0).add(0x00100020, "LO", "P-1");
    CHECK(scan(whole.text()).header.first(tags::patient_id) == "P-1");
}

TEST_CASE("header scan: it stops at pixel data without looking further") {
    DataSet set = support::ct_image();
    dicom::HeaderScan scan(explicit_le, wanted(), {});
    const auto bytes = set.bytes();
    scan.feed(std::span(bytes).first(bytes.size() - 512));
    CHECK(scan.is_done());
}

TEST_CASE("header scan: sequences nested too deep end it, at any depth, with what came before") {
    for (const std::size_t depth : {65u, 20'000u, 1'000'000u}) {
        CAPTURE(depth);
        const auto result = scan(nested(depth, true), "1.2.840.10008.1.2");
        CHECK(result.problem == dicom::ScanProblem::too_deep);
        CHECK(result.header.first(tags::sop_instance_uid) == "1.2.3.4");
    }
    const auto result = scan(nested(64, true), "1.2.840.10008.1.2");
    CHECK(result.problem == dicom::ScanProblem::none);
    CHECK(result.header.first(tags::patient_id) == "P-1");
}

TEST_CASE("header scan: too many elements and too long values are limits, not accidents") {
    DataSet many;
    many.add(0x00080016, "UI", support::ct_image_storage).add(0x00080018, "UI", "1.2.3.4");
    for (int i = 0; i < 200; ++i) many.add(0x00091001, "LO", "x");
    dicom::ScanLimits limits;
    limits.elements_max = 100;
    CHECK(scan(many.text(), explicit_le, 64, limits).problem == dicom::ScanProblem::too_many_elements);

    DataSet longer(Layout::implicit_little);
    longer.add(0x00080016, "UI", support::ct_image_storage).add(0x00080018, "UI", "1.2.3.4");
    longer.add(0x00100010, "PN", std::string(70'000, 'a')).add(0x00100020, "LO", "P-1");
    const auto result = scan(longer.text(), "1.2.840.10008.1.2");
    CHECK(result.problem == dicom::ScanProblem::value_too_long);
    CHECK(result.header.first(tags::patient_name).empty());
    CHECK(result.header.first(tags::patient_id) == "P-1");
}

TEST_CASE("header scan: a length that goes over the end is a truncated data set") {
    DataSet set(Layout::implicit_little);
    set.add(0x00080016, "UI", support::ct_image_storage).add(0x00080018, "UI", "1.2.3.4");
    set.add_head(0x00100010, "PN", 0xFFFFFFFE).raw("a");
    const auto result = scan(set.text(), "1.2.840.10008.1.2");
    CHECK(result.problem == dicom::ScanProblem::truncated);
    CHECK(result.header.first(tags::sop_instance_uid) == "1.2.3.4");
}

TEST_CASE("header scan: a deflate bomb gives its first bytes and no more") {
    DataSet head;
    head.add(0x00080016, "UI", support::ct_image_storage).add(0x00080018, "UI", "1.2.3.4");
    const std::string bomb =
        head.text() + DataSet().add_head(0x00091010, "OB", 300u << 20).text() + std::string(40u << 20, '\0');
    const std::string small = deflated(bomb);
    CHECK(small.size() < 60'000);
    const auto result = scan(small, "1.2.840.10008.1.2.1.99");
    CHECK(result.problem == dicom::ScanProblem::inflated_too_long);
    CHECK(result.header.first(tags::sop_instance_uid) == "1.2.3.4");
    CHECK(scan("no deflated stream at all", "1.2.840.10008.1.2.1.99").problem == dicom::ScanProblem::not_inflatable);
}

TEST_CASE("header scan: cut at every byte it ends, and finds no more than was there") {
    const std::string image = support::ct_image({}, 16).text();
    for (std::size_t size = 0; size <= image.size(); ++size) {
        const auto result = scan(image.substr(0, size));
        const auto uid = result.header.first(tags::sop_instance_uid);
        if (!uid.empty() && uid != support::Identity{}.sop_instance_uid) FAIL("half a UID at ", size);
    }
    CHECK(scan(image.substr(0, 30)).problem == dicom::ScanProblem::truncated);
}

TEST_CASE("header scan: mutated data sets end in bounded time") {
    constexpr unsigned seed = 4711;
    CAPTURE(seed);
    std::mt19937 random(seed);
    const std::string sources[] = {support::ct_image({}, 64).text(),
                                   support::ct_image({}, 64, Layout::implicit_little).text(),
                                   support::ct_image({}, 64, Layout::explicit_big).text(), nested(20, true),
                                   deflated(support::ct_image({}, 64).text())};
    std::size_t found = 0;
    for (int i = 0; i < 20'000; ++i) {
        const std::size_t which = random() % std::size(sources);
        std::string bytes = sources[which];
        for (unsigned change = random() % 6; change > 0; --change)
            bytes[random() % bytes.size()] = static_cast<char>(random());
        const auto result = scan(bytes, which == 4 ? "1.2.840.10008.1.2.1.99" : explicit_le, 1 + random() % 200);
        found += result.header.first(tags::sop_instance_uid).empty() ? 0 : 1;
    }
    CHECK(found > 1000);
}
