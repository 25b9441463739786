// UIDs, transfer syntaxes and character sets: small pure functions.
#include <doctest/doctest.h>

#include "broker/dicom/character_set.h"
#include "broker/dicom/element_text.h"
#include "broker/dicom/transfer_syntax.h"
#include "broker/dicom/uid.h"

namespace dicom = broker::dicom;

namespace {

std::string decoded(std::vector<std::string> terms, std::string_view bytes, bool is_person_name = false) {
    return dicom::CharacterSet(terms).to_utf8(bytes, is_person_name);
}

std::vector<std::string> values(std::string_view vr, std::string_view bytes, std::vector<std::string> terms = {}) {
    dicom::CharacterSet character_set(terms);
    return dicom::values_of({vr, bytes, false}, character_set);
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("uid: digits and dots up to 64 key an instance, and no more than those") {
    CHECK(dicom::is_keyable_uid("1.2.3"));
    CHECK(dicom::is_keyable_uid(std::string(64, '1')));
    CHECK_FALSE(dicom::is_keyable_uid(std::string(65, '1')));
    for (const char* wrong : {"", "1.2.3a", "../../x", "/etc/x", "1.2 3", "1;2", "%n", "1.2\n3"}) {
        CAPTURE(wrong);
        CHECK_FALSE(dicom::is_keyable_uid(wrong));
    }
}

TEST_CASE("uid: leading zeros and empty components are malformed") {
    CHECK(dicom::is_well_formed_uid("1.2.0.840"));
    CHECK(dicom::is_well_formed_uid("0.1"));
    for (const char* wrong : {"1.02.3", "1..3", ".1", "1.", "00"}) {
        CAPTURE(wrong);
        CHECK_FALSE(dicom::is_well_formed_uid(wrong));
        CHECK(dicom::is_keyable_uid(wrong));
    }
}

TEST_CASE("transfer syntax: implicit ranks behind explicit and big endian last") {
    CHECK(dicom::rank("1.2.840.10008.1.2.4.201") == dicom::rank(dicom::explicit_vr_little_endian));
    CHECK(dicom::rank(dicom::implicit_vr_little_endian) > dicom::rank("1.2.3.4.5"));
    CHECK(dicom::rank(dicom::explicit_vr_big_endian) > dicom::rank(dicom::implicit_vr_little_endian));
    CHECK(dicom::is_deflated("1.2.840.10008.1.2.1.99"));
    CHECK_FALSE(dicom::is_deflated("1.2.840.10008.1.2.8.1"));
}

TEST_CASE("character set: each kind of the standard comes out as UTF-8") {
    CHECK(decoded({"ISO_IR 100"}, "Buc^J\xE9r\xF4me") == "Buc^Jérôme");
    CHECK(decoded({"ISO_IR 144"}, "\xBB\xEE\xDA") == "Люк");
    CHECK(decoded({"ISO_IR 192"}, "Wang^XiaoDong=王^小東") == "Wang^XiaoDong=王^小東");
    CHECK(decoded({"GB18030"}, "Wang=\xCD\xF5^\xD0\xA1\xB6\xAB") == "Wang=王^小东");
    CHECK(decoded({"ISO_IR 13"}, "\xD4\xCF\xC0\xDE") == "ﾔﾏﾀﾞ");
    CHECK(decoded({"", "ISO 2022 IR 87"}, "Yamada=\x1B$B;3ED\x1B(B^\x1B$BB@O:\x1B(B", true) == "Yamada=山田^太郎");
    CHECK(decoded({"", "ISO 2022 IR 149"}, "Hong=\x1B$)C\xFB\xF3^\x1B$)C\xD1\xCE\xD4\xD7", true) == "Hong=洪^吉洞");
    CHECK(decoded({"iso-ir 100"}, "J\xE9") == "Jé");
}

TEST_CASE("character set: a backslash byte inside a character of two bytes separates nothing") {
    // JIS X 0208 0x3021 0x5C60: the second byte pair begins with a backslash.
    const std::string_view japanese = "\x1B$B0!\x5C`\x1B(B\\second";
    const Texts split = values("LO", japanese, {"", "ISO 2022 IR 87"});
    REQUIRE(split.size() == 2);
    CHECK(split[1] == "second");
    const Texts chinese = values("LO", "\x81\x5C\\zwei", {"GBK"});
    REQUIRE(chinese.size() == 2);
    CHECK(chinese[0] == "乗");
}

TEST_CASE("character set: what cannot be read becomes U+FFFD, and the result is always UTF-8") {
    CHECK(decoded({"ISO_IR 192"},
                  "a\xFF"
                  "b") ==
          "a\xEF\xBF\xBD"
          "b");
    CHECK(decoded({"ISO_IR 192"}, "\xED\xA0\x80") == "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
    CHECK(decoded({"NO SUCH SET"}, "J\xE9") == "Jé");
    CHECK(decoded({}, "Jérôme") == "Jérôme");
    for (const char* set : {"ISO_IR 192", "GB18030", "ISO 2022 IR 87", "ISO_IR 127", "ISO 2022 IR 149", ""}) {
        const std::vector<std::string> single{set}, extended{set, "ISO 2022 IR 58"};
        dicom::CharacterSet one(single), more(extended);
        for (unsigned pair = 0; pair < 0x10000; ++pair) {
            const std::string bytes{static_cast<char>(pair >> 8), static_cast<char>(pair)};
            const std::string text = one.to_utf8(bytes, true) + more.to_utf8(bytes, false);
            if (dicom::valid_utf8(text) != text) FAIL("not UTF-8: ", pair, " ", set);
        }
    }
}

TEST_CASE("element text: padding goes, values are split where the VR has several") {
    CHECK(values("UI", std::string_view("1.2.3\0", 6)) == Texts{"1.2.3"});
    CHECK(values("CS", "ORIGINAL\\PRIMARY ") == Texts{"ORIGINAL", "PRIMARY"});
    CHECK(values("SH", "  a \\\\ b") == Texts{"a", "", "b"});
    CHECK(values("LT", " one\\still one ") == Texts{" one\\still one"});
    CHECK(values("LO", "   ").empty());
    CHECK(values("LO", "a\x01z") == Texts{"a\xEF\xBF\xBDz"});
}

TEST_CASE("element text: numbers are printed") {
    CHECK(values("US", std::string_view("\x00\x02\xFF\xFF", 4)) == Texts{"512", "65535"});
    CHECK(values("SS", "\xFF\xFF") == Texts{"-1"});
    CHECK(values("AT", std::string_view("\x10\x00\x20\x00", 4)) == Texts{"(0010,0020)"});
    CHECK(values("FD", std::string_view("\0\0\0\0\0\0\xF8\x3F", 8)) == Texts{"1.5"});
    // As many digits as tell it from its neighbours, and no more.
    CHECK(values("FD", std::string_view("\x9A\x99\x99\x99\x99\x99\xB9\x3F", 8)) == Texts{"0.1"});
    CHECK(values("FD", std::string_view("\x9B\x99\x99\x99\x99\x99\xB9\x3F", 8)) == Texts{"0.10000000000000002"});
    CHECK(values("FL", std::string_view("\xCD\xCC\xCC\x3D", 4)) == Texts{"0.1"});
    CHECK(values("OW", "abcd").empty());
}
