// Contexts and sessions: which files can be used, who is believed, and how the connection goes over TLS.
#include "broker/dicom/tls.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <fstream>
#include <future>

#include "broker/dicom/dcmtk_connection.h"
#include "tests/support/certificates.h"
#include "tests/support/temp_folder.h"

namespace dicom = broker::dicom;
using namespace std::chrono_literals;
using dicom::TlsClient;
using dicom::TlsFault;
using dicom::TlsFiles;
using dicom::TlsServer;
using Step = dicom::Moved::Step;

namespace {

const TlsClient::Peer loopback{"127.0.0.1", "", ""};

TlsFiles trusting(const support::Authority& authority) {
    return {{}, {}, authority.ca_file()};
}

struct Sockets {
    Sockets() {
        int both[2];
        REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, both) == 0);
        for (int n : {0, 1}) ::fcntl(both[n], F_SETFL, O_NONBLOCK);
        of_server = dicom::Descriptor(both[0]);
        of_client = dicom::Descriptor(both[1]);
    }
    dicom::Descriptor of_server, of_client;
};

/// Both ends of one connection, each in turn, until neither can go on.
struct Handshake {
    Handshake(const TlsServer& at_server, const TlsClient& at_client)
        : server(at_server.session(sockets.of_server.get())), client(at_client.session(sockets.of_client.get())) {
        for (int turn = 0; turn < 20; ++turn) {
            if (is_waiting(client_step)) client_step = client->handshake();
            if (is_waiting(server_step)) server_step = server->handshake();
        }
        // What the server says of the client's certificate comes after the client's part of TLS 1.3 is done.
        if (client_step == Step::done && server_step != Step::done) client->peek();
    }
    static bool is_waiting(Step step) { return step == Step::wants_read || step == Step::wants_write; }
    bool is_done() const { return client_step == Step::done && server_step == Step::done; }

    Sockets sockets;
    std::unique_ptr<dicom::TlsSession> server, client;
    Step client_step = Step::wants_write, server_step = Step::wants_read;
};

TlsFault client_fault(const TlsServer& server, const TlsClient& client) {
    const Handshake both(server, client);
    CHECK_FALSE(both.is_done());
    return both.client->fault();
}

struct Hospital {
    support::TempFolder folder;
    support::Authority authority{folder.path(), "hospital"}, stranger{folder.path(), "stranger"};
};

std::string text_of(const TlsFiles& files) {
    try {
        const TlsServer server(files);
        return "";
    } catch (const dicom::TlsError& error) {
        return error.key() + ": " + error.what();
    }
}

}  // namespace

TEST_CASE("tls: a file that cannot be used is named, with its setting and what to do, and nothing of what is in it") {
    Hospital at;
    const TlsFiles good = at.authority.issue(), other = at.authority.issue();
    const auto path = [&](const char* name) { return at.folder.path() / name; };
    std::ofstream(path("rubbish.pem")) << "SECRET rubbish";
    CHECK(text_of(good) == "");
    CHECK(text_of({path("none.pem"), good.key_file, {}}) ==
          "certificate_file: " + path("none.pem").string() +
              " cannot be read: No such file or directory; correct certificate_file or the file's rights");
    CHECK(text_of({at.folder.path(), good.key_file, {}}).find("is a folder") != std::string::npos);
    CHECK(text_of({path("rubbish.pem"), good.key_file, {}}).starts_with("certificate_file: "));
    REQUIRE(::mkfifo(path("pipe.pem").c_str(), 0600) == 0);
    for (const TlsFiles& files :
         {TlsFiles{path("pipe.pem"), good.key_file, {}}, TlsFiles{good.certificate_file, path("pipe.pem"), {}},
          TlsFiles{good.certificate_file, good.key_file, path("pipe.pem")}})
        CHECK(text_of(files).ends_with("pipe.pem is no regular file: name a PEM file"));
    std::filesystem::create_symlink(good.certificate_file, path("link.pem"));
    CHECK(text_of({path("link.pem"), good.key_file, path("link.pem")}) == "");
    CHECK(text_of({good.certificate_file, path("rubbish.pem"), {}}).find("without a passphrase") != std::string::npos);
    CHECK(text_of({good.certificate_file, other.key_file, {}}) ==
          "key_file: " + other.key_file.string() + " is not the key of " + good.certificate_file.string());
    CHECK(text_of({good.certificate_file, good.key_file, path("rubbish.pem")}).starts_with("ca_file: "));
    CHECK(text_of({path("rubbish.pem"), good.key_file, {}}).find("SECRET") == std::string::npos);
    CHECK_THROWS_AS(TlsClient(trusting(at.authority), {"127.0.0.1", "", "sha256/short"}), dicom::TlsError);
}

