// Doubts: each thing that speaks against an order is raised, an absent one is not, and none twice once it is confirmed.
#include "broker/deliver/satusehat/doubts.h"

#include <doctest/doctest.h>

#include <fmt/format.h>

#include <algorithm>

#include "tests/broker/deliver/satusehat/samples.h"

using namespace broker::deliver::satusehat;
using samples::instance;

namespace {

/// A study as `doubts` sees it, to be changed by a test.
struct Case {
    std::vector<InstanceFacts> instances{instance(1, 1), instance(1, 2)};
    Order order = samples::order();
    std::vector<Order> others = {};
    std::vector<EarlierUse> earlier = {};
    bool has_more_orders = false;

    std::vector<DoubtRaised> look(const std::set<std::string>& confirmed = {}) const {
        return doubts({std::string(samples::study_uid), instances, order, others, earlier, "", has_more_orders},
                      samples::jakarta(), confirmed);
    }
    /// Their words, joined.
    std::string words() const {
        std::string all;
        for (const DoubtRaised& each : look()) all += (all.empty() ? "" : " ") + std::string(to_string(each.doubt));
        return all;
    }
    std::string only_fingerprint() const {
        const auto raised = look();
        REQUIRE(raised.size() == 1);
        return raised.front().fingerprint;
    }
};

/// One of each, and what was changed for it.
std::vector<std::pair<Doubt, Case>> each_alone() {
    std::vector<std::pair<Doubt, Case>> all;
    const auto add = [&](Doubt doubt, auto change) {
        Case made;
        change(made);
        all.emplace_back(doubt, made);
    };
    add(Doubt::other_patient_id, [](Case& c) { c.earlier = {{"RM-99-99", "19800229"}}; });
    add(Doubt::other_birth_date, [](Case& c) { c.earlier = {{"RM-41-77", "19800301"}}; });
    add(Doubt::several_patients, [](Case& c) { c.instances[1].patient_id = "RM-99-99"; });
    add(Doubt::several_accessions, [](Case& c) { c.instances[1].accession = samples::number("RS-0078/A"); });
    add(Doubt::several_subjects, [](Case& c) {
        c.others = {samples::order()};
        c.others[0].service_request_id = "other";
        c.others[0].patient_reference = "Patient/P07770000999";
    });
    add(Doubt::more_orders, [](Case& c) { c.has_more_orders = true; });
    add(Doubt::other_modality, [](Case& c) { c.order.modalities = {"US"}; });
    add(Doubt::other_day, [](Case& c) { c.order.occurrence = "2025-12-01"; });
    return all;
}

}  // namespace

TEST_CASE("doubts: a study that fits its order raises none") {
    Case fits;
    CHECK(fits.words() == "");
    fits.earlier = {{"RM-41-77", "1980.02.29"}, {" RM-41-77 ", ""}, {"", ""}};
    fits.others = {samples::order()};
    CHECK(fits.words() == "");
}

TEST_CASE("doubts: each is raised alone by what it is about") {
    for (const auto& [doubt, made] : each_alone()) {
        CAPTURE(to_string(doubt));
        CHECK(made.words() == to_string(doubt));
    }
    CHECK(each_alone().size() == static_cast<std::size_t>(Doubt::other_day) + 1);
    Case birth;
    birth.instances[1].birth_date = "19800301";
    CHECK(birth.words() == "several_patients");
}

TEST_CASE("doubts: what is absent is no doubt") {
    Case bare;
    for (auto& each : bare.instances) {
        each.patient_id = each.birth_date = each.modality = "";
        each.accession = std::nullopt;
        each.study = each.series = each.acquisition = each.content = {};
    }
    bare.earlier = {{"RM-99-99", "19700101"}};
    CHECK(bare.words() == "");
    Case order;
    order.order.modalities = {};
    order.order.occurrence = "";
    order.earlier = {{"", ""}, {" ", "00000000"}};
    order.instances[1].patient_id = "";
    order.instances[1].birth_date = "unknown";
    order.instances[1].accession = std::nullopt;
    CHECK(order.words() == "");
    order.order.occurrence = "soon";
    CHECK(order.words() == "");
}

