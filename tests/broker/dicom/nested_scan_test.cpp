// The header scan below the top: sequences of every layout, private blocks, and what must not cost what comes behind.
#include <doctest/doctest.h>

#include <random>

#include "broker/dicom/header_scan.h"
#include "tests/support/synthetic.h"

namespace dicom = broker::dicom;
namespace tags = broker::dicom::tags;
using dicom::ScanProblem;
using support::DataSet;
using support::Layout;

namespace {

using Texts = std::vector<std::string>;

const Layout layouts[] = {Layout::explicit_little, Layout::implicit_little, Layout::explicit_big};

dicom::TagPath path(std::string_view text) {
    auto parsed = dicom::parse_path(text);
    REQUIRE(std::holds_alternative<dicom::TagPath>(parsed));
    return std::get<dicom::TagPath>(parsed);
}

const std::string step_id = "RequestAttributesSequence.ScheduledProcedureStepID";
const std::string code_value = "RequestAttributesSequence.RequestedProcedureCodeSequence.CodeValue";

/// How lengths are written down.
enum class Lengths { known, unknown };

std::string item_of(Layout layout, const std::string& content, Lengths lengths) {
    DataSet set(layout);
    if (lengths == Lengths::known)
        return set.add_item_head(support::item, static_cast<std::uint32_t>(content.size())).raw(content).text();
    return set.add_item_head(support::item, support::undefined_length)
        .raw(content)
        .add_item_head(support::item_delimiter, 0)
        .text();
}

std::string sequence_of(Layout layout, std::uint32_t tag, const Texts& contents, Lengths lengths,
                        Lengths item_lengths) {
    std::string items;
    for (const std::string& content : contents) items += item_of(layout, content, item_lengths);
    DataSet set(layout);
    if (lengths == Lengths::known)
        return set.add_head(tag, "SQ", static_cast<std::uint32_t>(items.size())).raw(items).text();
    return set.add_head(tag, "SQ", support::undefined_length)
        .raw(items)
        .add_item_head(support::sequence_delimiter, 0)
        .text();
}

DataSet identity(Layout layout = Layout::explicit_little) {
    DataSet set(layout);
    set.add(0x00080016, "UI", support::ct_image_storage).add(0x00080018, "UI", "1.2.3.4");
    return set;
}

struct Scan {
    dicom::Header header;
    ScanProblem problem;

    Texts values(std::string_view text) const {
        const auto found = header.values(path(text));
        return {found.begin(), found.end()};
    }
};

dicom::Wanted wanted_of(const std::vector<std::string>& texts) {
    std::set<dicom::TagPath> paths{dicom::TagPath(tags::specific_character_set), dicom::TagPath(tags::sop_class_uid),
                                   dicom::TagPath(tags::sop_instance_uid), dicom::TagPath(tags::patient_id)};
    for (const std::string& text : texts) paths.insert(path(text));
    return dicom::Wanted(paths);
}

Scan scan(std::string_view bytes, const std::vector<std::string>& texts, const dicom::ScanLimits& limits = {},
          std::size_t piece = 1 << 20) {
    const dicom::Wanted wanted = wanted_of(texts);
    dicom::HeaderScan scan("1.2.840.10008.1.2.1", wanted, limits);
    const auto all = support::to_bytes(bytes);
    for (std::size_t at = 0; at < all.size(); at += piece)
        scan.feed(std::span(all).subspan(at, std::min(piece, all.size() - at)));
    scan.finish();
    return {scan.header(), scan.problem()};
}

/// One code in one request in a sequence, twice; behind it what must still be found.
std::string requests(Layout layout, Lengths lengths, Lengths item_lengths) {
    Texts items;
    for (const char* id : {"STEP-1", "STEP-2"}) {
        const std::string code = DataSet(layout).add(0x00080100, "SH", std::string("CODE-") + id).text();
        DataSet item(layout);
        item.add(0x00400009, "SH", id).raw(sequence_of(layout, 0x00321064, {code}, item_lengths, lengths));
        items.push_back(item.text());
    }
    DataSet set = identity(layout);
    set.add(0x00100020, "LO", "P-1").raw(sequence_of(layout, 0x00400275, items, lengths, item_lengths));
    return set.add(0x00402016, "LO", "behind").text();
}

}  // namespace

