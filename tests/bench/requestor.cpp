#include "tests/bench/requestor.h"

#include <stdexcept>
#include <thread>

#include "tests/bench/pdu.h"

namespace bench {

static std::string next_pdu(Socket& socket, std::uint8_t type) {
    const auto head = socket.take(pdu_header);
    if (!head) throw std::runtime_error("the peer closed");
    const auto body = socket.take(u32_be(std::string_view(*head).substr(2)));
    if (static_cast<std::uint8_t>(head->front()) != type || !body)
        throw std::runtime_error("the peer sent a PDU of type " + std::to_string(head->front()));
    return *body;
}

static std::uint16_t next_status(Socket& socket) {
    std::string set;
    for (;;) {
        const std::string body = next_pdu(socket, p_data);
        set += body.substr(pdv_header);
        if ((body.at(5) & is_last) != 0) break;
    }
    const auto status = command_value(set, 0x0900);
    if (status.size() != 2) throw std::runtime_error("a response without a status");
    return u16_le(status);
}

Requestor::Requestor(const Job& job, std::int64_t number) : job_(job), socket_(Socket::connect(job.host, job.port)) {
    socket_.send(associate_request(
        {job.called_ae_title, job.calling_ae_title, std::string(ct_image), std::string(explicit_le)}));
    const Answer answer = read_accept(next_pdu(socket_, associate_ac));
    if (!answer.is_accepted) throw std::runtime_error("CT in Explicit VR Little Endian is not accepted");
    instance_ = std::make_unique<Instance>(Shape{job.uid_root, number, job.bytes, answer.max_pdu});
}

void Requestor::send(std::atomic<std::int64_t>& next, Seen& seen) {
    std::deque<Clock::time_point> sent;
    for (;;) {
        const std::int64_t number = next.fetch_add(1);
        if (number >= job_.count) break;
        keep_pace(number, seen.began_at);
        instance_->become(number, static_cast<std::uint16_t>(number % 65535 + 1));
        sent.push_back(Clock::now());
        socket_.send(instance_->message());
        if (static_cast<std::int64_t>(sent.size()) >= job_.window) answer(sent, seen);
    }
    while (!sent.empty()) answer(sent, seen);
}

/// The instance of this number is not due before its share of the time has passed.
void Requestor::keep_pace(std::int64_t number, Clock::time_point began_at) const {
    if (job_.per_second == 0) return;
    const std::chrono::duration<double> due(static_cast<double>(number) / static_cast<double>(job_.per_second));
    const auto due_at = began_at + std::chrono::duration_cast<Clock::duration>(due);
    std::this_thread::sleep_until(due_at);  // between looks at the clock: a pace, nothing is waited for
}

void Requestor::release() {
    socket_.send(pdu(release_rq, std::string(4, '\0')));
    next_pdu(socket_, release_rp);
}

void Requestor::answer(std::deque<Clock::time_point>& sent, Seen& seen) {
    ++seen.statuses[next_status(socket_)];
    seen.last_at = Clock::now();
    seen.took_ms.push_back(std::chrono::duration<double, std::milli>(seen.last_at - sent.front()).count());
    sent.pop_front();
}

}  // namespace bench
