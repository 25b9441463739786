// The socket layer below DCMTK, over a pair of connected sockets.
#include "broker/dicom/dcmtk_connection.h"

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <future>
#include <string>

#include "tests/support/synthetic.h"

namespace dicom = broker::dicom;
using namespace std::chrono_literals;

namespace {

struct Pair {
    explicit Pair(const dicom::SocketLimits& limits = {}, std::string_view replay = "")
        : control(std::make_shared<dicom::SocketControl>(limits)) {
        int both[2];
        REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, both) == 0);
        other = dicom::Descriptor(both[1]);
        connection =
            std::make_unique<dicom::DcmtkConnection>(dicom::Descriptor(both[0]), control, support::to_bytes(replay));
    }
    std::string read(std::size_t size) {
        std::string into(size, '\0');
        const auto got = connection->read(into.data(), size);
        into.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
        return into;
    }
    ssize_t write(std::string bytes) { return connection->write(bytes.data(), bytes.size()); }
    void peer_says(std::string_view bytes) {
        REQUIRE(::send(other.get(), bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()));
    }
    /// One datagram's worth: what a single receive sees.
    std::string peer_hears() {
        char into[1 << 16];
        const auto got = ::recv(other.get(), into, sizeof into, MSG_DONTWAIT);
        return {into, got < 0 ? 0 : static_cast<std::size_t>(got)};
    }

    std::shared_ptr<dicom::SocketControl> control;
    dicom::Descriptor other;
    std::unique_ptr<dicom::DcmtkConnection> connection;
};

}  // namespace

TEST_CASE("dcmtk connection: what was read before is read again first, then what follows") {
    Pair pair({}, "before ");
    pair.peer_says("after");
    CHECK(pair.connection->networkDataAvailable(0));
    CHECK(pair.read(3) == "bef");
    CHECK(pair.read(100) == "ore ");
    CHECK(pair.read(2) == "af");
    CHECK(pair.read(100) == "ter");
    CHECK(pair.control->bytes_in() == 12);
}

TEST_CASE("dcmtk connection: the head of a P-DATA-TF waits for the piece that follows it") {
    Pair pair;
    const std::string head("\4\0\0\0\0\x0C\0\0\0\x08\1\2", 12);
    CHECK(pair.write(head) == 12);
    CHECK(pair.peer_hears().empty());
    CHECK(pair.write("pixels") == 6);
    CHECK(pair.peer_hears() == head + "pixels");
    CHECK(pair.write("release ok?") == 11);
    CHECK(pair.peer_hears() == "release ok?");
    CHECK(pair.control->bytes_out() == 29);
}

TEST_CASE("dcmtk connection: a peer that is idle too long is told by A-ABORT, and the read fails") {
    Pair pair({100ms});
    const auto started = std::chrono::steady_clock::now();
    CHECK(pair.read(1).empty());
    CHECK(std::chrono::steady_clock::now() - started >= 100ms);
    CHECK(pair.control->end() == dicom::SocketEnd::idle);
    CHECK(pair.peer_hears() == std::string("\7\0\0\0\0\4\0\0\2\0", 10));
}

TEST_CASE("dcmtk connection: a deadline that is set from another thread ends a wait that is running") {
    Pair pair;
    auto read = std::async(std::launch::async, [&] { return pair.read(1); });
    pair.control->end_by(std::chrono::steady_clock::now());
    CHECK(read.get().empty());
    CHECK(pair.control->end() == dicom::SocketEnd::deadline);
}

TEST_CASE("dcmtk connection: being cut off ends reading and writing at once, before or during it") {
    Pair pair;
    auto read = std::async(std::launch::async, [&] { return pair.read(1); });
    pair.control->cut_off();
    CHECK(read.get().empty());
    CHECK(pair.write("more") == -1);
    CHECK(pair.control->end() == dicom::SocketEnd::cut_off);
}

TEST_CASE("dcmtk connection: the minimum rate holds inside a message only") {
    Pair pair({10s, 1'000'000, 100ms});
    pair.peer_says("x");
    CHECK(pair.read(1) == "x");
    pair.control->begin_message();
    CHECK(pair.read(1).empty());
    CHECK(pair.control->end() == dicom::SocketEnd::too_slow);
}

TEST_CASE("dcmtk connection: behind half a PDU nothing more is written") {
    Pair pair({50ms});
    const std::string head("\4\0\0\x7F\0\x0C\0\x7F\0\x08\1\2", 12);
    CHECK(pair.write(head) == 12);
    CHECK(pair.write(std::string(8 << 20, 'p')) == -1);  // more than the socket takes without a reader
    CHECK(pair.control->end() == dicom::SocketEnd::idle);
    std::string heard, piece;
    while (!(piece = pair.peer_hears()).empty()) heard += piece;
    CHECK(heard.size() > 12);
    CHECK(pair.write(std::string("\7\0\0\0\0\4\0\0\0\0", 10)) == -1);
    CHECK(pair.peer_hears().empty());
}

TEST_CASE("dcmtk connection: the end is the peer's when it closes") {
    Pair pair;
    pair.other.reset();
    CHECK(pair.read(1).empty());
    CHECK(pair.control->end() == dicom::SocketEnd::closed_by_peer);
}
