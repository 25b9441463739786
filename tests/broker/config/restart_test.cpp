/// Restart: every setting is either taken by a reload or in the table, and somebody has decided which.
#include "broker/config/restart.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "broker/config/layout.h"
#include "broker/config/section.h"

namespace broker::config {

namespace {

/// Of these sections a reload takes everything, what they will have one day included: they are read anew whole.
const std::set<std::string> live_sections{"sender",      "retention", "delivery", "janitor", "uplink",
                                          "destination", "route",     "alarm",    "notify",  "heartbeat"};

/// Of the others, what a reload takes. A new setting of these sections is added here, once something makes the running
/// broker follow it, or to the table.
const std::set<std::string> live_keys{"node.stop_within",
                                      "dicom.ae_title",
                                      "dicom.accept_called_ae_title",
                                      "dicom.accept_unknown_senders",
                                      "dicom.max_associations",
                                      "dicom.associations_per_address",
                                      "dicom.max_instance",
                                      "dicom.max_pdu",
                                      "dicom.idle_timeout",
                                      "dicom.associate_timeout",
                                      "dicom.first_message_timeout",
                                      "dicom.min_rate",
                                      "dicom.min_rate_window",
                                      "dicom.max_contexts",
                                      "dicom.max_transfer_syntaxes",
                                      "dicom.max_associate_rq",
                                      "dicom.max_header_elements",
                                      "dicom.max_header_depth",
                                      "dicom.max_header_value",
                                      "dicom.max_handshakes",
                                      "dicom.max_commitment",
                                      "dicom.max_drain",
                                      "dicom.tls.certificate_file",
                                      "dicom.tls.key_file",
                                      "dicom.tls.ca_file",
                                      "spool.refuse_below",
                                      "spool.warn_below",
                                      "spool.orphans_for",
                                      "preview.enabled",
                                      "preview.cache",
                                      "preview.max_pixels",
                                      "preview.max_waiting",
                                      "preview.jobs_per_helper",
                                      "preview.timeout"};

}  // namespace

TEST_CASE("restart: of every setting somebody has decided whether a reload takes it") {
    std::set<std::string> seen;
    for (const Section& section : config_sections()) {
        REQUIRE_FALSE(section.keys.empty());
        for (const std::string& key : section.keys) {
            const std::string whole = section.field.key + "." + key;
            const bool is_live = live_sections.contains(section.field.key) || live_keys.contains(whole);
            CHECK_MESSAGE(is_live != needs_restart(section.field.key, key), whole);
            seen.insert(whole);
        }
    }
    for (const std::string& each : live_keys) CHECK_MESSAGE(seen.contains(each), each);
    CHECK(seen.contains("destination.tls.pin"));
    CHECK(seen.contains("destination.auth.client_secret_file"));
    CHECK(seen.contains("destination.path"));
}

TEST_CASE("restart: what needs one is named whole, with its values; the rest is not") {
    Config before, after;
    after.dicom.port = {104, 11112};
    after.dicom.ae_title = "OTHER";
    after.dicom.tls.emplace().certificate_file = "/etc/a.pem";
    after.http.rows_max = 5;
    after.retention.keep_for.reset();
    const auto found = that_need_restart(changes(before, after));
    REQUIRE(found.size() == 3);
    CHECK(found[0] == KeyChange{"dicom.port", "11112", "[104, 11112]"});
    CHECK(found[1] == KeyChange{"dicom.tls.port", {}, "2762"});
    CHECK(found[2] == KeyChange{"http.rows_max", "1000", "5"});
    Config other_files = after;
    other_files.dicom.tls->certificate_file = "/etc/b.pem";
    CHECK(that_need_restart(changes(after, other_files)).empty());
    CHECK(that_need_restart(changes(after, [&] {
              Config plain = after;
              plain.dicom.tls.reset();
              return plain;
          }())) == std::vector{KeyChange{"dicom.tls.port", "2762", {}}});
}

}  // namespace broker::config
