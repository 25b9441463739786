// PS3.8 and as much of PS3.7 as C-STORE and C-ECHO need, from the acceptor's side.
#include "tests/support/storage_scp.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>

namespace support {

namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr int silence_max_ms = 30'000;  // no test waits longer for anything

void put(Bytes& to, std::uint32_t value, int width) {
    for (int shift = 8 * (width - 1); shift >= 0; shift -= 8) to.push_back(static_cast<std::uint8_t>(value >> shift));
}
void put_little(Bytes& to, std::uint32_t value, int width) {
    for (int n = 0; n < width; ++n) to.push_back(static_cast<std::uint8_t>(value >> (8 * n)));
}
std::uint32_t big(const std::uint8_t* at, int width) {
    std::uint32_t value = 0;
    for (int n = 0; n < width; ++n) value = (value << 8) | at[n];
    return value;
}
std::uint32_t little(const std::uint8_t* at, int width) {
    std::uint32_t value = 0;
    for (int n = width; n-- > 0;) value = (value << 8) | at[n];
    return value;
}
std::string trimmed(const std::uint8_t* at, std::size_t size) {
    std::string text(at, at + size);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\0')) text.pop_back();
    return text;
}
void put_item(Bytes& to, std::uint8_t type, const Bytes& content) {
    put(to, type, 1);
    put(to, 0, 1);
    put(to, static_cast<std::uint32_t>(content.size()), 2);
    to.insert(to.end(), content.begin(), content.end());
}
void put_element(Bytes& to, std::uint16_t element, const Bytes& value) {
    put_little(to, 0, 2);
    put_little(to, element, 2);
    put_little(to, static_cast<std::uint32_t>(value.size()), 4);
    to.insert(to.end(), value.begin(), value.end());
}
Bytes text_value(std::string text, char pad) {
    if (text.size() % 2 == 1) text.push_back(pad);
    return Bytes(text.begin(), text.end());
}
Bytes short_value(std::uint16_t value) {
    Bytes bytes;
    put_little(bytes, value, 2);
    return bytes;
}
Bytes pdu(std::uint8_t type, const Bytes& body) {
    Bytes whole;
    put(whole, type, 1);
    put(whole, 0, 1);
    put(whole, static_cast<std::uint32_t>(body.size()), 4);
    whole.insert(whole.end(), body.begin(), body.end());
    return whole;
}

struct Context {
    std::string abstract_syntax, transfer_syntax;
    std::uint8_t result = 0;
};

struct Command {
    std::uint16_t field = 0, message_id = 0;
    bool has_data_set = true;
    std::string sop_class_uid, sop_instance_uid;
};

Command parse_command(const Bytes& bytes) {
    Command command;
    for (std::size_t at = 0; at + 8 <= bytes.size();) {
        std::uint32_t element = little(&bytes[at + 2], 2), length = little(&bytes[at + 4], 4);
        const std::uint8_t* value = bytes.data() + at + 8;
        if (element == 0x0002) command.sop_class_uid = trimmed(value, length);
        if (element == 0x0100) command.field = static_cast<std::uint16_t>(little(value, 2));
        if (element == 0x0110) command.message_id = static_cast<std::uint16_t>(little(value, 2));
        if (element == 0x0800) command.has_data_set = little(value, 2) != 0x0101;
        if (element == 0x1000) command.sop_instance_uid = trimmed(value, length);
        at += 8 + length;
    }
    return command;
}

}  // namespace

/// One connection, served by one thread.
struct StorageScp::Connection {
    Connection(StorageScp& owner, int socket) : scp(owner), fd(socket) {
        int on = 1;
        ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    }

    StorageScp& scp;
    int fd;
    std::map<std::uint8_t, Context> contexts;
    std::string calling;
    std::uint32_t calling_pdu_max = 0;
    Bytes calling_roles;
    bool is_over = false;

