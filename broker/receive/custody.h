/// Custody: where an instance goes that was received whole, and the receipt that goes with it.
///
/// `receipt_of` is pure. A Custody is asked by all association threads at once.
#pragma once

#include <string>
#include <string_view>

#include "broker/dicom/header.h"
#include "broker/receive/rules.h"
#include "outbox/receipt.h"
#include "spool/linked.h"

namespace broker::receive {

class Custody {
public:
    virtual ~Custody() = default;
    /// Blocks until the rows of a linked blob are durable, too. Success may be answered when this has returned, and not
    /// before. Throws what the outbox or the committer throw: nothing is promised then.
    virtual outbox::Accepted take(spool::Linked linked, outbox::Receipt receipt) = 0;
};

/// An instance that was received, before anybody took custody of it.
struct Received {
    dicom::Header header;
    std::string transfer_syntax_uid;
    std::string sop_class_uid, sop_instance_uid;  ///< of the data set
    std::string study_instance_uid;               ///< "" where it has none that could key a study
    std::string series_instance_uid;              ///< the same of a series
    bool uids_differ = false, uid_malformed = false;
    outbox::Instant at;
};

/// Whether what this caller sends came from the destination itself: its AE title, and its address where the destination
/// is configured by address.
bool is_origin(const KnownDestination& destination, std::string_view calling_ae_title, std::string_view address);

/// What a person should know of a job that goes there, beyond its reason: why it is held, and what is not done.
std::string note_of(const route::Target& target);

/// The receipt with its routing decision: every destination that a route names, except one that the instance came from
/// (same AE title, and the same address where the destination is configured by address).
outbox::Receipt receipt_of(const Received& received, const outbox::Association& association,
                           const spool::Linked& linked, const Rules& rules);

}  // namespace broker::receive
