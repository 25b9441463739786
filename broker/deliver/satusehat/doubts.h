/// Doubts: what speaks against a study's belonging to the order that its accession number leads to.
///
/// Values and pure functions; any thread. A mistyped accession number that exists would file the images under another
/// patient, nationally; so a person looks first. What is absent is no doubt. Words hold no patient's values.
#pragma once

#include <chrono>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "broker/deliver/satusehat/order.h"
#include "broker/deliver/satusehat/study_content.h"

namespace broker::deliver::satusehat {

/// Zones, and studies that are done in the night before their order is written.
inline constexpr std::chrono::days study_before_order_max{1};
/// Appointments are made weeks ahead; an order that is older is more likely somebody else's.
inline constexpr std::chrono::days study_after_order_max{60};

enum class Doubt {
    other_patient_id,    ///< the accession number was used with another PatientID
    other_birth_date,    ///< … with another birth date
    several_patients,    ///< the study's own instances name more than one PatientID or birth date
    several_accessions,  ///< the study holds more than one accession number
    several_subjects,    ///< its orders are for different patients
    more_orders,         ///< it leads to more orders than are shown, which may be for others
    other_modality,      ///< the order is for another modality
    other_day,           ///< the order is for another time
};
std::string_view to_string(Doubt doubt);

struct DoubtRaised {
    Doubt doubt;
    /// The same for the same doubt about the same study, orders and values, in whatever order they come; another one
    /// where any of them changed. Doesn't show the values.
    std::string fingerprint;
    std::string text;  ///< for people
};

/// Whom an accession number was used for before, by this or another study.
struct EarlierUse {
    std::string patient_id, birth_date;
};

struct Suspicion {
    std::string study_uid;
    std::span<const InstanceFacts> instances;
    Order order;                    ///< the one that the study would be registered under
    std::span<const Order> others;  ///< the others that were found
    std::span<const EarlierUse> earlier;
    std::string registered_accession = {};  ///< that the study is registered with, or ""
    bool has_more_orders = false;           ///< than were sent
};

/// Those whose fingerprint isn't among `confirmed`, in the order of the enumeration.
std::vector<DoubtRaised> doubts(const Suspicion& suspicion, const Zone& zone,
                                const std::set<std::string>& confirmed = {});

/// Whether a study with these modalities may be what an order for those asks for: where either names none that counts,
/// or they share one. CR, DX, DR and RG are one; reports and other objects that accompany images don't count.
bool modalities_agree(const std::set<std::string>& study, const std::set<std::string>& order);

}  // namespace broker::deliver::satusehat
