/// Tests of the command line itself: what is understood, what is refused, and with which exit code.
#include <doctest/doctest.h>

#include <algorithm>

#include "tests/broker/cli/harness.h"

using namespace cli_test;

namespace {

using Arguments = std::vector<std::string>;

std::string joined(const Arguments& arguments) {
    std::string text;
    for (const std::string& each : arguments) {
        text += each + " ";
    }
    return text;
}

}  // namespace

TEST_CASE("cli: wrong use is exit 2, one line on stderr, and asks the broker nothing") {
    const Arguments rows[] = {{},
                              {"bogus"},
                              {"outbox"},
                              {"outbox", "bogus"},
                              {"outbox", "ls", "--bogus"},
                              {"outbox", "ls", "extra"},
                              {"outbox", "ls", "--state", "stuck"},
                              {"outbox", "ls", "--reason", "no_such_reason"},
                              {"outbox", "ls", "--since", "yesterday"},
                              {"outbox", "ls", "--older-than", "2026-01-01"},
                              {"outbox", "ls", "--limit", "0"},
                              {"outbox", "ls", "--limit", "many"},
                              {"outbox", "ls", "--limit", "5", "--all"},
                              {"outbox", "ls", "--destination", ""},
                              {"outbox", "show"},
                              {"outbox", "show", "abc"},
                              {"outbox", "show", "-3"},
                              {"outbox", "hold"},
                              {"outbox", "hold", "--yes"},
                              {"outbox", "cancel", "x"},
                              {"outbox", "cancel", "7", "--state", "held"},
                              {"outbox", "retry", "--patient", ""},
                              {"destination"},
                              {"destination", "pause", "pacs-a"},
                              {"destination", "pause", "--reason", "works"},
                              {"outbox", "cancel", "--until", "99999999999d", "--yes"},
                              {"outbox", "retry", "--since", "99999999999d", "--yes"},
                              {"outbox", "cancel", "--older-than", "99999999999d", "--yes"},
                              {"history", "ls", "--until", "99999999999d"},
                              {"destination", "backfill", "pacs-a", "--since", "99999999999d", "--yes"},
                              {"study", "verify", "1.2.3", "--wait", "99999999999d"},
                              {"destination", "pause", "pacs-a", "--reason", ""},
                              {"destination", "pause", "pacs-a", "--reason", " \t "},
                              {"destination", "pause", "pacs-a", "--reason", "works", "--for", "99999999999d"},
                              {"destination", "pause", "pacs-a", "--reason", "works", "--for", "soon"},
                              {"destination", "echo"},
                              {"history", "export", "--format", "xml"},
                              {"history", "verify", "--anchor", "123"},
                              {"history", "verify", "--file", "/nonexistent/export.jsonl"},
                              {"spool"},
                              {"spool", "verify", "now"},
                              {"demo", "--stop-after", "0"},
                              {"demo", "--stop-after", "soon"},
                              {"serve", "now"},
                              {"serve"}};
    for (const Arguments& arguments : rows) {
        CAPTURE(joined(arguments));
        const Ran ran = run_offline(arguments);
        CHECK(ran.exit_code == 2);
        CHECK(ran.out.empty());
        CHECK(std::ranges::count(ran.err, '\n') == 1);
        CHECK(ran.err.starts_with("dicom-bridge: "));
        CHECK(ran.calls.empty());
    }
}

TEST_CASE("cli: an unknown command is named, with those that there are") {
    for (const char* parent : {"outbox", "destination", "history", "spool"}) {
        const Ran ran = run_cli({parent, "frob"});
        CHECK(ran.exit_code == 2);
        CHECK(ran.err.find("frob") != std::string::npos);
        CHECK(ran.err.find("see dicom-bridge " + std::string(parent) + " --help") != std::string::npos);
    }
    CHECK(run_cli({"outbox", "frob"}).err.find("use ls, show, hold, release, retry, cancel, resend, adopt, move;") !=
          std::string::npos);
    CHECK(run_cli({"outbox"}).err.find("use ls, show,") != std::string::npos);
    const Ran top = run_cli({"fix"});
    CHECK(top.err.find("there is no command fix; use serve, demo, check,") != std::string::npos);
    CHECK(top.err.find("backup") == std::string::npos);
    CHECK(run_cli({"outbox", "ls", "--frob"}).err.find("--frob") != std::string::npos);
}

TEST_CASE("cli: what is no job's number is said, with what to type") {
    for (const char* text : {"abc", "0", "1.5", "12x", "99999999999999999999999", "0x10", ""}) {
        CAPTURE(text);
        for (const char* verb : {"show", "hold"}) {
            const Ran ran = run_offline({"outbox", verb, text});
            CHECK(ran.exit_code == 2);
            CHECK(ran.calls.empty());
            CHECK(ran.err.find(std::string(text) + " is not a job's number; give one from") != std::string::npos);
        }
    }
    const Ran second = run_offline({"outbox", "hold", "7", "abc"});
    CHECK(second.exit_code == 2);
    CHECK(second.calls.empty());
}

TEST_CASE("cli: a reason that is none is answered with the one that was meant, or all") {
    CHECK(run_offline({"outbox", "ls", "--reason", "unreachible"}).err.find("did you mean unreachable?") !=
          std::string::npos);
    CHECK(run_offline({"outbox", "ls", "--reason", "qwertz"}).err.find("out_of_resources, ") != std::string::npos);
}

