// C-STORE end to end, over real sockets: what arrives is kept as it came, and what cannot be kept is refused.
#include <doctest/doctest.h>

#include "tests/broker/receive/bridge.h"
#include "tests/support/raw_association.h"
#include "tests/support/synthetic.h"

using receive_test::Bridge;
using support::RawAssociation;

namespace {

const std::string ct{support::ct_image_storage};
const std::string explicit_le = "1.2.840.10008.1.2.1";

support::RawRequest request_for(const std::string& sop_class, const std::string& transfer_syntax) {
    support::RawRequest request;
    request.contexts = {{1, sop_class, {transfer_syntax}}};
    return request;
}

}  // namespace

TEST_CASE("receive: an instance that was stored is in the spool byte for byte, with its receipt") {
    Bridge bridge;
    RawAssociation peer(bridge.port());
    REQUIRE(peer.associate(request_for(ct, explicit_le))->type == 2);
    const auto image = support::ct_image({}, 40'000);
    CHECK(peer.store(1, {ct, support::Identity{}.sop_instance_uid}, image.text()) == 0x0000);
    CHECK(peer.release());

    const auto receipts = bridge.receipts();
    REQUIRE(receipts.size() == 1);
    CHECK(bridge.data_set(receipts[0]) == image.text());
    const auto& instance = receipts[0].instance;
    CHECK(instance.sop_instance_uid == support::Identity{}.sop_instance_uid);
    CHECK(instance.study_instance_uid == support::Identity{}.study_instance_uid);
    CHECK(instance.patient_name == "Contoh^Pasien");
    CHECK(instance.transfer_syntax_uid == explicit_le);
    CHECK_FALSE(instance.uids_differ);
    CHECK(receipts[0].association.calling_ae_title == "CT1");
    CHECK(receipts[0].association.address == "127.0.0.1");
    CHECK(bridge.statistics.instances == 1);
}

TEST_CASE("receive: HTJ2K, deflated and private transfer syntaxes and SOP classes are kept byte for byte") {
    Bridge bridge;
    for (const char* syntax : {"1.2.840.10008.1.2.4.201", "1.2.3.4.5.6.7", "1.2.840.10008.1.2.4.90"})
        for (const std::string& sop_class : {ct, std::string("1.3.12.2.1107.5.9.1")}) {
            CAPTURE(syntax);
            RawAssociation peer(bridge.port());
            REQUIRE(peer.associate(request_for(sop_class, syntax))->type == 2);
            support::Identity identity;
            identity.sop_class_uid = sop_class;
            identity.sop_instance_uid += "." + std::to_string(bridge.receipts().size());
            const auto image = support::ct_image(identity, 70'001);
            CHECK(peer.store(1, {sop_class, identity.sop_instance_uid}, image.text()) == 0x0000);
            const auto receipts = bridge.receipts();
            CHECK(bridge.data_set(receipts.back()) == image.text());
            CHECK(receipts.back().instance.transfer_syntax_uid == syntax);
            CHECK(receipts.back().instance.sop_class_uid == sop_class);
        }
}

TEST_CASE("receive: what routes look at in sequences and private blocks is read while the instance is received") {
    namespace dicom = broker::dicom;
    namespace route = broker::route;
    const auto rule = [](const char* name, const char* path, const char* value) {
        route::Route made;
        made.name = name;
        const auto parsed = dicom::parse_path(path);
        made.when = {route::Leaf{std::get<dicom::TagPath>(parsed), path, route::Matches{{value}}}};
        return made;
    };
    Bridge bridge([&](broker::config::Config& config) {
        config.routes = {rule("nested", "RequestAttributesSequence.ScheduledProcedureStepID", "STEP-?"),
                         rule("private", "(0041,\"ACME\",01)", "yes"), rule("other", "(0041,\"ACME\",02)", "yes")};
    });
    support::DataSet step;
    step.add(0x00400009, "SH", "STEP-1");
    support::DataSet image;
    image.add(0x00080016, "UI", ct).add(0x00080018, "UI", support::Identity{}.sop_instance_uid);
    image.add(0x0020000D, "UI", support::Identity{}.study_instance_uid);
    image.add_head(0x00400275, "SQ", static_cast<std::uint32_t>(step.text().size()) + 8);
    image.add_item_head(support::item, static_cast<std::uint32_t>(step.text().size())).raw(step.text());
    image.add(0x00410010, "LO", "ACME").add(0x00411001, "LO", "yes").add(0x00411002, "LO", "no");
    RawAssociation peer(bridge.port());
    REQUIRE(peer.associate(request_for(ct, explicit_le))->type == 2);
    CHECK(peer.store(1, {ct, support::Identity{}.sop_instance_uid}, image.text()) == 0x0000);
    const auto receipts = bridge.receipts();
    REQUIRE(receipts.size() == 1);
    CHECK(receipts[0].routes == std::vector<std::string>{"nested", "private"});
    CHECK(bridge.data_set(receipts[0]) == image.text());
}

TEST_CASE("receive: 128 contexts are answered, and the last one serves") {
    Bridge bridge;
    support::RawRequest request;
    for (unsigned id = 1; id < 256; id += 2)
        request.contexts.push_back({static_cast<std::uint8_t>(id), ct + "." + std::to_string(id), {explicit_le}});
    RawAssociation peer(bridge.port());
    const auto answer = peer.associate(request);
    REQUIRE(answer);
    CHECK(answer->type == 2);
    support::Identity identity;
    identity.sop_class_uid = ct + ".255";
    CHECK(peer.store(255, {identity.sop_class_uid, identity.sop_instance_uid}, support::ct_image(identity).text()) ==
          0x0000);
}

TEST_CASE("receive: a data set without usable SOP UIDs is refused with 0xC000, and the association goes on") {
    Bridge bridge;
    RawAssociation peer(bridge.port());
    REQUIRE(peer.associate(request_for(ct, explicit_le))->type == 2);
    support::DataSet without;
    without.add(0x00080060, "CS", "CT").add(0x00100020, "LO", "P-1");
    CHECK(peer.store(1, {ct, "1.2.3"}, without.text()) == 0xC000);
    for (const char* uid : {"../../x", "/etc/x", "%n", "1.2.3;rm", ""}) {
        CAPTURE(uid);
        support::Identity identity;
        identity.sop_instance_uid = uid;
        CHECK(peer.store(1, {ct, "1.2.3"}, support::ct_image(identity).text()) == 0xC000);
    }
    CHECK(peer.store(1, {ct, "1.2.3"}, "") == 0xC000);
    CHECK(peer.store(1, {ct, "1.2.3"}, "no data set at all, just text of some length") == 0xC000);
    CHECK(bridge.files() == 0);
    CHECK(bridge.receipts().empty());
    CHECK(bridge.refusals().size() == 8);
    CHECK(peer.store(1, {ct, support::Identity{}.sop_instance_uid}, support::ct_image().text()) == 0x0000);
}

TEST_CASE("receive: a C-STORE that announces no data set is refused") {
    Bridge bridge;
    RawAssociation peer(bridge.port());
    REQUIRE(peer.associate(request_for(ct, explicit_le))->type == 2);
    support::RawStore store{ct, "1.2.3"};
    store.data_set_type = 0x0101;
    REQUIRE(peer.send_pdv({1, true, true}, support::store_command(store)));
    CHECK(peer.status() == 0xC000);
}

TEST_CASE("receive: UIDs that differ from the command's, or are malformed, are kept and flagged; strict refuses") {
    for (const bool is_strict : {false, true}) {
        CAPTURE(is_strict);
        Bridge bridge([&](broker::config::Config& config) {
            broker::config::Sender sender;
            sender.name = "ct-1";
            sender.ae_title = "CT1";
            sender.strict = is_strict;
            config.senders = {sender};
        });
        RawAssociation peer(bridge.port());
        REQUIRE(peer.associate(request_for(ct, explicit_le))->type == 2);
        const auto differing = peer.store(1, {ct, "9.9.9"}, support::ct_image().text());
        CHECK(differing == (is_strict ? 0xA900 : 0x0000));
        support::Identity malformed;
        malformed.sop_instance_uid = "1.02.3";
        const auto odd = peer.store(1, {ct, "1.02.3"}, support::ct_image(malformed).text());
        CHECK(odd == (is_strict ? 0xC000 : 0x0000));
        const auto receipts = bridge.receipts();
        REQUIRE(receipts.size() == (is_strict ? 0 : 2));
        if (is_strict) continue;
        CHECK(receipts[0].instance.uids_differ);
        CHECK(receipts[0].instance.sop_instance_uid == support::Identity{}.sop_instance_uid);
        CHECK(receipts[0].association.sender == "ct-1");
        CHECK(receipts[1].instance.uid_malformed);
        CHECK_FALSE(receipts[1].instance.uids_differ);
    }
}

TEST_CASE("receive: an object without a study is kept without one") {
    Bridge bridge;
    RawAssociation peer(bridge.port());
    REQUIRE(peer.associate(request_for(ct, explicit_le))->type == 2);
    support::Identity identity;
    identity.study_instance_uid = "";
    CHECK(peer.store(1, {ct, identity.sop_instance_uid}, support::ct_image(identity).text()) == 0x0000);
    REQUIRE(bridge.receipts().size() == 1);
    CHECK(bridge.receipts()[0].instance.study_instance_uid.empty());
}

TEST_CASE("receive: a transfer that is cut short leaves nothing, however it is cut") {
    Bridge bridge;
    const std::string image = support::ct_image({}, 100'000).text();
    enum class Cut { closed, aborted, released, other_context, command };
    for (const Cut cut : {Cut::closed, Cut::aborted, Cut::released, Cut::other_context, Cut::command}) {
        CAPTURE(static_cast<int>(cut));
        RawAssociation peer(bridge.port());
        REQUIRE(peer.associate(request_for(ct, explicit_le))->type == 2);
        REQUIRE(peer.send_pdv({1, true, true}, support::store_command({ct, "1.2.3"})));
        REQUIRE(peer.send_pdv({1, false, false}, std::string_view(image).substr(0, 60'000)));
        if (cut == Cut::closed) peer.close();
        if (cut == Cut::aborted) peer.send(std::string_view("\x07\0\0\0\0\x04\0\0\0\0", 10));
        if (cut == Cut::released) peer.send(std::string_view("\x05\0\0\0\0\x04\0\0\0\0", 10));
        if (cut == Cut::other_context) peer.send_pdv({3, false, true}, "more");
        if (cut == Cut::command) peer.send_pdv({1, true, true}, support::echo_command(2));
        if (cut != Cut::closed) CHECK(peer.is_cut_off());
        peer.close();
        CHECK(Bridge::eventually([&] { return bridge.acceptor->associations_open() == 0; }));
    }
    CHECK(bridge.files() == 0);
    CHECK(bridge.receipts().empty());
}

TEST_CASE("receive: bytes that are complete by their PDVs are kept, though their last element is cut") {
    Bridge bridge;
    RawAssociation peer(bridge.port());
    REQUIRE(peer.associate(request_for(ct, explicit_le))->type == 2);
    const std::string image = support::ct_image({}, 5'000).text();
    const std::string cut = image.substr(0, image.size() - 1'001);
    CHECK(peer.store(1, {ct, support::Identity{}.sop_instance_uid}, cut) == 0x0000);
    REQUIRE(bridge.receipts().size() == 1);
    CHECK(bridge.data_set(bridge.receipts()[0]) == cut);
}

TEST_CASE("receive: below the free space that is kept, 0xA700 and nothing is left; C-ECHO goes on") {
    Bridge bridge([](broker::config::Config& config) { config.spool.refuse_below = ~std::uint64_t{0}; });
    RawAssociation peer(bridge.port());
    auto request = request_for(ct, explicit_le);
    request.contexts.push_back({3, "1.2.840.10008.1.1", {"1.2.840.10008.1.2"}});
    REQUIRE(peer.associate(request)->type == 2);
    CHECK(peer.store(1, {ct, "1.2.3"}, support::ct_image({}, 200'000).text()) == 0xA700);
    REQUIRE(peer.send_pdv({3, true, true}, support::echo_command(2)));
    CHECK(peer.status() == 0x0000);
    CHECK(bridge.files() == 0);
    CHECK(bridge.refusals() == std::vector<std::string>{"no_space"});
    CHECK(bridge.statistics.refused == 1);
}

TEST_CASE("receive: an instance over max_instance is refused with 0xA700 and leaves nothing") {
    Bridge bridge([](broker::config::Config& config) { config.dicom.max_instance = 10'000; });
    RawAssociation peer(bridge.port());
    REQUIRE(peer.associate(request_for(ct, explicit_le))->type == 2);
    CHECK(peer.store(1, {ct, "1.2.3"}, support::ct_image({}, 300'000).text()) == 0xA700);
    CHECK(bridge.files() == 0);
    CHECK(peer.store(1, {ct, support::Identity{}.sop_instance_uid}, support::ct_image().text()) == 0x0000);
}

TEST_CASE("receive: no Success when custody fails") {
    std::atomic<bool> fails{true};
    Bridge bridge({}, [&] {
        if (fails) throw std::runtime_error("the commit failed");
    });
    RawAssociation peer(bridge.port());
    REQUIRE(peer.associate(request_for(ct, explicit_le))->type == 2);
    const auto image = support::ct_image();
    CHECK(peer.store(1, {ct, support::Identity{}.sop_instance_uid}, image.text()) == 0xA700);
    CHECK(bridge.receipts().empty());
    CHECK(bridge.files() == 1);  // an orphan for the sweep: this custody doesn't tidy up
    fails = false;
    CHECK(peer.store(1, {ct, support::Identity{}.sop_instance_uid}, image.text()) == 0x0000);
}

TEST_CASE("receive: any DataSetType but 0101 announces a data set, and C-CANCEL is passed over") {
    Bridge bridge;
    RawAssociation peer(bridge.port());
    REQUIRE(peer.associate(request_for(ct, explicit_le))->type == 2);
    support::RawStore store{ct, support::Identity{}.sop_instance_uid};
    for (const std::uint16_t type : {0x0000, 0x0001, 0x0102, 0xFFFF}) {
        store.data_set_type = type;
        CHECK(peer.store(1, store, support::ct_image().text()) == 0x0000);
    }
    support::DataSet cancel(support::Layout::implicit_little);
    cancel.add(0x00000100, "US", "\xFF\x0F").add(0x00000120, "US", std::string_view("\1\0", 2));
    cancel.add(0x00000800, "US", "\x01\x01");
    REQUIRE(peer.send_pdv({1, true, true}, cancel.text()));
    CHECK(peer.store(1, store, support::ct_image().text()) == 0x0000);
}

TEST_CASE("receive: a request that no service answers gets 0x0211, with its data set dropped") {
    Bridge bridge;
    RawAssociation peer(bridge.port());
    REQUIRE(peer.associate(request_for(ct, explicit_le))->type == 2);
    support::DataSet find(support::Layout::implicit_little);
    find.add(0x00000002, "UI", ct).add(0x00000100, "US", std::string_view("\x20\0", 2));
    find.add(0x00000110, "US", std::string_view("\1\0", 2)).add(0x00000800, "US", std::string_view("\1\0", 2));
    REQUIRE(peer.send_pdv({1, true, true}, find.text()));
    REQUIRE(peer.send_pdv({1, false, true}, "identifier"));
    CHECK(peer.status() == 0x0211);
    CHECK(peer.release());
}

TEST_CASE("receive: a command set that nests or never ends is cut off") {
    Bridge bridge;
    {
        RawAssociation peer(bridge.port());
        REQUIRE(peer.associate(request_for(ct, explicit_le))->type == 2);
        support::DataSet nested(support::Layout::implicit_little);
        for (int i = 0; i < 900; ++i)
            nested.add_head(0x00081115, "SQ", support::undefined_length)
                .add_item_head(support::item, support::undefined_length);
        REQUIRE(peer.send_pdv({1, true, true}, nested.text()));
        CHECK(peer.is_cut_off());
    }
    RawAssociation peer(bridge.port());
    REQUIRE(peer.associate(request_for(ct, explicit_le))->type == 2);
    for (int i = 0; i < 10; ++i) peer.send_pdv({1, true, false}, std::string(10'000, '\0'));
    CHECK(peer.is_cut_off());
}

TEST_CASE("receive: P-DATA that breaks PS3.8 is cut off, and leaves nothing") {
    Bridge bridge;
    for (const std::string_view broken : {
             std::string_view("\4\0\xFF\xFF\xFF\xFF\0\0\0\4", 10),      // a PDU of 4 GiB
             std::string_view("\4\0\0\0\0\0", 6),                       // without a PDV
             std::string_view("\4\0\0\0\0\6\0\0\0\1\1\3", 12),          // a PDV of one byte
             std::string_view("\4\0\0\0\0\6\xFF\xFF\xFF\xFF\1\3", 12),  // a PDV longer than its PDU
             std::string_view("\x42\0\0\0\0\2ab", 8),                   // no PDU of the standard
         }) {
        RawAssociation peer(bridge.port());
        REQUIRE(peer.associate(request_for(ct, explicit_le))->type == 2);
        peer.send(broken);
        CHECK(peer.is_cut_off());
    }
    CHECK(bridge.files() == 0);
}

TEST_CASE("receive: an instance whose sync fails is refused with 0xA700, leaves nothing, and the storage is given up") {
    Bridge bridge;
    RawAssociation peer(bridge.port());
    REQUIRE(peer.associate(request_for(ct, explicit_le))->type == 2);
    bridge.disk.fail_sync = EIO;
    CHECK(peer.store(1, {ct, support::Identity{}.sop_instance_uid}, support::ct_image({}, 20'000).text()) == 0xA700);
    CHECK(bridge.storage_failures() == 1);
    CHECK(bridge.receipts().empty());
    CHECK(bridge.files() == 0);
}

TEST_CASE("receive: an instance whose folder's sync fails is refused with 0xA700, and the storage is given up") {
    Bridge bridge;
    RawAssociation peer(bridge.port());
    REQUIRE(peer.associate(request_for(ct, explicit_le))->type == 2);
    bridge.disk.fail_sync_folder = EIO;
    CHECK(peer.store(1, {ct, support::Identity{}.sop_instance_uid}, support::ct_image({}, 20'000).text()) == 0xA700);
    CHECK(bridge.storage_failures() == 1);
    CHECK(bridge.receipts().empty());
    bridge.disk.fail_sync_folder = 0;  // once it failed, nothing is believed any more
    CHECK(peer.store(1, {ct, support::Identity{}.sop_instance_uid}, support::ct_image({}, 20'000).text()) == 0xA700);
}

TEST_CASE("receive: a sync that finds the disk full, or no descriptor left, refuses one instance and no more") {
    Bridge bridge;
    RawAssociation peer(bridge.port());
    REQUIRE(peer.associate(request_for(ct, explicit_le))->type == 2);
    const support::RawStore which{ct, support::Identity{}.sop_instance_uid};
    const auto image = support::ct_image({}, 20'000).text();
    bridge.disk.fail_sync = ENOSPC;
    CHECK(peer.store(1, which, image) == 0xA700);
    bridge.disk.fail_sync = 0;
    bridge.disk.fail_open = EMFILE;
    CHECK(peer.store(1, which, image) == 0xA700);
    CHECK(bridge.storage_failures() == 0);
    bridge.disk.fail_open = 0;
    CHECK(peer.store(1, which, image) == 0x0000);
}
