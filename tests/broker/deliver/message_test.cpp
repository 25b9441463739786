// The C-STORE command set by hand, and what is read of an answer.
#include "broker/deliver/dicom/message.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>

#include "broker/deliver/dicom/pdu.h"
#include "broker/dicom/part10.h"

using namespace broker::deliver;

namespace {

Bytes bytes(std::string_view text) {
    Bytes result(text.size());
    std::memcpy(result.data(), text.data(), text.size());
    return result;
}

}  // namespace

TEST_CASE("pdu: an A-ASSOCIATE-AC is read, and one whose lengths lead outside is refused at every cut") {
    Bytes body(68);
    auto add = [&](std::initializer_list<int> values) {
        for (int each : values) body.push_back(static_cast<std::byte>(each));
    };
    add({0x21, 0, 0, 8, 3, 0, 4, 0, 0x40, 0, 0, 0});
    add({0x50, 0, 0, 8, 0x51, 0, 0, 4, 0, 0, 0x40, 0});
    auto accept = parse_accept(body);
    REQUIRE(accept);
    CHECK(accept->pdu_max == 16384);
    CHECK(accept->results == std::map<std::uint8_t, std::uint8_t>{{3, 4}});
    for (std::size_t size = 0; size < body.size(); ++size) {
        bool is_whole_item = size == 68 || size == 80;
        CHECK_MESSAGE(parse_accept(std::span(body).first(size)).has_value() == is_whole_item, size);
    }
}

TEST_CASE("pdu: we call ourselves on an association as in the files that we write") {
    const Bytes request = associate_request({"PACSA", "BRIDGE", {{1, "1.2.840.10008.1.1", "1.2.840.10008.1.2"}}, 0});
    const Bytes header = broker::dicom::file_header({"1.2", "1.2.3", "1.2.840.10008.1.2"});
    for (std::string_view ours :
         {broker::dicom::implementation_class_uid, broker::dicom::implementation_version_name}) {
        CAPTURE(ours);
        const Bytes wanted = bytes(ours);
        for (const Bytes& where : {request, header})
            CHECK(std::search(where.begin(), where.end(), wanted.begin(), wanted.end()) != where.end());
    }
}

TEST_CASE("pdu: role selection is proposed and read back, and of no part of it") {
    broker::dicom::PduBytes made;
    made.role_selection("1.2.840.10008.1.20.1", {false, true});
    const Bytes& item = made.bytes();
    const Bytes request = associate_request({"PACSA", "BRIDGE", {}, 0, {{"1.2.840.10008.1.20.1", {false, true}}}});
    CHECK(std::search(request.begin(), request.end(), item.begin(), item.end()) != request.end());
    for (std::size_t size = 0; size <= item.size() - 4; ++size) {
        const Bytes value(item.begin() + 4, item.begin() + 4 + static_cast<std::ptrdiff_t>(size));
        const auto read = broker::dicom::parse_role_selection(value);
        CHECK(read.has_value() == (size == item.size() - 4));
        if (read) CHECK(read->abstract_syntax == "1.2.840.10008.1.20.1");
        if (read) CHECK(read->roles == broker::dicom::Roles{false, true});
    }
}

TEST_CASE("pdu: a PDV that is longer than its PDU is nothing") {
    Bytes body = bytes(std::string_view("\0\0\0\4\1\3ab", 8));
    auto pdv = parse_pdv(body);
    REQUIRE(pdv);
    CHECK(pdv->is_command);
    CHECK(pdv->is_last);
    CHECK(pdv->bytes.size() == 2);
    CHECK(pdv->rest.empty());
    body[3] = std::byte{5};
    CHECK_FALSE(parse_pdv(body));
    body[3] = std::byte{1};
    CHECK_FALSE(parse_pdv(body));
    CHECK_FALSE(parse_pdv(std::span(body).first(5)));
}

TEST_CASE("message: a response's comment is cut and made plain, whatever the peer wrote") {
    Bytes set = bytes(std::string_view("\0\0\0\1\2\0\0\0\1\x80", 10));
    Bytes comment = bytes(std::string_view("\0\0\2\x09\x64\0\0\0", 8));
    set.insert(set.end(), comment.begin(), comment.end());
    set.insert(set.end(), 100, std::byte{0xE9});
    auto response = parse_response(set);
    REQUIRE(response);
    CHECK(response->field == c_store_rsp);
    CHECK(response->error_comment == std::string(64, '?'));
    CHECK_FALSE(response->status);
    CHECK_FALSE(parse_response(bytes("no command set")));
    CHECK_FALSE(parse_response({}));
}
