/// Makers: from a destination's configuration to what sends, asks and registers there, by its kind.
///
/// Any thread. What a maker makes shares nothing with what another destination's makes but the paces.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "broker/committer/committer.h"
#include "broker/config/config.h"
#include "broker/deliver/lane_asker.h"
#include "broker/deliver/lane_context.h"
#include "broker/deliver/registering.h"
#include "broker/deliver/stride.h"
#include "broker/dicom/header.h"
#include "broker/dicom/wanted.h"
#include "broker/http/response.h"

namespace broker::deliver {

/// The header of a blob, as far as it is wanted; nothing where its bytes are not there. Throws spool::Error.
using ReadHeader = std::function<std::optional<dicom::Header>(
    const outbox::Digest& digest, std::string_view transfer_syntax_uid, const dicom::Wanted& wanted)>;

/// Told what a server over HTTP says the time is. Any thread; must not throw.
using HeardDate = std::function<void(const std::string& server, const http::Response& response)>;

/// What registering reads and writes. Committer and clock outlive it.
struct RegisteringParts {
    const Clock& clock;
    Committer& committer;
    std::filesystem::path database;  ///< of the outbox
    ReadHeader read_header;
    HeardDate heard_date = {};  ///< may be empty
};

struct Makers {
    MakeSender sender;            ///< which keeps to the paces; empty for a kind that nothing is sent to
    MakeAsker asker;              ///< empty for a kind that cannot be asked
    MakeRegistering registering;  ///< empty for a kind that registers nothing
};

/// The clock outlives what they make. Throws dicom::TlsError where certificates cannot be used, std::invalid_argument
/// where a URL or a path of it cannot.
Makers makers_of(const config::Destination& destination, const config::Config& config, const RegisteringParts& parts,
                 std::vector<PaceLine> paces = {});

/// A sender of a kind that registers nothing; null for others.
MakeSender sender_maker(const config::Destination& destination, const config::Config& config,
                        std::vector<PaceLine> paces = {});
/// An asker of the destination's kind; null for a kind that cannot be asked.
MakeAsker asker_maker(const config::Destination& destination, const config::Config& config);

}  // namespace broker::deliver
