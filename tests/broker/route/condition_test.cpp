/// Conditions: tables of what holds and what does not.
#include "broker/route/condition.h"

#include <doctest/doctest.h>

#include <chrono>
#include <random>

namespace broker::route {

namespace {

const dicom::TagPath station_name(dicom::Tag{0x0008, 0x1010}), image_type(dicom::Tag{0x0008, 0x0008}),
    modality(dicom::tags::modality), study_description(dicom::tags::study_description),
    sop_class_uid(dicom::tags::sop_class_uid), patient_id(dicom::tags::patient_id),
    accession_number(dicom::tags::accession_number);

Facts ct_from_the_emergency_room() {
    Facts facts{{}, "CT1", "BRIDGE", "ct-1", "10.1.2.3"};
    facts.header.set(dicom::tags::modality, {"CT"});
    facts.header.set(station_name, {"ER-2 "});
    facts.header.set(image_type, {"ORIGINAL", "PRIMARY", "AXIAL"});
    facts.header.set(dicom::tags::study_description, {"Schädel nativ"});
    facts.header.set(dicom::tags::sop_class_uid, {std::string{"1.2.840.10008.5.1.4.1.1.2\0", 26}});
    facts.header.set(dicom::tags::patient_id, {"  "});
    return facts;
}

Condition matches(Subject subject, std::vector<std::string> any_of) {
    return {Leaf{subject, "", Matches{{any_of.begin(), any_of.end()}}}};
}
Condition exists(Subject subject, bool wanted = true) {
    return {Leaf{subject, "", Exists{wanted}}};
}
Condition joined(Join join, std::vector<Condition> parts) {
    return {Branch{join, std::move(parts)}};
}

}  // namespace

TEST_CASE("condition: a glob covers the whole value") {
    struct Row {
        std::string_view pattern;
        std::string_view value;
        bool covered;
    };
    const Row rows[] = {
        {"CT", "CT", true},
        {"CT", "CTA", false},
        {"CT", "ct", false},
        {"*", "", true},
        {"*", "anything", true},
        {"ER*", "ER-2", true},
        {"ER*", "PEER", false},
        {"*TEST*", "A TEST B", true},
        {"*TEST*", "TEST", true},
        {"*TEST*", "TES", false},
        {"a*b*c", "aXbXbXc", true},
        {"a*b*c", "aXbX", false},
        {"?", "", false},
        {"?", "x", true},
        {"?", "é", true},
        {"Sch?", "Schädel", false},
        {"Sch?del", "Schädel", true},
        {"?", "日", true},
        {"??", "日", false},
        {"*?", "日", true},
        {"\\*", "*", true},
        {"\\*", "x", false},
        {"a\\?", "a?", true},
        {"a\\", "a\\", true},
        {"", "", true},
        {"", "x", false},
        {"**a", "bca", true},
        {"*ab", "aab", true},
        {"*.dcm", "x.dcm.dcm", true},
    };
    for (const Row& row : rows) {
        CAPTURE(row.pattern);
        CAPTURE(row.value);
        CHECK(covers(row.pattern, row.value) == row.covered);
    }
}

TEST_CASE("condition: a glob with many stars takes no time on a value that nearly fits") {
    std::string pattern, value(20'000, 'a');
    for (int i = 0; i < 200; ++i) pattern += "*a";
    auto start = std::chrono::steady_clock::now();
    CHECK_FALSE(covers(pattern + "b", value));
    // Backtracking over all stars would take longer than the machine lives; the bound only has to tell the two apart.
    CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds{20});
}

TEST_CASE("condition: equality, lists and globs look at every value, without padding, case-sensitively") {
    struct Row {
        Subject subject;
        std::vector<std::string> any_of;
        bool expected;
    };
    const Row rows[] = {
        {modality, {"CT"}, true},
        {modality, {"ct"}, false},
        {modality, {"DX", "CT"}, true},
        {modality, {"DX", "MR"}, false},
        {station_name, {"ER-2"}, true},
        {station_name, {"ER-2 "}, true},
        {station_name, {"ER*"}, true},
        {station_name, {"*2"}, true},
        {image_type, {"PRIMARY"}, true},
        {image_type, {"AX*"}, true},
        {image_type, {"DERIVED"}, false},
        {image_type, {"ORIGINAL\\PRIMARY"}, false},
        {study_description, {"*Schädel*"}, true},
        {sop_class_uid, {"1.2.840.10008.5.1.4.1.1.2"}, true},
        {accession_number, {"*"}, false},
        {Origin::calling_ae_title, {"CT?"}, true},
        {Origin::called_ae_title, {"BRIDGE"}, true},
        {Origin::called_ae_title, {"bridge"}, false},
        {Origin::sender, {"ct-*"}, true},
        {Origin::address, {"10.1.0.0/16"}, true},
        {Origin::address, {"10.2.0.0/16", "10.1.2.3"}, true},
        {Origin::address, {"10.1.2.*"}, false},
    };
    for (const Row& row : rows) {
        CAPTURE(row.any_of.front());
        CHECK(holds(matches(row.subject, row.any_of), ct_from_the_emergency_room()) == row.expected);
    }
}

TEST_CASE("condition: exists means present and not empty") {
    Facts facts = ct_from_the_emergency_room();
    CHECK(holds(exists(modality), facts));
    CHECK_FALSE(holds(exists(modality, false), facts));
    CHECK_FALSE(holds(exists(accession_number), facts));
    CHECK(holds(exists(accession_number, false), facts));
    CHECK_FALSE(holds(exists(patient_id), facts));
    facts.sender.clear();
    CHECK_FALSE(holds(exists(Origin::sender), facts));
    CHECK(holds(exists(Origin::sender, false), facts));
    // Whom nobody named is no sender, whatever the pattern.
    CHECK_FALSE(holds(matches(Origin::sender, {"*"}), facts));
}

TEST_CASE("condition: names are compared whole and by each of their groups, without what says nothing") {
    struct Row {
        std::string value;
        std::string pattern;  ///< as `tidy_name` leaves it
        bool expected;
    };
    const std::string yamada = "Yamada^Tarou=山田^太郎=やまだ^たろう";
    const Row rows[] = {
        {yamada, "山田^太郎", true},
        {yamada, "Yamada^Tarou", true},
        {yamada, "やまだ*", true},
        {yamada, yamada, true},
        {yamada, "*=山田*", true},
        {yamada, "山田", false},
        {yamada, "Yamada^Tarou=山田^太郎", false},
        {"Yamada^Tarou==", "Yamada^Tarou", true},
        {"Doe^John^^^", "Doe^John", true},
        {"Doe ^ John", "Doe^John", true},
        {"Doe^John^^Dr", "Doe^John", false},
        {"Doe^John^^Dr", "Doe^John*", true},
        {"Doe", "Doe^John", false},
        {"=山田^太郎", "山田^太郎", true},
        {"=山田^太郎", "?*^太郎", true},
        {"^^", "*", true},  // the whole is there, empty as it is; `exists` is the question for that
    };
    for (const Row& row : rows) {
        CAPTURE(row.value);
        CAPTURE(row.pattern);
        Facts facts;
        facts.header.set(dicom::tags::patient_name, {row.value});
        const dicom::TagPath name(dicom::tags::patient_name);
        CHECK(holds({Leaf{name, "", Matches{{row.pattern}}, true}}, facts) == row.expected);
        // The same text of another VR has no groups.
        CHECK(holds({Leaf{name, "", Matches{{row.pattern}}}}, facts) == covers(row.pattern, row.value));
    }
    Facts facts;
    facts.header.set(dicom::tags::patient_name, {"^^^^"});
    CHECK_FALSE(holds({Leaf{dicom::TagPath(dicom::tags::patient_name), "", Exists{true}, true}}, facts));
}

TEST_CASE("condition: tests of every kind look at every value, at paths, and at how an instance came") {
    Facts facts = ct_from_the_emergency_room();
    const dicom::TagPath step({{{0x0040, 0x0275}, ""}, {{0x0040, 0x0009}, ""}}), csa({{{0x0029, 0x0008}, "ACME"}});
    facts.header.set(step, {"STEP-1", "STEP-2 "});
    facts.header.set(csa, {"41", "42", "forty"});
    const auto regex = [](const char* pattern) { return std::get<Regex>(Regex::compile(pattern, false)); };
    const auto between = [](const char* min, const char* max) {
        return Range{Order::number, bound_of(Order::number, min, true), bound_of(Order::number, max, true)};
    };
    const auto it = [&](const Subject& subject, Test test) {
        return holds({Leaf{subject, "", std::move(test)}}, facts);
    };
    CHECK(it(step, Matches{{"STEP-2"}}));
    CHECK_FALSE(it(step, Matches{{"STEP"}}));
    CHECK(it(step, regex("-2$")));
    CHECK_FALSE(it(step, regex("3")));
    CHECK(it(step, Exists{true}));
    CHECK(it(csa, between("42", "50")));
    CHECK_FALSE(it(csa, between("43", "50")));
    CHECK_FALSE(it(dicom::TagPath({{{0x0029, 0x0008}, "OTHER"}}), Exists{true}));
    CHECK(it(Origin::calling_ae_title, regex("^CT[0-9]$")));
    CHECK(it(Origin::sender, Matches{{*Glob::in_any_case("CT-*")}}));
    std::set<dicom::TagPath> tags;
    add_tags(joined(Join::any, {matches(step, {"x"}), matches(modality, {"CT"}), exists(Origin::sender)}), tags);
    CHECK(tags == std::set{step, modality});
}

TEST_CASE("condition: what cannot be read matches no test, and stops none") {
    Facts facts;
    facts.header.set(image_type, {"\xFF\xFE", std::string("a\0b", 3), "\xEF\xBF\xBD"});
    CHECK_FALSE(holds({Leaf{image_type, "", std::get<Regex>(Regex::compile("^x", true))}}, facts));
    CHECK_FALSE(holds({Leaf{image_type, "", Matches{{*Glob::in_any_case("x*")}}}}, facts));
    CHECK_FALSE(holds({Leaf{image_type, "", Range{Order::date, bound_of(Order::date, "2026", false), {}}}}, facts));
    CHECK(holds({Leaf{image_type, "", Exists{true}}}, facts));
}

TEST_CASE("condition: all, any and not join, and the empty condition holds for everything") {
    Facts facts = ct_from_the_emergency_room();
    Condition yes = matches(modality, {"CT"}), no = matches(modality, {"MR"});
    CHECK(holds(Condition{}, facts));
    CHECK(holds(Condition{}, Facts{}));
    for (bool first : {false, true})
        for (bool second : {false, true}) {
            std::vector<Condition> parts{first ? yes : no, second ? yes : no};
            CHECK(holds(joined(Join::all, parts), facts) == (first && second));
            CHECK(holds(joined(Join::any, parts), facts) == (first || second));
            CHECK(holds(joined(Join::not_all, parts), facts) == !(first && second));
        }
    CHECK(holds(joined(Join::all, {yes, joined(Join::not_all, {joined(Join::any, {no, no})})}), facts));
}

TEST_CASE("condition: why names the tests that decided, in words, with the values that they were put to") {
    const Facts facts = ct_from_the_emergency_room();
    const auto key = [](const char* spelling, Subject subject, Test test) {
        return Condition{Leaf{subject, spelling, std::move(test)}};
    };
    const Condition ct = key("Modality", modality, Matches{{"CT", "DX"}});
    const Condition mr = key("Modality", modality, Matches{{"MR"}});
    const Condition axial = key("ImageType", image_type, Matches{{"AX*"}});
    const Condition derived = key("ImageType", image_type, Matches{{"DERIVED"}});
    const Condition numbered = key("AccessionNumber", accession_number, Exists{true});
    const Finding is_ct{"Modality", "is CT or DX", {"CT"}, true}, is_mr{"Modality", "is MR", {"CT"}, false};
    const Finding is_axial{"ImageType", "is AX*", {"AXIAL"}, true};
    const Finding is_derived{"ImageType", "is DERIVED", {"ORIGINAL", "PRIMARY", "AXIAL"}, false};
    CHECK(why(Condition{}, facts).empty());
    CHECK(why(joined(Join::all, {ct, axial}), facts) == std::vector{is_ct, is_axial});
    CHECK(why(joined(Join::all, {ct, mr, derived}), facts) == std::vector{is_mr});
    CHECK(why(joined(Join::any, {mr, axial, ct}), facts) == std::vector{is_axial});
    CHECK(why(joined(Join::any, {mr, derived}), facts) == std::vector{is_mr, is_derived});
    CHECK(why(joined(Join::not_all, {mr}), facts) == std::vector{Finding{"Modality", "is not MR", {"CT"}, true}});
    CHECK(why(joined(Join::not_all, {ct, axial}), facts) ==
          std::vector{Finding{"Modality", "is not CT or DX", {"CT"}, false},
                      Finding{"ImageType", "is not AX*", {"AXIAL"}, false}});
    const Condition in_any_case =
        key("ImageType", image_type, Matches{{*Glob::in_any_case("ax*"), *Glob::in_any_case("x")}});
    CHECK(why(in_any_case, facts) == std::vector{Finding{"ImageType", "is ax* or x, in any case", {"AXIAL"}, true}});
    const Condition trial = key("Modality", modality, std::get<Regex>(Regex::compile("^c", true)));
    CHECK(why(trial, facts) == std::vector{Finding{"Modality", "matches (?i)^c", {"CT"}, true}});
    CHECK(in_words(std::get<Leaf>(trial.node).test, true) == "does not match (?i)^c");
    const auto from = bound_of(Order::date, "20260101", false), to = bound_of(Order::date, "20261231", false);
    CHECK(in_words(Range{Order::date, from, to}, false) == "from 20260101 to 20261231");
    CHECK(in_words(Range{Order::date, from, to}, true) == "not from 20260101 to 20261231");
    CHECK(in_words(Range{Order::date, from, {}}, false) == "at least 20260101");
    CHECK(in_words(Range{Order::date, {}, to}, true) == "not at most 20261231");
    CHECK(in_words(Matches{{"CT", "DX", "MR"}}, false) == "is CT, DX or MR");
    CHECK(why(numbered, facts) == std::vector{Finding{"AccessionNumber", "is present", {}, false}});
    CHECK(why(joined(Join::not_all, {numbered}), facts) ==
          std::vector{Finding{"AccessionNumber", "is absent or empty", {}, true}});
}

TEST_CASE("condition: why shows a few values, each cut between two characters") {
    Facts facts;
    std::vector<std::string> many(1000, "x");
    many.front() = std::string(63, 'a') + "éé";
    facts.header.set(image_type, many);
    const std::vector<Finding> findings = why(matches(image_type, {"y"}), facts);
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].values == std::vector<std::string>{std::string(63, 'a') + "…", "x", "x", "x"});
}