TEST_CASE("tls: a context tells whose certificate it has, and until when") {
    Hospital at;
    const TlsServer server(at.authority.issue({"bridge.example", "DNS:bridge.example", -10, 5}));
    REQUIRE(server.certificate());
    CHECK(server.certificate()->subject == "CN=bridge.example");
    const auto left = server.certificate()->not_after - std::chrono::system_clock::now();
    CHECK(left > 4 * 24h);
    CHECK(left <= 5 * 24h);
}

TEST_CASE("tls: with an authority at both ends, each knows the other") {
    Hospital at;
    const Handshake both(TlsServer(at.authority.issue()), TlsClient(at.authority.issue({"ct-1", ""}), loopback));
    REQUIRE(both.is_done());
    CHECK(both.server->peer_subject() == "CN=ct-1");
    CHECK(both.client->peer_subject() == "CN=localhost");
    CHECK(both.server->fault() == TlsFault::none);
}

TEST_CASE("tls: a server is believed only with a known authority, a valid date and the right name") {
    Hospital at;
    const auto server = [&](const support::Leaf& leaf = {}) {
        TlsFiles files = at.authority.issue(leaf);
        files.ca_file.clear();
        return TlsServer(files);
    };
    const auto client = [&](const TlsClient::Peer& peer = loopback) { return TlsClient(trusting(at.authority), peer); };
    CHECK(Handshake(server(), client()).is_done());
    CHECK(Handshake(server(), client({"10.0.0.5", "localhost", ""})).is_done());
    CHECK(client_fault(server(), TlsClient(trusting(at.stranger), loopback)) == TlsFault::unknown_authority);
    CHECK(client_fault(server({"localhost", "IP:127.0.0.1", -10, -1}), client()) == TlsFault::expired);
    CHECK(client_fault(server({"localhost", "IP:127.0.0.1", 1, 10}), client()) == TlsFault::not_yet_valid);
    CHECK(client_fault(server(), client({"127.0.0.2", "", ""})) == TlsFault::name_mismatch);
    CHECK(client_fault(server(), client({"127.0.0.1", "pacs.example", ""})) == TlsFault::name_mismatch);
    // A name in the place where addresses belong is no address.
    CHECK(client_fault(server({"127.0.0.1", "DNS:127.0.0.1"}), client()) == TlsFault::name_mismatch);
}

TEST_CASE("tls: a pin takes the place of the authority, not of the dates, nor of a name that is given") {
    Hospital at;
    TlsFiles files = at.stranger.issue({"elsewhere", "DNS:elsewhere"});
    files.ca_file.clear();
    const TlsServer server(files);
    const auto pinned = [](const TlsFiles& to, const std::string& name = "") {
        return TlsClient({}, {"127.0.0.1", name, support::pin_of(to.certificate_file)});
    };
    CHECK(Handshake(server, pinned(files)).is_done());
    CHECK(Handshake(server, pinned(files, "elsewhere")).is_done());
    CHECK(client_fault(server, pinned(files, "pacs.example")) == TlsFault::name_mismatch);
    CHECK(client_fault(server, pinned(at.stranger.issue())) == TlsFault::pin_mismatch);
    TlsFiles old = at.stranger.issue({"old", "", -10, -1});
    old.ca_file.clear();
    CHECK(client_fault(TlsServer(old), pinned(old)) == TlsFault::expired);
}

