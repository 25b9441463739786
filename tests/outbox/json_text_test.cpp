/// JSON by hand: lists of names there and back.
#include "outbox/json_text.h"

#include <doctest/doctest.h>

namespace outbox {

TEST_CASE("json text: every list of names comes back as it was") {
    const std::vector<std::vector<std::string>> lists{{},
                                                      {""},
                                                      {"a"},
                                                      {"a", "b c", ","},
                                                      {"\"quoted\"", "back\\slash", "]", "[\"x\"]"},
                                                      {"tab\tline\n\x7f", "π 画像"}};
    for (const auto& names : lists) {
        const std::string json = json_names(names);
        CAPTURE(json);
        CHECK(parse_json_names(json) == names);
    }
    CHECK(json_names({"a\"b"}) == R"(["a\"b"])");
    // What is torn gives what can be read of it, and nothing worse.
    for (const char* torn : {"", "[", "[\"", "[\"a\\", "[\"\\u00", "[\"a\",\"b"})
        CHECK(parse_json_names(torn).size() <= 2);
}

TEST_CASE("json text: objects of texts leave out what is empty, and lists follow each other as one") {
    CHECK(json_texts({}) == "{}");
    CHECK(json_texts({{"a", ""}, {"b", "x\"y"}, {"c", "z"}}) == R"({"b":"x\"y","c":"z"})");
    CHECK(joined_lists("", "[1]") == "[1]");
    CHECK(joined_lists("[]", "[1]") == "[1]");
    CHECK(joined_lists("[{\"a\":1},2]", "[3]") == "[{\"a\":1},2,3]");
}

}  // namespace outbox
