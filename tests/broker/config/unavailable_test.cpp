/// Unavailable: settings whose feature this version lacks are checked, then refused.
#include <doctest/doctest.h>

#include "tests/broker/config/files.h"

namespace broker::config {

namespace {

const std::string pacs =
    "[[destination]]\nname = \"p\"\nae_title = \"P\"\nhost = \"10.0.0.5\"\nport = 104\n";  // 5 lines
const std::string route = pacs + "[[route]]\nname = \"r\"\nto = [\"p\"]\n";                // 8 lines
const std::string satusehat =
    "[[destination]]\nname = \"s\"\nkind = \"satusehat\"\nenvironment = \"staging\"\norganization_id = \"1\"\n"
    "client_id_file = \"a\"\nclient_secret_env = \"B\"\n";

}  // namespace

TEST_CASE("config: a setting whose feature is missing is refused by name") {
    struct Row {
        std::string toml;
        std::string line;
    };
    const Row rows[] = {
        {"[retention]\npurge_early_below = \"15%\"\n", "2: retention.purge_early_below: purge_early_below"},
        {"[[destination]]\nname = \"w\"\nkind = \"dicomweb\"\nurl = \"https://x/\"\n",
         "3: destination[w].kind: kind = \"dicomweb\""},
    };
    for (const Row& row : rows) {
        Loaded loaded = Files{}.load_text(row.toml);
        CAPTURE(row.toml);
        CAPTURE(joined(lines(loaded.problems)));
        CHECK_FALSE(loaded.config);
        REQUIRE(loaded.problems.size() == 1);
        CHECK(lines(loaded.problems).front() == row.line + " is not available in this version");
    }
}

TEST_CASE("config: an unavailable setting that is wrong is said to be wrong, too") {
    struct Row {
        std::string toml;
        std::string line;
    };
    const Row rows[] = {
        {"[http.tls]\nkey_file = \"k\"\n", "1: http.tls: certificate_file is missing"},
        {pacs + "failover = [\"q\"]\n", "6: destination[p].failover: there is no [[destination]] \"q\""},
        {"[[destination]]\nname = \"s\"\nkind = \"satusehat\"\n", "1: destination[s]: environment is missing"},
        {satusehat + "base_url = \"https://x\"\n", "1: destination[s]: give environment or base_url, not both"},
        {satusehat + "dicom_url = \"http://example.org\"\n", "8: destination[s].dicom_url: must be https://"},
        {satusehat + "[destination.webhook]\nurl = \"http://simrs.example/x\"\n",
         "9: destination[s].webhook.url: must be https://"},
        {satusehat + "[destination.webhook]\nurl = \"http://localhost/x\"\nuser = \"u\"\n",
         "8: destination[s].webhook: password_file or password_env is missing"},
        {satusehat + "[destination.webhook]\nurl = \"https://h/x\"\npassword_file = \"p\"\n",
         "8: destination[s].webhook: user is missing"},
        {satusehat + "[destination.webhook]\nurl = \"https://h/x\"\nuser = \"a:b\"\npassword_file = \"p\"\n",
         "10: destination[s].webhook.user: must not have a colon"},
        {"[[destination]]\nname = \"w\"\nkind = \"dicomweb\"\nurl = \"https://x/\"\nauth = { kind = \"basic\", user = "
         "\"u\" }\n",
         "5: destination[w].auth: password_file or password_env is missing"},
    };
    for (const Row& row : rows) {
        Loaded loaded = Files{}.load_text(row.toml);
        CAPTURE(row.toml);
        std::string all = joined(lines(loaded.problems));
        CAPTURE(all);
        CHECK(all.find(row.line) != std::string::npos);
    }
}

TEST_CASE("config: the defaults of what is missing may be written down") {
    Loaded loaded =
        Files{}.load_text("[retention]\npurge_early_below = \"off\"\n[http]\nbind = \"127.0.0.1\"\n" + pacs +
                          "confirm = \"none\"\nafter_study_quiet = \"0s\"\non_new_version = \"replace\"\n");
    CAPTURE(joined(lines(loaded.problems)));
    REQUIRE(loaded.config);
    CHECK(loaded.notices.empty());
    CHECK(loaded.config->destinations[0].on_new_version == OnNewVersion::replace);
}

}  // namespace broker::config
