/// Text encoder: text in the character sets that DICOM knows, as the standard's own examples have it, and back.
#include "broker/dicom/text_encoder.h"

#include <doctest/doctest.h>

#include "broker/dicom/character_set.h"

namespace broker::dicom {

namespace {

using Terms = std::vector<std::string>;

std::string encoded(const Terms& terms, std::string_view text, bool is_person_name = true) {
    return TextEncoder(terms).encode(text, is_person_name).value_or("(not in there)");
}

bool is_refused(const Terms& terms, std::string_view text) {
    return !TextEncoder(terms).encode(text, true).has_value();
}

const std::string buc_jerome = "Buc^J\xC3\xA9r\xC3\xB4me";
const std::string yamada =
    "Yamada^Tarou=\xE5\xB1\xB1\xE7\x94\xB0^\xE5\xA4\xAA\xE9\x83\x8E=\xE3\x82\x84\xE3\x81\xBE\xE3"
    "\x81\xA0^\xE3\x81\x9F\xE3\x82\x8D\xE3\x81\x86";
const std::string hong = "Hong^Gildong=\xE6\xB4\xAA^\xE5\x90\x89\xE6\xB4\x9E=\xED\x99\x8D^\xEA\xB8\xB8\xEB\x8F\x99";

}  // namespace

TEST_CASE("text encoder: the examples of the standard come out byte by byte") {
    // PS3.5 H.3.1, H.3.2 and I.2; PS3.3 C.12.1.1.2.
    CHECK(encoded({"", "ISO 2022 IR 87"}, yamada) ==
          "Yamada^Tarou=\x1B$B;3ED\x1B(B^\x1B$BB@O:\x1B(B=\x1B$B$d$^$@\x1B(B^\x1B$B$?$m$&\x1B(B");
    CHECK(
        encoded({"ISO 2022 IR 13", "ISO 2022 IR 87"},
                "\xEF\xBE\x94\xEF\xBE\x8F\xEF\xBE\x80\xEF\xBE\x9E^\xEF\xBE\x80\xEF\xBE\x9B\xEF\xBD\xB3=\xE5\xB1\xB1\xE7"
                "\x94\xB0^\xE5\xA4\xAA\xE9\x83\x8E") ==
        "\xD4\xCF\xC0\xDE^\xC0\xDB\xB3=\x1B$B;3ED\x1B(J^\x1B$BB@O:\x1B(J");
    CHECK(encoded({"", "ISO 2022 IR 149"}, hong) ==
          "Hong^Gildong=\x1B$)C\xFB\xF3^\x1B$)C\xD1\xCE\xD4\xD7=\x1B$)C\xC8\xAB^\x1B$)C\xB1\xE6\xB5\xBF");
    CHECK(encoded({"ISO_IR 192"}, yamada) == yamada);
    CHECK(encoded({"ISO_IR 100"}, buc_jerome) == "Buc^J\xE9r\xF4me");
    CHECK(encoded({"GB18030"}, "Wang^XiaoDong=\xE7\x8E\x8B^\xE5\xB0\x8F\xE4\xB8\x9C") ==
          "Wang^XiaoDong=\xCD\xF5^\xD0\xA1\xB6\xAB");
}

TEST_CASE("text encoder: whatever a character set has comes back from its reader as it was") {
    struct Row {
        Terms terms;
        std::string text;
    };
    const std::vector<Row> rows{
        {{"ISO_IR 101"},
         "W\xC5\x82"
         "a\xC5\x9B\xC4\x87"},
        {{"ISO_IR 109"}, "\xC4\xA6\xC4\xA7"},
        {{"ISO_IR 110"}, "\xC4\x80\xC4\x92"},
        {{"ISO_IR 144"}, "\xD0\x9B\xD1\x8E\xD0\xBA"},
        {{"ISO_IR 127"}, "\xD9\x82\xD8\xA8\xD8\xA7\xD9\x86\xD9\x8A"},
        {{"ISO_IR 126"}, "\xCE\x94\xCE\xB9\xCE\xBF"},
        {{"ISO_IR 138"}, "\xD7\xA9\xD7\xA8\xD7\x95\xD7\x9F"},
        {{"ISO_IR 148"}, "\xC5\x9E\xC4\xB1\xC4\x9F"},
        {{"ISO_IR 203"}, "\xE2\x82\xAC"},
        {{"ISO_IR 166"}, "\xE0\xB8\x81\xE0\xB8\x82"},
        {{"ISO_IR 13"}, "\xEF\xBE\x94\xEF\xBE\x8F"},
        {{"GBK"}, "\xE7\x8E\x8B"},
        {{"GB18030"}, "\xE7\x8E\x8B \xF0\xA0\x80\x80 \xC3\xA9"},
        {{"ISO 2022 IR 100", "ISO 2022 IR 126", "ISO 2022 IR 144"},
         "Dion\xC3\xA9^\xCE\x94\xCE\xB9\xCE\xBF\xC3\xA9^\xD0\x9B\xD1\x8E \xCE\x94"},
        {{"", "ISO 2022 IR 58"}, "Zhang=\xE5\xBC\xA0^\xE5\xB0\x8F\xE4\xB8\x9C"},
        {{"", "ISO 2022 IR 87", "ISO 2022 IR 159"}, "\xE5\xB1\xB1\xE4\xB8\x82\xE7\x94\xB0 a\xE4\xB8\x82"},
        {{"ISO-IR_100"}, buc_jerome},
        {{"iso_ir 192"}, yamada},
    };
    for (const Row& row : rows) {
        CAPTURE(row.terms.front());
        TextEncoder encoder(row.terms);
        CharacterSet reader(row.terms);
        for (const bool is_person_name : {false, true}) {
            for (const std::string& text : {row.text, row.text + "\\" + row.text, "A\r\n" + row.text + " B"}) {
                const auto bytes = encoder.encode(text, is_person_name);
                REQUIRE(bytes.has_value());
                CHECK(reader.to_utf8(*bytes, is_person_name) == text);
            }
        }
    }
}

TEST_CASE("text encoder: what a character set hasn't got is refused, never replaced") {
    CHECK(is_refused({"ISO_IR 100"}, yamada));
    CHECK(is_refused({"ISO_IR 101"}, "\xC3\x86"));
    CHECK(is_refused({"ISO_IR 100"}, "\xC2\x85"));
    CHECK(is_refused({"", "ISO 2022 IR 87"}, "\xED\x99\x8D"));
    CHECK(is_refused({"", "ISO 2022 IR 87"}, buc_jerome));
    CHECK(is_refused({"ISO 2022 IR 100", "ISO 2022 IR 87"}, "\xED\x99\x8D"));
    CHECK(is_refused({"GBK"}, "\xF0\xA0\x80\x80"));
    CHECK(is_refused({}, buc_jerome));
    CHECK(is_refused({"ISO_IR 6"}, buc_jerome));
    CHECK(is_refused({"KLINGON"}, buc_jerome));
    CHECK(is_refused({"ISO_IR 100"}, "\xC3"));
    for (const Terms& terms : {Terms{}, Terms{"ISO_IR 6"}, Terms{"KLINGON"}, Terms{"", "ISO 2022 IR 87"}})
        CHECK(encoded(terms, "Plain^Text") == "Plain^Text");
}

}  // namespace broker::dicom
