/// Problems: a table of bad configurations, each with the one line that says what is wrong with it.
#include <doctest/doctest.h>

#include "tests/broker/config/files.h"

namespace broker::config {

namespace {

struct Bad {
    std::string toml;
    std::string line;  ///< "LINE: KEY: TEXT", of which the beginning is compared
};

/// Each text has exactly one problem, and it begins as the row says.
void check_each(const std::vector<Bad>& rows) {
    for (const Bad& row : rows) {
        Files files;
        Loaded loaded = files.load_text(row.toml);
        CAPTURE(row.toml);
        CAPTURE(joined(lines(loaded.problems)));
        CHECK_FALSE(loaded.config);
        REQUIRE(loaded.problems.size() == 1);
        CAPTURE(row.line);
        CHECK(lines(loaded.problems).front().starts_with(row.line));
        CHECK(loaded.problems.front().file == (files.folder() / "bridge.toml").string());
    }
}

const std::string pacs =
    "[[destination]]\nname = \"pacs\"\nae_title = \"PACS\"\nhost = \"10.0.0.5\"\nport = 104\n";      // 5 lines
const std::string folder = "[[destination]]\nname = \"f\"\nkind = \"folder\"\npath = \"/srv/f\"\n";  // 4 lines
const std::string to_pacs = pacs + "[[route]]\nname = \"r\"\nto = [\"pacs\"]\n";                     // 8 lines

}  // namespace

TEST_CASE("config: an unknown key is refused with the key that was probably meant") {
    check_each({
        {"[dicom]\naetitle = \"X\"\n", "2: dicom.aetitle: unknown key; did you mean \"ae_title\"?"},
        {"[dicom]\nprot = 104\n", "2: dicom.prot: unknown key; did you mean \"port\"?"},
        {"[dicom]\nwhatsoever = 1\n", "2: dicom.whatsoever: unknown key"},
        {"[dicmo]\nport = 104\n", "1: dicmo: unknown key; did you mean \"dicom\"?"},
        {"[[destinations]]\nname = \"x\"\n", "1: destinations: unknown key; did you mean \"destination\"?"},
        {"port = 104\n", "1: port: unknown key"},
        {pacs + "retries = 3\n", "6: destination[pacs].retries: unknown key"},
    });
}

TEST_CASE("config: a key of the table above is said to belong there") {
    Files files;
    Loaded loaded = files.load_text(pacs + "[destination.tls]\nca_file = \"ca.pem\"\nparallel = 4\n");
    CAPTURE(joined(lines(loaded.problems)));
    REQUIRE(loaded.problems.size() == 1);
    CHECK(lines(loaded.problems)[0] ==
          "8: destination[pacs].tls.parallel: unknown key; belongs above [destination.tls]?");
    check_each({{to_pacs + "[route.when]\nModality = \"CT\"\npriority = \"high\"\n",
                 "11: route[r].when.priority: unknown key; belongs above [route.when]?"}});
}

TEST_CASE("config: who is told of alarms is written plainly, and no secret goes there in the clear") {
    const std::string smtp = "[[notify]]\nkind = \"smtp\"\nhost = \"m\"\n";
    check_each({
        {smtp + "from = \"Bridge <a@b>\"\nto = [\"c@d\"]\n", "4: notify[1].from: must be a plain address"},
        {smtp + "from = \"a@b\"\nto = [\"c@d\", \"e\"]\n", "5: notify[1].to: must be a plain address"},
        {smtp + "from = \"a@b\"\n", "1: notify[1]: to is missing"},
        {smtp + "from = \"a@b\"\nto = [\"c@d\"]\nuser = \"u\"\n",
         "1: notify[1]: password_file or password_env is missing"},
        {smtp + "from = \"a@b\"\nto = [\"c@d\"]\nuser = \"u\"\npassword_env = \"P\"\nsecurity = \"none\"\n",
         "8: notify[1].security: \"none\" would send the password"},
        {"[[notify]]\n", "1: notify[1]: url is missing"},
        {"[[notify]]\nurl = \"http://10.0.0.9/x\"\ntoken_env = \"T\"\n", "2: notify[1].url: must be https://"},
        {"[heartbeat]\nurl = \"http://10.0.0.9/x\"\ntoken_env = \"T\"\n", "2: heartbeat.url: must be https://"},
    });
    Files files;
    const Loaded loaded = files.load_text("[[notify]]\nurl = \"http://10.0.0.9/x\"\n" + smtp +
                                          "from = \"a@b\"\nto = [\"c@d\"]\nuser = \"u\"\npassword_env = \"P\"\n"
                                          "[heartbeat]\nurl = \"http://127.0.0.1/x\"\ntoken_env = \"T\"\n");
    CAPTURE(joined(lines(loaded.problems)));
    CHECK(loaded.config);
}

TEST_CASE("config: a national platform") {
    const std::string national =
        "[[destination]]\nname = \"s\"\nkind = \"satusehat\"\nenvironment = \"staging\"\n"
        "organization_id = \"100099901\"\nclient_id_file = \"a\"\nclient_secret_env = \"B\"\n";  // 7 lines
    check_each({
        {national + "confirm = \"commitment\"\n", "8: destination[s].confirm: must be \"none\", or \"query\""},
        {national + "proxy = \"https://proxy:3128\"\n", "8: destination[s].proxy: must be http://"},
        {national + "proxy = \"http://u:p@proxy:3128\"\n", "8: destination[s].proxy: must be a URL"},
        {national + "dicom_url = \"https://x/gateway\"\n", "8: destination[s].dicom_url: must be a server alone"},
        {national + "dicom_url = \"https://x:70000\"\n", "8: destination[s].dicom_url: must be a URL"},
        {national + "dicom_url = \"https://x#y\"\n", "8: destination[s].dicom_url: must be a URL"},
        {national + "user_agent = \"a\\r\\nX-Evil: b\"\n", "8: destination[s].user_agent: must be one word"},
        {national + "fhir_path = \"fhir\"\n", "8: destination[s].fhir_path: must be a path such as"},
        {national + "dicom_path = \"/studies/\"\n", "8: destination[s].dicom_path: must be a path such as"},
        {national + "token_path = \"/token?x=1\"\n", "8: destination[s].token_path: must be a path such as"},
        {national + "upload = \"chunked\"\n", "8: destination[s].upload: must be \"raw\" or \"multipart\""},
        {national + "[destination.webhook]\nurl = \"http://example.org/hook\"\n",
         "9: destination[s].webhook.url: must be https://"},
        {"[[destination]]\nname = \"s\"\nkind = \"satusehat\"\nenvironment = \"dev\"\norganization_id = \"RSUP\"\n"
         "client_id_file = \"a\"\nclient_secret_env = \"B\"\n",
         "5: destination[s].organization_id: must be the facility's number"},
    });
    Loaded loaded = Files{}.load_text(national);
    CAPTURE(joined(lines(loaded.problems)));
    REQUIRE(loaded.config);
    const Destination& destination = loaded.config->destinations[0];
    CHECK(destination.timeout == std::chrono::minutes(2));
    CHECK(destination.after_study_quiet == std::chrono::minutes(15));
    CHECK(destination.on_new_version == OnNewVersion::replace);
    CHECK(destination.upload == Upload::raw);
    CHECK(destination.datetime_style == DateTimeStyle::utc);
}

TEST_CASE("config: the port of TLS is nobody else's") {
    const std::string files = "certificate_file = \"c\"\nkey_file = \"k\"\n";
    check_each({
        {"[dicom]\nport = [104, 2762]\n[dicom.tls]\n" + files,
         "3: dicom.tls: port 2762 is a plain port of [dicom], too; give each its own"},
        {"[dicom.tls]\nport = 8080\n" + files,
         "2: dicom.tls.port: port 8080 is that of [http], too; give each its own"},
        {"[dicom.tls]\n" + files +
             "[[destination]]\nname = \"me\"\nae_title = \"ME\"\nhost = \"127.0.0.1\"\nport = 2762\n",
         "7: destination[me].host: with port 2762 is this bridge itself"},
    });
}

TEST_CASE("config: a key of another kind of destination is said to be one") {
    check_each({
        {folder + "host = \"pacs\"\n",
         "5: destination[f].host: is a setting of kind = \"dicom\"; this destination is of kind = \"folder\""},
        {folder + "confirm = \"query\"\n", "5: destination[f].confirm: must be \"none\""},
        {pacs + "path = \"/srv\"\n", "6: destination[pacs].path: is a setting of kind = \"folder\""},
    });
}

TEST_CASE("config: a wrong type or value says what was expected and what stands there") {
    check_each({
        {"[dicom]\nport = \"104\"\n",
         "2: dicom.port: must be a whole number from 1 to 65535, or a list of such, not \"104\""},
        {"[dicom]\nport = 0\n", "2: dicom.port: must be a whole number from 1 to 65535, or a list of such, not 0"},
        {"[dicom]\nport = 65536\n", "2: dicom.port: must be a whole number from 1 to 65535"},
        {"[dicom]\nport = [104, 104]\n", "2: dicom.port: must be"},
        {"[dicom]\nport = []\n", "2: dicom.port: must be"},
        {"[dicom]\nport = 1.5\n",
         "2: dicom.port: must be a whole number from 1 to 65535, or a list of such, not a fraction"},
        {"[dicom]\nidle_timeout = 60\n", "2: dicom.idle_timeout: must be a duration such as \"60s\""},
        {"[dicom]\nidle_timeout = \"60\"\n", "2: dicom.idle_timeout: must be a duration such as \"60s\""},
        {"[dicom]\nidle_timeout = \"0s\"\n", "2: dicom.idle_timeout: must be a duration"},
        {"[dicom]\nmax_instance = \"4 gigs\"\n",
         "2: dicom.max_instance: must be a size such as \"64MiB\", from 1KiB to 1TiB, not \"4 gigs\""},
        {"[dicom]\nmax_pdu = \"1MiB\"\n", "2: dicom.max_pdu: must be a size such as \"64MiB\", from 4KiB to 128KiB"},
        {"[dicom]\nmin_rate = \"fast\"\n", "2: dicom.min_rate: must be a rate such as \"2Mbit/s\""},
        {"[dicom]\nmax_associations = 0\n", "2: dicom.max_associations: must be a whole number from 1 to"},
        {"[dicom]\nmax_associations = -1\n", "2: dicom.max_associations: must be a whole number from 1 to"},
        {"[dicom]\naccept_unknown_senders = \"yes\"\n",
         "2: dicom.accept_unknown_senders: must be true or false, not \"yes\""},
        {"[dicom]\naccept_called_ae_title = \"mine\"\n",
         "2: dicom.accept_called_ae_title: must be \"any\", \"own\" or a list of AE titles"},
        {"[dicom]\naccept_called_ae_title = []\n", "2: dicom.accept_called_ae_title: must be"},
        {"[dicom]\nbind = \"localhost\"\n", "2: dicom.bind: must be an address of this machine"},
        {"[dicom]\nbind = \"10.0.0.0/8\"\n", "2: dicom.bind: must be an address of this machine"},
        {"[node]\ntimezone = \"Asia/Djakarta\"\n", "2: node.timezone: must be a time zone of this machine"},
        {"[node]\ntimezone = \"../../../etc/passwd\"\n", "2: node.timezone: must be a time zone"},
        {"[node]\nname = \"\"\n", "2: node.name: must be a name"},
        {"[http]\naccess = \"opne\"\n",
         "2: http.access: must be \"users\" or \"open\", not \"opne\"; did you mean \"open\"?"},
        {"[spool]\nrefuse_below = \"105%\"\n", "2: spool.refuse_below: must be a share of the disk"},
        {"[retention]\nkeep_for = \"for ever\"\n", "2: retention.keep_for: must be a duration"},
        {"[retention]\nkeep_for = \"off\"\n", "2: retention.keep_for: must be a duration"},
        {pacs + "kind = \"dcom\"\n",
         "6: destination[pacs].kind: must be \"dicom\", \"dicomweb\", \"satusehat\" or \"folder\", not \"dcom\"; did "
         "you mean \"dicom\"?"},
        {pacs + "on_new_version = 1\n",
         "6: destination[pacs].on_new_version: must be \"send\", \"hold\" or \"replace\", not 1"},
        {pacs + "overrides = [\"0xC000\"]\n",
         "6: destination[pacs].overrides: must be a table such as { \"0xC000\" = \"transient\" }, not this list"},
        {pacs + "overrides = { \"C000\" = \"transient\" }\n",
         "6: destination[pacs].overrides.C000: is no status: write four hexadecimal digits such as \"0xC000\""},
        {pacs + "overrides = { \"0x0000\" = \"transient\" }\n",
         "6: destination[pacs].overrides.0x0000: must not be overruled: 0x0000 is success"},
        {pacs + "overrides = { \"0xA700\" = \"hold\", \"0xC000\" = \"delivered\" }\n",
         "6: destination[pacs].overrides.0xC000: must be \"transient\" or \"hold\", not \"delivered\""},
        {pacs + "overrides = { \"0xC000\" = \"transiet\" }\n",
         "6: destination[pacs].overrides.0xC000: must be \"transient\" or \"hold\", not \"transiet\"; did you mean "
         "\"transient\"?"},
        {pacs + "overrides = { \"0xC00A\" = \"hold\", \"0xC00a\" = \"hold\" }\n",
         "6: destination[pacs].overrides.0xC00a: is there twice"},
        {"[[destination]]\nname = \"f\"\nkind = \"folder\"\npath = \"images\"\n",
         "4: destination[f].path: must be an absolute path such as \"/srv/images\", not \"images\""},
        {"[[sender]]\nname = \"ct\"\naddress = \"10.1.0.0/40\"\n",
         "3: sender[ct].address: must be an address or a network"},
        {"[destination]\nname = \"x\"\n",
         "1: destination: must be an array of tables: write [[destination]] above each"},
        {"[[dicom]]\nport = 1\n", "1: dicom: must be a table: write [dicom]"},
        {"dicom = 5\n", "1: dicom: must be a table"},
        {"destination = [1]\n", "1: destination: must be an array of tables"},
        {to_pacs + "when = \"CT\"\n", "9: route[r].when: must be a table"},
    });
}

TEST_CASE("config: an AE title has 1 to 16 printable characters, no backslash, and is not all spaces") {
    auto with = [](const std::string& title) { return "[dicom]\nae_title = '" + title + "'\n"; };
    for (const char* bad : {"", "    ", "SEVENTEEN_LETTERS", "A\\B", "CT\u00c4"})
        check_each({{with(bad), "2: dicom.ae_title: must be an AE title"}});
    for (const char* good : {"A", "SIXTEEN__LETTERS", "with space", "x.y-z_1"}) {
        Loaded loaded = Files{}.load_text(with(good));
        CHECK_MESSAGE(loaded.config, good);
    }
}

TEST_CASE("config: secrets are read only from files and the environment") {
    check_each({
        {pacs + "password = \"x\"\n",
         "6: destination[pacs].password: unknown key; and secrets are read only from a file or the environment"},
    });
    Loaded loaded = Files{}.load_text("[[notify]]\nurl = \"https://x/\"\npassword = \"hunter2\"\n");
    CHECK(
        joined(lines(loaded.problems))
            .find(
                "password: secrets are read only from a file or the environment; use password_file or password_env") !=
        std::string::npos);
    CHECK(joined(lines(loaded.problems)).find("hunter2") == std::string::npos);
}

TEST_CASE("config: a destination has what its kind needs") {
    check_each({
        {"[[destination]]\nname = \"p\"\nae_title = \"P\"\nport = 104\n", "1: destination[p]: host is missing"},
        {"[[destination]]\nname = \"p\"\nae_title = \"P\"\nhost = \"h\"\n", "1: destination[p]: port is missing"},
        {"[[destination]]\nname = \"p\"\nhost = \"h\"\nport = 104\n", "1: destination[p]: ae_title is missing"},
        {"[[destination]]\nae_title = \"P\"\nhost = \"h\"\nport = 104\n", "1: destination[1]: name is missing"},
        {"[[destination]]\nname = \"f\"\nkind = \"folder\"\n", "1: destination[f]: path is missing"},
        {"[[destination]]\nname = \"p\"\nae_title = \"P\"\nhost = \"a b\"\nport = 104\n",
         "4: destination[p].host: must be a host name"},
        {"[[destination]]\nname = \"p\"\nae_title = \"P\"\nhost = \"h:104\"\nport = 104\n",
         "4: destination[p].host: must be a host name"},
        {"[[sender]]\nname = \"ct\"\n", "1: sender[ct]: ae_title is missing"},
        {"[[sender]]\nname = \"ct\"\nae_title = \"CT\"\nhost = \"h\"\n", "1: sender[ct]: port is missing"},
        {"[[sender]]\nname = \"ct\"\ncertificate = \"CN=CT*\"\n",
         "3: sender[ct].certificate: needs [dicom.tls] with a ca_file"},
        {"[dicom.tls]\ncertificate_file = \"c\"\nkey_file = \"k\"\nca_file = \"a\"\n"
         "[[sender]]\nname = \"ct\"\ncertificate = \"sha256/short\"\n",
         "7: sender[ct].certificate: must be \"sha256/\" and the base64"},
        {folder + pacs + "failover = [\"pacs\"]\n", "10: destination[pacs].failover: names the destination itself"},
        {folder + pacs + "failover = [\"f\", \"f\"]\n",
         "10: destination[pacs].failover: must be a list of one or more"},
        {folder + pacs + "failover = [\"g\"]\n", "10: destination[pacs].failover: there is no [[destination]] \"g\""},
        {folder + pacs + "failover = [\"f\"]\nfailover_after = \"soon\"\n",
         "11: destination[pacs].failover_after: must be a duration"},
        {"[[route]]\nname = \"r\"\n", "1: route[r]: to is missing"},
        {pacs + "[[route]]\nto = [\"pacs\"]\n", "6: route[1]: name is missing"},
    });
}

TEST_CASE("config: names are unique, and lead somewhere") {
    check_each({
        {pacs + "[[destination]]\nname = \"pacs\"\nkind = \"folder\"\npath = \"/srv\"\n",
         "7: destination[pacs].name: \"pacs\" is the name of another [[destination]]"},
        {to_pacs + "[[route]]\nname = \"r\"\nto = [\"pacs\"]\n",
         "10: route[r].name: \"r\" is the name of another [[route]]"},
        {pacs + "[[route]]\nname = \"r\"\nto = [\"pasc\"]\n",
         "8: route[r].to: there is no [[destination]] \"pasc\"; did you mean \"pacs\"?"},
        {pacs + "[[route]]\nname = \"r\"\nto = []\n", "8: route[r].to: must be a list of one or more"},
        {pacs + "[[route]]\nname = \"r\"\nto = \"pacs\"\n", "8: route[r].to: must be a list of one or more"},
        {"[[sender]]\nname = \"ct-1\"\nae_title = \"CT\"\n" + to_pacs + "when = { sender = \"ct1\" }\n",
         "12: route[r].when.sender: there is no [[sender]] \"ct1\"; did you mean \"ct-1\"?"},
    });
}

TEST_CASE("config: a name that no address of the API can hold is refused, one that only has dots in it is not") {
    for (const std::string name : {".", ".."}) {
        const std::string why = ": must not be \"" + name + "\": no address of the API can name it";
        check_each({
            {"[[destination]]\nname = \"" + name + "\"\nkind = \"folder\"\npath = \"/srv/f\"\n",
             "2: destination[" + name + "].name" + why},
            {"[[sender]]\nname = \"" + name + "\"\nae_title = \"CT\"\n", "2: sender[" + name + "].name" + why},
            {pacs + "[[route]]\nname = \"" + name + "\"\nto = [\"pacs\"]\n", "7: route[" + name + "].name" + why},
        });
    }
    for (const char* name : {"...", ".a", "a."})
        CHECK(Files{}.load_text("[[sender]]\nname = \"" + std::string(name) + "\"\nae_title = \"CT\"\n").config);
}

TEST_CASE("config: each folder destination has a folder of its own, however its path is written") {
    for (const char* path : {"/srv/f", "/srv/f/", "/srv/./g/..//f"})
        check_each({{folder + "[[destination]]\nname = \"g\"\nkind = \"folder\"\npath = \"" + path + "\"\n",
                     "8: destination[g].path: is the folder of [[destination]] \"f\", too; give each its own"}});
    CHECK(Files{}.load_text(folder + "[[destination]]\nname = \"g\"\nkind = \"folder\"\npath = \"/srv/f/g\"\n").config);
}

TEST_CASE("config: a destination that is ourselves is refused") {
    auto pacs_at = [](const std::string& host, int port) {
        return "[[destination]]\nname = \"p\"\nae_title = \"P\"\nhost = \"" + host +
               "\"\nport = " + std::to_string(port) + "\n";
    };
    for (const char* host : {"127.0.0.1", "localhost", "::ffff:127.0.0.1", "0.0.0.0"})
        check_each({{pacs_at(host, 11112), "4: destination[p].host: with port 11112 is this bridge itself"}});
    check_each({{pacs_at("127.0.0.5", 104) + "[dicom]\nbind = \"0.0.0.0\"\nport = [11112, 104]\n",
                 "4: destination[p].host: with port 104 is this bridge itself"},
                {pacs_at("::1", 104) + "[dicom]\nbind = \"::\"\nport = 104\n", "4: destination[p].host: with port 104"},
                {pacs_at("192.0.2.7", 104) + "[dicom]\nbind = \"192.0.2.7\"\nport = 104\n",
                 "4: destination[p].host: with port 104"}});
    for (const std::string& fine : {pacs_at("127.0.0.1", 11113), pacs_at("10.0.0.5", 11112),
                                    pacs_at("127.0.0.1", 11112) + "[dicom]\nport = 104\n"})
        CHECK_MESSAGE(Files{}.load_text(fine).config, fine);
}

TEST_CASE("config: settings that contradict each other are refused") {
    check_each({
        {"[dicom]\nmax_associations = 4\nassociations_per_address = 5\n",
         "3: dicom.associations_per_address: must not be more than max_associations"},
        {"[spool]\nwarn_below = \"3%\"\n", "2: spool.warn_below: the warning must come before the refusal"},
        {"[delivery]\nbackoff_base = \"1h\"\n", "2: delivery.backoff_base: must not be longer than backoff_max"},
        {"[dicom]\naccept_unknown_senders = false\n",
         "2: dicom.accept_unknown_senders: is false and there is no [[sender]]"},
        {"[http]\nport = 11112\n", "2: http.port: is a port of [dicom], too"},
        {"[node]\ndata_dir = \"/data\"\n[[destination]]\nname = \"f\"\nkind = \"folder\"\npath = \"/data/spool\"\n",
         "6: destination[f].path: must not be inside data_dir (/data)"},
    });
}

TEST_CASE("config: at each minute of the day one rate holds, and it is above nothing") {
    const std::string uplink = "[[uplink]]\nname = \"u\"\n";  // 2 lines
    check_each({
        {uplink, "1: uplink[u]: bandwidth is missing"},
        {uplink + "bandwidth = \"0\"\n", "3: uplink[u].bandwidth: must be at least 1KiB/s"},
        {uplink + "bandwidth = [{ rate = \"1Mbit/s\" }, { rate = \"2Mbit/s\" }]\n",
         "3: uplink[u].bandwidth: has two rates without `between`"},
        {uplink + "bandwidth = [{ between = \"20:00-06:00\", rate = \"1Mbit/s\" }, { between = \"05:00-07:00\", rate = "
                  "\"2Mbit/s\" }]\n",
         "3: uplink[u].bandwidth: has parts of the day that overlap"},
        {pacs + "bandwidth = \"100B/s\"\n", "6: destination[pacs].bandwidth: must be at least 1KiB/s"},
        {pacs + "bandwidth = [{ between = \"07:00-19:00\" }]\n", "6: destination[pacs].bandwidth: must be a rate"},
        {pacs + "send_between = [\"20:00-25:00\"]\n",
         "6: destination[pacs].send_between: must be a list of one or more"},
        {pacs + "send_between = [\"20:00-20:00\"]\n",
         "6: destination[pacs].send_between: must be a list of one or more"},
        {pacs + "uplink = \"internet\"\n", "6: destination[pacs].uplink: there is no [[uplink]] \"internet\""},
    });
    Loaded loaded = Files{}.load_text(
        uplink +
        "bandwidth = [{ between = \"07:00-19:00\", rate = \"2Mbit/s\" }, { between = \"19:00-07:00\", rate = "
        "\"8Mbit/s\" }]\n" +
        pacs + "uplink = \"u\"\nbandwidth = [{ between = \"00:00-24:00\", rate = \"1Mbit/s\" }]\n" +
        "send_between = [\"20:00-06:00\", \"12:00-13:00\"]\n" + folder + "uplink = \"u\"\n");
    CAPTURE(joined(lines(loaded.problems)));
    REQUIRE(loaded.config);
    CHECK(loaded.notices.empty());
}

TEST_CASE("config: open access is allowed only on loopback") {
    Loaded loaded = Files{}.load_text("[http]\nbind = \"0.0.0.0\"\naccess = \"open\"\n");
    CHECK(joined(lines(loaded.problems))
              .find("3: http.access: \"open\" needs no login and is allowed only on loopback; [http] bind is "
                    "\"0.0.0.0\"") != std::string::npos);
    CHECK(Files{}.load_text("[http]\nbind = \"127.0.0.1\"\naccess = \"open\"\n").config);
    CHECK(Files{}.load_text("[http]\nbind = \"::1\"\naccess = \"open\"\n").config);
}

TEST_CASE("config: every problem is reported, in the order of the lines") {
    Loaded loaded = Files{}.load_text(
        "[dicom]\nport = 0\nfoo_bar = 1\nae_title = \"\"\n[[route]]\nname = \"r\"\nto = "
        "[\"nowhere\"]\n[node]\ntimezone = \"Mars\"\n");
    std::vector<unsigned> at;
    for (const Problem& problem : loaded.problems) at.push_back(problem.line);
    CHECK(at == std::vector<unsigned>{2, 3, 4, 7, 9});
}

TEST_CASE("config: a sender that another one hides, and a time without a failover, are told") {
    Files files;
    const auto notices_of = [&](const std::string& text) {
        const Loaded loaded = files.load_text(text);
        CAPTURE(joined(lines(loaded.problems)));
        REQUIRE(loaded.config);
        return joined(lines(loaded.notices));
    };
    const std::string wide = "[[sender]]\nname = \"wide\"\naddress = \"10.1.0.0/16\"\n";
    const auto narrow = [](const std::string& address) {
        return "[[sender]]\nname = \"narrow\"\nae_title = \"CT1\"\naddress = \"" + address + "\"\n";
    };
    CHECK(notices_of(wide + narrow("10.1.2.3")).find("sender[narrow]: never fits: \"wide\"") != std::string::npos);
    CHECK(notices_of(wide + narrow("10.2.2.3")).empty());
    CHECK(notices_of(narrow("10.1.2.3") + wide).empty());
    CHECK(notices_of(pacs + "failover_after = \"1m\"\n").find("no effect without failover") != std::string::npos);
}

}  // namespace broker::config
