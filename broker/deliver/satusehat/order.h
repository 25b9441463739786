/// Order: the ServiceRequests that an accession number leads to, and which of them the study belongs to.
///
/// Values and pure functions; any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "broker/deliver/satusehat/accession.h"
#include "broker/deliver/satusehat/bundle.h"

namespace broker::deliver::satusehat {

struct Order {
    std::string service_request_id;   ///< "" where it has none that may be used
    std::string patient_reference;    ///< as it stands there: "Patient/P…" where it is usable
    std::string encounter_reference;  ///< "Encounter/…", or ""
    std::string status;
    std::vector<std::string> modalities;  ///< the DCM codes of orderDetail, in capitals
    std::string occurrence;               ///< FHIR dateTime, when it is to be done; "" where it isn't said
    std::string last_updated;             ///< FHIR instant

    /// It says which patient it is for, and can be referred to.
    bool is_usable() const;
    bool is_cancelled() const { return status == "revoked" || status == "entered-in-error"; }
    bool operator==(const Order&) const = default;
};

/// What a search found.
struct Orders {
    std::vector<Order> all;  ///< those that carry the accession number exactly, newest first
    std::size_t suppressed_count = 0;
    bool has_more = false;
    bool operator==(const Orders&) const = default;
};

std::variant<Orders, BodyFault> parse_orders(std::string_view body, std::string_view organization,
                                             const Accession& accession);

/// The newest order that isn't cancelled; the others are for the same patient.
struct ChosenOrder {
    Order order;
    std::vector<Order> others;  ///< the cancelled ones, too
};
struct NoOrder {};
/// There is something, but it is not shown: as NoOrder, but somebody should know.
struct OnlySuppressed {
    std::size_t count = 0;
};
/// The accession number was used for several patients: a person must look.
struct DifferentPatients {
    Order newest;  ///< that isn't cancelled, where there is one
    std::vector<Order> others;
};
struct CancelledOrder {
    Order order;
    std::vector<Order> others;
};
/// The order that counts doesn't name a patient, or has no id.
struct UnusableOrder {
    Order order;
};

using OrderChoice =
    std::variant<ChosenOrder, NoOrder, OnlySuppressed, DifferentPatients, CancelledOrder, UnusableOrder>;

OrderChoice choose(const Orders& orders);

}  // namespace broker::deliver::satusehat
