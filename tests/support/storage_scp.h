/// StorageScp: a storage SCP for tests that does exactly what it is told, on loopback, in threads of its own.
///
/// Written on sockets, independently of the broker's own code, so that one bug cannot hide in both. Any thread.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace support {

/// One C-STORE that arrived to the last byte.
struct Stored {
    std::string sop_class_uid, sop_instance_uid, transfer_syntax_uid, calling_ae_title;
    std::vector<std::byte> data_set;  ///< of the last one received
    std::uint16_t message_id = 0;     ///< likewise
    int count = 0;                    ///< how often this SOP Instance UID arrived
};

/// What is done to a C-STORE, or instead of answering it.
enum class Act {
    answer,
    answer_wrong_id,        ///< to another Message ID
    answer_wrong_instance,  ///< about another SOP Instance UID
    answer_pending_first,   ///< 0xFF00, then the answer
    abort,
    abort_and_linger,  ///< aborts, and never closes
    close,
    release,
    hang,
    garbage,  ///< bytes that are no PDU
};

struct StoreScript {
    Act act = Act::answer;
    std::uint16_t status = 0;
    std::string comment;
    std::optional<std::size_t> after_bytes;  ///< acts in the middle, once so many bytes of the data set have come
    std::uint8_t abort_source = 0, abort_reason = 0;
};

/// A whole message that is neither C-STORE nor C-ECHO, and the way to answer it.
struct OtherMessage {
    std::uint16_t field = 0;
    std::uint8_t context = 0;
    std::string transfer_syntax;
    std::string command, data_set;
    /// Sends a message in the same context; an empty data set is none.
    std::function<void(const std::string& command_set, const std::string& data)> send;
    std::function<void()> close;  ///< the connection, without a word
};

enum class Reception { accept, reject, hang, close, garbage, abort };

struct Script {
    Reception reception = Reception::accept;
    std::uint8_t reject_result = 1, reject_source = 1, reject_reason = 1;
    /// The result of a presentation context by abstract and transfer syntax; 0 accepts.
    std::function<std::uint8_t(const std::string&, const std::string&)> context;
    std::uint32_t pdu_max = 16384;  ///< announced
    std::function<StoreScript(const Stored&)> store;
    std::optional<std::uint16_t> echo_status = 0;  ///< nothing: hangs
    bool refuses_verification = false;
    bool closes_after_abort = true;  ///< false: keeps the connection when the peer aborts
    int associations_max = 0;        ///< at once; more are rejected 2/3/2; 0: any number
    bool serves_one = false;         ///< connection at a time, in their order; the others wait without an answer
    /// Serves what is neither C-STORE nor C-ECHO; where it is absent that closes the connection.
    std::function<void(const OtherMessage&)> other;
    bool answers_roles = true;  ///< accepts the roles that are proposed (PS3.7 D.3.3.4), else doesn't answer them
};

class StorageScp {
public:
    explicit StorageScp(Script script = {});
    ~StorageScp();

    std::uint16_t port() const { return port_; }
    void set(Script script);
    /// Connections are refused and the open ones cut.
    void go_down();
    /// Listens again on the same port.
    void come_up();

    std::optional<Stored> stored(const std::string& sop_instance_uid) const;
    std::size_t stored_count() const;  ///< distinct instances
    int receive_count() const;         ///< all of them
    int connection_count() const;
    int association_count() const;  ///< accepted ones
    int most_at_once() const;
    int echo_count() const;
    int abort_count() const;  ///< received
    int release_count() const;
    std::string last_calling_ae_title() const;
    std::uint32_t last_pdu_max() const;  ///< what the requestor announced
    std::string last_roles() const;      ///< its role selection sub-items, whole

    /// Waits until `holds`, which is asked under the lock after each thing that happens, or 20 s. What it returned
    /// last.
    bool wait_until(const std::function<bool(const StorageScp&)>& holds) const;

private:
    struct Connection;
    struct Facts {
        std::map<std::string, Stored> stored;
        int received = 0, connections = 0, associations = 0, open = 0, most = 0, echoes = 0, aborts = 0, releases = 0;
        std::string calling_ae_title;
        std::uint32_t pdu_max = 0;
        std::string roles;
    };

    void listen();
    void accept_loop(int listener);
    Script script() const;
    void note(const std::function<void(Facts&)>& change);

    std::uint16_t port_ = 0;
    mutable std::recursive_mutex mutex_;  ///< guards all below; recursive, since `holds` asks the public functions
    mutable std::condition_variable_any changed_;
    Script script_;
    Facts facts_;
    std::list<Connection*> connections_;
    int listener_ = -1;
    bool is_down_ = true;

    std::thread acceptor_;
    std::vector<std::thread> threads_;
};

}  // namespace support
