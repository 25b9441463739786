// The rewriter by itself: what is changed, what stays byte for byte, in every layout, and bytes that are no data set.
#include "broker/worker/rewriter.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>

#include "broker/dicom/deflater.h"
#include "broker/dicom/dictionary.h"
#include "broker/dicom/element_stream.h"
#include "broker/dicom/inflater.h"
#include "broker/worker/edit_check.h"

namespace {

using broker::dicom::Tag;
using broker::worker::EditCheck;
using broker::worker::Ending;
using broker::worker::Rewriter;
using broker::worker::Rewriting;
using Element = Rewriting::Element;

constexpr std::string_view explicit_little = "1.2.840.10008.1.2.1", implicit_little = "1.2.840.10008.1.2",
                           explicit_big = "1.2.840.10008.1.2.2", deflated = "1.2.840.10008.1.2.1.99",
                           jpeg_lossless = "1.2.840.10008.1.2.4.70", a_private_one = "1.2.826.0.1.3680043.10.3.77";

constexpr Tag institution{0x0008, 0x0080}, patient_name{0x0010, 0x0010}, patient_id{0x0010, 0x0020},
    comments{0x0010, 0x4000}, rows{0x0028, 0x0010}, pixels{0x7FE0, 0x0010}, character_set{0x0008, 0x0005};
constexpr std::uint32_t undefined = 0xFFFFFFFF;

std::span<const std::byte> bytes_of(std::string_view text) {
    return std::as_bytes(std::span(text));
}

/// Elements as a sender in one of the layouts writes them.
struct Layout {
    std::string_view syntax;
    bool is_implicit = false, is_big_endian = false;