TEST_CASE("cli: a filter that the broker doesn't know is wrong use") {
    const Ran ran =
        run_offline({"outbox", "ls", "--destination", "x"}, {.replies = {problem(400, "destination: there are: a")}});
    CHECK(ran.exit_code == 2);
    CHECK(ran.err.find("there are: a") != std::string::npos);
}

TEST_CASE("cli: commands of later versions say so, whatever follows") {
    const Arguments rows[] = {{"backup", "/a/folder"}, {"restore", "/a/folder"}};
    for (const Arguments& arguments : rows) {
        CAPTURE(joined(arguments));
        const Ran ran = run_cli(arguments);
        CHECK(ran.exit_code == 2);
        CHECK(ran.err == "dicom-bridge: `" + arguments[0] + "` is not available in this version\n");
    }
}

TEST_CASE("cli: the version and the help are answers, not errors") {
    CHECK(run_cli({"--version"}).out == "dicom-bridge 9.8.7\n");
    CHECK(run_cli({"--version", "--json"}).out == "{\"version\":\"9.8.7\"}\n");
    const Ran help = run_cli({"outbox", "hold", "--help"});
    CHECK(help.exit_code == 0);
    CHECK(help.out.find("--destination") != std::string::npos);
    CHECK(run_cli({"--help"}).out.find("backup") == std::string::npos);
}

TEST_CASE("cli: common options stand before or after the command") {
    const std::string page = R"({"items":[],"next":null})";
    for (const Arguments& arguments : {Arguments{"--json", "outbox", "ls"}, Arguments{"outbox", "--json", "ls"},
                                       Arguments{"outbox", "ls", "--json"}}) {
        CAPTURE(joined(arguments));
        const Ran ran = run_offline(arguments, {.replies = {json_reply(page)}});
        CHECK(ran.exit_code == 0);
        CHECK(ran.out == "{\"items\":[],\"next\":null}\n");
    }
    const Ran after = run_cli({"outbox", "ls", "--data", "/b"}, {.replies = {json_reply(page)}});
    CHECK(after.hooks == Arguments{"open /b"});
}

TEST_CASE("cli: serve and demo reach their hooks") {
    CHECK(run_cli({"serve"}).hooks == Arguments{"serve with a configuration"});
    CHECK(run_cli({"demo"}).hooks == Arguments{"demo 0"});
    CHECK(run_cli({"demo", "--stop-after", "5"}).hooks == Arguments{"demo 5000"});
}

TEST_CASE("cli: a broker that is not running is an error with advice") {
    const Ran ran = run_cli({"outbox", "ls"}, {.configuration = "[node]\ndata_dir = \"/nonexistent/folder\"\n"});
    CHECK(ran.exit_code == 1);
    CHECK(ran.err ==
          "dicom-bridge: the broker is not running (no socket at /nonexistent/folder/api.sock); start it or use --data "
          "DIR\n");
}

TEST_CASE("cli: a configuration with problems is exit 2, and check shows all of them") {
    const std::string broken = "[node]\nnmae = \"x\"\n[dicom]\nport = \"high\"\n";
    const Ran ls = run_cli({"outbox", "ls"}, {.configuration = broken});
    CHECK(ls.exit_code == 2);
    CHECK(ls.err.find("see dicom-bridge check") != std::string::npos);
    const Ran check = run_cli({"check"}, {.configuration = broken});
    CHECK(check.exit_code == 2);
    CHECK(check.err.find("nmae") != std::string::npos);
    CHECK(check.err.find("dicom.port") != std::string::npos);
    const Ran json = run_cli({"check", "--json", "--offline"}, {.configuration = broken});
    CHECK(json.exit_code == 2);
    CHECK(json.out.find("\"valid\":false") != std::string::npos);
    CHECK(json.out.find("\"line\":4") != std::string::npos);
}

TEST_CASE("cli: a certificate that cannot be used makes the configuration invalid, one that expires soon does not") {
    const Ran broken = run_cli({"check"}, {.certificates = {{{"", 0, "dicom.tls.key_file", "key.pem is gone"}}, {}}});
    CHECK(broken.exit_code == 2);
    CHECK(broken.err.find("bridge.toml: dicom.tls.key_file: key.pem is gone\n") != std::string::npos);
    CHECK(broken.err.find("not valid: 1 problems\n") != std::string::npos);
    const Ran soon = run_cli({"check", "--json"}, {.certificates = {{}, {"expires in 9 days"}}});
    CHECK(soon.exit_code == 0);
    CHECK(soon.out.find("\"valid\":true") != std::string::npos);
    CHECK(soon.out.find("\"expires in 9 days\"]") != std::string::npos);
}

TEST_CASE("cli: check says what is valid, prints the settings, and shouts when only loopback listens") {
    const Ran check = run_cli({"check"});
    CHECK(check.exit_code == 0);
    CHECK(check.out == "valid: 0 destinations, 0 routes\n");
    CHECK(check.err.find("ONLY THIS MACHINE CAN SEND IMAGES") != std::string::npos);
    const Ran open = run_cli({"check"}, {.configuration = "[dicom]\nbind = \"0.0.0.0\"\n"});
    CHECK(open.err.find("ONLY THIS MACHINE") == std::string::npos);
    const Ran print = run_cli({"check", "--print"});
    CHECK(print.exit_code == 0);
    CHECK(print.out.find("timezone = \"Asia/Jakarta\"") != std::string::npos);
}
