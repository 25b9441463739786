// Store response: what is read of an answer to a store, in XML and JSON, and that XML is taken whole or not at all.
#include "broker/deliver/satusehat/store_response.h"

#include <doctest/doctest.h>

#include "broker/deliver/satusehat/native_model.h"
#include "tests/broker/deliver/satusehat/samples.h"

using namespace broker::deliver::satusehat;

TEST_CASE("store response: JSON and XML of the same answer read the same") {
    const auto in_json = parse_store_response(R"json({
        "00081198": {"vr": "SQ", "Value": [{"00081155": {"vr": "UI", "Value": ["2.25.1"]},
            "00081197": {"vr": "US", "Value": ["272"]}, "00090097": {"vr": "LT", "Value": ["a < b"]}}]},
        "00081199": {"vr": "SQ", "Value": [{"00081155": {"vr": "UI", "Value": ["'2.25.2' "]}}]}})json");
    const auto in_xml = parse_store_response(R"xml(<?xml version="1.0"?><!-- x --><n:NativeDicomModel xmlns:n="x">
        <n:DicomAttribute tag="00081198" vr="SQ"><n:Item number="1">
            <n:DicomAttribute tag="00081155" vr="UI"><n:Value number="1"> 2.25.1 </n:Value></n:DicomAttribute>
            <n:DicomAttribute tag="00081197" vr="US"><n:Value number="1">272</n:Value></n:DicomAttribute>
            <n:DicomAttribute tag="00090097" vr="LT"><n:Value number="1">a &lt; <![CDATA[b]]></n:Value></n:DicomAttribute>
        </n:Item></n:DicomAttribute>
        <n:DicomAttribute tag="00081199" vr="SQ"><n:Item number="1">
            <n:DicomAttribute tag="00081155" vr="UI"><n:Value number="1">"2.25.2"</n:Value></n:DicomAttribute>
        </n:Item></n:DicomAttribute></n:NativeDicomModel>)xml");
    for (const auto& response : {in_json, in_xml}) {
        REQUIRE(response);
        CHECK(response->has_failed);
        CHECK(response->failed == std::vector{FailedInstance{"2.25.1", 272, "a < b"}});
        CHECK(response->stored == std::vector<std::string>{"2.25.2"});
        CHECK(response->has_stored("2.25.2"));
        CHECK_FALSE(response->has_stored("2.25.1"));
        CHECK(response->failure_of("2.25.1") != nullptr);
        CHECK(response->failure_of("2.25.2") == nullptr);
    }
}

TEST_CASE("store response: two items in XML stay two") {
    const auto response = parse_store_response(R"xml(<NativeDicomModel><DicomAttribute tag="00081198" vr="SQ">
        <Item number="1"><DicomAttribute tag="00081155"><Value>2.25.1</Value></DicomAttribute></Item>
        <Item number="1"><DicomAttribute tag="00090097"><Value>lain</Value></DicomAttribute>
            <DicomAttribute tag="00081155"><Value>2.25.2</Value></DicomAttribute></Item>
        </DicomAttribute></NativeDicomModel>)xml");
    REQUIRE(response);
    CHECK(response->failed == std::vector{FailedInstance{"2.25.1", {}, ""}, FailedInstance{"2.25.2", {}, "lain"}});
}

TEST_CASE("native model: entities of XML's own are read, others stay as they stand") {
    const auto value = [](std::string_view text) {
        const auto model = parse_native_model("<NativeDicomModel><DicomAttribute tag='00080060'><Value>" +
                                              std::string(text) + "</Value></DicomAttribute></NativeDicomModel>");
        REQUIRE(model);
        REQUIRE(model->values.size() == 1);
        return model->values.front().value;
    };
    CHECK(value("&lt;&gt;&amp;&quot;&apos;") == "<>&\"'");
    CHECK(value("&#65;&#x42;&#xe9;") == "ABé");
    CHECK(value("&amp;lt;") == "&lt;");
    CHECK(value("&bomb;&#0;&#xD800;&#99999999;&#x;& &") == "&bomb;&#0;&#xD800;&#99999999;&#x;& &");
}

TEST_CASE("native model: what is not whole, not it, or too much is nothing") {
    std::string deep = "<NativeDicomModel>", many = "<NativeDicomModel>";
    for (int i = 0; i < 40; ++i) deep += "<Item>";
    for (int i = 0; i < 40; ++i) deep += "</Item>";
    deep += "</NativeDicomModel>";
    for (std::size_t i = 0; i <= native_values_max; ++i) many += "<DicomAttribute><Value/></DicomAttribute>";
    many += "</NativeDicomModel>";
    for (const std::string& xml :
         {std::string(), std::string("x"), std::string("<NativeDicomModel>"),
          std::string("<NativeDicomModel></Native>"), std::string("<NativeDicomModel/><NativeDicomModel/>"),
          std::string("<NativeDicomModel/>x"), std::string("x<NativeDicomModel/>"), std::string("<Other/>"),
          std::string("<NativeDicomModel><a></NativeDicomModel></a>"), std::string("</NativeDicomModel>"),
          std::string("<NativeDicomModel"), std::string("<NativeDicomModel a=\">"),
          std::string("<NativeDicomModel><!-- </NativeDicomModel>"),
          std::string("<NativeDicomModel><![CDATA[ </NativeDicomModel>"),
          std::string("<NativeDicomModel>\xFF</NativeDicomModel>"),
          std::string("<!DOCTYPE a [<!ENTITY b \"c\">]><NativeDicomModel/>"), deep, many}) {
        CAPTURE(xml.substr(0, 100));
        CHECK_FALSE(parse_native_model(xml));
    }
    for (const std::string_view xml : {"<NativeDicomModel/>", "\xEF\xBB\xBF <NativeDicomModel a='1' />\n",
                                       "<?x?><!----><NativeDicomModel></NativeDicomModel>"})
        CHECK(parse_native_model(xml));
}