namespace {

Condition random_condition(std::mt19937& random, int depth) {
    if (depth == 0 || random() % 3 == 0) {
        const Subject subjects[] = {modality, image_type, accession_number, Origin::calling_ae_title};
        const Subject subject = subjects[random() % 4];
        if (random() % 4 == 0) return exists(subject, random() % 2 == 0);
        if (random() % 4 == 0) return {Leaf{subject, "", std::get<Regex>(Regex::compile("^[A-C]", false))}};
        if (random() % 4 == 0) return {Leaf{subject, "", Range{Order::number, bound_of(Order::number, "0", true), {}}}};
        const char* const patterns[] = {"CT", "MR", "*", "AX*", "CT1"};
        return matches(subject, {patterns[random() % 5]});
    }
    std::vector<Condition> parts;
    for (unsigned i = random() % 4; i > 0; --i) parts.push_back(random_condition(random, depth - 1));
    const Join joins[] = {Join::all, Join::any, Join::not_all};
    return joined(joins[random() % 3], std::move(parts));
}

/// The joining words, said once more and plainly.
bool plainly(const Condition& condition, const Facts& facts) {
    const auto* branch = std::get_if<Branch>(&condition.node);
    if (!branch) return holds(condition, facts);
    bool all = true, any = false;
    for (const Condition& part : branch->parts) {
        const bool it_does = plainly(part, facts);
        all = all && it_does;
        any = any || it_does;
    }
    return branch->join == Join::any ? any : branch->join == Join::all ? all : !all;
}

}  // namespace