TEST_CASE("tls: a client without a certificate, or with a stranger's, is refused and learns why") {
    Hospital at;
    const TlsServer server(at.authority.issue());
    const Handshake bare(server, TlsClient(trusting(at.authority), loopback));
    CHECK(bare.server_step == Step::failed);
    CHECK(bare.server->reason() == "peer_did_not_return_a_certificate");
    CHECK(bare.client->fault() == TlsFault::own_certificate_missing);
    TlsFiles wrong = at.stranger.issue();
    wrong.ca_file = at.authority.ca_file();
    const Handshake strange(server, TlsClient(wrong, loopback));
    CHECK(strange.server->fault() == TlsFault::unknown_authority);
    CHECK(strange.client->fault() == TlsFault::own_certificate_refused);
    TlsFiles old = at.authority.issue({"ct-1", "", -10, -1});
    const Handshake late(server, TlsClient(old, loopback));
    CHECK(late.server->reason() == "certificate_has_expired");
    CHECK(late.client->fault() == TlsFault::own_certificate_refused);
}

TEST_CASE("tls: TLS 1.1, and suites without authenticated encryption, are refused; TLS 1.2 is not") {
    Hospital at;
    TlsFiles files = at.authority.issue();
    files.ca_file.clear();
    const TlsServer server(files);
    const auto reason_for = [&](int version, const char* suites) {
        Sockets sockets;
        const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
        SSL_CTX_set_min_proto_version(context.get(), version);
        SSL_CTX_set_max_proto_version(context.get(), version);
        REQUIRE(SSL_CTX_set_cipher_list(context.get(), suites) == 1);
        const std::unique_ptr<SSL, decltype(&SSL_free)> old(SSL_new(context.get()), SSL_free);
        SSL_set_fd(old.get(), sockets.of_client.get());
        SSL_set_connect_state(old.get());
        const auto session = server.session(sockets.of_server.get());
        Step step = Step::wants_read;
        for (int turn = 0; turn < 20 && Handshake::is_waiting(step); ++turn) {
            SSL_do_handshake(old.get());
            step = session->handshake();
        }
        return step == Step::done ? std::string() : session->reason();
    };
    CHECK(reason_for(TLS1_1_VERSION, "ALL:@SECLEVEL=0") == "unsupported_protocol");
    CHECK(reason_for(TLS1_2_VERSION, "ECDHE-ECDSA-AES128-SHA:@SECLEVEL=0") == "no_shared_cipher");
    CHECK(reason_for(TLS1_2_VERSION, "ECDHE-ECDSA-AES128-GCM-SHA256") == "");
}

TEST_CASE("tls: what answers in plain, or says nothing and closes, is told apart") {
    Hospital at;
    const TlsClient client(trusting(at.authority), loopback);
    const auto fault_after = [&](std::string_view said) {
        Sockets sockets;
        const auto session = client.session(sockets.of_client.get());
        session->handshake();
        ::send(sockets.of_server.get(), said.data(), said.size(), 0);
        sockets.of_server.reset();
        session->handshake();
        return session->fault();
    };
    CHECK(fault_after(std::string("\7\0\0\0\0\4\0\0\2\0", 10)) == TlsFault::not_tls);
    CHECK(fault_after("HTTP/1.1 400 Bad Request\r\n\r\n") == TlsFault::not_tls);
    CHECK(fault_after("") == TlsFault::closed);
    CHECK(fault_after(std::string("\x15\3\3\0\2\2\x50", 7)) == TlsFault::internal_error);
}

