/// The Unix socket: who asks is what the kernel says, and a dead process's socket file is no obstacle.
#include <doctest/doctest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "client.h"
#include "rig.h"
#include "web/error.h"
#include "web/local_user.h"

using test::Client;

namespace {

test::Got ask(Client& client, const std::string& target) {
    client.send("GET " + target + " HTTP/1.1\r\nHost: anything\r\n\r\n");
    return client.read();
}

}  // namespace

TEST_CASE("socket: its file has mode 0660 and is gone after a stop") {
    test::Rig rig;
    struct stat found {};
    REQUIRE(::stat(rig.socket().c_str(), &found) == 0);
    CHECK((found.st_mode & 07777) == 0660);
    rig.server->stop();
    CHECK_FALSE(std::filesystem::exists(rig.socket()));
}

TEST_CASE("socket: our own user is the actor, under access users too") {
    test::Rig rig(web::Access::users);
    Client client(rig.socket());
    const test::Got got = ask(client, "/api/v1/node");
    CHECK(got.status == 200);
    const std::string name = web::local_user(::geteuid()).name;
    CHECK(got.body.find("\"actor\":\"local:" + name + "\"") != std::string::npos);
    CHECK(test::get(rig.port(), "/api/v1/node").status == 401);
    CHECK(test::get(rig.port(), "/").status == 200);  // fixed bytes of ours: it asks for a login itself
    CHECK(test::get(rig.port(), "/nope").status == 401);
    CHECK(test::get(rig.port(), "/healthz").status == 200);
    CHECK(test::get(rig.port(), "/readyz").status == 200);
}

TEST_CASE("socket: root and our own user may, a stranger may not") {
    CHECK(web::local_user(0).is_allowed);
    CHECK(web::local_user(0).name == "root");
    CHECK(web::local_user(::geteuid()).is_allowed);
    const unsigned nobody = 65534;
    if (::geteuid() != nobody) CHECK_FALSE(web::local_user(nobody).is_allowed);
    CHECK(web::local_user(3'999'999'999U).name == "uid 3999999999");
    CHECK_FALSE(web::local_user(3'999'999'999U).is_allowed);
}

TEST_CASE("socket: another user who gets to the file is refused by name") {
    if (::geteuid() != 0) return;  // only root can become somebody else
    test::Rig rig(web::Access::users);
    REQUIRE(::chmod(rig.socket().c_str(), 0666) == 0);
    REQUIRE(::chmod(rig.folder.path().c_str(), 0755) == 0);
    const pid_t child = ::fork();
    if (child == 0) {
        if (::setgid(65534) != 0 || ::setuid(65534) != 0) ::_exit(2);
        try {
            Client client(rig.socket());
            const bool is_refused = ask(client, "/api/v1/status").status == 403;
            ::_exit(is_refused && ask(client, "/healthz").status == 200 ? 0 : 1);
        } catch (...) {
            ::_exit(3);
        }
    }
    int status = -1;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
}

TEST_CASE("socket: what a crash left is replaced, what somebody answers on is not, nor is a file") {
    test::Rig rig;
    const auto start = [&](const std::filesystem::path& path) {
        web::ServerSettings settings;
        settings.address = "";
        settings.socket = path;
        settings.database = rig.database();
        web::Server server(settings, web::Running{rig.broker}, [] { return test::now; });
        server.start();
        Client client(path);
        return ask(client, "/healthz").status;
    };
    const auto code_of = [&](const std::filesystem::path& path) -> std::optional<web::Errc> {
        try {
            start(path);
        } catch (const web::Error& error) {
            return error.code();
        }
        return std::nullopt;
    };
    CHECK(code_of(rig.socket()) == web::Errc::in_use);
    {
        Client client(rig.socket());
        CHECK(ask(client, "/healthz").status == 200);
    }
    const auto file = rig.folder.path() / "file";
    std::ofstream(file) << "mine";
    CHECK(code_of(file) == web::Errc::unsuited);
    CHECK(std::filesystem::file_size(file) == 4);
    CHECK(code_of(rig.folder.path() / std::string(200, 'x')) == web::Errc::unsuited);

    const auto stale = rig.folder.path() / "stale.sock";
    std::filesystem::rename(rig.socket(), stale);  // the server's own file, out of its sight …
    rig.server->stop();                            // … stays behind, and nobody answers on it
    REQUIRE(std::filesystem::exists(stale));
    CHECK(start(stale) == 200);
}