TEST_CASE("condition: why never disagrees with what holds, over random conditions") {
    constexpr unsigned seed = 20260115;
    CAPTURE(seed);
    std::mt19937 random(seed);
    const Facts facts = ct_from_the_emergency_room();
    std::size_t explained = 0;
    for (int i = 0; i < 20'000; ++i) {
        const Condition condition = random_condition(random, 4);
        const bool expected = plainly(condition, facts);
        CHECK(holds(condition, facts) == expected);
        for (const Finding& finding : why(condition, facts)) {
            CHECK(finding.holds == expected);
            ++explained;
        }
    }
    CHECK(explained > 10'000);
}

TEST_CASE("condition: networks of both families, and IPv4 inside IPv6") {
    struct Row {
        std::string_view network;
        std::string_view address;
        bool inside;
    };
    const Row rows[] = {
        {"10.1.0.0/16", "10.1.255.255", true},
        {"10.1.0.0/16", "10.2.0.0", false},
        {"10.1.2.3", "10.1.2.3", true},
        {"10.1.2.3", "10.1.2.30", false},
        {"0.0.0.0/0", "192.0.2.1", true},
        {"0.0.0.0/0", "2001:db8::1", false},
        {"10.1.2.0/25", "10.1.2.127", true},
        {"10.1.2.0/25", "10.1.2.128", false},
        {"2001:db8::/33", "2001:db8:7fff::", true},
        {"2001:db8::/33", "2001:db8:8000::", false},
        {"10.0.0.0/8", "::ffff:10.9.8.7", true},
        {"::/0", "2001:db8::1", true},
        {"10.1.0.0/33", "10.1.0.0", false},
        {"10.1.0.0/", "10.1.0.0", false},
        {"10.1.0.0/-1", "10.1.0.0", false},
        {"10.1.0.0/16", "not an address", false},
        {"pacs", "10.1.0.0", false},
        {"127.0.0.0/8", "127.0.0.1", true},
    };
    for (const Row& row : rows) {
        CAPTURE(row.network);
        CAPTURE(row.address);
        CHECK(in_network(row.network, row.address) == row.inside);
    }
    CHECK(is_loopback("127.5.0.1"));
    CHECK(is_loopback("::1"));
    CHECK_FALSE(is_loopback("0.0.0.0"));
    CHECK_FALSE(is_loopback("10.0.0.1"));
}

}  // namespace broker::route
