// Edits through real helper processes: what comes out in which character set, and what is not done rather than guessed.
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcdeftag.h>
#include <doctest/doctest.h>

#include <fstream>

#include "broker/dicom/header_scan.h"
#include "broker/worker/edit.h"
#include "broker/worker/edit_order.h"
#include "tests/broker/worker/dcmtk_rig.h"
#include "tests/support/synthetic.h"

namespace {

using broker::dicom::Tag;
using broker::worker::EditRequest;
using broker::worker::Transcoded;
using broker::worker::TranscodeFailure;

constexpr std::string_view explicit_little = "1.2.840.10008.1.2.1", a_private_one = "1.2.826.0.1.3680043.10.3.77",
                           htj2k = "1.2.840.10008.1.2.4.201", deflated = "1.2.840.10008.1.2.1.99";
constexpr Tag character_set{0x0008, 0x0005}, institution{0x0008, 0x0080}, patient_name{0x0010, 0x0010},
    patient_id{0x0010, 0x0020};

/// Explicit VR Little Endian, in the order in which elements must stand.
struct Text {
    std::string set, institution, name, id, comments;
};
std::string data_set(const Text& text) {
    support::DataSet set;
    if (!text.set.empty()) set.add(0x00080005, "CS", text.set);
    set.add(0x00080016, "UI", rig::sop_class).add(0x00080018, "UI", rig::sop_instance);
    if (!text.institution.empty()) set.add(0x00080080, "LO", text.institution);
    if (!text.name.empty()) set.add(0x00100010, "PN", text.name);
    if (!text.id.empty()) set.add(0x00100020, "LO", text.id);
    if (!text.comments.empty()) set.add(0x00104000, "LT", text.comments);
    return set.text();
}

std::string failure(rig::Rig& rig, const std::string& bytes, const std::string& edits,
                    std::string_view syntax = explicit_little) {
    auto made = rig.transcoder.make(EditRequest{rig.keep(bytes, syntax), std::string{syntax}, edits});
    const auto* failed = std::get_if<TranscodeFailure>(&made);
    if (failed == nullptr) return "";
    CHECK(failed->is_permanent);
    return failed->text;
}

std::string edited(rig::Rig& rig, const std::string& bytes, const std::string& edits,
                   std::string_view syntax = explicit_little) {
    return rig.edit(rig.keep(bytes, syntax), syntax, edits);
}

std::string value(const std::string& bytes, Tag tag, std::string_view syntax = explicit_little) {
    const broker::dicom::Wanted wanted{character_set, {0x0008, 0x0016}, {0x0008, 0x0018}, institution,
                                       patient_name,  patient_id,       {0x0010, 0x4000}};
    broker::dicom::HeaderScan scan(syntax, wanted, {});
    scan.feed(support::to_bytes(bytes));
    scan.finish();
    return std::string(scan.header().first(tag));
}

const std::string yamada = "\xE5\xB1\xB1\xE7\x94\xB0^\xE5\xA4\xAA\xE9\x83\x8E";

}  // namespace

TEST_CASE("edit: the example of the interface: a name goes, a number gets a prefix, and nothing else changes") {
    rig::Rig rig;
    const std::string before = data_set({"", "RSUP ", "Secret^Name ", "12345 ", "fine"});
    const std::string edits = R"([{"remove":"PatientName"},{"prefix":"PatientID","with":"RSC-"}])";
    for (const std::string_view syntax : {explicit_little, a_private_one, htj2k})
        CHECK((edited(rig, before, edits, syntax) == data_set({"", "RSUP ", "", "RSC-12345 ", "fine"})));
}

TEST_CASE("edit: the same edit of the same blob is the same blob, and one that changes nothing is the original's") {
    rig::Rig rig;
    const spool::Digest from = rig.keep(data_set({"", "RSUP", "Secret^Name", "12345 ", ""}), explicit_little);
    const auto digest = [&](const std::string& edits) {
        auto made = rig.transcoder.make(EditRequest{from, std::string{explicit_little}, edits});
        REQUIRE(std::holds_alternative<Transcoded>(made));
        CHECK(std::get<Transcoded>(made).recipe == "edited: " + edits);
        CHECK(std::get<Transcoded>(made).transfer_syntax_uid == explicit_little);
        return std::get<Transcoded>(made).blob.digest();
    };
    const std::string removing = R"([{"remove":"PatientName"}])";
    CHECK(digest(removing) == digest(removing));
    CHECK(digest(removing) != from);
    CHECK(digest(R"([{"remove":"PatientComments"}])") == from);
    CHECK(digest(R"([{"replace":"PatientID","regex":"^0+","with":""}])") == from);
}