    std::string number(std::uint64_t value, std::size_t size) const {
        std::string bytes;
        for (std::size_t i = 0; i < size; ++i)
            bytes += static_cast<char>(value >> (8 * (is_big_endian ? size - 1 - i : i)) & 0xFF);
        return bytes;
    }
    std::string tag(Tag tag) const { return number(tag.group, 2) + number(tag.element, 2); }
    std::string head(Tag of, std::string_view vr, std::uint32_t length) const {
        constexpr std::string_view long_vrs = "OB OD OF OL OV OW SQ SV UC UN UR UT UV";
        if (is_implicit || vr.empty()) return tag(of) + number(length, 4);
        if (long_vrs.find(vr) != std::string_view::npos)
            return tag(of) + std::string(vr) + number(0, 2) + number(length, 4);
        return tag(of) + std::string(vr) + number(length, 2);
    }
    std::string element(Tag of, std::string_view vr, std::string_view value) const {
        return head(of, vr, static_cast<std::uint32_t>(value.size())) + std::string(value);
    }
    std::string item(std::string_view elements, bool is_undefined) const {
        const auto length = static_cast<std::uint32_t>(elements.size());
        return tag({0xFFFE, 0xE000}) + number(is_undefined ? undefined : length, 4) + std::string(elements) +
               (is_undefined ? tag({0xFFFE, 0xE00D}) + number(0, 4) : "");
    }
    std::string sequence(Tag of, std::string_view items, bool is_undefined) const {
        const auto length = static_cast<std::uint32_t>(items.size());
        return head(of, "SQ", is_undefined ? undefined : length) + std::string(items) +
               (is_undefined ? tag({0xFFFE, 0xE0DD}) + number(0, 4) : "");
    }
};

const Layout little{explicit_little}, big{explicit_big, false, true}, implicit{implicit_little, true, false};
const std::vector<Layout> layouts{little, big, implicit, {a_private_one}};

/// What comes before PatientName, PatientName, and what comes behind.
struct Parts {
    std::string before, name, behind;
    std::string all() const { return before + name + behind; }
};

Parts parts_in(const Layout& in, std::string_view set = "") {
    const std::string inner = in.element(patient_name, "PN", "Inner^Name") + in.element(patient_id, "LO", "I1");
    Parts parts;
    if (!set.empty()) parts.before += in.element(character_set, "CS", set);
    parts.before += in.element({0x0008, 0x0016}, "UI", std::string("1.2.840.10008.5.1.4.1.1.7\0", 26)) +
                    in.element({0x0008, 0x0018}, "UI", "1.2.826.0.1.36") +
                    in.sequence({0x0008, 0x1110}, in.item(inner, true) + in.item(inner, false), true) +
                    in.sequence({0x0008, 0x1115}, in.item(inner, false), false);
    parts.name = in.element(patient_name, "PN", "Secret^Name ");
    parts.behind = in.element(patient_id, "LO", "P1") + in.element({0x0018, 0x0050}, "DS", "1.5 ") +
                   in.element(rows, "US", in.number(512, 2)) + in.element({0x0029, 0x0010}, "LO", "SOMEBODY") +
                   in.element({0x0029, 0x1008}, "UN", "secret") + in.element({0x0029, 0x1108}, "UN", "other ") +
                   in.element(pixels, "OW", std::string(1000, '\x7F')) + in.element({0xFFFC, 0xFFFC}, "OB", "\0\0");
    return parts;
}

struct Result {
    Ending ending;
    std::string bytes;
};

Result rewritten(const Rewriting& rewriting, std::string_view syntax, std::string_view bytes, std::size_t step = 0) {
    Result result{Ending::done, ""};
    Rewriter rewriter(rewriting, syntax, [&](std::span<const std::byte> made) {
        result.bytes.append(reinterpret_cast<const char*>(made.data()), made.size());
    });
    if (step == 0) step = std::max<std::size_t>(bytes.size(), 1);
    for (std::size_t at = 0; at < bytes.size(); at += step) {
        if (!rewriter.feed(bytes_of(bytes.substr(at, step)))) break;
    }
    result.ending = rewriter.finish();
    return result;
}

std::string checked(const Rewriting& wanted, std::string_view syntax, std::string_view bytes) {
    EditCheck check(wanted, syntax);
    check.feed(bytes_of(bytes));
    return check.finish();
}

/// Rewritten, and found to be as it was asked for.
std::string made(const Rewriting& rewriting, std::string_view syntax, std::string_view bytes) {
    const Result result = rewritten(rewriting, syntax, bytes);
    REQUIRE(result.ending == Ending::done);
    CHECK(checked(rewriting, syntax, result.bytes).empty());
    return result.bytes;
}

Element put(Tag tag, std::string vr, std::string value) {
    return {{tag, {}}, false, std::move(vr), std::move(value)};
}
Element removed(Tag tag) {
    return {{tag, {}}, true, "", ""};
}

std::string inflated(std::string_view bytes) {
    std::string out;
    broker::dicom::Inflater inflater(1U << 30);
    const auto end = inflater.feed(bytes_of(bytes), [&](std::span<const std::byte> piece) {
        out.append(reinterpret_cast<const char*>(piece.data()), piece.size());
        return true;
    });
    REQUIRE(end == broker::dicom::Inflater::Result::ended);
    return out;
}

std::string deflated_of(std::string_view bytes) {
    std::string out;
    broker::dicom::Deflater deflater([&](std::span<const std::byte> piece) {
        out.append(reinterpret_cast<const char*>(piece.data()), piece.size());
    });
    deflater.feed(bytes_of(bytes));
    deflater.finish();
    return out;
}

}  // namespace