    bool read(void* into, std::size_t size) {
        auto* at = static_cast<std::uint8_t*>(into);
        while (size > 0) {
            pollfd watched{fd, POLLIN, 0};
            if (::poll(&watched, 1, silence_max_ms) <= 0) return false;
            ssize_t got = ::recv(fd, at, size, 0);
            if (got <= 0) return false;
            at += got;
            size -= static_cast<std::size_t>(got);
        }
        return true;
    }
    void write(const Bytes& bytes) {
        std::size_t sent = 0;
        while (sent < bytes.size()) {
            ssize_t n = ::send(fd, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
            if (n <= 0) return;
            sent += static_cast<std::size_t>(n);
        }
    }
    /// Takes whatever comes until the peer closes or the test ends.
    void drain() {
        Bytes sink(65536);
        pollfd watched{fd, POLLIN, 0};
        while (::poll(&watched, 1, silence_max_ms) > 0 && ::recv(fd, sink.data(), sink.size(), 0) > 0) {
        }
    }
    /// Waits, without reading, until the test ends or the peer is gone.
    void hang() {
        pollfd watched{fd, POLLRDHUP, 0};
        ::poll(&watched, 1, silence_max_ms);
    }

    bool await_turn() {
        std::unique_lock lock(scp.mutex_);
        scp.changed_.wait(lock,
                          [&] { return scp.is_down_ || !scp.script_.serves_one || scp.connections_.front() == this; });
        return !scp.is_down_;
    }

    void serve() {
        if (!await_turn()) return;
        std::uint8_t head[6];
        if (!read(head, sizeof head)) return;
        Bytes body(big(head + 2, 4));
        if (head[0] != 1 || !read(body.data(), body.size()) || !receive_association(body)) return;
        scp.note([&](Facts& facts) {
            ++facts.associations;
            facts.calling_ae_title = calling;
            facts.pdu_max = calling_pdu_max;
            facts.roles.assign(calling_roles.begin(), calling_roles.end());
        });
        while (!is_over) message();
        scp.note([](Facts& facts) { --facts.open; });
    }

    bool receive_association(const Bytes& body) {
        calling = trimmed(&body[20], 16);
        Script script = scp.script();
        if (script.reception == Reception::accept && !take_room(script.associations_max)) {
            script.reception = Reception::reject;
            script.reject_result = 2;
            script.reject_source = 3;
            script.reject_reason = 2;
        }
        switch (script.reception) {
            case Reception::accept:
                write(accept(body, script));
                return true;
            case Reception::reject:
                write(pdu(3, {0, script.reject_result, script.reject_source, script.reject_reason}));
                drain();
                return false;
            case Reception::hang:
                hang();
                return false;
            case Reception::close:
                return false;
            case Reception::garbage:
                write(Bytes(64, 'x'));
                drain();
                return false;
            case Reception::abort:
                write(pdu(7, {0, 0, 2, 0}));
                drain();
                return false;
        }
        return false;
    }

    /// Counted before the answer, in one step: the next one may ask as soon as it is out.
    bool take_room(int most) {
        std::lock_guard lock(scp.mutex_);
        if (most > 0 && scp.facts_.open >= most) return false;
        scp.facts_.most = std::max(scp.facts_.most, ++scp.facts_.open);
        return true;
    }

    Bytes accept(const Bytes& body, const Script& script) {
        Bytes answer(body.begin(), body.begin() + 68);
        put_item(answer, 0x10, text_value("1.2.840.10008.3.1.1.1", 0));
        answer.pop_back();  // the UID has 21 characters, and PDU items aren't padded
        answer[68 + 3] = 21;
        for (std::size_t at = 68; at + 4 <= body.size();) {
            std::size_t length = big(&body[at + 2], 2);
            if (body[at] == 0x20) put_item(answer, 0x21, negotiate(body.data() + at + 4, length, script));
            // The maximum length is the first item of the user information that any requestor writes (PS3.8 D.1).
            if (body[at] == 0x50 && body[at + 4] == 0x51) calling_pdu_max = big(&body[at + 8], 4);
            if (body[at] == 0x50) calling_roles = role_items(body.data() + at + 4, length);
            at += 4 + length;
        }
        Bytes maximum, user;
        put(maximum, script.pdu_max, 4);
        put_item(user, 0x51, maximum);
        put_item(user, 0x52, Bytes{'1', '.', '2', '.', '3'});
        if (script.answers_roles) user.insert(user.end(), calling_roles.begin(), calling_roles.end());
        put_item(answer, 0x50, user);
        return pdu(2, answer);
    }

    /// The role selection sub-items of a user information item.
    static Bytes role_items(const std::uint8_t* items, std::size_t size) {
        Bytes found;
        for (std::size_t at = 0, length = 0; at + 4 <= size; at += 4 + length) {
            length = big(items + at + 2, 2);
            if (items[at] == 0x54) found.insert(found.end(), items + at, items + at + 4 + length);
        }
        return found;
    }

    /// C-FIND and storage commitment: an SCP that has no answers doesn't offer them.
    static bool is_question(const std::string& abstract_syntax) {
        return abstract_syntax == "1.2.840.10008.5.1.4.1.2.2.1" || abstract_syntax == "1.2.840.10008.1.20.1";
    }

    Bytes negotiate(const std::uint8_t* item, std::size_t size, const Script& script) {
        Context context;
        for (std::size_t at = 4; at + 4 <= size;) {
            std::size_t length = big(item + at + 2, 2);
            std::string uid(item + at + 4, item + at + 4 + length);
            if (item[at] == 0x30) context.abstract_syntax = uid;
            if (item[at] == 0x40 && context.transfer_syntax.empty()) context.transfer_syntax = uid;
            at += 4 + length;
        }
        bool is_verification = context.abstract_syntax == "1.2.840.10008.1.1";
        if (is_verification)
            context.result = script.refuses_verification ? 3 : 0;
        else if (is_question(context.abstract_syntax) && !script.other)
            context.result = 3;
        else if (script.context)
            context.result = script.context(context.abstract_syntax, context.transfer_syntax);
        contexts[item[0]] = context;
        Bytes answer{item[0], 0, context.result, 0};
        put_item(answer, 0x40, Bytes(context.transfer_syntax.begin(), context.transfer_syntax.end()));
        return answer;
    }

    /// One whole message, or what ends the association.
    void message() {
        Bytes command_bytes, data;
        std::optional<Command> command;
        StoreScript middle;
        std::uint8_t context = 0;
        for (bool is_complete = false; !is_complete && !is_over;) {
            std::uint8_t head[6];
            if (!read(head, sizeof head)) return void(is_over = true);
            Bytes body(big(head + 2, 4));
            if (!read(body.data(), body.size())) return void(is_over = true);
            if (head[0] != 4) return control(head[0]);
            for (std::size_t at = 0; at + 6 <= body.size() && !is_complete && !is_over;) {
                std::size_t length = big(&body[at], 4);
                context = body[at + 4];
                std::uint8_t flags = body[at + 5];
                Bytes& target = (flags & 1) ? command_bytes : data;
                target.insert(target.end(), body.begin() + static_cast<long>(at) + 6,
                              body.begin() + static_cast<long>(at + 4 + length));
                at += 4 + length;
                bool is_last = (flags & 2) != 0;
                if ((flags & 1) && is_last) {
                    command = parse_command(command_bytes);
                    middle = command->field == 1 ? store_script(*command, context) : StoreScript{};
                    is_complete = !command->has_data_set;
                } else if (command && middle.after_bytes && data.size() >= *middle.after_bytes) {
                    act(middle, *command, context);
                } else if (command && is_last) {
                    is_complete = true;
                }
            }
        }
        if (is_over || !command) return;
        if (command->field == 0x0030) return echo(*command, context);
        if (command->field == 0x0001) return store(*command, context, data);
        other(*command, context, command_bytes, data);
    }

    void other(const Command& command, std::uint8_t context, const Bytes& bytes, const Bytes& data) {
        const Script script = scp.script();
        if (!script.other) return void(is_over = true);
        OtherMessage message{command.field, context, contexts[context].transfer_syntax, {}, {}, {}, {}};
        message.command.assign(bytes.begin(), bytes.end());
        message.data_set.assign(data.begin(), data.end());
        message.send = [&](const std::string& command_set, const std::string& data_set) {
            write(pdv(context, true, command_set));
            if (!data_set.empty()) write(pdv(context, false, data_set));
        };
        message.close = [&] { is_over = true; };
        script.other(message);
        scp.note([](Facts&) {});  // whoever waits may look at what the script saw
    }

    static Bytes pdv(std::uint8_t context, bool is_command, const std::string& content) {
        Bytes body;
        put(body, static_cast<std::uint32_t>(content.size() + 2), 4);
        put(body, context, 1);
        put(body, is_command ? 3 : 2, 1);
        body.insert(body.end(), content.begin(), content.end());
        return pdu(4, body);
    }

    void control(std::uint8_t type) {
        is_over = true;
        Script script = scp.script();
        if (type == 5) {
            scp.note([](Facts& facts) { ++facts.releases; });
            write(pdu(6, Bytes(4)));
        }
        if (type == 7) {
            scp.note([](Facts& facts) { ++facts.aborts; });
            if (!script.closes_after_abort) hang();
        }
    }

    Stored facts_of(const Command& command, std::uint8_t context) {
        Stored stored;
        stored.sop_class_uid = command.sop_class_uid;
        stored.sop_instance_uid = command.sop_instance_uid;
        stored.transfer_syntax_uid = contexts[context].transfer_syntax;
        stored.calling_ae_title = calling;
        stored.message_id = command.message_id;
        return stored;
    }

    StoreScript store_script(const Command& command, std::uint8_t context) {
        Script script = scp.script();
        Stored facts = facts_of(command, context);
        if (auto before = scp.stored(command.sop_instance_uid)) facts.count = before->count;
        return script.store ? script.store(facts) : StoreScript{};
    }

    void store(const Command& command, std::uint8_t context, const Bytes& data) {
        StoreScript script = store_script(command, context);
        Stored facts = facts_of(command, context);
        facts.data_set.resize(data.size());
        if (!data.empty()) std::memcpy(facts.data_set.data(), data.data(), data.size());
        scp.note([&](Facts& all) {
            Stored& kept = all.stored[facts.sop_instance_uid];
            facts.count = kept.count + 1;
            kept = facts;
            ++all.received;
        });
        act(script, command, context);
    }

    void act(const StoreScript& script, const Command& command, std::uint8_t context) {
        switch (script.act) {
            case Act::answer:
                return answer(script, command, context);
            case Act::answer_wrong_id: {
                Command wrong = command;
                wrong.message_id = static_cast<std::uint16_t>(wrong.message_id + 7);
                return answer(script, wrong, context);
            }
            case Act::answer_wrong_instance: {
                Command wrong = command;
                wrong.sop_instance_uid = "1.2.3.999";
                return answer(script, wrong, context);
            }
            case Act::answer_pending_first: {
                StoreScript pending = script;
                pending.status = 0xFF00;
                answer(pending, command, context);
                return answer(script, command, context);
            }
            case Act::abort:
                write(pdu(7, {0, 0, script.abort_source, script.abort_reason}));
                is_over = true;
                return drain();
            case Act::abort_and_linger:
                write(pdu(7, {0, 0, script.abort_source, script.abort_reason}));
                is_over = true;
                return hang();
            case Act::close:
                return void(is_over = true);
            case Act::release:
                write(pdu(5, Bytes(4)));
                is_over = true;
                return drain();
            case Act::hang:
                is_over = true;
                return hang();
            case Act::garbage:
                write(Bytes(64, 'x'));
                is_over = true;
                return drain();
        }
    }

    void answer(const StoreScript& script, const Command& command, std::uint8_t context) {
        Bytes elements;
        put_element(elements, 0x0002, text_value(command.sop_class_uid, '\0'));
        put_element(elements, 0x0100, short_value(0x8001));
        put_element(elements, 0x0120, short_value(command.message_id));
        put_element(elements, 0x0800, short_value(0x0101));
        put_element(elements, 0x0900, short_value(script.status));
        if (!script.comment.empty()) put_element(elements, 0x0902, text_value(script.comment, ' '));
        put_element(elements, 0x1000, text_value(command.sop_instance_uid, '\0'));
        send_command(elements, context);
    }

    void echo(const Command& command, std::uint8_t context) {
        scp.note([](Facts& facts) { ++facts.echoes; });
        Script script = scp.script();
        if (!script.echo_status) {
            is_over = true;
            return hang();
        }
        Bytes elements;
        put_element(elements, 0x0002, text_value("1.2.840.10008.1.1", '\0'));
        put_element(elements, 0x0100, short_value(0x8030));
        put_element(elements, 0x0120, short_value(command.message_id));
        put_element(elements, 0x0800, short_value(0x0101));
        put_element(elements, 0x0900, short_value(*script.echo_status));
        send_command(elements, context);
    }

    void send_command(const Bytes& elements, std::uint8_t context) {
        Bytes whole, length, body;
        put_little(length, static_cast<std::uint32_t>(elements.size()), 4);
        put_element(whole, 0x0000, length);
        whole.insert(whole.end(), elements.begin(), elements.end());
        put(body, static_cast<std::uint32_t>(whole.size() + 2), 4);
        put(body, context, 1);
        put(body, 3, 1);
        body.insert(body.end(), whole.begin(), whole.end());
        write(pdu(4, body));
    }
};

StorageScp::StorageScp(Script script) : script_(std::move(script)) {
    listen();
}

StorageScp::~StorageScp() {
    go_down();
}

void StorageScp::set(Script script) {
    std::lock_guard lock(mutex_);
    script_ = std::move(script);
}

Script StorageScp::script() const {
    std::lock_guard lock(mutex_);
    return script_;
}

void StorageScp::come_up() {
    listen();
}

void StorageScp::listen() {
    std::lock_guard lock(mutex_);
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int on = 1;
    ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port_);
    socklen_t size = sizeof address;
    auto* any = reinterpret_cast<sockaddr*>(&address);
    if (::bind(listener_, any, size) != 0 || ::listen(listener_, 64) != 0) throw std::runtime_error("cannot listen");
    ::getsockname(listener_, any, &size);
    port_ = ntohs(address.sin_port);
    is_down_ = false;
    acceptor_ = std::thread([this, listener = listener_] { accept_loop(listener); });
}

