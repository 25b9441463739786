// Command sets: read without trust, written as the standard has them.
#include "broker/dicom/command_set.h"

#include <doctest/doctest.h>

#include <random>

#include "tests/support/raw_association.h"
#include "tests/support/synthetic.h"

namespace dicom = broker::dicom;

TEST_CASE("command set: what is written is read back") {
    dicom::CommandSet set;
    set.set_number(dicom::command::field, 0x8001);
    set.set_uid(dicom::command::affected_sop_class_uid, "1.2.3");
    set.set_text(dicom::command::error_comment, "odd");
    const auto bytes = set.bytes();
    CHECK(bytes.size() % 2 == 0);
    const auto read = dicom::CommandSet::parse(bytes);
    REQUIRE(read);
    CHECK(read->number(dicom::command::field) == 0x8001);
    CHECK(read->text(dicom::command::affected_sop_class_uid) == "1.2.3");
    CHECK(read->text(dicom::command::error_comment) == "odd");
    CHECK_FALSE(read->number(dicom::command::status));
    CHECK(read->text(dicom::command::affected_sop_instance_uid).empty());
}

TEST_CASE("command set: a C-STORE-RQ as senders write it is understood") {
    const auto read = dicom::CommandSet::parse(support::to_bytes(support::store_command({"1.2.3", "1.2.3.4", 7})));
    REQUIRE(read);
    CHECK(read->number(dicom::command::field) == dicom::command_field::c_store_rq);
    CHECK(read->number(dicom::command::message_id) == 7);
    CHECK(read->text(dicom::command::affected_sop_instance_uid) == "1.2.3.4");
}

TEST_CASE("command set: undefined and overlong lengths make it none") {
    support::DataSet nested(support::Layout::implicit_little);
    nested.add_head(0x00000002, "UI", support::undefined_length).add_item_head(support::item, 0);
    CHECK_FALSE(dicom::CommandSet::parse(nested.bytes()));
    support::DataSet cut(support::Layout::implicit_little);
    cut.add_head(0x00000002, "UI", 10).raw("1.2");
    CHECK_FALSE(dicom::CommandSet::parse(cut.bytes()));
    CHECK_FALSE(dicom::CommandSet::parse(support::to_bytes("1234567")));
}

TEST_CASE("command set: random bytes are read or refused, never more") {
    std::mt19937 random(20'260'115);
    INFO("seed 20260115");
    std::size_t refused = 0;
    for (int i = 0; i < 20'000; ++i) {
        std::vector<std::byte> bytes = support::to_bytes(support::store_command({"1.2.3", "1.2.3.4"}));
        for (int change = 0; change < 3; ++change) bytes[random() % bytes.size()] = std::byte(random() & 0xFF);
        refused += dicom::CommandSet::parse(bytes) ? 0 : 1;
    }
    CHECK(refused > 0);
    CHECK(refused < 20'000);
}