TEST_CASE("doubts: several at once are all raised, in order") {
    Case all;
    all.instances[1].patient_id = "RM-99-99";
    all.instances[1].accession = samples::number("RS-0078/A");
    all.order.modalities = {"MG"};
    all.order.occurrence = "2027-01-01T00:00:00Z";
    all.earlier = {{"RM-00-00", "19700101"}};
    all.others = {samples::order()};
    all.others[0].patient_reference = "Patient/P07770000999";
    CHECK(all.words() ==
          "other_patient_id other_birth_date several_patients several_accessions several_subjects "
          "other_modality other_day");
}

TEST_CASE("doubts: one that a person confirmed isn't raised again, others are") {
    for (const auto& [doubt, made] : each_alone()) {
        CAPTURE(to_string(doubt));
        CHECK(made.look({made.only_fingerprint()}).empty());
        CHECK(made.look({"another"}).size() == 1);
        Case more = made;
        (doubt == Doubt::other_modality ? more.order.occurrence : more.order.modalities.emplace_back()) = "2020-01-01";
        if (doubt != Doubt::other_modality) more.order.modalities = {"US"};
        CHECK(more.look().size() == 2);
        CHECK(more.look({made.only_fingerprint()}).size() == 1);
    }
}

TEST_CASE("doubts: the same doubt has the same fingerprint, whatever comes in another order or twice") {
    for (const auto& [doubt, made] : each_alone()) {
        CAPTURE(to_string(doubt));
        Case same = made;
        std::reverse(same.instances.begin(), same.instances.end());
        same.instances.push_back(same.instances.front());
        std::reverse(same.earlier.begin(), same.earlier.end());
        same.earlier.insert(same.earlier.end(), made.earlier.begin(), made.earlier.end());
        CHECK(same.only_fingerprint() == made.only_fingerprint());
        // A late instance that says the same, and a report beside it.
        same.instances.push_back(instance(2, 1, "CT"));
        same.instances.push_back(instance(3, 1, "SR"));
        CHECK(same.only_fingerprint() == made.only_fingerprint());
        // Its own use, once it is recorded.
        same.earlier.push_back({"RM-41-77", "19800229"});
        if (doubt != Doubt::several_patients) CHECK(same.only_fingerprint() == made.only_fingerprint());
    }
}

TEST_CASE("doubts: another study, order or value is another doubt") {
    std::set<std::string> all;
    for (const auto& [doubt, made] : each_alone()) {
        CAPTURE(to_string(doubt));
        CHECK(all.insert(made.only_fingerprint()).second);
        Case other = made;
        other.order.service_request_id = "7d4c1f00-0000-4000-8000-000000000009";
        CHECK(all.insert(other.only_fingerprint()).second);
        const auto another_study =
            doubts({"2.25.1", made.instances, made.order, made.others, made.earlier, "", made.has_more_orders},
                   samples::jakarta());
        REQUIRE(another_study.size() == 1);
        CHECK(all.insert(another_study.front().fingerprint).second);
    }
    const auto changed = [&](auto change) {
        Case made;
        change(made);
        return all.insert(made.only_fingerprint()).second;
    };
    CHECK(changed([](Case& c) { c.earlier = {{"RM-99-98", ""}}; }));
    CHECK(changed([](Case& c) { c.earlier = {{"RM-99-99", ""}, {"RM-99-98", ""}}; }));
    CHECK(changed([](Case& c) { c.earlier = {{"", "19800302"}}; }));
    CHECK(changed([](Case& c) { c.instances[1].patient_id = "RM-99-98"; }));
    CHECK(changed([](Case& c) { c.instances[1].accession = samples::number("RS-0079/A"); }));
    CHECK(changed([](Case& c) { c.order.modalities = {"MR"}; }));
    CHECK(changed([](Case& c) { c.order.occurrence = "2025-12-02"; }));
}

TEST_CASE("doubts: neither words nor fingerprints show who it is") {
    for (const auto& [doubt, made] : each_alone()) {
        CAPTURE(to_string(doubt));
        for (const DoubtRaised& each : made.look())
            for (const std::string_view value : {"RM-41", "RM-99", "19800229", "1980", "P0777", "RS-007"}) {
                CHECK(each.text.find(value) == std::string::npos);
                CHECK(each.fingerprint.find(value) == std::string::npos);
            }
    }
    Case odd;
    for (auto& each : odd.instances) each.modality = "<SITI AMINAH>";
    CHECK(odd.look().front().text == "the order is for CT, the study holds something else");
    Case plain;
    plain.order.modalities = {"US", "SR"};
    CHECK(plain.look().front().text == "the order is for US, the study holds CT");
}

