/// Secret: read where it is named, or an error that says where it should be and nothing of what was there.
#include "broker/config/secret.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <cstdlib>

#include "tests/broker/config/files.h"

namespace broker::config {

namespace {

std::string error_of(const Secret& secret) {
    try {
        read_secret(secret, "client_secret");
    } catch (const SecretError& error) {
        return error.what();
    }
    return "none";
}

}  // namespace

TEST_CASE("secret: from a file or the environment, without the white space at its ends") {
    const Files files;
    CHECK(read_secret({files.write("secret", " s3 cret\r\n\n"), ""}, "client_secret") == "s3 cret");
    ::setenv("BRIDGE_TEST_SECRET", "from outside\n", 1);
    CHECK(read_secret({"", "BRIDGE_TEST_SECRET"}, "client_secret") == "from outside");
    ::unsetenv("BRIDGE_TEST_SECRET");
}

TEST_CASE("secret: what cannot be read says where, and never what") {
    const Files files;
    CHECK(error_of({files.folder() / "none", ""}).find("none cannot be opened: No such file") != std::string::npos);
    CHECK(error_of({files.write("empty", " \n"), ""}).ends_with("empty is empty"));
    CHECK(error_of({files.folder(), ""}).ends_with("is no regular file"));
    CHECK(error_of({files.write("lines", "one\ntwo\n"), ""}).ends_with("lines has more than one line"));
    const auto pipe = files.folder() / "pipe";
    REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
    CHECK(error_of({pipe, ""}).ends_with("is no regular file"));
    const std::string long_one(secret_bytes_max + 1, 'x');
    const std::string error = error_of({files.write("long", long_one), ""});
    CHECK(error.ends_with("long is too long to be a secret"));
    CHECK(error.find("xxx") == std::string::npos);
    CHECK(error_of({"", "BRIDGE_TEST_NO_SUCH"}) == "client_secret_env BRIDGE_TEST_NO_SUCH is not set");
}

}  // namespace broker::config
