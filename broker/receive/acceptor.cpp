#include "broker/receive/acceptor.h"

#include <fcntl.h>
#include <spdlog/spdlog.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/as_tuple.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <mutex>
#include <optional>
#include <set>
#include <thread>

#include "broker/dicom/dcmtk_start.h"
#include "broker/receive/association.h"
#include "broker/receive/association_pool.h"
#include "broker/receive/handshake.h"
#include "broker/receive/rejection.h"

namespace broker::receive {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
constexpr auto awaited = asio::experimental::as_tuple(asio::use_awaitable);

constexpr int listen_backlog = 512;
constexpr std::chrono::milliseconds accept_pause{50};  // after a failed accept, so that the failure makes no busy loop

/// ::ffff:10.0.0.1 is 10.0.0.1 to a person.
std::string address_of(const tcp::endpoint& endpoint) {
    const auto address = endpoint.address();
    if (address.is_v6() && address.to_v6().is_v4_mapped())
        return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).to_string();
    return address.to_string();
}

AssociateLimits limits_of(const config::Dicom& dicom) {
    return {dicom.max_associate_rq, dicom.max_contexts, dicom.max_transfer_syntaxes};
}

dicom::Descriptor spare_descriptor() {
    return dicom::Descriptor(::open("/dev/null", O_RDONLY | O_CLOEXEC));
}

}  // namespace

struct Acceptor::Parts {
    explicit Parts(Surroundings given, std::shared_ptr<const Rules> first_rules)
        : around(std::move(given)), rules(std::move(first_rules)), spare(spare_descriptor()) {}

    void set_rules(std::shared_ptr<const Rules> other_rules, std::shared_ptr<const dicom::TlsServer> other_tls);
    void listen();
    tcp::acceptor listen_on(const std::string& bind, std::uint16_t port);
    asio::awaitable<void> accept(tcp::acceptor& acceptor);
    asio::awaitable<void> shed(tcp::acceptor& acceptor);
    asio::awaitable<void> receive(std::shared_ptr<Handshake> handshake, bool is_tls);
    asio::awaitable<void> reject(std::shared_ptr<Handshake> handshake, AssociateRequest request, Rejection rejection,
                                 const Rules& present);
    bool let_in(Handshake& handshake, const AssociateRequest& request, const std::shared_ptr<const Rules>& present);
    void serve(Arrival arrival, const std::shared_ptr<dicom::SocketControl>& control,
               const std::shared_ptr<const Rules>& present);
    void refused(const Refusal& refusal);
    void run();

    std::shared_ptr<const Rules> present_rules() {
        std::lock_guard lock(rules_mutex);
        return rules;
    }
    std::shared_ptr<const dicom::TlsServer> present_tls() {
        std::lock_guard lock(rules_mutex);
        return tls;
    }

    const Surroundings around;
    std::mutex rules_mutex;  ///< guards the two below
    std::shared_ptr<const Rules> rules;
    std::shared_ptr<const dicom::TlsServer> tls;  ///< of the last acceptor, where it is there

    asio::io_context io{1};
    std::vector<tcp::acceptor> acceptors;
    std::vector<std::uint16_t> ports;
    std::optional<std::uint16_t> tls_port;
    AssociationPool pool;
    std::thread thread;

    // Of the acceptor's thread alone.
    std::set<std::shared_ptr<Handshake>> handshakes;
    std::int64_t serial = 0;
    dicom::Descriptor spare;  ///< given up for a moment to shed a connection when there is no other descriptor left
};

std::shared_ptr<const dicom::TlsServer> tls_server_of(const config::Dicom& dicom) {
    if (!dicom.tls) return nullptr;
    return std::make_shared<const dicom::TlsServer>(
        dicom::TlsFiles{dicom.tls->certificate_file, dicom.tls->key_file, dicom.tls->ca_file});
}

void Acceptor::Parts::set_rules(std::shared_ptr<const Rules> other_rules,
                                std::shared_ptr<const dicom::TlsServer> other_tls) {
    std::lock_guard lock(rules_mutex);
    rules = std::move(other_rules);
    if (other_tls) tls = std::move(other_tls);
}

Acceptor::Acceptor(Surroundings surroundings, std::shared_ptr<const Rules> rules)
    : parts_(std::make_unique<Parts>(std::move(surroundings), std::move(rules))) {}

Acceptor::~Acceptor() {
    stop(std::chrono::milliseconds(0));
}