TEST_CASE("edit: text comes out in the character set of the data set, and reads as it was typed") {
    struct Row {
        const char* set;
        std::string name_before, prefix, name_after;
    };
    const std::vector<Row> rows{
        {"ISO_IR 100", "J\xF6rg", "\xC3\x85ke ", "\xC3\x85ke J\xC3\xB6rg"},
        {"ISO_IR 192", "J\xC3\xB6rg ", "\xE5\xB1\xB1 ", "\xE5\xB1\xB1 J\xC3\xB6rg"},
        {"\\ISO 2022 IR 87", "Yamada^Tarou=\x1B$B;3ED\x1B(B^\x1B$BB@O:\x1B(B", "\xE5\xB1\xB1",
         "\xE5\xB1\xB1Yamada^Tarou=" + yamada},
        {"\\ISO 2022 IR 149", "Hong^Gildong=\x1B$)C\xFB\xF3^\x1B$)C\xD1\xCE\xD4\xD7", "\xED\x99\x8D",
         "\xED\x99\x8DHong^Gildong=\xE6\xB4\xAA^\xE5\x90\x89\xE6\xB4\x9E"},
        {"GB18030", "Wang=\xCD\xF5^\xD0\xA1\xB6\xAB", "\xE7\x8E\x8B",
         "\xE7\x8E\x8BWang=\xE7\x8E\x8B^\xE5\xB0\x8F\xE4\xB8\x9C"},
        {"ISO_IR 126", "\xC4\xE9\xEF", "\xCE\x94", "\xCE\x94\xCE\x94\xCE\xB9\xCE\xBF"},
        {"", "Plain", "Very ", "Very Plain"},
    };
    rig::Rig rig;
    for (const Row& row : rows) {
        CAPTURE(row.set);
        std::string name = row.name_before;
        if (name.size() % 2 != 0) name += ' ';
        const std::string after = edited(rig, data_set({row.set, "", name, "", ""}),
                                         R"([{"prefix":"PatientName","with":")" + row.prefix + R"("}])");
        CHECK(value(after, patient_name) == row.name_after);
        std::string set = row.set;
        CHECK(value(after, character_set) == set.substr(0, set.find('\\')));
    }
}

TEST_CASE("edit: a data set without a character set becomes one in UTF-8, if it is ASCII in all else") {
    rig::Rig rig;
    const std::string edits = R"([{"set":"InstitutionName","value":"Krankenhaus Süd"}])";
    const std::string after = edited(rig, data_set({"", "", "Plain", "1", "fine"}), edits);
    CHECK(value(after, character_set) == "ISO_IR 192");
    CHECK(value(after, institution) ==
          "Krankenhaus S\xC3\xBC"
          "d");
    CHECK(value(edited(rig, data_set({"ISO_IR 6", "", "Plain", "1", "fine"}), edits), character_set) == "ISO_IR 192");
    CHECK(failure(rig, data_set({"", "", "J\xF6rg", "1", "fine"}), edits) ==
          "the edits need UTF-8, and the data set has other text in a character set that it doesn't name");
    CHECK(failure(rig, data_set({"ISO_IR 126", "", "Plain", "1", "fine"}), edits) ==
          "InstitutionName would have characters that ISO_IR 126 has not");
    CHECK(failure(rig, data_set({"no set!", "", "Plain", "1", "fine"}), edits) ==
          "InstitutionName would have characters that its Specific Character Set has not");
}

TEST_CASE("edit: what cannot be made of this instance is not made, and says why without a value") {
    rig::Rig rig;
    support::TempFolder folder;
    const auto table = folder.path() / "ids.csv";
    std::ofstream(table) << "P1,N1\n";
    const std::string map = R"([{"map":"PatientID","table":")" + table.string() + R"(","missing":"hold"}])";
    CHECK(value(edited(rig, data_set({"", "", "A", "P1", ""}), map), patient_id) == "N1");
    CHECK(failure(rig, data_set({"", "", "A", "SECRET", ""}), map) == "PatientID has no row in ids.csv");
    std::ofstream(table, std::ios::app) << "SECRET,N22\n";
    CHECK(value(edited(rig, data_set({"", "", "A", "SECRET", ""}), map), patient_id) == "N22");
    std::ofstream(table, std::ios::app) << "one\n";
    CHECK(failure(rig, data_set({"", "", "A", "SECRET", ""}), map) == "ids.csv line 3 has 1 column, not 2");
    std::filesystem::remove(table);
    CHECK(failure(rig, data_set({"", "", "A", "P1", ""}), map) == "ids.csv cannot be read: No such file or directory");

    const std::string prefix = R"([{"prefix":"PatientID","with":"RSC-"}])";
    CHECK(failure(rig, data_set({"", "", "A", std::string(62, 'P'), ""}), prefix) ==
          "PatientID would be longer than 64 characters, which LO allows");
    CHECK(failure(rig, "not a data set", prefix) == "its header cannot be read to the end: truncated");
    CHECK(failure(rig, data_set({"", "", "A", "", "fine"}) + data_set({"", "", "", "LATE", ""}), prefix) ==
          "an element that the edits look at comes twice, or in the wrong place");
    CHECK(failure(rig, data_set({"", "", "A", "P1", ""}) + "x", R"([{"remove":"PatientID"}])") ==
          "the data set cannot be read in its transfer syntax");
    CHECK(failure(rig, data_set({"", "", "A", "P1", ""}), "[{\"scramble\":\"PatientID\"}]") ==
          "this version does not understand these edits");
}

