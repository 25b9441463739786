#include "broker/receive/services.h"

#include <algorithm>
#include <array>

#include "broker/dicom/command_set.h"
#include "broker/dicom/commitment.h"
#include "broker/receive/commitment.h"
#include "broker/receive/storage.h"
#include "broker/receive/verification.h"

namespace broker::receive {
namespace {

constexpr std::string_view verification_sop_class = "1.2.840.10008.1.1";
constexpr std::array echo{dicom::command_field::c_echo_rq};
constexpr std::array stores{dicom::command_field::c_store_rq};
constexpr std::array commits{dicom::command_field::n_action_rq, dicom::command_field::n_event_report_rq};
constexpr Service verification{"verification", echo, verify};
constexpr Service storage{"storage", stores, store};
constexpr Service commitment{"commitment", commits, commit};

// PS3.6 table A-1: SOP classes, meta SOP classes and well-known instances of services that store nothing. A root stands
// for all below it.
constexpr std::array other_services{
    std::string_view("1.2.840.10008.1.9"),        // Basic Study Content Notification
    std::string_view("1.2.840.10008.1.20"),       // Storage Commitment; its Push Model is served all the same
    std::string_view("1.2.840.10008.1.40"),       // Procedural Event Logging
    std::string_view("1.2.840.10008.1.42"),       // Substance Administration Logging
    std::string_view("1.2.840.10008.3.1.2"),      // patient, visit, study, results management, MPPS
    std::string_view("1.2.840.10008.4.2"),        // the Storage Service Class itself
    std::string_view("1.2.840.10008.5.1.1"),      // print, media creation, display system
    std::string_view("1.2.840.10008.5.1.4.1.2"),  // query and retrieve
    std::string_view("1.2.840.10008.5.1.4.20"),   // defined procedure protocols, query and retrieve
    std::string_view("1.2.840.10008.5.1.4.31"),   // modality worklist
    std::string_view("1.2.840.10008.5.1.4.32"),   // general purpose worklist
    std::string_view("1.2.840.10008.5.1.4.33"),   // instance availability notification
    std::string_view("1.2.840.10008.5.1.4.34"),   // unified procedure steps, RT verification
    std::string_view("1.2.840.10008.5.1.4.37"),   // relevant patient information
    std::string_view("1.2.840.10008.5.1.4.38"),   // hanging protocols
    std::string_view("1.2.840.10008.5.1.4.39"),   // colour palettes
    std::string_view("1.2.840.10008.5.1.4.41"),   // product characteristics
    std::string_view("1.2.840.10008.5.1.4.42"),   // substance approval
    std::string_view("1.2.840.10008.5.1.4.43"),   // implant templates
    std::string_view("1.2.840.10008.5.1.4.44"),
    std::string_view("1.2.840.10008.5.1.4.45"),
    std::string_view("1.2.840.10008.5.1.4.1.1.200.4"),  // protocol approval, query and retrieve
    std::string_view("1.2.840.10008.5.1.4.1.1.200.5"),
    std::string_view("1.2.840.10008.5.1.4.1.1.200.6"),
    std::string_view("1.2.840.10008.5.1.4.1.1.201.2"),  // inventories, query, retrieve and creation
    std::string_view("1.2.840.10008.5.1.4.1.1.201.3"),
    std::string_view("1.2.840.10008.5.1.4.1.1.201.4"),
    std::string_view("1.2.840.10008.5.1.4.1.1.201.5"),
    std::string_view("1.2.840.10008.5.1.4.1.1.201.6"),
    std::string_view("1.2.840.10008.10"),  // real-time communication
};

// Storage SOP classes that have their UID below one of those roots.
constexpr std::array storage_below{
    std::string_view("1.2.840.10008.5.1.1.27"),     // Stored Print
    std::string_view("1.2.840.10008.5.1.1.29"),     // Hardcopy Grayscale Image
    std::string_view("1.2.840.10008.5.1.1.30"),     // Hardcopy Color Image
    std::string_view("1.2.840.10008.5.1.4.34.1"),   // RT Beams Delivery Instruction, as drafted
    std::string_view("1.2.840.10008.5.1.4.34.7"),   // RT Beams Delivery Instruction
    std::string_view("1.2.840.10008.5.1.4.34.10"),  // RT Brachy Application Setup Delivery Instruction
    std::string_view("1.2.840.10008.5.1.4.38.1"),   // Hanging Protocol
    std::string_view("1.2.840.10008.5.1.4.39.1"),   // Color Palette
    std::string_view("1.2.840.10008.5.1.4.43.1"),   // Generic Implant Template
    std::string_view("1.2.840.10008.5.1.4.44.1"),   // Implant Assembly Template
    std::string_view("1.2.840.10008.5.1.4.45.1"),   // Implant Template Group
};

bool is_or_is_below(std::string_view uid, std::string_view root) {
    return uid.starts_with(root) && (uid.size() == root.size() || uid[root.size()] == '.');
}

}  // namespace

bool is_other_service(std::string_view abstract_syntax) {
    if (std::find(storage_below.begin(), storage_below.end(), abstract_syntax) != storage_below.end()) return false;
    return std::any_of(other_services.begin(), other_services.end(),
                       [&](std::string_view root) { return is_or_is_below(abstract_syntax, root); });
}

const Service* service_of(std::string_view abstract_syntax) {
    if (abstract_syntax == verification_sop_class) return &verification;
    if (abstract_syntax == dicom::storage_commitment_sop_class) return &commitment;
    return is_other_service(abstract_syntax) ? nullptr : &storage;
}

}  // namespace broker::receive