void Acceptor::start() {
    dicom::start_dcmtk();
    parts_->listen();
    for (tcp::acceptor& acceptor : parts_->acceptors)
        asio::co_spawn(parts_->io, parts_->accept(acceptor), [](std::exception_ptr failed) {
            if (!failed) return;
            try {
                std::rethrow_exception(failed);
            } catch (const std::exception& error) {
                spdlog::error("event=listening_ended why=\"{}\"", error.what());
            }
        });
    parts_->thread = std::thread([parts = parts_.get()] { parts->run(); });
}

void Acceptor::Parts::run() {
    for (;;) {
        try {
            io.run();
            return;
        } catch (const std::exception& error) {
            spdlog::error("event=acceptor_failed why=\"{}\"", error.what());
        }
    }
}

void Acceptor::Parts::listen() {
    const auto present = present_rules();
    std::vector<tcp::acceptor> opened;
    std::vector<std::uint16_t> numbers;
    for (const std::uint16_t port : present->dicom.port) {
        opened.push_back(listen_on(present->dicom.bind, port));
        numbers.push_back(opened.back().local_endpoint().port());
    }
    if (present->dicom.tls) {
        set_rules(present, tls_server_of(present->dicom));
        opened.push_back(listen_on(present->dicom.bind, present->dicom.tls->port));
        tls_port = opened.back().local_endpoint().port();
    }
    acceptors = std::move(opened);
    ports = std::move(numbers);
}

tcp::acceptor Acceptor::Parts::listen_on(const std::string& bind, std::uint16_t port) {
    const tcp::endpoint endpoint(asio::ip::make_address(bind), port);
    tcp::acceptor acceptor(io);
    try {
        acceptor.open(endpoint.protocol());
        acceptor.set_option(tcp::acceptor::reuse_address(true));
        acceptor.bind(endpoint);
        acceptor.listen(listen_backlog);
        acceptor.non_blocking(true);
    } catch (const boost::system::system_error& error) {
        throw std::system_error(error.code(), "listening on " + bind + " port " + std::to_string(port));
    }
    return acceptor;
}

asio::awaitable<void> Acceptor::Parts::accept(tcp::acceptor& acceptor) {
    const bool is_tls = tls_port && &acceptor == &acceptors.back();
    while (acceptor.is_open()) {
        auto [failed, socket] = co_await acceptor.async_accept(awaited);
        // A connection that was accepted just before the stop is dropped, or its handshake would be waited for.
        if (failed == asio::error::operation_aborted || failed == asio::error::bad_descriptor || !acceptor.is_open())
            co_return;
        if (failed) {
            spdlog::warn("event=accept_failed why=\"{}\"", failed.message());
            co_await shed(acceptor);
            continue;
        }
        boost::system::error_code gone;
        const tcp::endpoint peer = socket.remote_endpoint(gone);
        if (gone) continue;
        if (handshakes.size() >= present_rules()->dicom.max_handshakes) {
            refused({"too_many_connections", address_of(peer), "", ""});
            continue;
        }
        auto handshake = std::make_shared<Handshake>(std::move(socket), address_of(peer));
        handshakes.insert(handshake);
        asio::co_spawn(io, receive(handshake, is_tls), [this, handshake](std::exception_ptr error) {
            handshakes.erase(handshake);
            handshake->close();
            if (error) spdlog::error("event=handshake_failed address={}", handshake->address());
        });
    }
}

// Out of descriptors: the one that was kept for this takes a connection off the queue and closes it, so that the peer
// learns of it now and not by its own time-out.
asio::awaitable<void> Acceptor::Parts::shed(tcp::acceptor& acceptor) {
    spare.reset();
    boost::system::error_code failed;
    tcp::socket one(io);
    acceptor.accept(one, failed);
    one.close(failed);
    spare = spare_descriptor();
    asio::steady_timer pause(io, accept_pause);
    co_await pause.async_wait(awaited);
}

