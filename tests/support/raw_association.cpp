#include "tests/support/raw_association.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace support {
namespace {

constexpr int wait_ms = 10'000;
constexpr std::size_t pdv_bytes_max = 16'000;

std::string big(std::uint32_t value, int size) {
    std::string bytes;
    for (int shift = 8 * (size - 1); shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift & 0xFF);
    return bytes;
}

std::string little(std::uint32_t value, int size) {
    std::string bytes = big(value, size);
    std::reverse(bytes.begin(), bytes.end());
    return bytes;
}

std::string item(std::uint8_t type, std::string_view value) {
    return big(type, 1) + big(0, 1) + big(static_cast<std::uint32_t>(value.size()), 2) + std::string(value);
}

std::string padded(std::string text, std::size_t size) {
    text.resize(size, ' ');
    return text;
}

std::string element(std::uint16_t number, std::string value) {
    if (value.size() % 2 != 0) value += '\0';
    return little(0, 2) + little(number, 2) + little(static_cast<std::uint32_t>(value.size()), 4) + value;
}

std::string with_group_length(const std::string& rest) {
    return element(0, little(static_cast<std::uint32_t>(rest.size()), 4)) + rest;
}

std::uint32_t number(std::string_view bytes) {
    std::uint32_t value = 0;
    for (const char each : bytes) value = value << 8 | static_cast<unsigned char>(each);
    return value;
}

}  // namespace

std::string request_pdu(const RawRequest& request) {
    std::string body = big(request.protocol_version, 2) + big(0, 2);
    body += padded(request.called_ae_title, 16) + padded(request.calling_ae_title, 16) + std::string(32, '\0');
    body += item(0x10, request.application_context);
    for (const RawContext& context : request.contexts) {
        std::string value = big(context.id, 1) + big(0, 3) + item(0x30, context.abstract_syntax);
        for (const std::string& syntax : context.transfer_syntaxes) value += item(0x40, syntax);
        body += item(0x20, value);
    }
    body += item(0x50, item(0x51, big(request.max_pdu, 4)) + item(0x52, "1.2.3.4") + request.user_items);
    return big(1, 1) + big(0, 1) + big(static_cast<std::uint32_t>(body.size()), 4) + body;
}

std::string store_command(const RawStore& store) {
    return with_group_length(element(0x0002, store.sop_class_uid) + element(0x0100, little(1, 2)) +
                             element(0x0110, little(store.message_id, 2)) + element(0x0700, little(0, 2)) +
                             element(0x0800, little(store.data_set_type, 2)) + element(0x1000, store.sop_instance_uid));
}

std::string echo_command(std::uint16_t message_id) {
    return with_group_length(element(0x0002, "1.2.840.10008.1.1") + element(0x0100, little(0x30, 2)) +
                             element(0x0110, little(message_id, 2)) + element(0x0800, little(0x0101, 2)));
}

RawAssociation::RawAssociation(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd_ < 0 || ::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
        throw std::system_error(errno, std::generic_category(), "connecting to port " + std::to_string(port));
}

RawAssociation::~RawAssociation() {
    close();
}

void RawAssociation::close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
}

bool RawAssociation::send(std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

std::optional<RawPdu> RawAssociation::receive() {
    const auto read_all = [this](std::string& into) {
        for (std::size_t at = 0; at < into.size();) {
            pollfd watched{fd_, POLLIN, 0};
            if (::poll(&watched, 1, wait_ms) <= 0) return false;
            const ssize_t got = ::recv(fd_, into.data() + at, into.size() - at, 0);
            if (got <= 0) return false;
            at += static_cast<std::size_t>(got);
        }
        return true;
    };
    std::string head(6, '\0');
    if (!read_all(head)) return std::nullopt;
    RawPdu pdu;
    pdu.type = static_cast<std::uint8_t>(head[0]);
    pdu.body.resize(number(std::string_view(head).substr(2)));
    if (!read_all(pdu.body)) return std::nullopt;
    return pdu;
}

bool RawAssociation::is_closed_by_peer() {
    for (;;) {
        pollfd watched{fd_, POLLIN, 0};
        if (::poll(&watched, 1, wait_ms) <= 0) return false;
        char trash[4096];
        if (::recv(fd_, trash, sizeof trash, 0) <= 0) return true;
    }
}

bool RawAssociation::is_cut_off() {
    for (;;) {
        pollfd watched{fd_, POLLIN, 0};
        if (::poll(&watched, 1, wait_ms) <= 0) return false;
        const auto pdu = receive();
        if (pdu && pdu->type != 7) continue;
        close();
        return true;
    }
}

std::optional<RawPdu> RawAssociation::associate(const RawRequest& request) {
    if (!send(request_pdu(request))) return std::nullopt;
    return receive();
}

bool RawAssociation::send_pdv(const Pdv& pdv, std::string_view bytes) {
    const std::uint32_t size = static_cast<std::uint32_t>(bytes.size()) + 2;
    const std::uint32_t control = (pdv.is_command ? 1u : 0u) | (pdv.is_last ? 2u : 0u);
    return send(big(4, 1) + big(0, 1) + big(size + 4, 4) + big(size, 4) + big(pdv.context, 1) + big(control, 1) +
                std::string(bytes));
}

std::optional<std::uint16_t> RawAssociation::store(std::uint8_t context, const RawStore& store,
                                                   std::string_view data_set) {
    if (!send_pdv({context, true, true}, store_command(store))) return std::nullopt;
    do {
        const auto piece = data_set.substr(0, pdv_bytes_max);
        data_set.remove_prefix(piece.size());
        if (!send_pdv({context, false, data_set.empty()}, piece)) return std::nullopt;
    } while (!data_set.empty());
    return status();
}

std::optional<std::uint16_t> RawAssociation::status() {
    const auto pdu = receive();
    const std::string status_head = little(0, 2) + little(0x0900, 2) + little(2, 4);
    if (!pdu || pdu->type != 4) return std::nullopt;
    const auto at = pdu->body.find(status_head);
    if (at == std::string::npos || at + status_head.size() + 2 > pdu->body.size()) return std::nullopt;
    std::string value = pdu->body.substr(at + status_head.size(), 2);
    std::reverse(value.begin(), value.end());
    return static_cast<std::uint16_t>(number(value));
}

bool RawAssociation::release() {
    if (!send(big(5, 1) + big(0, 1) + big(4, 4) + big(0, 4))) return false;
    const auto pdu = receive();
    return pdu && pdu->type == 6;
}

}  // namespace support