TEST_CASE("nested scan: every item's values come in order, in every layout and with lengths known or not") {
    for (const Layout layout : layouts)
        for (const Lengths lengths : {Lengths::known, Lengths::unknown})
            for (const Lengths item_lengths : {Lengths::known, Lengths::unknown}) {
                CAPTURE(static_cast<int>(layout));
                CAPTURE(static_cast<int>(lengths));
                CAPTURE(static_cast<int>(item_lengths));
                const std::string bytes = requests(layout, lengths, item_lengths);
                const Scan all = scan(bytes, {step_id, code_value, "RequestAttributesSequence", "(0040,2016)"});
                CHECK(all.problem == ScanProblem::none);
                CHECK(all.values(step_id) == Texts{"STEP-1", "STEP-2"});
                CHECK(all.values(code_value) == Texts{"CODE-STEP-1", "CODE-STEP-2"});
                CHECK(all.values("RequestAttributesSequence") == Texts{"2"});
                CHECK(all.values("(0040,2016)") == Texts{"behind"});
                CHECK(all.values("PatientID") == Texts{"P-1"});
                CHECK(scan(bytes, {"RequestAttributesSequence.PatientID"}).values("PatientID") == Texts{"P-1"});
                CHECK(scan(bytes, {"RequestAttributesSequence.PatientID"})
                          .values("RequestAttributesSequence.PatientID")
                          .empty());
            }
}

TEST_CASE("nested scan: an element of the same tag elsewhere is not taken for the wanted one") {
    const Layout layout = Layout::explicit_little;
    const std::string inner = DataSet().add(0x00100020, "LO", "other").text();
    DataSet set = identity();
    set.raw(sequence_of(layout, 0x00081115, {inner}, Lengths::unknown, Lengths::unknown)).add(0x00100020, "LO", "P-1");
    set.raw(sequence_of(layout, 0x00101002,
                        {inner + sequence_of(layout, 0x00101002, {inner}, Lengths::known, Lengths::known)},
                        Lengths::known, Lengths::known));
    const Scan found = scan(set.text(), {"OtherPatientIDsSequence.PatientID"});
    CHECK(found.values("PatientID") == Texts{"P-1"});
    CHECK(found.values("OtherPatientIDsSequence.PatientID") == Texts{"other"});
}

TEST_CASE("nested scan: a sequence has the number of its items, and no value where it has none") {
    for (const Lengths lengths : {Lengths::known, Lengths::unknown}) {
        DataSet set = identity();
        set.raw(sequence_of(Layout::explicit_little, 0x00081115, {"", "", ""}, lengths, Lengths::known));
        set.raw(sequence_of(Layout::explicit_little, 0x00081140, {}, lengths, Lengths::known));
        set.add(0x00100020, "LO", "P-1");
        const Scan found = scan(set.text(), {"ReferencedSeriesSequence", "ReferencedImageSequence"});
        CHECK(found.values("ReferencedSeriesSequence") == Texts{"3"});
        CHECK(found.values("ReferencedImageSequence").empty());
        CHECK(found.values("PatientID") == Texts{"P-1"});
    }
}

