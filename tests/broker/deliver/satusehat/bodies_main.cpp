// Writes ImagingStudy bodies as the bridge makes them, one file each, for a validator that others wrote.
#include <fmt/format.h>

#include <fstream>
#include <iostream>

#include "broker/deliver/satusehat/study_union.h"
#include "tests/broker/deliver/satusehat/samples.h"

namespace {

using namespace broker::deliver::satusehat;
using samples::instance;

InstanceFacts of(InstanceFacts facts, std::string_view sop_class, std::string_view title) {
    facts.sop_class_uid = std::string(sop_class);
    facts.title = std::string(title);
    return facts;
}

/// One with nothing that an instance may lack.
InstanceFacts bare() {
    InstanceFacts facts = instance(1, 1, "US");
    facts.study_description = facts.series_description = facts.title = "";
    facts.series_number = facts.instance_number = {};
    facts.study = facts.series = {};
    return facts;
}

boost::json::object body(const std::vector<InstanceFacts>& instances, Style style = Style::utc) {
    return imaging_study(samples::key(), instances, samples::order(), {samples::jakarta(), style, true}).resource;
}

boost::json::object united() {
    boost::json::object there = body({instance(1, 1)});
    there["id"] = "5c000000-0000-4000-8000-000000000001";
    there["interpreter"] = samples::json(R"([{"reference": "Practitioner/10077700001"}])");
    return merge(there, body({instance(1, 2), instance(2, 1, "SR")})).resource;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) {
        std::cerr << "usage: satusehat_bodies FOLDER\n";
        return 2;
    }
    const std::vector<std::pair<std::string, boost::json::object>> bodies{
        {"ct", body({instance(1, 1), instance(1, 2)})},
        {"dx", body({of(instance(1, 1, "DX"), "1.2.840.10008.5.1.4.1.1.1.1", "DERIVED\\PRIMARY")}, Style::offset)},
        {"us", body({of(instance(1, 1, "US"), "1.2.840.10008.5.1.4.1.1.6.1", "ORIGINAL\\PRIMARY\\\\0001")})},
        {"sr", body({of(instance(1, 1, "SR"), "1.2.840.10008.5.1.4.1.1.88.22", "Laporan – 報告")})},
        {"two_series", body({instance(1, 1, "PT"), instance(2, 1), instance(2, 2)})},
        {"bare", body({bare()})},
        {"united", united()},
    };
    for (const auto& [name, resource] : bodies) {
        std::ofstream file(fmt::format("{}/{}.json", argv[1], name));
        file << samples::text(resource);
        if (!file.flush()) return 1;
    }
    return 0;
}