void StorageScp::accept_loop(int listener) {
    for (;;) {
        int fd = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
        if (fd < 0) return;
        std::lock_guard lock(mutex_);
        if (is_down_) {
            ::close(fd);
            return;
        }
        ++facts_.connections;
        changed_.notify_all();
        auto* connection = new Connection(*this, fd);
        connections_.push_back(connection);
        threads_.emplace_back([this, connection] {
            connection->serve();
            std::lock_guard inner(mutex_);
            connections_.remove(connection);
            changed_.notify_all();
            ::close(connection->fd);
            delete connection;
        });
    }
}

void StorageScp::go_down() {
    std::vector<std::thread> threads;
    {
        std::lock_guard lock(mutex_);
        if (is_down_) return;
        is_down_ = true;
        changed_.notify_all();
        ::shutdown(listener_, SHUT_RDWR);
        for (Connection* each : connections_) ::shutdown(each->fd, SHUT_RDWR);
    }
    acceptor_.join();
    {
        std::lock_guard lock(mutex_);
        ::close(listener_);
        threads.swap(threads_);
    }
    for (std::thread& each : threads) each.join();
}

void StorageScp::note(const std::function<void(Facts&)>& change) {
    std::lock_guard lock(mutex_);
    change(facts_);
    changed_.notify_all();
}

