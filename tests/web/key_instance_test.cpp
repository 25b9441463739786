/// Which instance stands for a series, and which series for a study.
#include "web/dicomweb/key_instance.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using outbox::SeriesMember;
using outbox::SeriesView;
using web::dicomweb::keys_of;

namespace {

const std::string ct = "1.2.840.10008.5.1.4.1.1.2", report = "1.2.840.10008.5.1.4.1.1.88.22";

SeriesView series(const std::string& uid, const std::string& modality) {
    SeriesView view;
    view.series_instance_uid = uid;
    view.modality = modality;
    return view;
}

}  // namespace

TEST_CASE("key instance: storage classes without pixels are known, all others count as images") {
    const std::string storage = "1.2.840.10008.5.1.4.1.1.";
    for (const char* with :
         {"1",     "1.1",    "1.2",    "2",      "2.1",  "3.1",  "4",      "4.1",      "6.1",      "7",      "7.2",
          "12.1",  "13.1.3", "20",     "30",     "66.4", "66.7", "77.1.1", "77.1.4.1", "77.1.5.1", "77.1.6", "128",
          "481.1", "481.2",  "481.23", "481.24", "88",   "104",  "40",     "81.1",     "82.1"}) {
        CAPTURE(with);
        CHECK(web::dicomweb::may_have_pixels(storage + with));
    }
    for (const char* without :
         {"4.2",   "8",     "9",     "9.1.1", "9.7.4", "10",    "11",     "11.1",     "11.12", "66",
          "66.1",  "66.2",  "66.3",  "66.5",  "66.6",  "67",    "68.1",   "77.1.5.3", "78.1",  "79.1",
          "80.1",  "88.11", "88.22", "88.34", "88.59", "88.67", "90.1",   "91.1",     "104.1", "104.2",
          "104.3", "200.2", "201.1", "481.3", "481.5", "481.8", "481.10", "481.21",   "481.25"}) {
        CAPTURE(without);
        CHECK_FALSE(web::dicomweb::may_have_pixels(storage + without));
    }
    CHECK_FALSE(web::dicomweb::may_have_pixels("1.2.840.10008.5.1.4.34.7"));
    CHECK_FALSE(web::dicomweb::may_have_pixels("1.2.840.10008.5.1.4.38.1"));
    for (const char* unknown : {"", "1.2.3", "1.3.12.2.1107.5.9.1", "1.2.840.10008.5.1.4.1.1.999"})
        CHECK(web::dicomweb::may_have_pixels(unknown));
}

TEST_CASE("key instance: the middle one of those that can be looked at") {
    CHECK(keys_of({}).empty());
    std::vector<SeriesMember> members;
    const std::size_t expected[] = {0, 0, 1, 1, 2};
    for (std::size_t count = 1; count <= 5; ++count) {
        members.push_back({std::to_string(count), ct, true});
        CAPTURE(count);
        CHECK(keys_of(members).front() == expected[count - 1]);
    }
    members[2].is_kept = false;  // 0 1 3 4
    CHECK(keys_of(members).front() == 1U);
    members[1].sop_class_uid = report;  // 0 3 4
    CHECK(keys_of(members).front() == 3U);
    CHECK(web::dicomweb::is_viewable(members[3]));
    CHECK_FALSE(web::dicomweb::is_viewable(members[2]));
    CHECK_FALSE(web::dicomweb::is_viewable(members[1]));
}

TEST_CASE("key instance: its neighbours may stand for it, three in all") {
    std::vector<SeriesMember> members;
    for (std::size_t i = 0; i < 9; ++i) members.push_back({std::to_string(i), ct, i != 5});
    CHECK(keys_of(members) == std::vector<std::size_t>{3, 4, 2});
    members.resize(2);
    CHECK(keys_of(members) == std::vector<std::size_t>{0, 1});
}

TEST_CASE("key instance: where none can be looked at, the first that is kept, else the first") {
    std::vector<SeriesMember> members{{"1", ct, false}, {"2", report, true}, {"3", report, true}};
    CHECK(keys_of(members).front() == 1U);
    members[1].is_kept = members[2].is_kept = false;
    CHECK(keys_of(members).front() == 0U);
}

TEST_CASE("key instance: series go as they are, reports and presentations last, those without a UID not at all") {
    const auto ordered =
        web::dicomweb::in_order_of_sight({series("1", "SR"), series("2", "CT"), series("", "CT"), series("3", "PR"),
                                          series("4", "MR"), series("5", "KO"), series("6", "DOC"), series("7", "")});
    std::string order;
    for (const SeriesView& each : ordered) order += each.series_instance_uid;
    CHECK(order == "2471356");
}
