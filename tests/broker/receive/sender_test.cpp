// Which [[sender]] a caller is: by AE title, network and certificate, the first in the file.
#include <doctest/doctest.h>

#include "broker/receive/rules.h"

namespace receive = broker::receive;

namespace {

std::string name_of(const std::vector<broker::config::Sender>& senders, const receive::Caller& caller) {
    const auto* sender = receive::sender_of(senders, caller);
    return sender != nullptr ? sender->name : "";
}

broker::config::Sender sender(const char* name, const char* ae_title, const char* address, const char* certificate) {
    broker::config::Sender made;
    made.name = name;
    made.ae_title = ae_title;
    made.address = address;
    made.certificate = certificate;
    return made;
}

}  // namespace

TEST_CASE("sender: the first that fits in all that it names") {
    const std::string pin = "sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    const std::vector<broker::config::Sender> senders{
        sender("pinned", "CT1", "", pin.c_str()), sender("room", "CT1", "10.1.0.0/16", ""),
        sender("ward", "", "10.2.0.0/16", ""),    sender("signed", "", "", "CN=CT *,O=Hospital"),
        sender("title", "CT1", "", ""),
    };
    const receive::PeerCertificate none, of_pin{"CN=x", pin}, of_room{"CN=CT in room 3,O=Hospital", "sha256/other"};
    struct Row {
        receive::Caller caller;
        const char* name;
    };
    const Row rows[] = {
        {{"CT1", "10.1.2.3"}, "room"},
        {{"CT1", "10.1.2.3", of_pin}, "pinned"},
        {{"CT1", "10.1.2.3", none}, "room"},
        {{"MR1", "10.1.2.3", of_pin}, ""},
        {{"MR1", "10.2.2.3"}, "ward"},
        {{"", "10.2.2.3"}, "ward"},
        {{"MR1", "10.3.0.1", of_room}, "signed"},
        {{"MR1", "10.3.0.1", none}, ""},
        {{"MR1", "10.3.0.1"}, ""},
        {{"CT1", "10.3.0.1", of_room}, "signed"},
        {{"CT1", "10.3.0.1"}, "title"},
        {{"ct1", "10.3.0.1"}, ""},  // AE titles have cases (PS3.8)
        // The certificate is not at hand any more: what it was then counts, as far as it is still there.
        {{"CT1", "10.1.2.3", {}, "pinned"}, "pinned"},
        {{"MR1", "10.3.0.1", {}, "signed"}, "signed"},
        {{"MR1", "10.3.0.1", {}, "renamed"}, ""},
        {{"MR1", "10.3.0.1", {}, "pinned"}, ""},
    };
    for (const Row& row : rows) {
        CAPTURE(row.caller.ae_title);
        CAPTURE(row.caller.address);
        CAPTURE(row.caller.known_as);
        CHECK(name_of(senders, row.caller) == row.name);
    }
}
