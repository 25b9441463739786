// The canonical file header: every byte of it is part of every digest.
#include "broker/dicom/part10.h"

#include <doctest/doctest.h>

#include "tests/support/synthetic.h"

namespace dicom = broker::dicom;

TEST_CASE("part10: the canonical header is exactly the one of format version 1") {
    const auto header = support::to_text(dicom::file_header({"1.2.3", "1.2.3.4", "1.2.840.10008.1.2.1"}));
    support::DataSet rest;
    rest.add(0x00020001, "OB", std::string_view("\0\1", 2)).add(0x00020002, "UI", "1.2.3");
    rest.add(0x00020003, "UI", "1.2.3.4").add(0x00020010, "UI", "1.2.840.10008.1.2.1");
    rest.add(0x00020012, "UI", "2.25.244012873461927564930571662839402715632").add(0x00020013, "SH", "DICOM_BRIDGE_1");
    const auto size = static_cast<char>(rest.text().size());
    support::DataSet whole;
    whole.raw(std::string(128, '\0')).raw("DICM");
    whole.add(0x00020000, "UL", std::string{size, '\0', '\0', '\0'}).raw(rest.text());
    CHECK(header == whole.text());
}

TEST_CASE("part10: the data set begins right behind the header, and nowhere in what is none") {
    auto file = dicom::file_header({"1.2.840.10008.5.1.4.1.1.2", std::string(64, '1'), "1.2.840.10008.1.2.4.201"});
    const std::size_t header_size = file.size();
    CHECK(dicom::data_set_offset(file) == header_size);
    file.resize(512);
    CHECK(dicom::data_set_offset(file) == header_size);
    CHECK_FALSE(dicom::data_set_offset(std::span(file).first(143)));
    file[128] = std::byte('X');
    CHECK_FALSE(dicom::data_set_offset(file));
}