TEST_CASE("edit: a helper that hands back what it was given is found out") {
    support::TempFolder folder;
    const std::string edits = R"([{"remove":"PatientName"}])";
    const auto planned = broker::worker::order_of({{{{patient_name, {}}, "", std::nullopt}}, {}, {}}, {});
    const std::size_t order_bytes = broker::worker::pack_order(std::get<broker::worker::Rewriting>(planned)).size();
    const auto fake = [&](const std::string& last_line) {
        const auto script = folder.path() / "fake";
        std::ofstream(script) << "#!/bin/sh\n" << last_line << "\n";
        std::filesystem::permissions(script, std::filesystem::perms::owner_all);
        rig::Rig rig({}, script);
        return failure(rig, data_set({"", "", "Secret", "P1", ""}), edits);
    };
    CHECK(fake("exec /usr/bin/tail -c +" + std::to_string(order_bytes + 1)) ==
          "the result came out otherwise than was asked for: PatientName is still there");
    CHECK(fake("/usr/bin/tail -c +" + std::to_string(order_bytes + 1) + " | /usr/bin/head -c 90") ==
          "the result came out otherwise than was asked for: its end is missing");
    CHECK(fake("exec /bin/cat >/dev/null") == "the result came out as another instance");
}

TEST_CASE("edit: a deflated data set stays one, and a broken one is not edited") {
    rig::Rig rig;
    const std::string packed = rig::packed(*rig::image(), EXS_DeflatedLittleEndianExplicit);
    const std::string after = edited(rig, packed, R"([{"set":"PatientID","value":"X1"}])", deflated);
    CHECK(value(after, patient_id, deflated) == "X1");
    const auto before_set = rig::parsed(packed, EXS_DeflatedLittleEndianExplicit);
    const auto after_set = rig::parsed(after, EXS_DeflatedLittleEndianExplicit);
    REQUIRE(after_set);
    CHECK((rig::pixels(*after_set) == rig::pixels(*before_set)));
    CHECK(failure(rig, packed.substr(0, packed.size() / 2), R"([{"remove":"PatientID"}])", deflated) ==
          "the data set cannot be read in its transfer syntax");
}

TEST_CASE("edit: what DCMTK packs, in whatever transfer syntax, DCMTK reads with the edits in it and the same pixels") {
    rig::Rig rig;
    const std::pair<std::string_view, E_TransferSyntax> packings[] = {
        {"1.2.840.10008.1.2", EXS_LittleEndianImplicit},
        {"1.2.840.10008.1.2.1", EXS_LittleEndianExplicit},
        {"1.2.840.10008.1.2.2", EXS_BigEndianExplicit},
        {"1.2.840.10008.1.2.4.70", EXS_JPEGProcess14SV1},
        {"1.2.840.10008.1.2.4.80", EXS_JPEGLSLossless},
        {"1.2.840.10008.1.2.5", EXS_RLELossless},
        {"1.2.840.10008.1.2.1.99", EXS_DeflatedLittleEndianExplicit},
    };
    for (const auto& [uid, syntax] : packings) {
        CAPTURE(uid);
        const auto before = rig::image({33, 31, 1, 16, 16, 2, true});
        const std::string bytes = rig::packed(*before, syntax);
        const std::string after = edited(
            rig, bytes,
            R"([{"set":"PatientID","value":"X1"},{"set":"StationName","value":"S"},{"set":"SeriesNumber","value":"7"}])",
            uid);
        const auto read = rig::parsed(after, syntax);
        REQUIRE(read);
        const auto value = [&](const DcmTagKey& tag) {
            OFString found;
            CHECK(read->findAndGetOFString(tag, found).good());
            return std::string(found.c_str());
        };
        CHECK(value(DCM_PatientID) == "X1");
        CHECK(value(DCM_StationName) == "S");
        CHECK(value(DCM_SeriesNumber) == "7");
        const auto as_packed = rig::parsed(bytes, syntax);
        REQUIRE(as_packed);
        std::size_t new_ones = 0;
        for (const DcmTagKey& each : {DCM_PatientID, DCM_StationName, DCM_SeriesNumber})
            new_ones += as_packed->tagExists(each) ? 0U : 1U;
        CHECK(read->card() == as_packed->card() + new_ones);
        // Behind the head of Pixel Data there is nothing else: every byte of it is the same, fragments included.
        constexpr std::string_view pixel_data("\xE0\x7F\x10\x00", 4), in_big_endian("\x7F\xE0\x00\x10", 4);
        if (syntax == EXS_DeflatedLittleEndianExplicit) {
            CHECK((rig::pixels(*read) == rig::pixels(*as_packed)));
            continue;
        }
        const std::string_view head = syntax == EXS_BigEndianExplicit ? in_big_endian : pixel_data;
        REQUIRE(bytes.rfind(head) != std::string::npos);
        CHECK((after.substr(after.rfind(head)) == bytes.substr(bytes.rfind(head))));
    }
}