asio::awaitable<void> Acceptor::Parts::receive(std::shared_ptr<Handshake> handshake, bool is_tls) {
    const auto present = present_rules();
    handshake->limit(present->dicom.associate_timeout);
    if (is_tls) {
        const auto server = present_tls();
        const auto why = co_await handshake->secure(*server);
        if (why) {
            refused({"tls_failed", handshake->address(), "", "", *why});
            co_return;
        }
    }
    const auto outcome = co_await handshake->read_request(limits_of(present->dicom));
    if (std::holds_alternative<Handshake::Ended>(outcome)) co_return;
    if (const auto* malformed = std::get_if<Malformed>(&outcome)) {
        const std::string word =
            handshake->is_tls_unasked() ? "tls_on_plain_port" : "malformed_" + std::string(to_string(*malformed));
        refused({word, handshake->address(), "", ""});
        co_await handshake->say_goodbye(abort_pdu(*malformed));
        co_return;
    }
    const auto& request = std::get<AssociateRequest>(outcome);
    const Caller caller{request.calling_ae_title, handshake->address(), handshake->certificate()};
    if (const auto rejection = check(request, caller, *present))
        co_await reject(handshake, request, *rejection, *present);
    else if (!let_in(*handshake, request, present))
        co_await reject(handshake, request, too_many_associations, *present);
}

asio::awaitable<void> Acceptor::Parts::reject(std::shared_ptr<Handshake> handshake, AssociateRequest request,
                                              Rejection rejection, const Rules& present) {
    const Caller caller{request.calling_ae_title, handshake->address(), handshake->certificate()};
    const config::Sender* sender = sender_of(present, caller);
    if (around.seen)
        around.seen(
            {caller.ae_title, caller.address, sender != nullptr ? sender->name : "", std::string(rejection.code)});
    refused({std::string(rejection.code), handshake->address(), request.calling_ae_title, request.called_ae_title});
    co_await handshake->say_goodbye(reject_pdu(rejection));
}

/// Gives the connection to a thread of the pool. False when there is no room; the connection is still here then.
bool Acceptor::Parts::let_in(Handshake& handshake, const AssociateRequest& request,
                             const std::shared_ptr<const Rules>& present) {
    const AssociationPool::Room room{handshake.address(), present->dicom.max_associations,
                                     present->dicom.associations_per_address};
    auto arrival = std::make_shared<Arrival>();
    arrival->socket = handshake.share();
    arrival->request = request;
    arrival->address = handshake.address();
    arrival->serial = serial + 1;
    if (!arrival->socket.is_open()) return false;
    arrival->certificate = handshake.certificate();
    arrival->tls = handshake.take_tls();
    const bool has_room =
        pool.start(room, socket_limits(present->dicom),
                   [this, arrival, present](const auto& control) { serve(std::move(*arrival), control, present); });
    if (!has_room) {
        handshake.give_back(std::move(arrival->tls));
        return false;
    }
    ++serial;
    handshake.close();
    return true;
}

/// On the association's own thread.
void Acceptor::Parts::serve(Arrival arrival, const std::shared_ptr<dicom::SocketControl>& control,
                            const std::shared_ptr<const Rules>& present) {
    const std::string address = arrival.address;
    ++around.statistics.associations_open;
    try {
        serve_association(std::move(arrival), control, around, present, [this] { return present_rules(); });
    } catch (const std::exception& error) {
        spdlog::error("event=association_failed address={} why=\"{}\"", address, error.what());
    }
    --around.statistics.associations_open;
}

void Acceptor::Parts::refused(const Refusal& refusal) {
    ++around.statistics.rejected;
    spdlog::warn("event=association_refused reason={} calling={} called={} address={}{}{}", refusal.code,
                 log_word(refusal.calling_ae_title), log_word(refusal.called_ae_title), refusal.address,
                 refusal.detail.empty() ? "" : " detail=", refusal.detail);
    if (around.refused) around.refused(refusal);
}

void Acceptor::stop(std::chrono::milliseconds within) {
    if (parts_->thread.joinable()) {
        asio::post(parts_->io, [parts = parts_.get()] {
            boost::system::error_code ignored;
            for (tcp::acceptor& acceptor : parts->acceptors) acceptor.close(ignored);
            for (const auto& handshake : parts->handshakes) handshake->close();
        });
        parts_->thread.join();
    }
    parts_->pool.stop(within);
}

std::vector<std::uint16_t> Acceptor::ports() const {
    return parts_->ports;
}

void Acceptor::set_rules(std::shared_ptr<const Rules> rules, std::shared_ptr<const dicom::TlsServer> tls) {
    parts_->set_rules(std::move(rules), std::move(tls));
}

std::optional<std::uint16_t> Acceptor::tls_port() const {
    return parts_->tls_port;
}

std::size_t Acceptor::associations_open() const {
    return parts_->pool.count();
}

}  // namespace broker::receive
