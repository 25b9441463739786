// The windows that an instance names itself, over the API.
#include <doctest/doctest.h>
#include <boost/json/parse.hpp>

#include "client.h"
#include "rig.h"

using test::get;

TEST_CASE("windows: those of an instance are listed as window= takes them, with their explanations") {
    test::Rig rig;
    rig.receive({});
    const test::Got got = get(rig.port(), "/api/v1/instances/1.2.3.1/windows");
    CHECK(got.status == 200);
    CHECK(boost::json::parse(got.body) == boost::json::parse(R"({"version": 1, "items": [
        {"window": "40,80,linear", "centre": 4E1, "width": 8E1, "explanation": "BRAIN"},
        {"window": "-600,1500,sigmoid", "centre": -6E2, "width": 1.5E3, "explanation": "<b>LUNG"}]})"));
}

TEST_CASE("windows: of what isn't there there are none, and it is said why") {
    test::Rig rig;
    CHECK(get(rig.port(), "/api/v1/instances/1.2.3.9/windows").status == 404);
    rig.receive({});
    CHECK(get(rig.port(), "/api/v1/instances/1.2.3.1/windows?frame=1").status == 400);
    rig.render.has_bytes = false;
    CHECK(get(rig.port(), "/api/v1/instances/1.2.3.1/windows").status == 409);
}
