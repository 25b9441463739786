/// Owning pointers for DCMTK's association structures.
///
/// One thread at a time. An Association must be destroyed before the Network that made it.
#pragma once

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmnet/assoc.h>

#include <memory>

namespace broker::dicom {

struct DropNetwork {
    void operator()(T_ASC_Network* network) const { ASC_dropNetwork(&network); }
};
struct DestroyAssociation {
    /// Closes the connection, too, without a word to the peer: release or abort first.
    void operator()(T_ASC_Association* association) const { ASC_destroyAssociation(&association); }
};
struct DestroyParameters {
    void operator()(T_ASC_Parameters* parameters) const { ASC_destroyAssociationParameters(&parameters); }
};

using Network = std::unique_ptr<T_ASC_Network, DropNetwork>;
using AssociationHandle = std::unique_ptr<T_ASC_Association, DestroyAssociation>;
using Parameters = std::unique_ptr<T_ASC_Parameters, DestroyParameters>;  ///< `release` it to ASC_requestAssociation

}  // namespace broker::dicom