std::optional<Stored> StorageScp::stored(const std::string& sop_instance_uid) const {
    std::lock_guard lock(mutex_);
    auto found = facts_.stored.find(sop_instance_uid);
    if (found == facts_.stored.end()) return std::nullopt;
    return found->second;
}

std::size_t StorageScp::stored_count() const {
    std::lock_guard lock(mutex_);
    return facts_.stored.size();
}

int StorageScp::receive_count() const {
    std::lock_guard lock(mutex_);
    return facts_.received;
}

int StorageScp::connection_count() const {
    std::lock_guard lock(mutex_);
    return facts_.connections;
}

int StorageScp::association_count() const {
    std::lock_guard lock(mutex_);
    return facts_.associations;
}

int StorageScp::most_at_once() const {
    std::lock_guard lock(mutex_);
    return facts_.most;
}

int StorageScp::echo_count() const {
    std::lock_guard lock(mutex_);
    return facts_.echoes;
}

int StorageScp::abort_count() const {
    std::lock_guard lock(mutex_);
    return facts_.aborts;
}

int StorageScp::release_count() const {
    std::lock_guard lock(mutex_);
    return facts_.releases;
}

std::string StorageScp::last_calling_ae_title() const {
    std::lock_guard lock(mutex_);
    return facts_.calling_ae_title;
}

std::string StorageScp::last_roles() const {
    std::lock_guard lock(mutex_);
    return facts_.roles;
}

std::uint32_t StorageScp::last_pdu_max() const {
    std::lock_guard lock(mutex_);
    return facts_.pdu_max;
}

bool StorageScp::wait_until(const std::function<bool(const StorageScp&)>& holds) const {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(20), [&] { return holds(*this); });
}

}  // namespace support