namespace {

/// Two DcmtkConnections over TLS.
struct Secured {
    explicit Secured(const dicom::SocketLimits& limits = {}) {
        Handshake both(TlsServer(at.authority.issue()), TlsClient(at.authority.issue(), loopback));
        REQUIRE(both.is_done());
        control = std::make_shared<dicom::SocketControl>(limits);
        near = std::make_unique<dicom::DcmtkConnection>(std::move(both.sockets.of_server), control,
                                                        std::vector<std::byte>{}, std::move(both.server));
        far_socket = both.sockets.of_client.get();
        far = std::make_unique<dicom::DcmtkConnection>(std::move(both.sockets.of_client), far_control,
                                                       std::vector<std::byte>{}, std::move(both.client));
    }
    static std::string read(dicom::DcmtkConnection& from, std::size_t size) {
        std::string all(size, '\0');
        std::size_t done = 0;
        while (done < size) {
            const auto got = from.read(all.data() + done, size - done);
            if (got <= 0) break;
            done += static_cast<std::size_t>(got);
        }
        all.resize(done);
        return all;
    }
    static ssize_t write(dicom::DcmtkConnection& to, std::string bytes) { return to.write(bytes.data(), bytes.size()); }

    Hospital at;
    std::shared_ptr<dicom::SocketControl> control,
        far_control = std::make_shared<dicom::SocketControl>(dicom::SocketLimits{});
    std::unique_ptr<dicom::DcmtkConnection> near, far;
    int far_socket = -1;
};

}  // namespace

TEST_CASE("tls connection: PDUs of every size pass unchanged, head and piece joined, more than the socket takes too") {
    Secured pair;
    for (std::size_t size : {1, 100, 16'372, 16'384, 131'072, 5'000'000}) {
        const std::string head("\4\0\0\0\0\x0C\0\0\0\x08\1\2", 12), piece(size, static_cast<char>(size));
        auto written = std::async(std::launch::async,
                                  [&] { return Secured::write(*pair.near, head) + Secured::write(*pair.near, piece); });
        CHECK(Secured::read(*pair.far, 12 + size) == head + piece);
        CHECK(written.get() == static_cast<ssize_t>(12 + size));
    }
    CHECK(pair.control->bytes_out() == pair.far_control->bytes_in());
    CHECK_FALSE(pair.far->networkDataAvailable(0));
}

TEST_CASE("tls connection: data is available when there are bytes for us, decrypted or not, or the end") {
    Secured pair;
    CHECK_FALSE(pair.far->networkDataAvailable(0));
    Secured::write(*pair.near, "two words");
    CHECK(pair.far->networkDataAvailable(1));
    CHECK(Secured::read(*pair.far, 3) == "two");
    CHECK(pair.far->networkDataAvailable(0));
    CHECK(Secured::read(*pair.far, 6) == " words");
    CHECK_FALSE(pair.far->networkDataAvailable(0));
    char one = 0;
    pair.near->closeTransportConnection();
    CHECK(::recv(pair.far_socket, &one, 1, MSG_PEEK | MSG_DONTWAIT) == 1);  // TLS's own goodbye, before the end
    CHECK(pair.far->networkDataAvailable(1));
    CHECK(Secured::read(*pair.far, 1).empty());
    CHECK(pair.far_control->end() == dicom::SocketEnd::closed_by_peer);
    // No SIGPIPE: the program goes on.
    for (int n = 0; n < 3; ++n) Secured::write(*pair.far, "to nobody");
}

TEST_CASE("tls connection: deadlines, idleness and cutting off are as without TLS") {
    Secured idle({50ms});
    CHECK(Secured::read(*idle.near, 1).empty());
    CHECK(idle.control->end() == dicom::SocketEnd::idle);
    CHECK(Secured::read(*idle.far, 10) == std::string("\7\0\0\0\0\4\0\0\2\0", 10));
    Secured late;
    late.control->end_by(std::chrono::steady_clock::now() + 50ms);
    CHECK(Secured::write(*late.near, std::string(50'000'000, 'x')) == -1);
    CHECK(late.control->end() == dicom::SocketEnd::deadline);
    Secured cut;
    auto read = std::async(std::launch::async, [&] { return Secured::read(*cut.near, 1); });
    cut.control->cut_off();
    CHECK(read.get().empty());
    CHECK(cut.control->end() == dicom::SocketEnd::cut_off);
}
