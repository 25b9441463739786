// The object's elements, and its way through a spool of its own.
#include "broker/test_object.h"

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <span>

#include "broker/deliver/judgement.h"
#include "broker/dicom/part10.h"
#include "broker/dicom/uid.h"
#include "spool/posix_disk.h"
#include "spool/spool.h"

namespace broker {

namespace {

constexpr std::uint16_t side = 16;
constexpr std::size_t file_bytes_max = std::size_t{64} * 1024;

/// Explicit VR Little Endian (PS3.5 7.1.2); elements in ascending order.
class Elements {
public:
    void text(std::uint16_t group, std::uint16_t number, std::string_view vr, std::string value) {
        if (value.size() % 2 != 0) value.push_back(vr == "UI" ? '\0' : ' ');
        tag(group, number);
        for (const char each : vr) put(each);
        put16(static_cast<std::uint16_t>(value.size()));
        for (const char each : value) put(each);
    }
    void number(std::uint16_t group, std::uint16_t number, std::uint16_t value) {
        tag(group, number);
        for (const char each : std::string_view("US")) put(each);
        put16(2);
        put16(value);
    }
    void pixels(const std::vector<std::byte>& values) {
        tag(0x7FE0, 0x0010);
        for (const char each : {'O', 'B', '\0', '\0'}) put(each);
        put16(static_cast<std::uint16_t>(values.size()));
        put16(0);
        bytes_.insert(bytes_.end(), values.begin(), values.end());
    }
    const std::vector<std::byte>& bytes() const { return bytes_; }

private:
    void tag(std::uint16_t group, std::uint16_t number) {
        put16(group);
        put16(number);
    }
    void put(char value) { bytes_.push_back(static_cast<std::byte>(value)); }
    void put16(std::uint16_t value) {
        bytes_.push_back(static_cast<std::byte>(value & 0xFF));
        bytes_.push_back(static_cast<std::byte>(value >> 8));
    }

    std::vector<std::byte> bytes_;
};

/// A chequered board: nothing that anybody could take for a finding.
std::vector<std::byte> chequers() {
    std::vector<std::byte> pixels;
    for (int row = 0; row < side; ++row)
        for (int column = 0; column < side; ++column)
            pixels.push_back(static_cast<std::byte>((row / 4 + column / 4) % 2 == 0 ? 0x20 : 0xE0));
    return pixels;
}

std::vector<std::byte> data_set_of(const TestObject& object, outbox::Instant now) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(now);
    const auto midnight = std::chrono::floor<std::chrono::days>(seconds);
    const std::chrono::year_month_day day(midnight);
    const std::chrono::hh_mm_ss time(seconds - midnight);
    const std::string date =
        fmt::format("{:04}{:02}{:02}", int(day.year()), unsigned(day.month()), unsigned(day.day()));
    const std::string clock =
        fmt::format("{:02}{:02}{:02}", time.hours().count(), time.minutes().count(), time.seconds().count());
    Elements e;
    e.text(0x0008, 0x0016, "UI", object.sop_class_uid);
    e.text(0x0008, 0x0018, "UI", object.sop_instance_uid);
    e.text(0x0008, 0x0020, "DA", date);
    e.text(0x0008, 0x0030, "TM", clock);
    e.text(0x0008, 0x0050, "SH", "");
    e.text(0x0008, 0x0060, "CS", "OT");
    e.text(0x0008, 0x0064, "CS", "SYN");
    e.text(0x0008, 0x0070, "LO", "DICOM Bridge");
    e.text(0x0008, 0x0090, "PN", "");
    e.text(0x0008, 0x1030, "LO", "TEST OBJECT, MAY BE DELETED");
    e.text(0x0010, 0x0010, "PN", "TEST^DICOM BRIDGE");
    e.text(0x0010, 0x0020, "LO", std::string(test_patient_id));
    e.text(0x0010, 0x0030, "DA", "");
    e.text(0x0010, 0x0040, "CS", "O");
    e.text(0x0020, 0x000D, "UI", object.study_instance_uid);
    e.text(0x0020, 0x000E, "UI", object.series_instance_uid);
    e.text(0x0020, 0x0010, "SH", "TEST");
    e.text(0x0020, 0x0011, "IS", "1");
    e.text(0x0020, 0x0013, "IS", "1");
    e.text(0x0020, 0x0020, "CS", "");
    e.number(0x0028, 0x0002, 1);
    e.text(0x0028, 0x0004, "CS", "MONOCHROME2");
    e.number(0x0028, 0x0010, side);
    e.number(0x0028, 0x0011, side);
    e.number(0x0028, 0x0100, 8);
    e.number(0x0028, 0x0101, 8);
    e.number(0x0028, 0x0102, 7);
    e.number(0x0028, 0x0103, 0);
    e.pixels(chequers());
    return e.bytes();
}

/// A folder of our own, for as long as this lives.
class PrivateFolder {
public:
    PrivateFolder() {
        std::string name = (std::filesystem::temp_directory_path() / "dicom-bridge-test-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr)
            throw std::filesystem::filesystem_error("a folder for the test object",
                                                    std::error_code(errno, std::generic_category()));
        path_ = name;
    }
    ~PrivateFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    PrivateFolder(const PrivateFolder&) = delete;
    PrivateFolder& operator=(const PrivateFolder&) = delete;
    const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

std::string failure_of(const deliver::Event& event) {
    return deliver::explain(event, deliver::classify(event));
}

/// "" where it was taken.
std::string send(deliver::Sender& sender, const TestObject& object) {
    const PrivateFolder folder;
    spool::PosixDisk disk;
    spool::Spool spool(disk, folder.path());
    auto intake = spool.begin(file_bytes_max);
    intake.append(object.file);
    const spool::Linked linked = spool.link(intake.finish());
    outbox::ClaimedJob job;
    job.digest = linked.digest().bytes();
    job.sop_class_uid = object.sop_class_uid;
    job.sop_instance_uid = object.sop_instance_uid;
    job.transfer_syntax_uid = object.transfer_syntax_uid;
    job.study_instance_uid = object.study_instance_uid;
    job.series_instance_uid = object.series_instance_uid;
    deliver::Opening opening;
    opening.pairs = {{object.sop_class_uid, object.transfer_syntax_uid}};
    if (const auto event = sender.open(opening)) return failure_of(*event);
    const deliver::Sent sent = sender.send(job, spool.open(linked.digest()));
    sender.close();
    const deliver::Ruling ruling = deliver::classify(sent.event);
    const bool is_there =
        ruling.verdict == deliver::Verdict::delivered || ruling.verdict == deliver::Verdict::delivered_with_warning;
    return is_there ? "" : deliver::explain(sent.event, ruling);
}

}  // namespace

TestObject make_test_object(outbox::Instant now) {
    TestObject object{
        "1.2.840.10008.5.1.4.1.1.7", dicom::new_uid(), "1.2.840.10008.1.2.1", dicom::new_uid(), dicom::new_uid(), {}};
    object.file = dicom::file_header({object.sop_class_uid, object.sop_instance_uid, object.transfer_syntax_uid});
    const auto data_set = data_set_of(object, now);
    object.file.insert(object.file.end(), data_set.begin(), data_set.end());
    return object;
}

Tested send_test_object(deliver::Sender& sender, outbox::Instant now) {
    const TestObject object = make_test_object(now);
    Tested tested{"", object.study_instance_uid, object.sop_instance_uid};
    try {
        tested.failure = send(sender, object);
    } catch (const std::exception& error) {
        tested.failure = std::string("it could not be made here: ") + error.what();
    }
    return tested;
}

}  // namespace broker