TEST_CASE("nested scan: bytes are counted, not read, however many, in every layout and without a VR") {
    for (const Layout layout : layouts)
        for (const char* vr : {"OB", "UN"}) {
            CAPTURE(static_cast<int>(layout));
            CAPTURE(vr);
            DataSet set = identity(layout);
            set.add(0x00091001, vr, std::string(200'000, 'x')).add(0x00091002, vr, "").add(0x00100020, "LO", "P-1");
            set.add(0x00420011, vr, std::string(300'000, 'x')).add(0x00420012, "LO", "application/pdf");
            set.add(0x60003000, vr, std::string(100'000, 'x')).add(0x60020010, "US", "12");
            const Scan found = scan(set.text(), {"(0009,1001)", "(0009,1002)", "EncapsulatedDocument",
                                                 "MIMETypeOfEncapsulatedDocument", "OverlayData"});
            CHECK(found.problem == ScanProblem::none);
            CHECK(found.values("(0009,1001)") == Texts{"200000"});
            CHECK(found.values("(0009,1002)").empty());
            CHECK(found.values("PatientID") == Texts{"P-1"});
            CHECK(found.values("EncapsulatedDocument") == Texts{"300000"});
            CHECK(found.values("MIMETypeOfEncapsulatedDocument") == Texts{"application/pdf"});
            CHECK(found.values("OverlayData") == Texts{"100000"});
        }
}

TEST_CASE("nested scan: private elements are found by their creator, whichever block it has, in every layout") {
    for (const Layout layout : layouts)
        for (const char* block : {"\x10", "\x7F", "\xFF"}) {
            CAPTURE(static_cast<int>(layout));
            const auto number = static_cast<std::uint32_t>(static_cast<unsigned char>(block[0]));
            DataSet set = identity(layout);
            set.add(0x00290000 | (number - 1), "LO", "SOMEBODY ELSE").add(0x00290000 | number, "LO", "ACME 1 ");
            set.add(0x00290000 | (number - 1) << 8 | 0x08, "LO", "not this one");
            set.add(0x00290000 | number << 8 | 0x08, "LO", "this one\\and this");
            set.add(0x002B0000 | number, "LO", "ACME 1").add(0x002B0000 | number << 8 | 0x08, "LO", "another group");
            const Scan found = scan(set.text(), {"(0029,\"ACME 1\",08)", "(0029,\"ACME 2\",08)"});
            CHECK(found.problem == ScanProblem::none);
            CHECK(found.values("(0029,\"ACME 1\",08)") == Texts{"this one", "and this"});
            CHECK(found.values("(0029,\"ACME 2\",08)").empty());
        }
}

TEST_CASE("nested scan: each item numbers its private blocks for itself") {
    for (const Lengths lengths : {Lengths::known, Lengths::unknown}) {
        const std::string first = DataSet().add(0x00290010, "LO", "ACME").add(0x00291001, "LO", "in the first").text();
        const std::string second = DataSet()
                                       .add(0x00290010, "LO", "OTHER")
                                       .add(0x00290011, "LO", "ACME")
                                       .add(0x00291001, "LO", "OTHER's")
                                       .add(0x00291101, "LO", "in the second")
                                       .text();
        const std::string third = DataSet().add(0x00291001, "LO", "of nobody").text();
        DataSet set = identity();
        set.add(0x00290010, "LO", "ACME");
        set.raw(sequence_of(Layout::explicit_little, 0x00291008, {first, second, third}, lengths, lengths));
        const Scan found =
            scan(set.text(), {"(0029,\"ACME\",08).(0029,\"ACME\",01)", "(0029,\"ACME\",08)", "(0029,0010)"});
        CHECK(found.values("(0029,\"ACME\",08).(0029,\"ACME\",01)") == Texts{"in the first", "in the second"});
        CHECK(found.values("(0029,\"ACME\",08)") == Texts{"3"});
        CHECK(found.values("(0029,0010)") == Texts{"ACME"});
    }
}

TEST_CASE("nested scan: UN of either length is read as implicit VR inside (PS3.5 6.2.2), in both byte orders") {
    for (const Layout layout : {Layout::explicit_little, Layout::explicit_big})
        for (const Lengths lengths : {Lengths::known, Lengths::unknown}) {
            const Layout inside = Layout::implicit_little;
            const std::string content = DataSet(inside).add(0x00400009, "SH", "STEP-1").text();
            std::string items = item_of(inside, content, lengths);
            if (lengths == Lengths::unknown)
                items += DataSet(inside).add_item_head(support::sequence_delimiter, 0).text();
            DataSet set = identity(layout);
            set.add(0x00100020, "LO", "P-1");
            set.add_head(
                0x00400275, "UN",
                lengths == Lengths::known ? static_cast<std::uint32_t>(items.size()) : support::undefined_length);
            set.raw(items).add(0x00402016, "LO", "behind");
            const Scan found = scan(set.text(), {step_id, "RequestAttributesSequence", "(0040,2016)"});
            CHECK(found.problem == ScanProblem::none);
            CHECK(found.values(step_id) == Texts{"STEP-1"});
            CHECK(found.values("RequestAttributesSequence") == Texts{"1"});
            CHECK(found.values("(0040,2016)") == Texts{"behind"});
        }
}

TEST_CASE("nested scan: an item's own character set counts in it and in what it holds, and nowhere else") {
    const Layout layout = Layout::explicit_little;
    const std::string name = "\xBB\xEE\xDA";  // in ISO 8859-5
    const std::string inner = DataSet().add(0x00100010, "PN", name).text();
    const std::string cyrillic = DataSet().add(0x00080005, "CS", "ISO_IR 144").add(0x00100010, "PN", name).text() +
                                 sequence_of(layout, 0x00101002, {inner}, Lengths::known, Lengths::unknown);
    const std::string own_empty = DataSet().add(0x00080005, "CS", "").add(0x00100010, "PN", name).text();
    for (const Lengths lengths : {Lengths::known, Lengths::unknown}) {
        DataSet set;
        set.add(0x00080005, "CS", "ISO_IR 100").add(0x00080016, "UI", support::ct_image_storage);
        set.add(0x00080018, "UI", "1.2.3.4").add(0x00100010, "PN", name);
        set.raw(sequence_of(layout, 0x00101002, {inner, cyrillic, inner, own_empty}, lengths, lengths));
        const Scan found = scan(set.text(), {"PatientName", "OtherPatientIDsSequence.PatientName",
                                             "OtherPatientIDsSequence.OtherPatientIDsSequence.PatientName"});
        CHECK(found.values("PatientName") == Texts{"»îÚ"});
        CHECK(found.values("OtherPatientIDsSequence.PatientName") == Texts{"»îÚ", "Люк", "»îÚ", "»îÚ"});
        CHECK(found.values("OtherPatientIDsSequence.OtherPatientIDsSequence.PatientName") == Texts{"Люк"});
    }
}

TEST_CASE("nested scan: what claims to be longer than what is around it costs the rest of that, and nothing behind") {
    const Layout layout = Layout::implicit_little;
    const std::string good = DataSet(layout).add(0x00400009, "SH", "GOOD").text();
    const std::string bad_values[] = {
        DataSet(layout).add_head(0x00400009, "SH", 5000).raw("x").text(),
        DataSet(layout).add_head(0x00400009, "SH", 0xFFFFFFFE).raw("xx").text(),
        DataSet(layout).add_head(0x00321064, "SQ", 4000).raw("x").text(),
        std::string("\x40\0\x09\0\1\0", 6),  // a head cut short
        DataSet(layout).add_item_head(support::item, 4).raw("abcd").text(),
        std::string("\xFE\xFF\xAA\xAA\0\0\0\0", 8),
    };
    for (const std::string& bad : bad_values) {
        DataSet set = identity(layout);
        set.raw(sequence_of(layout, 0x00400275, {good, bad, good}, Lengths::known, Lengths::known));
        set.add(0x00402016, "LO", "behind");
        const Scan found = scan(set.text(), {step_id, code_value, "(0040,2016)"});
        CHECK((found.problem == ScanProblem::nested_overrun || found.problem == ScanProblem::nested_unreadable));
        CHECK(found.values(step_id) == Texts{"GOOD", "GOOD"});
        CHECK(found.values("(0040,2016)") == Texts{"behind"});
        CHECK(found.header.first(tags::sop_instance_uid) == "1.2.3.4");
    }
    // An item that is longer than its sequence, and one of a sequence that is no sequence.
    for (const std::string& items :
         {DataSet(layout).add_item_head(support::item, 400).raw(good).text(), std::string("no items at all "), good}) {
        DataSet set = identity(layout);
        set.add_head(0x00400275, "SQ", static_cast<std::uint32_t>(items.size())).raw(items);
        set.add(0x00402016, "LO", "behind");
        const Scan found = scan(set.text(), {step_id, "(0040,2016)"});
        CHECK((found.problem == ScanProblem::nested_overrun || found.problem == ScanProblem::nested_unreadable));
        CHECK(found.values("(0040,2016)") == Texts{"behind"});
    }
}

TEST_CASE("nested scan: delimiters that are too many or missing inside a known length are passed over") {
    const Layout layout = Layout::implicit_little;
    const std::string delimiters =
        DataSet(layout).add_item_head(support::item_delimiter, 0).add_item_head(support::sequence_delimiter, 0).text();
    const std::string step = DataSet(layout).add(0x00400009, "SH", "A").text();
    const std::string open_item =
        DataSet(layout).add_item_head(support::item, support::undefined_length).raw(step).text();
    const std::string item = delimiters + step;
    const std::string items = item_of(layout, item, Lengths::known) + delimiters + open_item;
    DataSet set = identity(layout);
    set.add_head(0x00400275, "SQ", static_cast<std::uint32_t>(items.size())).raw(items);
    set.add(0x00402016, "LO", "behind");
    const Scan found = scan(set.text(), {step_id, "(0040,2016)"});
    CHECK(found.values(step_id) == Texts{"A", "A"});
    CHECK(found.values("(0040,2016)") == Texts{"behind"});
}

TEST_CASE("nested scan: what is collected has limits, and routing goes on") {
    const Layout layout = Layout::explicit_little;
    const std::string item = DataSet().add(0x00400009, "SH", "STEP").text();
    const Texts items(1000, item);
    DataSet set = identity();
    set.raw(sequence_of(layout, 0x00400275, items, Lengths::known, Lengths::known)).add(0x00402016, "LO", "behind");
    dicom::ScanLimits few_values, few_bytes, few_elements;
    few_values.collected_max = 10;
    few_bytes.collected_bytes_max = 40;
    few_elements.nested_elements_max = 20;
    const Scan values = scan(set.text(), {step_id, "(0040,2016)"}, few_values);
    CHECK(values.problem == ScanProblem::too_much_collected);
    CHECK(values.values(step_id).size() == 10);
    CHECK(values.values("(0040,2016)") == Texts{"behind"});
    const Scan bytes = scan(set.text(), {step_id, "(0040,2016)"}, few_bytes);
    CHECK(bytes.problem == ScanProblem::too_much_collected);
    CHECK(bytes.values(step_id).size() == 10);
    CHECK(bytes.values("(0040,2016)") == Texts{"behind"});
    const Scan elements = scan(set.text(), {step_id, "(0040,2016)"}, few_elements);
    CHECK(elements.problem == ScanProblem::too_many_nested);
    CHECK(elements.values(step_id).size() == 10);
    CHECK(elements.values("(0040,2016)") == Texts{"behind"});
    CHECK(scan(set.text(), {"(0040,2016)"}, few_elements).problem == ScanProblem::none);
}

TEST_CASE("nested scan: it ends behind the last that is wanted, not before and not later") {
    DataSet set = identity();
    set.add(0x00290010, "LO", "ACME").add(0x0029FF01, "LO", "private");
    const std::string item = DataSet().add(0x00400009, "SH", "STEP").text();
    set.raw(sequence_of(Layout::explicit_little, 0x00400275, {item}, Lengths::known, Lengths::known));
    const std::size_t needed = set.text().size();
    set.add(0x00402016, "LO", "behind");
    const auto done_at = [&](const std::vector<std::string>& texts) {
        const dicom::Wanted wanted = wanted_of(texts);
        dicom::HeaderScan scan("1.2.840.10008.1.2.1", wanted, {});
        const auto bytes = set.bytes();
        std::size_t at = 0;
        for (; at < bytes.size() && !scan.is_done(); ++at) scan.feed(std::span(bytes).subspan(at, 1));
        return at;
    };
    const std::size_t first_head = 8;
    const std::size_t sequence = set.text().find(std::string_view("\x40\0\x75\x02", 4));
    CHECK(done_at({step_id}) == needed + first_head);
    CHECK(done_at({"RequestAttributesSequence"}) == needed + first_head);
    CHECK(done_at({"(0029,\"ACME\",01)"}) == sequence + 12);
    CHECK(done_at({}) == set.text().find(std::string_view("\x29\0\x10\0", 4)) + first_head);
}

TEST_CASE("nested scan: a scan that wants nothing of a sequence doesn't look into it") {
    // The first item is garbage that a reader would stumble over.
    DataSet set = identity();
    set.add_head(0x00400275, "SQ", 16).raw("garbage garbage!").add(0x00402016, "LO", "behind");
    const Scan found = scan(set.text(), {"(0040,2016)"});
    CHECK(found.problem == ScanProblem::none);
    CHECK(found.values("(0040,2016)") == Texts{"behind"});
}

namespace {

const std::vector<std::string>& many_paths() {
    static const std::vector<std::string> paths{step_id,
                                                code_value,
                                                "RequestAttributesSequence",
                                                "(0040,2016)",
                                                "(0029,\"ACME\",08).(0029,\"ACME\",01)",
                                                "(0029,\"ACME\",02)",
                                                "OtherPatientIDsSequence.PatientName"};
    return paths;
}

std::string rich(Layout layout, Lengths lengths, Lengths item_lengths) {
    const std::string name =
        DataSet(layout).add(0x00080005, "CS", "ISO_IR 144").add(0x00100010, "PN", "\xBB\xEE\xDA").text();
    const std::string item = DataSet(layout).add(0x00290010, "LO", "ACME").add(0x00291001, "LO", "in").text();
    DataSet set = identity(layout);
    set.add(0x00100020, "LO", "P-1").raw(sequence_of(layout, 0x00101002, {name, name}, lengths, item_lengths));
    set.add(0x00290011, "LO", "ACME").add(0x00291102, "LO", "private");
    set.raw(sequence_of(layout, 0x00291108, {item, "", item}, item_lengths, lengths));
    return set.text() + requests(layout, lengths, item_lengths).substr(identity(layout).text().size());
}

std::string all_of(const Scan& scan) {
    std::string text = to_string(scan.problem);
    for (const std::string& each : many_paths())
        for (const std::string& value : scan.values(each)) text += "|" + each + "=" + value;
    return text + "|" + std::string(scan.header.first(tags::patient_id));
}

}  // namespace

TEST_CASE("nested scan: however the bytes are cut in pieces, the header is the same") {
    constexpr unsigned seed = 815;
    CAPTURE(seed);
    std::mt19937 random(seed);
    const dicom::Wanted wanted = wanted_of(many_paths());
    for (const Layout layout : layouts)
        for (const Lengths lengths : {Lengths::known, Lengths::unknown}) {
            const std::string bytes = rich(layout, lengths, Lengths::known);
            const std::string whole = all_of(scan(bytes, many_paths()));
            CHECK(whole.find("none|") == 0);
            CHECK(whole.find("STEP-2") != std::string::npos);
            CHECK(whole.find("Люк") != std::string::npos);
            CHECK(all_of(scan(bytes, many_paths(), {}, 1)) == whole);
            for (int i = 0; i < 200; ++i) {
                dicom::HeaderScan pieces("1.2.840.10008.1.2.1", wanted, {});
                const auto all = support::to_bytes(bytes);
                for (std::size_t at = 0, size = 0; at < all.size(); at += size) {
                    size = std::min<std::size_t>(random() % 40, all.size() - at);
                    pieces.feed(std::span(all).subspan(at, size));
                }
                pieces.finish();
                CHECK(all_of({pieces.header(), pieces.problem()}) == whole);
            }
        }
}

TEST_CASE("nested scan: cut anywhere, it ends with what was there before") {
    const std::string bytes = rich(Layout::explicit_little, Lengths::known, Lengths::unknown);
    std::size_t found = 0;
    for (std::size_t size = 0; size <= bytes.size(); ++size) {
        const Scan cut = scan(bytes.substr(0, size), many_paths());
        for (const std::string& value : cut.values(step_id)) CHECK((value == "STEP-1" || value == "STEP-2"));
        found += cut.values(step_id).size();
    }
    CHECK(found > 100);
}

TEST_CASE("nested scan: mutated data sets end, and what is collected stays within its limits") {
    constexpr unsigned seed = 4712;
    CAPTURE(seed);
    std::mt19937 random(seed);
    std::vector<std::string> sources;
    for (const Layout layout : layouts)
        for (const Lengths lengths : {Lengths::known, Lengths::unknown})
            for (const Lengths item_lengths : {Lengths::known, Lengths::unknown})
                sources.push_back(rich(layout, lengths, item_lengths));
    dicom::ScanLimits limits;
    limits.collected_max = 6;
    limits.collected_bytes_max = 64;
    limits.nested_elements_max = 30;
    limits.elements_max = 60;
    limits.depth_max = 3;
    std::size_t found = 0, troubled = 0;
    for (int i = 0; i < 30'000; ++i) {
        std::string bytes = sources[random() % sources.size()];
        for (unsigned change = random() % 6; change > 0; --change) {
            const std::size_t at = random() % bytes.size();
            // Lengths and tags are what a reader stumbles over: half of the changes are the bytes that those are made
            // of.
            const char hostile[] = {'\0', '\xFF', '\xFE', '\xE0', '\x0D', '\xDD', '\1', '\x40'};
            bytes[at] = random() % 2 == 0 ? hostile[random() % sizeof hostile] : static_cast<char>(random());
        }
        const Scan result = scan(bytes, many_paths(), limits, 1 + random() % 300);
        std::size_t collected = 0;
        for (const std::string& each : many_paths())
            for (const std::string& value : result.values(each)) {
                ++found;
                collected += path(each).is_plain() ? 0 : value.size();
            }
        CHECK(collected <= 5 * 64);  // a byte becomes up to three in UTF-8, a pair that is no character up to nine
        troubled += result.problem == ScanProblem::none ? 0 : 1;
    }
    CHECK(found > 10'000);
    CHECK(troubled > 1'000);
}

TEST_CASE("nested scan: random bytes behind the identity never do harm") {
    constexpr unsigned seed = 99;
    CAPTURE(seed);
    std::mt19937 random(seed);
    for (int i = 0; i < 5'000; ++i) {
        std::string bytes = identity().text();
        const char alphabet[] = {'\0', '\xFF', '\xFE', '\xE0', '\x0D', '\xDD', 'S',
                                 'Q',  'U',    'N',    '\x40', '\x75', '\2',   '\x29'};
        for (unsigned size = random() % 600; size > 0; --size) bytes += alphabet[random() % sizeof alphabet];
        CHECK(scan(bytes, many_paths(), {}, 1 + random() % 50).header.first(tags::sop_instance_uid) == "1.2.3.4");
    }
}