TEST_CASE("doubts: modalities agree where one is shared, and what accompanies never disagrees") {
    struct Row {
        std::set<std::string> study, order;
        bool agree;
    };
    for (const Row& row : {Row{{"CT"}, {"CT"}, true},    {{"CT"}, {"MR"}, false},
                           {{"CT", "PT"}, {"PT"}, true}, {{"CT"}, {"MR", "CT"}, true},
                           {{"CR"}, {"DX"}, true},       {{"DX"}, {"CR"}, true},
                           {{"RG"}, {"DR"}, true},       {{"DR"}, {"DX"}, true},
                           {{"MG"}, {"DX"}, false},      {{"XA"}, {"RF"}, false},
                           {{"US"}, {"DX"}, false},      {{"SR"}, {"CT"}, true},
                           {{"PR", "KO"}, {"CT"}, true}, {{"OT"}, {"MR"}, true},
                           {{"CT"}, {"OT"}, true},       {{"CT", "SR"}, {"MR"}, false},
                           {{"CT", "SR"}, {"SR"}, true}, {{}, {"CT"}, true},
                           {{"CT"}, {}, true},           {{" ct "}, {"CT"}, true},
                           {{"DOC"}, {"US"}, true},      {{"SEG"}, {"US"}, true}}) {
        CAPTURE(fmt::format("{} {}", row.study.empty() ? "" : *row.study.begin(),
                            row.order.empty() ? "" : *row.order.begin()));
        CHECK(modalities_agree(row.study, row.order) == row.agree);
    }
}

TEST_CASE("doubts: a study may be a day before its order's day, and sixty after, by the day of the wall") {
    const auto raises = [](std::string_view occurrence, std::string_view date = "20260302",
                           std::string_view time = "083007") {
        Case made;
        made.order.occurrence = std::string(occurrence);
        for (auto& each : made.instances) each.study = {std::string(date), std::string(time)};
        return made.words() == "other_day";
    };
    CHECK_FALSE(raises("2026-03-02"));
    CHECK_FALSE(raises("2026-03-03"));
    CHECK(raises("2026-03-04"));
    CHECK_FALSE(raises("2026-01-01"));
    CHECK(raises("2025-12-31"));
    // 17:00 in UTC is the next day in Jakarta.
    CHECK_FALSE(raises("2026-03-03T16:59:59+00:00"));
    CHECK(raises("2026-03-03T17:00:00+00:00"));
    CHECK_FALSE(raises("2026-03-03T23:59:59+07:00"));
    // Less than a whole date is anything that it may be.
    CHECK_FALSE(raises("2026"));
    CHECK_FALSE(raises("2026-01"));
    CHECK(raises("2025"));
    CHECK(raises("2026-04"));
    CHECK(raises("2025-11-01"));
    // Just after midnight on the wall is still the day before in UTC.
    CHECK_FALSE(raises("2026-03-03", "20260302", "000100"));
    CHECK(raises("2026-03-04", "20260302", "235900"));
    // The earliest instance counts, wherever it stands.
    Case spread;
    spread.order.occurrence = "2026-01-01";
    spread.instances[0].study.date = "20260310";
    CHECK(spread.words() == "");
    std::swap(spread.instances[0], spread.instances[1]);
    CHECK(spread.words() == "");
    Case late;
    late.order.occurrence = "2025-12-31";
    CHECK(late.look().front().text == "the study was made 61 days after the day of its order");
    late.order.occurrence = "2026-03-04";
    CHECK(late.look().front().text == "the study was made 2 days before the day of its order");
}

TEST_CASE("doubts: another number than the study is registered with is one of several, whichever are still here") {
    const auto raised_with = [](const char* registered) {
        const Case made;
        return doubts(
            {std::string(samples::study_uid), made.instances, made.order, made.others, made.earlier, registered},
            samples::jakarta());
    };
    CHECK(raised_with("").empty());
    CHECK(raised_with("RS-0077/A").empty());
    REQUIRE(raised_with("RS-0099/Z").size() == 1);
    CHECK(raised_with("RS-0099/Z").front().doubt == Doubt::several_accessions);
}