TEST_CASE("rewriter: a removed element goes, and every other byte stays, in whatever pieces it comes") {
    for (const Layout& in : layouts) {
        CAPTURE(in.syntax);
        const Parts parts = parts_in(in);
        const Rewriting rewriting{{removed(patient_name)}};
        for (const std::size_t step : {1, 2, 3, 7, 11, 64, 100'000}) {
            const Result result = rewritten(rewriting, in.syntax, parts.all(), step);
            CHECK(result.ending == Ending::done);
            CHECK((result.bytes == parts.before + parts.behind));
        }
        CHECK((made({}, in.syntax, parts.all()) == parts.all()));
    }
}

TEST_CASE("rewriter: an element gets its value in its place, and one that is new comes between its neighbours") {
    for (const Layout& in : layouts) {
        CAPTURE(in.syntax);
        const Parts parts = parts_in(in);
        CHECK((made({{put(patient_name, "PN", "New^Name")}}, in.syntax, parts.all()) ==
               parts.before + in.element(patient_name, "PN", "New^Name") + parts.behind));
        CHECK((made({{put({0x0010, 0x0012}, "LO", "odd")}}, in.syntax, parts.all()) ==
               parts.before + parts.name + in.element({0x0010, 0x0012}, "LO", "odd ") + parts.behind));
        CHECK((made({{put({0x0008, 0x9205}, "CS", "")}}, in.syntax, parts.all()) ==
               parts.before + in.element({0x0008, 0x9205}, "CS", "") + parts.name + parts.behind));
        // Behind all that is there.
        const std::string head = in.element({0x0008, 0x0018}, "UI", "1.2.826.0.1.36");
        CHECK((made({{put(patient_id, "LO", "P9"), put(comments, "LT", "x")}}, in.syntax, head) ==
               head + in.element(patient_id, "LO", "P9") + in.element(comments, "LT", "x ")));
    }
}

TEST_CASE("rewriter: values are padded as their VR wants, and numbers are in the data set's byte order") {
    for (const Layout& in : layouts) {
        CAPTURE(in.syntax);
        const std::string head = in.element({0x0008, 0x0018}, "UI", "1.2.826.0.1.36");
        const auto tail = [&](Element element) {
            const std::string bytes = made({{std::move(element)}}, in.syntax, head);
            return bytes.substr(head.size());
        };
        CHECK(tail(put({0x0020, 0x0052}, "UI", "1.2.3")) ==
              in.element({0x0020, 0x0052}, "UI", std::string("1.2.3\0", 6)));
        CHECK(tail(put(rows, "US", "513")) == in.element(rows, "US", in.number(513, 2)));
        CHECK(tail(put({0x0028, 0x0106}, "SS", "-2\\3")) ==
              in.element({0x0028, 0x0106}, "SS", in.number(0xFFFE, 2) + in.number(3, 2)));
        CHECK(tail(put({0x0018, 0x6020}, "SL", "-1")) == in.element({0x0018, 0x6020}, "SL", in.number(0xFFFFFFFF, 4)));
        CHECK(tail(put({0x0018, 0x9073}, "FD", "1.5")) ==
              in.element({0x0018, 0x9073}, "FD", in.number(0x3FF8000000000000, 8)));
        CHECK(tail(put({0x0018, 0x6028}, "FL", "1.5")) == in.element({0x0018, 0x6028}, "FL", in.number(0x3FC00000, 4)));
        CHECK(tail(put({0x0018, 0x9999}, "UT", "text")) == in.element({0x0018, 0x9999}, "UT", "text"));
    }
}

TEST_CASE("rewriter: the VR that an element has stays where it is one of text") {
    const std::string before = little.element({0x0008, 0x0018}, "UI", "1.2.826.0.1.36");
    const auto after = [&](std::string_view vr, std::string_view value) {
        return made({{put(institution, "LO", "new")}}, explicit_little, before + little.element(institution, vr, value))
            .substr(before.size());
    };
    CHECK(after("SH", "old ") == little.element(institution, "SH", "new "));
    CHECK(after("UT", "old ") == little.element(institution, "UT", "new "));
    CHECK(after("UN", "old ") == little.element(institution, "LO", "new "));
    CHECK(after("OB", "old ") == little.element(institution, "LO", "new "));
    CHECK(after("", "old ") == little.element(institution, "LO", "new "));  // an implicit head among explicit ones
    // No short length holds this.
    const std::string text(70'000, 'x');
    CHECK(rewritten({{put(institution, "LO", text)}}, explicit_little, before).ending == Ending::too_long);
    made({{put(institution, "UC", text)}}, explicit_little, before);
    made({{put(institution, "LO", text)}}, implicit_little, implicit.element({0x0008, 0x0018}, "UI", "1.2.826.0.1.36"));
}

TEST_CASE("rewriter: every occurrence goes, also where elements are out of order or behind the pixels") {
    for (const Layout& in : layouts) {
        CAPTURE(in.syntax);
        const Parts parts = parts_in(in);
        const std::string twice = parts.all() + parts.name + in.element({0x0008, 0x1030}, "LO", "late") + parts.name;
        CHECK((made({{removed(patient_name)}}, in.syntax, twice) ==
               parts.before + parts.behind + in.element({0x0008, 0x1030}, "LO", "late")));
        CHECK((made({{put(patient_name, "PN", "New")}}, in.syntax, twice) ==
               parts.before + in.element(patient_name, "PN", "New ") + parts.behind +
                   in.element({0x0008, 0x1030}, "LO", "late")));
    }
}

TEST_CASE("rewriter: a data set that begins with a large group is read in the order that it says it has") {
    for (const Layout& in : layouts) {
        CAPTURE(in.syntax);
        const std::string behind = in.element({0x3008, 0x0010}, "LO", "more");
        const std::string all = in.element({0x3006, 0x0002}, "SH", "LABEL ") + behind;
        if (in.is_big_endian) continue;  // the first group is no sign of it then
        CHECK(made({{removed({0x3006, 0x0002})}}, in.syntax, all) == behind);
    }
}

TEST_CASE("rewriter: sequences go whole, however long they say they are") {
    for (const Layout& in : layouts) {
        CAPTURE(in.syntax);
        const Parts parts = parts_in(in);
        const std::string uids = parts.before.substr(0, parts.before.find(in.tag({0x0008, 0x1110})));
        CHECK((made({{removed({0x0008, 0x1110}), removed({0x0008, 0x1115})}}, in.syntax, parts.all()) ==
               uids + parts.name + parts.behind));
    }
}

TEST_CASE("rewriter: private elements go by who made them, whatever number their block has") {
    for (const Layout& in : layouts) {
        CAPTURE(in.syntax);
        const std::string head = in.element({0x0008, 0x0018}, "UI", "1.2.826.0.1.36");
        const std::string creators =
            in.element({0x0029, 0x0010}, "LO", "OTHER ") + in.element({0x0029, 0x0013}, "LO", "SIEMENS CSA HEADER");
        const std::string others = in.element({0x0029, 0x1008}, "UN", "stays "),
                          gone = in.element({0x0029, 0x1308}, "UN", "secret"),
                          rest = in.element({0x0029, 0x1309}, "UN", "stays!");
        const Rewriting rewriting{{{{{0x0029, 0x0008}, "SIEMENS CSA HEADER"}, true, "", ""}}};
        CHECK((made(rewriting, in.syntax, head + creators + others + gone + rest) == head + creators + others + rest));
        // Whose it is comes behind it: nobody knows then what to take away.
        CHECK(rewritten(rewriting, in.syntax, head + others + gone + creators).ending == Ending::disordered);
        CHECK((made({{removed({0x0029, 0x1308})}}, in.syntax, head + creators + others + gone + rest) ==
               head + creators + others + rest));
    }
}

TEST_CASE("rewriter: lengths of groups that are touched, and of the data set, go with what they counted") {
    for (const Layout& in : layouts) {
        CAPTURE(in.syntax);
        const std::string to_end = in.element({0x0008, 0x0001}, "UL", in.number(100, 4));
        const std::string group_8 = in.element({0x0008, 0x0000}, "UL", in.number(100, 4)),
                          group_10 = in.element({0x0010, 0x0000}, "UL", in.number(100, 4));
        const std::string uid = in.element({0x0008, 0x0018}, "UI", "1.2.826.0.1.36"),
                          name = in.element(patient_name, "PN", "Secret"), id = in.element(patient_id, "LO", "P1");
        CHECK((made({{removed(patient_name)}}, in.syntax, group_8 + to_end + uid + group_10 + name + id) ==
               group_8 + uid + id));
    }
}

TEST_CASE("rewriter: encapsulated pixels and sequences of unknown VR stay as they are") {
    const std::string uid = little.element({0x0008, 0x0018}, "UI", "1.2.826.0.1.36");
    const std::string unknown = little.head({0x0029, 0x1010}, "UN", undefined) +
                                implicit.item(implicit.element(patient_name, "PN", "Inner!"), true) +
                                little.tag({0xFFFE, 0xE0DD}) + little.number(0, 4);
    const std::string name = little.element(patient_name, "PN", "Secret");
    std::string fragments = little.head(pixels, "OB", undefined) + little.item("", false);
    for (int i = 0; i < 5; ++i) fragments += little.item(std::string(333, static_cast<char>(0x80 + i)) + 'x', false);
    fragments += little.tag({0xFFFE, 0xE0DD}) + little.number(0, 4);
    CHECK((made({{removed(patient_name)}}, jpeg_lossless, uid + name + unknown + fragments) ==
           uid + unknown + fragments));
    CHECK((made({{removed(patient_name)}}, a_private_one, uid + unknown + fragments + name) ==
           uid + unknown + fragments));
}

TEST_CASE("rewriter: a deflated data set is inflated, changed and deflated again") {
    const Parts parts = parts_in(little);
    const Rewriting rewriting{{removed(patient_name)}};
    const std::string packed = deflated_of(parts.all());
    CHECK(packed.size() % 2 == 0);
    CHECK((inflated(made(rewriting, deflated, packed)) == parts.before + parts.behind));
    CHECK((rewritten(rewriting, deflated, packed, 3).bytes == made(rewriting, deflated, packed)));
    CHECK(rewritten(rewriting, deflated, packed.substr(0, packed.size() / 2)).ending == Ending::unreadable);
    CHECK(rewritten(rewriting, deflated, "no deflated stream").ending == Ending::unreadable);
    CHECK(rewritten(rewriting, deflated, "").ending == Ending::unreadable);
}

TEST_CASE("rewriter: what the plan relies on and doesn't find ends it") {
    const Parts parts = parts_in(little);
    const auto ending = [&](const Rewriting& rewriting, const std::string& bytes) {
        return rewritten(rewriting, explicit_little, bytes).ending;
    };
    CHECK(ending({{}, {comments}}, parts.all()) == Ending::done);
    CHECK(ending({{}, {patient_name}}, parts.all()) == Ending::disordered);
    CHECK(ending({{}, {comments}}, parts.all() + little.element(comments, "LT", "  ")) == Ending::done);
    CHECK(ending({{}, {comments}}, parts.all() + little.element(comments, "LT", " x")) == Ending::disordered);
    CHECK(ending({{}, {}, {patient_id}}, parts.all()) == Ending::done);
    CHECK(ending({{}, {}, {patient_id}}, parts.all() + little.element(patient_id, "LO", "P2")) == Ending::disordered);
    // Also of what is changed: a copy was made of it, or rather was not.
    const Rewriting copied_first{{removed(comments)}, {comments}};
    CHECK(ending(copied_first, parts.all()) == Ending::done);
    CHECK(ending(copied_first, parts.all() + little.element(comments, "LT", " x")) == Ending::disordered);
    const Rewriting set_after{{put(comments, "LT", "new")}, {comments}};
    CHECK(ending(set_after, parts.before + little.element(comments, "LT", " x")) == Ending::disordered);
    CHECK(ending(set_after, parts.before + little.element(comments, "LT", "  ")) == Ending::done);
    // The text was put into a character set that the data set turns out not to have.
    const Parts latin = parts_in(little, "ISO_IR 100");
    CHECK(ending({{}, {}, {}, "ISO_IR 100"}, latin.all()) == Ending::done);
    CHECK(ending({{}, {}, {}, "ISO_IR 101"}, latin.all()) == Ending::disordered);
    CHECK(ending({{}, {}, {}, "ISO_IR 100"}, parts.all()) == Ending::disordered);
    CHECK(ending({{}, {}, {}, "ISO_IR 101"}, parts.all() + little.element(character_set, "CS", "ISO_IR 100")) ==
          Ending::disordered);
}

TEST_CASE("rewriter: where other text must be ASCII, text at any depth is looked at, and nothing else") {
    REQUIRE(broker::dicom::dictionary_is_loaded());
    for (const Layout& in : {little, implicit, big}) {
        CAPTURE(in.syntax);
        const auto ending = [&](const std::string& more) {
            Rewriting rewriting{{put(character_set, "CS", "ISO_IR 192"), put(patient_name, "PN", "J\xC3\xB6rg ")}};
            rewriting.is_ascii_only = true;
            const std::string uid = in.element({0x0008, 0x0018}, "UI", "1.2.826.0.1.36");
            return rewritten(rewriting, in.syntax, uid + more).ending;
        };
        const std::string latin = in.element(patient_id, "LO", "P\xE9");
        CHECK(ending(in.element({0x0008, 0x1030}, "LO", "plain ")) == Ending::done);
        CHECK(ending(in.element({0x0008, 0x1030}, "LO", "pl\xE9n")) == Ending::not_ascii);
        CHECK(ending(in.element(patient_name, "PN", "J\xF6rg")) == Ending::done);  // which goes
        for (const bool is_undefined : {true, false}) {
            CHECK(ending(in.sequence({0x0008, 0x1110}, in.item(latin, is_undefined), is_undefined)) ==
                  Ending::not_ascii);
            CHECK(
                ending(in.sequence({0x0008, 0x1110}, in.item(in.element({0x0008, 0x1030}, "LO", "fine"), is_undefined),
                                   is_undefined)) == Ending::done);
        }
        // Japanese in seven bits (ISO-IR 87), and text in a sequence that came as UN.
        CHECK(ending(in.element({0x0008, 0x1030}, "LO", "\x1B$B;3\x1B(B ")) == Ending::not_ascii);
        const std::string in_un = implicit.item(implicit.element(patient_id, "LO", "P\xE9"), false);
        const std::string fine = implicit.item(implicit.element(patient_id, "LO", "P1"), false);
        CHECK(ending(in.element({0x0040, 0x0275}, "UN", in_un)) == Ending::not_ascii);
        CHECK(ending(in.element({0x0040, 0x0275}, "UN", fine)) == Ending::done);
        CHECK(ending(in.element(pixels, "OW", "\xFF\xFF")) == Ending::done);
        CHECK(ending(in.element(rows, "US", "\xFF\xFF")) == Ending::done);
    }
}

TEST_CASE("rewriter: a data set that ends too early, anywhere, or breaks its own rules, comes out as nothing") {
    const Rewriting rewriting{{removed(patient_name)}};
    for (const Layout& in : layouts) {
        CAPTURE(in.syntax);
        const Parts parts = parts_in(in);
        const std::string all = parts.all().substr(0, parts.all().size() - 1010);  // cut inside the pixels, or before
        std::size_t whole = 0;
        for (std::size_t size = 1; size < all.size(); ++size)
            whole += rewritten(rewriting, in.syntax, all.substr(0, size)).ending == Ending::done;
        CHECK(whole <= 13);  // between two elements it is a whole one
        CHECK(rewritten(rewriting, in.syntax, parts.all() + in.item("", false)).ending == Ending::unreadable);
        const std::string not_items = in.sequence({0x0008, 0x1110}, parts.name, true);
        CHECK(rewritten(rewriting, in.syntax, parts.before + not_items).ending == Ending::unreadable);
        std::string deep;
        for (int i = 0; i < 200; ++i)
            deep += in.head({0x0008, 0x1110}, "SQ", undefined) + in.tag({0xFFFE, 0xE000}) + in.number(undefined, 4);
        CHECK(rewritten(rewriting, in.syntax, parts.before + deep).ending == Ending::unreadable);
    }
}

TEST_CASE("rewriter: whatever a hostile data set says, nothing that was to go gets past the check") {
    const char* given = std::getenv("BRIDGE_SEED");
    const auto seed = given != nullptr ? static_cast<unsigned>(std::atoi(given)) : std::random_device{}();
    CAPTURE(seed);
    std::mt19937 random(seed);
    std::size_t whole = 0;
    for (int round = 0; round < 4000; ++round) {
        const Layout& in = layouts[random() % layouts.size()];
        std::string bytes = parts_in(in).all();
        if (random() % 4 == 0) bytes.resize(300 + random() % 900);
        for (auto left = random() % 6; left > 0; --left) bytes[random() % bytes.size()] = static_cast<char>(random());
        Rewriting rewriting{{removed(patient_name), put(patient_id, "LO", "NEW")}};
        rewriting.is_ascii_only = random() % 2 == 0;
        const Result result = rewritten(rewriting, in.syntax, bytes, 1 + random() % 300);
        if (result.ending != Ending::done) continue;
        ++whole;
        CHECK(checked(rewriting, in.syntax, result.bytes).empty());
    }
    CHECK(whole > 100);
}

TEST_CASE("edit check: what is not as it was asked for is found out") {
    for (const Layout& in : layouts) {
        CAPTURE(in.syntax);
        const Parts parts = parts_in(in);
        const auto fault = [&](const Rewriting& wanted, const std::string& bytes) {
            return checked(wanted, in.syntax, bytes);
        };
        CHECK(fault({{removed(patient_name)}}, parts.all()) == "PatientName is still there");
        CHECK(fault({{removed(patient_name)}}, parts.before + parts.behind + parts.name) ==
              "PatientName is still there");
        CHECK(fault({{put(patient_id, "LO", "P2")}}, parts.all()) == "PatientID has another value");
        CHECK(fault({{put(patient_id, "LO", "P1")}}, parts.all()).empty());
        CHECK(fault({{put(comments, "LT", "x")}}, parts.all()) == "PatientComments is missing");
        CHECK(fault({{put(patient_id, "LO", "P1")}}, parts.all() + in.element(patient_id, "LO", "P1")) ==
              "PatientID comes twice");
        CHECK(fault({{{{{0x0029, 0x0008}, "SOMEBODY"}, true, "", ""}}}, parts.all()) ==
              "(0029,\"SOMEBODY\",08) is still there");
        CHECK(fault({{put(rows, "US", "512")}}, parts.all()).empty());
        CHECK(fault({{put(rows, "US", "513")}}, parts.all()) == "Rows has another value");
        // What reads as the same is not the same.
        const auto with_comments = [&](const std::string& value) {
            return parts.all() + in.element(comments, "LT", value);
        };
        CHECK(fault({{put(comments, "LT", "x ")}}, with_comments("x ")).empty());
        CHECK(fault({{put(comments, "LT", "x ")}}, with_comments("x" + std::string(63, ' '))) ==
              "PatientComments has another value");
        CHECK(fault({{put(comments, "LT", "x ")}}, with_comments("x" + std::string(65, ' ') + "Secret")) ==
              "PatientComments has another value");
        if (!in.is_implicit)
            CHECK(fault({{put(comments, "LT", "")}}, parts.all() + in.element(comments, "OB", "Secret")) ==
                  "PatientComments has another VR");
        CHECK(fault({{removed(comments)}}, parts.all().substr(0, parts.all().size() - 4)) == "its end is missing");
    }
}

TEST_CASE("rewriting: what is sent to the helper is what it reads") {
    Rewriting rewriting{{put(patient_id, "LO", std::string("a\0b", 3)),
                         removed(patient_name),
                         {{{0x0029, 0x0008}, "SOMEBODY"}, true, "", ""}},
                        {comments},
                        {rows, pixels},
                        "ISO_IR 100",
                        true};
    const std::string packed = broker::worker::pack(rewriting);
    CHECK(broker::worker::unpack(packed) == rewriting);
    CHECK(broker::worker::unpack(broker::worker::pack({})) == Rewriting{});
    for (std::size_t size = 0; size < packed.size(); ++size)
        CHECK_FALSE(broker::worker::unpack(std::string_view(packed).substr(0, size)).has_value());
    CHECK_FALSE(broker::worker::unpack(packed + "x").has_value());
}

namespace {

/// The top-level elements as they are, each with all of its bytes.
class Cuts : public broker::dicom::ElementStream::Sink {
public:
    std::vector<std::pair<Tag, std::string>> elements;

    void begin(const broker::dicom::ElementStream::Element& element) override {
        elements.emplace_back(element.tag, "");
        content(element.head);
    }
    void content(std::span<const std::byte> bytes) override {
        elements.back().second.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    }
    void end() override {}
    void value(const broker::dicom::ElementStream::Element&, std::span<const std::byte>) override {}
};

std::vector<std::pair<Tag, std::string>> cut(const std::string& bytes) {
    Cuts cuts;
    broker::dicom::ElementStream stream(cuts, false);
    REQUIRE(stream.feed(bytes_of(bytes)));
    REQUIRE(stream.finish());
    return cuts.elements;
}

struct Sample {
    std::string syntax, data_set;
};

std::optional<Sample> sample(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    const std::string file{std::istreambuf_iterator<char>(in), {}};
    if (file.size() < 144 || file.substr(128, 12) != std::string("DICM\2\0\0\0UL\4\0", 12)) return std::nullopt;
    std::size_t offset = 144;
    for (std::size_t i = 0; i < 4; ++i)
        offset += static_cast<std::size_t>(static_cast<unsigned char>(file[140 + i])) << (8 * i);
    const auto at = file.substr(0, 1024).find(std::string_view("\2\0\x10\0UI", 6));
    if (offset > file.size() || at == std::string::npos) return std::nullopt;
    std::string syntax = file.substr(at + 8, static_cast<unsigned char>(file[at + 6]));
    while (!syntax.empty() && syntax.back() == '\0') syntax.pop_back();
    return Sample{syntax, file.substr(offset)};
}

}  // namespace

TEST_CASE("rewriter: of the samples made by others every element that is not touched stays byte for byte") {
    const std::filesystem::path folder(BRIDGE_SAMPLES);
    if (!std::filesystem::exists(folder)) {
        const char* ci = std::getenv("CI");
        REQUIRE_MESSAGE((ci == nullptr || std::string(ci) != "true"), "the sample instances are missing");
        MESSAGE("skipped: the sample instances are not here");
        return;
    }
    const Rewriting rewriting{
        {put(institution, "LO", "EDITED"), removed(patient_name), put(patient_id, "LO", "RSC-1")}};
    std::size_t compared = 0, broken = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
        const auto found = entry.is_regular_file() ? sample(entry.path()) : std::nullopt;
        if (!found) continue;
        CAPTURE(entry.path().filename().string());
        const Result result = rewritten(rewriting, found->syntax, found->data_set, 4096);
        if (result.ending != Ending::done) {
            ++broken;
            MESSAGE("not edited: " << entry.path().filename().string());
            continue;
        }
        CHECK(checked(rewriting, found->syntax, result.bytes).empty());
        const bool is_deflated = found->syntax == deflated;
        auto before = cut(is_deflated ? inflated(found->data_set) : found->data_set);
        auto after = cut(is_deflated ? inflated(result.bytes) : result.bytes);
        const auto is_touched = [](const auto& element) {
            const Tag tag = element.first;
            return tag == institution || tag == patient_name || tag == patient_id || tag == Tag{0x0008, 0x0000} ||
                   tag == Tag{0x0010, 0x0000} || tag == Tag{0x0008, 0x0001};
        };
        std::erase_if(before, is_touched);
        std::erase_if(after, is_touched);
        CHECK((before == after));
        ++compared;
    }
    MESSAGE(compared << " samples, " << broken << " not edited");
    CHECK(compared > 20);
    CHECK(broken <= 3);
}
