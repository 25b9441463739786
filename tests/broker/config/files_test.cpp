/// Files: conf.d, the environment, what is absent, and what is not TOML.
#include <doctest/doctest.h>
#include <sys/stat.h>

#include <cstdlib>

#include "tests/broker/config/files.h"

namespace broker::config {

namespace {

/// A variable of the environment for the length of one test.
class Variable {
public:
    Variable(const char* name, const char* value) : name_(name) { setenv(name, value, 1); }
    ~Variable() { unsetenv(name_); }
    Variable(const Variable&) = delete;
    Variable& operator=(const Variable&) = delete;

private:
    const char* name_;
};

std::string folder_destination(const std::string& name) {
    return "[[destination]]\nname = \"" + name + "\"\nkind = \"folder\"\npath = \"/srv/" + name + "\"\n";
}

}  // namespace

TEST_CASE("config: conf.d is merged by name: arrays of tables append, sections join") {
    Files files;
    files.write("conf.d/20-b.toml", folder_destination("b") + "[http]\nport = 8081\n");
    files.write("conf.d/10-a.toml", folder_destination("a") + "[dicom]\nport = 104\n");
    files.write("conf.d/notes.txt", "not TOML at all");
    files.write("conf.d/.hidden.toml", "not TOML at all");
    Loaded loaded = load(files.write("bridge.toml", "[dicom]\nae_title = \"MAIN\"\n" + folder_destination("main")));
    CAPTURE(joined(lines(loaded.problems)));
    REQUIRE(loaded.config);
    CHECK(loaded.files.size() == 3);
    CHECK(loaded.config->dicom.ae_title == "MAIN");
    CHECK(loaded.config->dicom.port == std::vector<std::uint16_t>{104});
    CHECK(loaded.config->http.port == 8081);
    REQUIRE(loaded.config->destinations.size() == 3);
    CHECK(loaded.config->destinations[0].name == "main");
    CHECK(loaded.config->destinations[1].name == "a");
    CHECK(loaded.config->destinations[2].name == "b");
    CHECK(loaded.config->destination("b") == &loaded.config->destinations[2]);
    CHECK(loaded.config->destination("c") == nullptr);
}

TEST_CASE("config: a key that two files set is a problem that names both places") {
    Files files;
    files.write("conf.d/x.toml", "\n[dicom]\nport = 104\n");
    Loaded loaded = load(files.write("bridge.toml", "[dicom]\nport = 105\n"));
    REQUIRE(loaded.problems.size() == 1);
    CHECK(loaded.problems.front() ==
          Problem{(files.folder() / "conf.d/x.toml").string(), 3, "dicom.port",
                  "is set twice; it stands in " + (files.folder() / "bridge.toml").string() + ":2, too"});
}

TEST_CASE("config: problems of the main file come before those of conf.d") {
    Files files;
    files.write("conf.d/a.toml", "[http]\nport = 0\n");
    Loaded loaded = load(files.write("bridge.toml", "\n\n[dicom]\nport = 0\n"));
    REQUIRE(loaded.problems.size() == 2);
    CHECK(print(loaded.problems[0]).starts_with((files.folder() / "bridge.toml").string() + ":4: dicom.port: must be"));
    CHECK(
        print(loaded.problems[1]).starts_with((files.folder() / "conf.d/a.toml").string() + ":2: http.port: must be"));
}

TEST_CASE("config: variables take the environment, as text and as whole values of any type") {
    Variable host{"BRIDGE_TEST_HOST", "10.0.0.9"}, port{"BRIDGE_TEST_PORT", "104"}, truth{"BRIDGE_TEST_TRUTH", "false"};
    Files files;
    Loaded loaded = files.load_text(
        "[node]\nname = \"at ${BRIDGE_TEST_HOST}, $${not}\"\n[dicom]\nport = \"${BRIDGE_TEST_PORT}\"\n"
        "accept_called_ae_title = [\"A${BRIDGE_TEST_PORT}\"]\n"
        "[[destination]]\nname = \"p\"\nae_title = \"P\"\nhost = \"${BRIDGE_TEST_HOST}\"\nport = 104\nresend_safe = "
        "\"${BRIDGE_TEST_TRUTH}\"\n");
    CAPTURE(joined(lines(loaded.problems)));
    REQUIRE(loaded.config);
    CHECK(loaded.config->node.name == "at 10.0.0.9, ${not}");
    CHECK(loaded.config->dicom.port == std::vector<std::uint16_t>{104});
    CHECK(loaded.config->dicom.accept_called_ae_title.listed == std::vector<std::string>{"A104"});
    CHECK(loaded.config->destinations[0].host == "10.0.0.9");
    CHECK_FALSE(loaded.config->destinations[0].resend_safe);
}

TEST_CASE("config: a variable that is not set is one problem, and not a second one for its key") {
    Loaded loaded = Files{}.load_text("[dicom]\n\nae_title = \"${BRIDGE_TEST_ABSENT}\"\n");
    REQUIRE(loaded.problems.size() == 1);
    CHECK(lines(loaded.problems).front() == "3: : the environment variable BRIDGE_TEST_ABSENT is not set");
    loaded = Files{}.load_text("[node]\nname = \"${open\"\n");
    REQUIRE(loaded.problems.size() == 1);
    CHECK(loaded.problems.front().text ==
          "\"${\" begins no variable; write ${NAME}, or $${ for the characters themselves");
}

TEST_CASE("config: a number in quotes from the environment is still checked") {
    Variable port{"BRIDGE_TEST_PORT", "eighty"};
    Loaded loaded = Files{}.load_text("[http]\nport = \"${BRIDGE_TEST_PORT}\"\n");
    REQUIRE(loaded.problems.size() == 1);
    CHECK(lines(loaded.problems).front() == "2: http.port: must be a whole number from 1 to 65535, not \"eighty\"");
}

TEST_CASE("config: what is not TOML is a problem with its line, and the other files are still read") {
    Files files;
    files.write("conf.d/a.toml", "[http]\nport = 0\n");
    Loaded loaded = load(files.write("bridge.toml", "[dicom]\nport = = 1\n"));
    REQUIRE(loaded.problems.size() == 2);
    CHECK(loaded.problems[0].line == 2);
    CHECK(loaded.problems[0].text.starts_with("is not TOML: "));
    CHECK(loaded.problems[1].key == "http.port");
    loaded = files.load_text("[dicom]\nport = 1\nport = 2\n");
    CHECK(loaded.problems[0].line == 3);
}

TEST_CASE("config: keys of endless depth are refused with their line, and texts with dots are not taken for such") {
    const Files files;
    std::string dots;
    while (dots.size() < 200'000) dots += "a.";
    for (const std::string& text :
         {"[node]\n" + dots + "b = 1\n", "[node]\n[" + dots + "b]\n", "[node]\n[[" + dots + "b]]\n",
          "[node]\nx = { " + dots + "b = 1 }\n", "[node]\n\"a\" . " + dots + "b = 1\n"}) {
        const Loaded loaded = files.load_text(text);
        REQUIRE(loaded.problems.size() == 1);
        CHECK(loaded.problems.front().text == "has a key of more than 16 parts");
        CHECK(loaded.problems.front().line == 2);
    }
    const std::string some = dots.substr(0, 40);
    const Loaded loaded = files.load_text("[[destination]]\nname = \"a\\\"" + some +
                                          "\"\nkind = 'folder'\npath = '''/" + some + "'''\n# " + dots + "\n");
    CAPTURE(joined(lines(loaded.problems)));
    CHECK(loaded.config);
}

TEST_CASE("config: a pipe in the place of a file is a problem, not something to wait for") {
    const Files files;
    std::filesystem::create_directory(files.folder() / "conf.d");
    REQUIRE(::mkfifo((files.folder() / "conf.d/x.toml").c_str(), 0600) == 0);
    const Loaded loaded = files.load_text("");
    REQUIRE(loaded.problems.size() == 1);
    CHECK(loaded.problems.front().text == "is no regular file");
}

TEST_CASE("config: an absent, unreadable or oversized file is a problem") {
    Files files;
    Loaded loaded = load(files.folder() / "absent.toml");
    REQUIRE(loaded.problems.size() == 1);
    CHECK(print(loaded.problems.front()) == (files.folder() / "absent.toml").string() + ": does not exist");
    std::filesystem::create_directory(files.folder() / "folder.toml");
    loaded = load(files.folder() / "folder.toml");
    REQUIRE(loaded.problems.size() == 1);
    CHECK(loaded.problems.front().text == "cannot be read; look at its owner and mode");
    loaded = files.load_text("#" + std::string(2'000'000, 'x'));
    REQUIRE(loaded.problems.size() == 1);
    CHECK(loaded.problems.front().text == "is larger than 1048576 bytes");
}

TEST_CASE(
    "config: without a file that anyone asked for, the defaults keep their data in the working folder and say so") {
    Files files;
    Loaded loaded = load_or_default(files.folder() / "absent.toml", false);
    REQUIRE(loaded.config);
    CHECK(loaded.is_default);
    CHECK(loaded.config->node.data_dir == std::filesystem::current_path() / "dicom-bridge-data");
    loaded = load_or_default(files.folder() / "absent.toml", true);
    CHECK_FALSE(loaded.config);
    CHECK(loaded.problems.size() == 1);
    loaded = load_or_default(files.write("bridge.toml", ""), false);
    REQUIRE(loaded.config);
    CHECK_FALSE(loaded.is_default);
    CHECK(*loaded.config == Config{});
}

TEST_CASE("config: a relative path counts from the folder of its file") {
    Files files;
    files.write("conf.d/a.toml",
                "[dicom.tls]\nport = 2762\ncertificate_file = \"tls/c.pem\"\nkey_file = \"/etc/k.pem\"\n");
    Loaded loaded = load(files.write("bridge.toml", "[node]\ndata_dir = \"data\"\n"));
    REQUIRE(loaded.config);
    CHECK(loaded.config->node.data_dir == files.folder() / "data");
    CHECK(loaded.config->dicom.tls->certificate_file == files.folder() / "conf.d/tls/c.pem");
    CHECK(loaded.config->dicom.tls->key_file == "/etc/k.pem");
}

TEST_CASE("config: a text that somebody sent is checked as a file is, under the name that they give it") {
    const Loaded good = load_text("[dicom]\nae_title = \"NEW\"\n" + folder_destination("a"), "new.toml");
    CAPTURE(joined(lines(good.problems)));
    REQUIRE(good.config);
    CHECK(good.config->dicom.ae_title == "NEW");
    CHECK(good.config->destinations.size() == 1);

    const Loaded bad = load_text("\n[dicom]\nport = \"x\"\n[[route]]\nname = \"r\"\nto = [\"nowhere\"]\n", "new.toml");
    CHECK_FALSE(bad.config);
    REQUIRE(bad.problems.size() == 2);
    CHECK(bad.problems[0].file == "new.toml");
    CHECK(bad.problems[0].line == 3);
    CHECK(bad.problems[0].key == "dicom.port");
    CHECK(bad.problems[1].key == "route[r].to");

    const Loaded torn = load_text("[dicom\n", "new.toml");
    REQUIRE(torn.problems.size() == 1);
    CHECK(torn.problems[0].text.starts_with("is not TOML"));
    CHECK_FALSE(load_text(std::string(2 << 20, '#'), "new.toml").config);
}

TEST_CASE("config: a path in a text counts from the folder of its name") {
    const Loaded loaded = load_text("[node]\ndata_dir = \"data\"\n", "/etc/bridge/new.toml");
    REQUIRE(loaded.config);
    CHECK(loaded.config->node.data_dir == "/etc/bridge/data");
}

}  // namespace broker::config
