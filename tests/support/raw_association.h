/// RawAssociation: a requestor that writes its PDUs by hand, so that they can also be wrong, late or endless.
///
/// One thread at a time. Every wait ends after ten seconds, as a failed one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace support {

struct RawContext {
    std::uint8_t id = 1;
    std::string abstract_syntax;
    std::vector<std::string> transfer_syntaxes;
};

struct RawRequest {
    std::string called_ae_title = "BRIDGE", calling_ae_title = "CT1";
    std::string application_context = "1.2.840.10008.3.1.1.1";
    std::vector<RawContext> contexts;
    std::uint32_t max_pdu = 16384;
    std::uint16_t protocol_version = 1;
    std::string user_items;  ///< more sub-items of the user information, as bytes
};

/// A whole A-ASSOCIATE-RQ.
std::string request_pdu(const RawRequest& request);

struct RawPdu {
    std::uint8_t type = 0;  ///< 2 AC, 3 RJ, 4 P-DATA-TF, 6 A-RELEASE-RP, 7 ABORT
    std::string body;
};

/// A C-STORE-RQ's command set.
struct RawStore {
    std::string sop_class_uid, sop_instance_uid;
    std::uint16_t message_id = 1;
    std::uint16_t data_set_type = 0;
};
std::string store_command(const RawStore& store);
std::string echo_command(std::uint16_t message_id);

class RawAssociation {
public:
    /// Connects to loopback. Throws std::system_error.
    explicit RawAssociation(std::uint16_t port);
    ~RawAssociation();
    RawAssociation(const RawAssociation&) = delete;
    RawAssociation& operator=(const RawAssociation&) = delete;

    /// False when the other end is gone.
    bool send(std::string_view bytes);
    /// The next PDU, or nothing when the other end closed or the wait was too long.
    std::optional<RawPdu> receive();
    /// True when the other end aborts or closes within the wait; closes this end then.
    bool is_cut_off();
    /// True when the other end closes within the wait; what it still sends is dropped.
    bool is_closed_by_peer();
    void close();

    /// Sends the request and takes the answer: the transfer syntax of each accepted context id, or nothing.
    std::optional<RawPdu> associate(const RawRequest& request);
    /// One P-DATA-TF with one PDV.
    struct Pdv {
        std::uint8_t context = 1;
        bool is_command = false, is_last = true;
    };
    bool send_pdv(const Pdv& pdv, std::string_view bytes);
    /// A whole C-STORE: the status of its response, or nothing.
    std::optional<std::uint16_t> store(std::uint8_t context, const RawStore& store, std::string_view data_set);
    /// The status of the response that comes next.
    std::optional<std::uint16_t> status();
    bool release();

private:
    int fd_ = -1;
};

}  // namespace support
