// The data sets of Storage Commitment: ours read by a reader of our own, and by hand, in every spelling and at every
// cut.
#include "broker/dicom/commitment.h"

#include <doctest/doctest.h>

#include <cstring>
#include <random>

#include "tests/support/commitment_bytes.h"

using namespace broker::dicom;
using support::Named;
using support::Spelling;

namespace {

const std::string ct = "1.2.840.10008.5.1.4.1.1.2";

std::vector<std::byte> bytes(std::string_view text) {
    std::vector<std::byte> result(text.size());
    if (!text.empty()) std::memcpy(result.data(), text.data(), text.size());
    return result;
}

std::vector<Spelling> spellings() {
    std::vector<Spelling> all;
    for (const bool implicit : {true, false})
        for (const bool sequences : {true, false})
            for (const bool items : {true, false}) all.push_back({implicit, sequences, items});
    return all;
}

std::string text_of(const std::vector<std::byte>& from) {
    return {reinterpret_cast<const char*>(from.data()), from.size()};
}

}  // namespace

TEST_CASE("commitment: what we write is, byte for byte, what the standard says, in both encodings") {
    for (const bool implicit : {true, false}) {
        const Spelling plain{implicit, false, false};
        const CommitmentRequest request{"2.25.7", {{ct, "1.2.3.4"}, {ct, "1.2.3.45"}}};
        CHECK(text_of(bytes_of(request, implicit)) ==
              support::request_data_set("2.25.7", {{ct, "1.2.3.4"}, {ct, "1.2.3.45"}}, plain));
        const CommitmentReport report{"2.25.7", {{ct, "1.2.3.4"}}, {{{ct, "1.2.3.45"}, 0x0112}}};
        CHECK(text_of(bytes_of(report, implicit)) ==
              support::report_data_set("2.25.7", {{ct, "1.2.3.4"}}, {{ct, "1.2.3.45", 0x0112}}, plain));
    }
}

TEST_CASE("commitment: requests and reports are read back, whatever their number and the encoding") {
    for (const bool implicit : {true, false})
        for (const std::size_t count : {0, 1, 2, 1000}) {
            CommitmentRequest request{"2.25.99", {}};
            CommitmentReport report{"2.25.99", {}, {}};
            for (std::size_t n = 0; n < count; ++n) {
                const Reference reference{ct, "1.2.3." + std::to_string(n)};
                request.references.push_back(reference);
                if (n % 3 == 0)
                    report.failed.push_back({reference, static_cast<std::uint16_t>(0x0110 + n)});
                else
                    report.committed.push_back(reference);
            }
            const auto request_again = parse_commitment_request(bytes_of(request, implicit), implicit);
            REQUIRE(request_again);
            CHECK(request_again->transaction_uid == "2.25.99");
            CHECK(request_again->references == request.references);
            const auto report_again = parse_commitment_report(bytes_of(report, implicit), implicit);
            REQUIRE(report_again);
            CHECK(report_again->committed == report.committed);
            CHECK(report_again->failed == report.failed);
        }
}

TEST_CASE("commitment: every spelling of lengths is read, and of no spelling a part is taken for the whole") {
    for (const Spelling& spelling : spellings()) {
        CAPTURE(spelling.is_implicit);
        CAPTURE(spelling.has_undefined_sequences);
        CAPTURE(spelling.has_undefined_items);
        const auto whole = bytes(support::report_data_set("2.25.7", {{ct, "1.2.3.4"}, {ct, "1.2.3.5"}},
                                                          {{ct, "1.2.3.45", 0x0112}}, spelling));
        const auto report = parse_commitment_report(whole, spelling.is_implicit);
        REQUIRE(report);
        CHECK(report->committed == std::vector<Reference>{{ct, "1.2.3.4"}, {ct, "1.2.3.5"}});
        CHECK(report->failed == std::vector<FailedReference>{{{ct, "1.2.3.45"}, 0x0112}});
        std::size_t taken = 0;
        for (std::size_t size = 0; size < whole.size(); ++size) {
            // A copy of its own, so that a read beyond its end is one beyond an allocation.
            const std::vector<std::byte> cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
            const auto part = parse_commitment_report(cut, spelling.is_implicit);
            if (!part) continue;
            ++taken;
            CHECK(part->committed.empty());
        }
        CHECK(taken == 2);  // behind the Transaction UID, and behind the first sequence: whole elements both
    }
}

TEST_CASE("commitment: bytes that were changed at random never do more than change what is read") {
    const std::uint32_t seed = std::random_device{}();
    INFO("seed " << seed);
    std::mt19937 random(seed);
    for (const Spelling& spelling : spellings()) {
        const auto whole = bytes(support::report_data_set("2.25.7", {{ct, "1.2.3.4"}, {ct, "1.2.3.5"}},
                                                          {{ct, "1.2.3.45", 0x0112}}, spelling));
        for (int round = 0; round < 5000; ++round) {
            auto broken = whole;
            for (int n = 0; n < 1 + round % 4; ++n) broken[random() % broken.size()] = static_cast<std::byte>(random());
            const auto report = parse_commitment_report(broken, spelling.is_implicit);
            if (!report) continue;
            CHECK(report->committed.size() + report->failed.size() <= 3);
        }
    }
}

TEST_CASE("commitment: without a usable Transaction UID there is nothing; a reference without one is left out") {
    const Spelling plain;
    for (const std::string uid :
         {"", "abc", "1.2.3\n", "1.2.840.100080.1.2.840.100080.1.2.840.100080.1.2.840.100080.1.2.84"})
        CHECK_FALSE(parse_commitment_request(bytes(support::request_data_set(uid, {{ct, "1.2"}}, plain)), false));
    const auto request = parse_commitment_request(
        bytes(support::request_data_set("2.25.7", {{ct, "<script>"}, {ct, "1.2.3"}, {"", "1.2.4"}}, plain)), false);
    REQUIRE(request);
    CHECK(request->references == std::vector<Reference>{{ct, "1.2.3"}});
}

TEST_CASE("commitment: over the limit of references a data set is not taken, at the limit it is") {
    const auto three = bytes(support::request_data_set("2.25.7", {{ct, "1"}, {ct, "2"}, {ct, "3"}}, {}));
    CHECK(parse_commitment_request(three, false, {3}));
    CHECK_FALSE(parse_commitment_request(three, false, {2}));
}

TEST_CASE("commitment: sequences that are not ours are stepped over, and nesting without end is refused") {
    const std::string head = support::request_data_set("2.25.7", {}, {true, false, false});
    const std::string open_sequence("\x08\x00\x40\x11\xFF\xFF\xFF\xFF", 8),
        open_item("\xFE\xFF\x00\xE0\xFF\xFF\xFF\xFF", 8);
    const std::string close_item("\xFE\xFF\x0D\xE0\0\0\0\0", 8), close_sequence("\xFE\xFF\xDD\xE0\0\0\0\0", 8);
    for (const int depth : {1, 10, 16, 17, 100'000}) {
        std::string nested = head;
        for (int n = 0; n < depth; ++n) nested += open_sequence + open_item;
        for (int n = 0; n < depth; ++n) nested += close_item + close_sequence;
        CHECK(parse_commitment_request(bytes(nested), true).has_value() == (depth <= 16));
    }
}
